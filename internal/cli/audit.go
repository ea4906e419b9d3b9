package cli

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"bilin/internal/audit"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

func (c *command) auditCmd() *cobra.Command {
	group := &cobra.Command{Use: "audit", Short: c.t("cli.audit")}
	var kept kept
	verify := &cobra.Command{
		Use: "verify", Short: c.t("cli.audit.verify"), Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.verify(cmd, kept) },
	}
	verify.Flags().StringVar(&kept.key, "log", "", c.t("cli.audit.log"))
	verify.Flags().StringVar(&kept.witnesses, "witnesses", "", c.t("cli.audit.witnesses"))
	verify.Flags().StringVar(&kept.checkpoint, "checkpoint", "", c.t("cli.audit.kept"))
	group.AddCommand(verify, c.checkpointCmd(), c.witnessCmd(), c.countersignCmd(), c.trustCmd(), c.proveCmd(), c.checkCmd())
	return group
}

// kept are files that whoever verifies has kept elsewhere.
type kept struct{ key, witnesses, checkpoint string }

// verify reads and changes nothing: it doesn't even migrate, for an altered
// database should be looked at as it is.
func (c *command) verify(cmd *cobra.Command, kept kept) (err error) {
	cfg, err := c.settings(cmd)
	if err != nil {
		return err
	}
	if err := c.hasCity(cfg); err != nil {
		return err
	}
	db, err := sqldb.Open(cmd.Context(), sqldb.Config{Dir: cfg.Dir, URL: cfg.DB, Logger: logger(cfg, c.err)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	known, err := elsewhere(kept.key, kept.witnesses, kept.checkpoint)
	if err != nil {
		return err
	}
	if kept.witnesses == "" {
		if known.Witnesses, err = audit.Witnesses(cfg.Dir); err != nil {
			return err
		}
	}
	report, err := audit.VerifyAgainst(cmd.Context(), db, cfg.Dir, known)
	if errors.Is(err, fs.ErrNotExist) {
		return errs.Wrap(err, errs.NotFound, "cli.audit.no_key", "dir", cfg.Dir)
	}
	if err != nil {
		return err
	}
	c.printf("cli.audit.report", "rows", report.Rows, "proved", report.Proved, "unproved", report.Unproved,
		"pending", report.Pending, "checkpoints", report.Checkpoints)
	if f := report.Failure; f != nil {
		return errs.Wrap(fmt.Errorf("audit: %v", f), errs.Internal, f.Code, f.Args()...)
	}
	c.vouched(report.Vouched)
	if report.Rows > 0 && report.Checkpoints == 0 {
		return errs.E(errs.Internal, "cli.audit.nothing_proved", "rows", report.Rows)
	}
	c.printf("cli.audit.fine")
	return nil
}
