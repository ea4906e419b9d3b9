package cli

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"bilin/internal/app"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/roster"
	"bilin/internal/sheet"
)

func (c *command) importCmd() *cobra.Command {
	group := &cobra.Command{Use: "import", Short: c.t("cli.import")}
	group.AddCommand(c.importRoster(), c.importHotline(), c.importUnits(), c.importOutline(), c.importOldnet(), c.importCap())
	return group
}

// rosterFlags are how a roster is to be imported.
type rosterFlags struct {
	dry, skip bool
	bad       string
}

func (c *command) importRoster() *cobra.Command {
	var f rosterFlags
	cmd := &cobra.Command{Use: "roster FILE", Short: c.t("cli.import.roster"), Args: cobra.ExactArgs(1)}
	cmd.Flags().BoolVar(&f.dry, "dry-run", false, c.t("cli.import.dry"))
	cmd.Flags().BoolVar(&f.skip, "skip-bad", false, c.t("cli.import.skip"))
	cmd.Flags().StringVar(&f.bad, "bad-rows", "", c.t("cli.import.bad"))
	cmd.RunE = c.withCity(func(ctx context.Context, a *app.App, args []string) error {
		return c.runImport(ctx, a, args[0], f)
	})
	return cmd
}

func (c *command) runImport(ctx context.Context, a *app.App, name string, f rosterFlags) error {
	file, err := os.Open(name)
	if err != nil {
		return errs.Wrap(err, errs.NotFound, "cli.no_file", "file", name)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	bad, err := c.badRows(f.bad)
	if err != nil {
		return err
	}
	var sink func([]string, []roster.Issue) error // rows are kept only for somebody
	if bad.w != nil {
		sink = bad.row
	}
	bar := c.newBar(c.t("cli.import.progress"))
	report, err := a.Roster.Import(ctx, auth.System("cli"), roster.File{Name: info.Name(), Size: info.Size(), ReaderAt: file},
		roster.Options{
			DryRun: f.dry, SkipBad: f.skip, Limits: roster.CommandLine, Bad: sink,
			Progress: func(p roster.Progress) { bar.set(int(p.Share*1000), 1000) },
		})
	bar.end()
	if closeErr := bad.close(); err == nil {
		err = closeErr
	}
	refused := err != nil && report.Bad > 0 && !f.skip // checked, and nothing written
	c.tellReport(report, f.dry || refused)
	if err == nil && f.dry && report.Bad > 0 {
		return errs.E(errs.Invalid, "cli.import.has_bad", "bad", report.Bad)
	}
	return err
}

// tellReport prints what a roster would do or did, and what is wrong with it.
func (c *command) tellReport(r roster.Report, dry bool) {
	if r.Rows == 0 && r.Bad == 0 {
		return
	}
	for i, issue := range r.Issues {
		if i == 20 {
			c.printf("cli.import.more", "n", len(r.Issues)-i)
			break
		}
		fmt.Fprintln(c.out, c.issue(issue))
	}
	key := "cli.import.did"
	if dry {
		key = "cli.import.would"
	}
	c.printf(key, "rows", r.Rows, "new", r.New, "changed", r.Changed, "same", r.Same, "bad", r.Bad,
		"units", r.Areas+r.Groups+r.Cells, "persons", r.Persons, "claims", r.Claims)
}

func (c *command) issue(i roster.Issue) string {
	wrong, expected := i.Say(c.t)
	if i.Value == "" {
		i.Value = c.t("cli.import.blank")
	}
	return c.t("cli.import.issue", "row", i.Row, "column", i.Column, "letter", i.Letter, "value", i.Value, "wrong", wrong, "expected", expected)
}

// badFile writes the bad rows with a column that says why.
type badFile struct {
	c    *command
	file io.Closer
	w    sheet.Writer
}

func (c *command) badRows(name string) (*badFile, error) {
	if name == "" {
		return &badFile{c: c}, nil
	}
	f, err := os.Create(name)
	if err != nil {
		return nil, errs.Wrap(err, errs.Invalid, "cli.no_write", "file", name)
	}
	w, err := sheet.NewWriter(f, formatOf(name))
	return &badFile{c: c, file: f, w: w}, err
}

func (b *badFile) row(cells []string, issues []roster.Issue) error {
	if b.w == nil {
		return nil
	}
	why := b.c.t("cli.import.why")
	for i, issue := range issues {
		if i == 0 {
			why = ""
		} else {
			why += " / "
		}
		why += b.c.issue(issue)
	}
	return b.w.Write(append(append([]string{}, cells...), why))
}

func (b *badFile) close() error {
	if b.w == nil {
		return nil
	}
	if err := b.w.Close(); err != nil {
		return err
	}
	return b.file.Close()
}

func (c *command) importUnits() *cobra.Command {
	cmd := &cobra.Command{Use: "units FILE", Short: c.t("cli.import.units"), Args: cobra.ExactArgs(1)}
	cmd.RunE = c.withFile(func(ctx context.Context, a *app.App, f *os.File) error {
		total, created, err := a.ImportUnits(ctx, f)
		if err == nil {
			c.printf("cli.import.units_done", "n", total, "created", created)
		}
		return err
	})
	return cmd
}

func (c *command) importOutline() *cobra.Command {
	cmd := &cobra.Command{Use: "outline FILE", Short: c.t("cli.import.outline"), Args: cobra.ExactArgs(1)}
	cmd.RunE = c.withFile(func(ctx context.Context, a *app.App, f *os.File) error {
		if err := a.ImportOutline(ctx, f); err != nil {
			return err
		}
		c.printf("cli.import.outline_done")
		return nil
	})
	return cmd
}

// withFile opens the file that the first argument names, and the city.
func (c *command) withFile(fn func(context.Context, *app.App, *os.File) error) func(*cobra.Command, []string) error {
	return c.with(func(ctx context.Context, a *app.App, args []string) error {
		f, err := os.Open(args[0])
		if err != nil {
			return errs.Wrap(err, errs.NotFound, "cli.no_file", "file", args[0])
		}
		defer f.Close()
		return fn(ctx, a, f)
	})
}
