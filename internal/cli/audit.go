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
	group.AddCommand(&cobra.Command{
		Use: "verify", Short: c.t("cli.audit.verify"), Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.verify(cmd) },
	})
	return group
}

// verify reads and changes nothing: it doesn't even migrate, for an altered
// database should be looked at as it is.
func (c *command) verify(cmd *cobra.Command) (err error) {
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
	report, err := audit.Verify(cmd.Context(), db, cfg.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return errs.Wrap(err, errs.NotFound, "cli.audit.no_key", "dir", cfg.Dir)
	}
	if err != nil {
		return err
	}
	c.printf("cli.audit.report", "rows", report.Rows, "proved", report.Proved, "unproved", report.Unproved,
		"pending", report.Pending, "checkpoints", report.Checkpoints)
	if f := report.Failure; f != nil {
		return errs.Wrap(fmt.Errorf("audit: %s at row %d", f.Code, f.Row()), errs.Internal, f.Code, f.Args()...)
	}
	c.printf("cli.audit.fine")
	return nil
}
