package cli

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"bilin/internal/admission/oldnet"
	"bilin/internal/app"
	"bilin/internal/auth"
	"bilin/internal/errs"
)

// importOldnet takes a department's old grids, workers, duties and forms.
func (c *command) importOldnet() *cobra.Command {
	var dry bool
	var department, name string
	cmd := &cobra.Command{Use: "oldnet FILE", Short: c.t("cli.import.oldnet"), Args: cobra.ExactArgs(1)}
	cmd.Flags().BoolVar(&dry, "dry-run", false, c.t("cli.import.dry"))
	cmd.Flags().StringVar(&department, "department", "", c.t("cli.import.oldnet_department"))
	cmd.Flags().StringVar(&name, "name", "", c.t("cli.import.oldnet_name"))
	cmd.RunE = c.withCity(func(ctx context.Context, a *app.App, args []string) error {
		rows, err := readOldnet(args[0])
		if err != nil {
			return err
		}
		in := oldnet.Import{Name: name, Rows: rows, DryRun: dry}
		for _, d := range a.Network.Tree().Departments() {
			if department == d.Code || department == d.Name {
				in.DepartmentID = d.ID
			}
		}
		report, err := a.Oldnets.Import(ctx, auth.System("cli"), in)
		for i, p := range report.Problems {
			if i == shownIssues {
				break
			}
			c.printf("cli.import.oldnet_problem", "row", p.Row, "column", c.t("oldnet.column."+p.Column), "wrong", c.t(p.Code, p.Args...))
		}
		if err != nil {
			return err
		}
		key := "cli.import.oldnet_did"
		if dry {
			key = "cli.import.oldnet_would"
		}
		c.printf(key, "grids", report.Grids, "mapped", report.Mapped, "workers", report.Workers, "posts", report.Posts, "duties", report.Duties, "forms", report.Forms)
		if dry && len(report.Problems) > 0 {
			return errs.E(errs.Invalid, "oldnet.has_problems", "n", len(report.Problems))
		}
		return nil
	})
	return cmd
}

func readOldnet(name string) ([]oldnet.Row, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, errs.Wrap(err, errs.NotFound, "cli.no_file", "file", name)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("cli: %w", err)
	}
	return oldnet.ReadTable(file, info.Size())
}
