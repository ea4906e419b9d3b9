package cli

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"bilin/internal/app"
	"bilin/internal/auth"
	"bilin/internal/demand/hotline"
	"bilin/internal/errs"
	"bilin/internal/sheet"
)

// ordersFile bounds a file of orders: a year of a city's hotline.
var ordersFile = sheet.Limits{Bytes: 200 << 20, Unzipped: 1 << 30}

// shownIssues is how many issues of a file are printed.
const shownIssues = 50

// importHotline takes the work orders of a file.
func (c *command) importHotline() *cobra.Command {
	var opt hotline.ImportOptions
	cmd := &cobra.Command{Use: "hotline FILE", Short: c.t("cli.import.hotline"), Args: cobra.ExactArgs(1)}
	cmd.Flags().BoolVar(&opt.DryRun, "dry-run", false, c.t("cli.import.dry"))
	cmd.Flags().BoolVar(&opt.SkipBad, "skip-bad", false, c.t("cli.import.skip"))
	cmd.RunE = c.withCity(func(ctx context.Context, a *app.App, args []string) error {
		return c.runHotline(ctx, a, args[0], opt)
	})
	return cmd
}

func (c *command) runHotline(ctx context.Context, a *app.App, name string, opt hotline.ImportOptions) error {
	file, err := os.Open(name)
	if err != nil {
		return errs.Wrap(err, errs.NotFound, "cli.no_file", "file", name)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	bar := c.newBar(c.t("cli.import.hotline_progress"))
	opt.Limits, opt.Progress = ordersFile, func(share float64) { bar.set(int(share*1000), 1000) }
	report, err := a.Hotline.Import(ctx, auth.System("cli"), hotline.File{Size: info.Size(), ReaderAt: file}, opt)
	bar.end()
	refused := err != nil && report.Bad > 0 && !opt.SkipBad
	c.tellOrders(report, opt.DryRun || refused)
	if err == nil && opt.DryRun && report.Bad > 0 {
		return errs.E(errs.Invalid, "hotline.has_bad", "bad", report.Bad)
	}
	return err
}

// tellOrders prints what a file of orders would do or did, and what is wrong with it.
func (c *command) tellOrders(r hotline.Report, dry bool) {
	if r.Rows == 0 && r.Bad == 0 {
		return
	}
	for i, issue := range r.Issues {
		if i == shownIssues {
			c.printf("cli.import.hotline_more", "n", len(r.Issues)-i+r.Hidden)
			break
		}
		fmt.Fprintln(c.out, c.orderIssue(issue))
	}
	for _, title := range r.Ignored {
		c.printf("cli.import.hotline_ignored", "column", title)
	}
	key := "cli.import.hotline_did"
	if dry {
		key = "cli.import.hotline_would"
	}
	c.printf(key, "rows", r.Rows, "new", r.New, "known", r.Known, "bad", r.Bad)
}

func (c *command) orderIssue(i hotline.Issue) string {
	wrong, expected := i.Say(c.t)
	if i.Value == "" {
		i.Value = c.t("cli.import.blank")
	}
	if i.Letter == "" {
		return c.t("cli.import.hotline_issue", "row", i.Row, "wrong", wrong, "expected", expected)
	}
	return c.t("cli.import.issue", "row", i.Row, "column", i.Column, "letter", i.Letter, "value", i.Value, "wrong", wrong, "expected", expected)
}
