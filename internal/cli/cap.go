package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bilin/internal/app"
	"bilin/internal/auth"
	"bilin/internal/cap"
	"bilin/internal/errs"
	"bilin/internal/mobilise/alert"
)

// importCap takes an alert of a file.
func (c *command) importCap() *cobra.Command {
	cmd := &cobra.Command{Use: "cap FILE", Short: c.t("cli.import.cap"), Args: cobra.ExactArgs(1)}
	cmd.RunE = c.withCity(func(ctx context.Context, a *app.App, args []string) error {
		text, err := readAlert(args[0])
		if err != nil {
			return err
		}
		got, err := a.Alerts.Take(ctx, auth.System("cli"), alert.FromFile, text)
		if err != nil {
			return err
		}
		c.tellAlert(a, got)
		return nil
	})
	return cmd
}

// readAlert reads a file, or as much of it as shows that it is too large.
func readAlert(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, errs.Wrap(err, errs.NotFound, "cli.no_file", "file", name)
	}
	text, err := io.ReadAll(io.LimitReader(file, cap.MaxBytes+1))
	return text, errors.Join(err, file.Close())
}

// tellAlert prints what became of an alert and what it suggests.
func (c *command) tellAlert(a *app.App, got alert.Alert) {
	key := "cli.import.cap_taken"
	if got.Known {
		key = "cli.import.cap_known"
	}
	c.printf(key, "id", got.ID, "title", got.Title())
	if got.Suggests == nil {
		c.printf("cli.import.cap_nothing", "why", c.t(got.Why(time.Now())))
		return
	}
	var places []string
	tree := a.Network.Tree()
	for _, id := range got.Suggests.UnitIDs {
		places = append(places, tree.ByID(id).Name)
	}
	if len(places) == 0 {
		places = []string{c.t("cli.import.cap_anywhere")}
	}
	key = "cli.import.cap_suggests"
	if got.Suggests.Drill {
		key = "cli.import.cap_drill"
	}
	c.printf(key, "what", c.t("order.hazard."+string(got.Suggests.Hazard)), "where", strings.Join(places, c.t("cli.import.cap_comma")))
}

// alertFlags are the settings of where alerts are asked for.
func (c *command) alertFlags(cmd *cobra.Command) {
	cmd.Flags().Var(&repeated{}, "cap-feed", c.t("cli.serve.cap_feed"))
	cmd.Flags().String("cap-allow", "", c.t("cli.serve.cap_allow"))
	cmd.Flags().String("pull-allow", "", c.t("cli.serve.pull_allow"))
}

// repeated is a flag that may be given several times; its values add up.
type repeated struct{ values []string }

// String joins the values by commas.
func (r *repeated) String() string { return strings.Join(r.values, ",") }

// Set adds one.
func (r *repeated) Set(value string) error {
	r.values = append(r.values, value)
	return nil
}

// Type names it in the help.
func (r *repeated) Type() string { return "URL" }
