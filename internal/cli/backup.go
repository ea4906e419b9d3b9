package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"bilin/internal/audit"
	"bilin/internal/backup"
	"bilin/internal/config"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// passphraseEnv holds a backup's passphrase, for scripts.
const passphraseEnv = "BILIN_BACKUP_PASSPHRASE"

func (c *command) backup() *cobra.Command {
	var out, passphraseFile string
	cmd := &cobra.Command{Use: "backup", Short: c.t("backup.cli.backup"), Long: c.t("backup.cli.backup_long"), Args: cobra.NoArgs}
	cmd.Flags().StringVar(&out, "out", "", c.t("backup.cli.out"))
	cmd.Flags().StringVar(&passphraseFile, "passphrase-file", "", c.t("backup.cli.passphrase_file"))
	recipients := cmd.Flags().StringArray("recipient", nil, c.t("backup.cli.recipient"))
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if out == "" {
			return errs.E(errs.Invalid, "backup.cli.no_out")
		}
		cfg, err := c.settings(cmd)
		if err != nil {
			return err
		}
		if err := c.hasCity(cfg); err != nil {
			return err
		}
		names := *recipients
		if len(names) == 0 {
			names = cfg.BackupRecipients
		}
		passphrase := ""
		if len(*recipients) == 0 && (len(names) == 0 || passphraseFile != "") {
			names = nil
			if passphrase, err = c.passphrase(passphraseFile, true); err != nil {
				return err
			}
		}
		to, err := backup.Recipients(names, passphrase)
		if err != nil {
			return err
		}
		return c.runBackup(cmd.Context(), cfg, out, backup.Options{Recipients: to})
	}
	cmd.AddCommand(c.backupKey())
	return cmd
}

func (c *command) backupKey() *cobra.Command {
	var out string
	cmd := &cobra.Command{Use: "key", Short: c.t("backup.cli.key"), Args: cobra.NoArgs}
	cmd.Flags().StringVar(&out, "out", "", c.t("backup.cli.key_out"))
	cmd.RunE = func(*cobra.Command, []string) error {
		if out == "" {
			return errs.E(errs.Invalid, "backup.cli.no_key_out")
		}
		recipient, err := backup.NewIdentity(out)
		if err != nil {
			return err
		}
		c.printf("backup.cli.key_made", "file", out, "recipient", recipient)
		return nil
	}
	return cmd
}

// runBackup signs the record first, so that the backup can prove all of it; if
// that can't be done, because the disk is full say, a backup is needed all the more.
func (c *command) runBackup(ctx context.Context, cfg config.Config, out string, o backup.Options) (err error) {
	log := logger(cfg, c.err)
	db, err := sqldb.Open(ctx, sqldb.Config{Dir: cfg.Dir, URL: cfg.DB, Logger: log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := sign(ctx, db, cfg); err != nil {
		log.Warn("backup: the audit record's last rows are not signed", "error", err)
	}
	bar := c.newBar(c.t("backup.cli.progress"))
	o.DB, o.Dir, o.Program, o.Now, o.Progress = db, cfg.Dir, buildVersion(), time.Now, bar.set
	s, err := backup.ToFile(ctx, out, o)
	bar.end()
	if err != nil {
		return err
	}
	c.printf("backup.cli.done", "file", out, "n", s.Rows(), "mb", megabytes(s.Size), "seconds", fmt.Sprintf("%.1f", s.Took.Seconds()))
	c.printf("backup.cli.keys_apart", "keys", cfg.Keys(), "dir", cfg.Dir)
	return nil
}

func sign(ctx context.Context, db *sqldb.DB, cfg config.Config) error {
	record, err := audit.Open(db, audit.Options{Dir: cfg.Dir})
	if err != nil {
		return err
	}
	return record.Stop(ctx)
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f", float64(n)/1e6) }

// passphrase comes from a file, the environment, or whoever sits there; a new
// one is asked for twice. It is empty if there is none of them.
func (c *command) passphrase(file string, fresh bool) (string, error) {
	if file != "" {
		raw, err := os.ReadFile(file)
		if err != nil {
			return "", errs.Wrap(err, errs.NotFound, "backup.no_identity", "file", file)
		}
		return strings.TrimRight(string(raw), "\r\n"), nil
	}
	if v := os.Getenv(passphraseEnv); v != "" {
		return v, nil
	}
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return "", nil
	}
	first, err := c.ask("backup.cli.ask")
	if err != nil || !fresh {
		return first, err
	}
	second, err := c.ask("backup.cli.ask_again")
	if err == nil && first != second {
		err = errs.E(errs.Invalid, "backup.cli.differ")
	}
	return first, err
}

func (c *command) ask(key string) (string, error) {
	fmt.Fprint(c.err, c.t(key))
	raw, err := term.ReadPassword(int(os.Stdin.Fd()))
	fmt.Fprintln(c.err)
	return string(raw), err
}

func (c *command) restore() *cobra.Command {
	var passphraseFile string
	var check bool
	cmd := &cobra.Command{Use: "restore FILE", Short: c.t("backup.cli.restore"), Long: c.t("backup.cli.restore_long"), Args: cobra.ExactArgs(1)}
	identities := cmd.Flags().StringArray("identity", nil, c.t("backup.cli.identity"))
	cmd.Flags().StringVar(&passphraseFile, "passphrase-file", "", c.t("backup.cli.passphrase_file"))
	cmd.Flags().BoolVar(&check, "check", false, c.t("backup.cli.check"))
	cmd.RunE = func(cmd *cobra.Command, args []string) (err error) {
		cfg, err := c.settings(cmd)
		if err != nil {
			return err
		}
		f, err := os.Open(args[0])
		if err != nil {
			return errs.Wrap(err, errs.NotFound, "backup.cli.no_file", "file", args[0])
		}
		defer f.Close()
		o := backup.RestoreOptions{Dir: cfg.Dir, URL: cfg.DB, Now: time.Now, Logger: logger(cfg, c.err)}
		passphrase := ""
		if len(*identities) == 0 {
			if passphrase, err = c.passphrase(passphraseFile, false); err != nil {
				return err
			}
		}
		if o.Identities, err = backup.Identities(*identities, passphrase); err != nil {
			return err
		}
		return c.runRestore(cmd.Context(), cfg, f, o, check)
	}
	return cmd
}

func (c *command) runRestore(ctx context.Context, cfg config.Config, f *os.File, o backup.RestoreOptions, check bool) error {
	if info, err := f.Stat(); err == nil {
		o.Size = info.Size()
	}
	bar := c.newBar(c.t("backup.cli.reading"))
	o.Progress = bar.set
	o.Step = func(code string) {
		bar.end()
		fmt.Fprintln(c.err, c.t(code)+"…")
	}
	run := backup.Restore
	if check {
		run = backup.Check
	}
	r, err := run(ctx, bufio.NewReaderSize(f, 1<<20), o)
	bar.end()
	if err != nil {
		return err
	}
	args := []any{"city", r.City, "at", r.MadeAt.Local().Format("2006-01-02 15:04:05"), "program", r.Program, "tables", len(r.Tables),
		"n", r.Rows(), "head", r.Head, "proved", r.Proved, "seconds", fmt.Sprintf("%.1f", r.Took.Seconds()), "dir", cfg.Dir, "keys", cfg.Keys()}
	if check {
		c.printf("backup.cli.checked", args...)
		return nil
	}
	c.printf("backup.cli.restored", args...)
	return c.afterRestore(ctx, cfg)
}
