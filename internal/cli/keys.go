package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"bilin/internal/app"
	"bilin/internal/backup"
	"bilin/internal/errs"
	"bilin/internal/seal"
	"bilin/internal/seal/keep"
	"bilin/internal/sqldb"
)

func (c *command) keysCmd() *cobra.Command {
	group := &cobra.Command{Use: "keys", Short: c.t("cli.keys")}
	group.AddCommand(c.keysStatus(), c.keysRotate(), c.keysBackup(), c.keysRestore())
	return group
}

func (c *command) keysStatus() *cobra.Command {
	cmd := &cobra.Command{Use: "status", Short: c.t("cli.keys.status"), Args: cobra.NoArgs}
	cmd.RunE = c.withCity(func(ctx context.Context, a *app.App, _ []string) error {
		if err := c.listKeys(a.Sealer); err != nil {
			return err
		}
		counts, err := a.Rotator(app.OldKeysRest, nil).Counts(ctx)
		if err != nil {
			return err
		}
		for _, n := range counts {
			c.printf("cli.keys.texts", "field", n.Table+"."+n.Column, "texts", n.Texts, "stale", n.Stale)
		}
		keys, erased, err := a.Vault.Size(ctx)
		if err != nil {
			return err
		}
		c.printf("cli.keys.vault", "keys", keys, "erased", erased)
		return c.tellMissing(ctx, a.Rotator(app.OldKeysRest, nil).Missing, a.Config.Keys())
	})
	return cmd
}

// tellMissing says which keys texts were sealed with and aren't here: whoever
// brought back older keys than the data must not find out text by text.
func (c *command) tellMissing(ctx context.Context, look func(context.Context) ([]seal.Missing, error), dir string) error {
	missing, err := look(ctx)
	if err != nil || len(missing) == 0 {
		return err
	}
	texts := 0
	for _, m := range missing {
		texts += m.Texts
		fmt.Fprintln(c.err, c.t("cli.keys.lost", "id", m.ID, "n", m.Texts))
	}
	return errs.E(errs.Conflict, "cli.keys.missing", "n", texts, "dir", dir)
}

func (c *command) listKeys(s *seal.Sealer) error {
	all, err := s.Keys()
	for _, k := range all {
		until := ""
		if !k.Until.IsZero() {
			until = k.Until.In(time.Local).Format(time.DateTime)
		}
		c.printf("cli.keys.key."+k.Set, "id", k.ID, "state", c.t("cli.keys.state."+string(k.State), "until", until))
	}
	return err
}

func (c *command) keysRotate() *cobra.Command {
	var prepare bool
	var rest time.Duration
	cmd := &cobra.Command{Use: "rotate", Short: c.t("cli.keys.rotate"), Long: c.t("cli.keys.rotate_long"), Args: cobra.NoArgs}
	cmd.Flags().BoolVar(&prepare, "prepare", false, c.t("cli.keys.prepare"))
	cmd.Flags().DurationVar(&rest, "rest", app.OldKeysRest, c.t("cli.keys.rest"))
	cmd.RunE = c.withCity(func(ctx context.Context, a *app.App, _ []string) error {
		phase := ""
		r := a.Rotator(rest, func(p seal.Progress) {
			if p.Phase != phase && isTerminal(c.err) {
				phase = p.Phase
				c.printf("cli.keys.phase", "phase", p.Phase)
			}
		})
		if prepare {
			if err := r.Prepare(); err != nil {
				return err
			}
			c.printf("cli.keys.prepared", "dir", a.Sealer.Dir())
			return c.listKeys(a.Sealer)
		}
		begin := time.Now()
		rep, err := r.Run(ctx)
		if err != nil {
			return err
		}
		if rep.Unreadable > 0 {
			return errs.E(errs.Conflict, "cli.keys.unreadable", "n", rep.Unreadable)
		}
		c.printf("cli.keys.rotated", "wrapped", rep.Wrapped, "resealed", rep.Resealed, "seconds", int(time.Since(begin).Seconds()))
		return c.listKeys(a.Sealer)
	})
	return cmd
}

func (c *command) keysBackup() *cobra.Command {
	var out, passphraseFile string
	cmd := &cobra.Command{Use: "backup", Short: c.t("cli.keys.backup"), Long: c.t("cli.keys.backup_long"), Args: cobra.NoArgs}
	cmd.Flags().StringVar(&out, "out", "", c.t("cli.keys.out", "suffix", keep.Suffix))
	cmd.Flags().StringVar(&passphraseFile, "passphrase-file", "", c.t("backup.cli.passphrase_file"))
	recipients := cmd.Flags().StringArray("recipient", nil, c.t("cli.keys.recipient"))
	cmd.RunE = c.withCity(func(ctx context.Context, a *app.App, _ []string) error {
		if out == "" {
			return errs.E(errs.Invalid, "backup.cli.no_out")
		}
		for _, r := range *recipients {
			if slices.Contains(a.Config.BackupRecipients, strings.TrimSpace(r)) {
				return errs.E(errs.Invalid, "cli.keys.same_recipient")
			}
		}
		passphrase := ""
		if len(*recipients) == 0 { // not those of the data's backups: nobody should hold both by the way
			var err error
			if passphrase, err = c.passphrase(passphraseFile, true); err != nil {
				return err
			}
		}
		to, err := backup.Recipients(*recipients, passphrase)
		if err != nil {
			return err
		}
		s, err := keep.Backup(ctx, out, a.Vault, a.Config.Keys(), a.Config.Dir, to, time.Now())
		for _, name := range s.Pruned {
			c.printf("cli.keys.pruned", "file", name, "days", keep.Days)
		}
		if err == nil {
			c.printf("cli.keys.backed_up", "file", out, "keys", s.Keys, "erased", s.Erased, "days", keep.Days)
		}
		return err
	})
	return cmd
}

func (c *command) keysRestore() *cobra.Command {
	var passphraseFile string
	cmd := &cobra.Command{Use: "restore FILE", Short: c.t("cli.keys.restore"), Long: c.t("cli.keys.restore_long"), Args: cobra.ExactArgs(1)}
	identities := cmd.Flags().StringArray("identity", nil, c.t("backup.cli.identity"))
	cmd.Flags().StringVar(&passphraseFile, "passphrase-file", "", c.t("backup.cli.passphrase_file"))
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		passphrase := ""
		if len(*identities) == 0 {
			var err error
			if passphrase, err = c.passphrase(passphraseFile, false); err != nil {
				return err
			}
		}
		ids, err := backup.Identities(*identities, passphrase)
		if err != nil {
			return err
		}
		return c.restoreKeys(cmd, args[0], ids)
	}
	return cmd
}

func (c *command) restoreKeys(cmd *cobra.Command, file string, ids []age.Identity) (err error) {
	cfg, err := c.settings(cmd)
	if err == nil {
		err = c.hasCity(cfg)
	}
	if err != nil {
		return err
	}
	f, err := os.Open(file)
	if err != nil {
		return errs.Wrap(err, errs.NotFound, "backup.cli.no_file", "file", file)
	}
	defer f.Close()
	db, err := sqldb.Open(cmd.Context(), sqldb.Config{Dir: cfg.Dir, URL: cfg.DB, Logger: logger(cfg, c.err)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.Migrate(cmd.Context()); err != nil {
		return err
	}
	s, err := keep.Restore(cmd.Context(), f, keep.RestoreOptions{DB: db, KeysDir: cfg.Keys(), DataDir: cfg.Dir, Identities: ids, Now: time.Now()})
	if err != nil {
		return err
	}
	c.printf("cli.keys.restored", "keys", s.Keys, "erased", s.Erased, "dir", cfg.Keys())
	sealer, err := seal.Open(cfg.Keys())
	if err != nil {
		return err
	}
	look := seal.NewRotator(seal.RotatorOptions{DB: db, Keys: sealer, Fields: app.SealedFields()})
	return c.tellMissing(cmd.Context(), look.Missing, cfg.Keys())
}
