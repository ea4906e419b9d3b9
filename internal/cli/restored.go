package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"bilin/internal/app"
	"bilin/internal/config"
)

// backupFlags are those of the server's own backups.
func (c *command) backupFlags(cmd *cobra.Command) {
	cmd.Flags().String("backup-dir", "", c.t("backup.cli.own_dir"))
	cmd.Flags().String("backup-recipient", "", c.t("backup.cli.own_recipient"))
	cmd.Flags().String("backup-every", "", c.t("backup.cli.own_every"))
	cmd.Flags().String("backup-keep", "", c.t("backup.cli.own_keep"))
}

// afterRestore opens the city that was brought back, if its keys are there:
// that writes it into the audit record, and destroys again what was erased since
// the backup. Without the keys, the first start with them does so.
func (c *command) afterRestore(ctx context.Context, cfg config.Config) (err error) {
	missing := false
	for _, name := range []string{filepath.Join(cfg.Keys(), "seal.json"), filepath.Join(cfg.Dir, "audit", "key")} {
		if _, err := os.Stat(name); errors.Is(err, os.ErrNotExist) {
			missing = true
			c.printf("backup.cli.key_missing", "file", name)
		}
	}
	if missing {
		c.printf("backup.cli.then_keys", "dir", cfg.Dir)
		return nil
	}
	a, err := app.Open(ctx, cfg, logger(cfg, c.err))
	if err != nil {
		return err
	}
	c.printf("backup.cli.then", "dir", cfg.Dir)
	return a.Close(context.WithoutCancel(ctx))
}
