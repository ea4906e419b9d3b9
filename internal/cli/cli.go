// Package cli is the command line: every command calls the services that the
// pages call.
package cli

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"bilin/internal/app"
	"bilin/internal/config"
	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/rehearsal"
)

//go:embed messages.json
var rawMessages []byte

// Messages are the words of the command line.
var Messages = i18n.MustParse(rawMessages)

// command is what every subcommand needs.
type command struct {
	catalog  *i18n.Catalog
	locale   string
	out, err io.Writer
	file     string // settings file
}

// Run executes args and returns the exit code: 0 done, 2 wrong use or bad
// input, 3 not found, 4 not allowed, 5 conflict, 6 try later, 1 anything else.
func Run(args []string, out, errw io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	catalog, err := app.Catalog(Messages, rehearsal.Messages)
	if err != nil {
		fmt.Fprintln(errw, err)
		return 1
	}
	c := &command{catalog: catalog, locale: localeOf(os.Getenv), out: out, err: errw}
	root := c.root()
	root.SetArgs(args)
	return c.finish(root.ExecuteContext(ctx))
}

// finish tells an error in the user's language and turns it into an exit code.
// The cause of an internal error is shown too: whoever runs commands keeps the log.
func (c *command) finish(err error) int {
	if err == nil {
		return 0
	}
	known, ok := errors.AsType[*errs.Error](err)
	if !ok {
		fmt.Fprintln(c.err, err)
		return 1
	}
	fmt.Fprintln(c.err, c.t(known.Code, known.Args...))
	for _, f := range known.Fields {
		fmt.Fprintf(c.err, "  %s: %s\n", f.Name, c.t(f.Code, f.Args...))
	}
	if cause := errors.Unwrap(known); cause != nil {
		fmt.Fprintf(c.err, "  (%v)\n", cause)
	}
	return errs.ExitCode(err)
}

// localeOf reads the terminal's language; Chinese unless it asks for English.
func localeOf(getenv func(string) string) string {
	for _, name := range []string{"BILIN_LANG", "LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := getenv(name); v != "" {
			if strings.HasPrefix(strings.ToLower(v), "en") {
				return i18n.EN
			}
			return i18n.ZH
		}
	}
	return i18n.ZH
}

func (c *command) t(key string, args ...any) string { return c.catalog.T(c.locale, key, args...) }

func (c *command) printf(key string, args ...any) { fmt.Fprintln(c.out, c.t(key, args...)) }

func (c *command) root() *cobra.Command {
	root := &cobra.Command{
		Use: "bilin", Short: c.t("cli.root"), SilenceUsage: true, SilenceErrors: true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	root.SetOut(c.out)
	root.SetErr(c.err)
	flags := root.PersistentFlags()
	flags.StringVar(&c.file, "config", os.Getenv("BILIN_CONFIG"), c.t("cli.flag.config"))
	flags.String("data", "", c.t("cli.flag.data"))
	flags.String("db", "", c.t("cli.flag.db"))
	flags.String("keys-dir", "", c.t("cli.flag.keys"))
	flags.String("log-level", "", c.t("cli.flag.log_level"))
	flags.String("log-format", "", c.t("cli.flag.log_format"))
	root.AddCommand(c.serve(), c.demo(), c.drill(), c.importCmd(), c.exportCmd(), c.token(), c.account(), c.auditCmd(), c.outcomeCmd(), c.gateway(), c.backup(), c.restore(), c.keysCmd(), c.version())
	return root
}

// settings merges file, environment and the flags that were given.
func (c *command) settings(cmd *cobra.Command) (config.Config, error) {
	given := map[string]string{}
	cmd.Flags().Visit(func(f *pflag.Flag) { given[f.Name] = f.Value.String() })
	return config.Load(c.file, os.Getenv, given)
}

// open opens the city that the settings name; the caller closes it.
func (c *command) open(cmd *cobra.Command) (*app.App, config.Config, error) {
	cfg, err := c.settings(cmd)
	if err != nil {
		return nil, cfg, err
	}
	a, err := app.Open(cmd.Context(), cfg, logger(cfg, c.err))
	return a, cfg, err
}

// with opens the city, runs fn in it and closes it again, whatever happens.
func (c *command) with(fn func(ctx context.Context, a *app.App, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) (err error) {
		a, _, err := c.open(cmd)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, a.Close(context.WithoutCancel(cmd.Context()))) }()
		return fn(cmd.Context(), a, args)
	}
}

// withCity is with, for commands that need a city: a mistyped directory is told,
// and no empty city made in it.
func (c *command) withCity(fn func(ctx context.Context, a *app.App, args []string) error) func(*cobra.Command, []string) error {
	run := c.with(fn)
	return func(cmd *cobra.Command, args []string) error {
		cfg, err := c.settings(cmd)
		if err == nil {
			err = c.hasCity(cfg)
		}
		if err != nil {
			return err
		}
		return run(cmd, args)
	}
}

// hasCity says whether there is a database to open; on PostgreSQL the server answers that.
func (c *command) hasCity(cfg config.Config) error {
	if cfg.DB != "" {
		return nil
	}
	_, err := os.Stat(filepath.Join(cfg.Dir, "bilin.db"))
	if errors.Is(err, fs.ErrNotExist) {
		return errs.E(errs.NotFound, "cli.no_city", "dir", cfg.Dir)
	}
	return err
}

func logger(cfg config.Config, w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(cfg.LogLevel)); err != nil {
		level = slog.LevelInfo
	}
	options := &slog.HandlerOptions{Level: level}
	if cfg.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
