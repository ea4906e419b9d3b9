package cli

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"bilin/internal/app"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/roster"
	"bilin/internal/sheet"
)

func (c *command) exportCmd() *cobra.Command {
	group := &cobra.Command{Use: "export", Short: c.t("cli.export")}
	var out, unit, purpose string
	cmd := &cobra.Command{Use: "roster", Short: c.t("cli.export.roster"), Args: cobra.NoArgs}
	cmd.Flags().StringVar(&out, "out", "", c.t("cli.export.out"))
	cmd.Flags().StringVar(&unit, "unit", "", c.t("cli.export.unit"))
	cmd.Flags().StringVar(&purpose, "phones", "", c.t("cli.export.phones"))
	cmd.RunE = c.withCity(func(ctx context.Context, a *app.App, _ []string) error {
		switch ext := strings.ToLower(filepath.Ext(out)); {
		case out == "":
			return errs.E(errs.Invalid, "cli.export.no_out")
		case ext != ".csv" && ext != ".xlsx":
			return errs.E(errs.Invalid, "cli.export.ending", "file", out)
		}
		unitID, err := unitID(a, unit)
		if err != nil {
			return err
		}
		return c.runExport(ctx, a, out, roster.ExportOptions{
			UnitID: unitID, Format: formatOf(out), Purpose: purpose,
			Title: func(f roster.Field) string { return c.t(f.Key()) },
		})
	})
	group.AddCommand(cmd)
	return group
}

func unitID(a *app.App, code string) (string, error) {
	if code == "" {
		return "", nil
	}
	u := a.Network.Tree().ByCode(code)
	if u == nil {
		return "", errs.E(errs.NotFound, "cli.no_unit", "code", code)
	}
	return u.ID, nil
}

// runExport writes beside the file and renames, so that a broken export leaves
// an earlier file as it was.
func (c *command) runExport(ctx context.Context, a *app.App, out string, o roster.ExportOptions) error {
	tmp, err := os.CreateTemp(filepath.Dir(out), ".bilin-export-*")
	if err != nil {
		return errs.Wrap(err, errs.Invalid, "cli.no_write", "file", out)
	}
	defer os.Remove(tmp.Name())
	bar := c.newBar(c.t("cli.export.progress"))
	o.Progress = func(p roster.Progress) { bar.set(p.Rows, p.Total) }
	n, err := a.Roster.Export(ctx, auth.System("cli"), tmp, o)
	bar.end()
	if err != nil {
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), out); err != nil {
		return errs.Wrap(err, errs.Invalid, "cli.no_write", "file", out)
	}
	c.printf("cli.export.done", "n", n, "file", out)
	return nil
}

func formatOf(name string) sheet.Format {
	if strings.EqualFold(filepath.Ext(name), ".xlsx") {
		return sheet.XLSX
	}
	return sheet.CSV
}
