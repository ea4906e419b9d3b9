package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"bilin/internal/app"
	"bilin/internal/demo"
)

func (c *command) demo() *cobra.Command {
	var scale float64
	var seed uint64
	cmd := &cobra.Command{Use: "demo", Short: c.t("cli.demo"), Args: cobra.NoArgs}
	cmd.Flags().Float64Var(&scale, "scale", 1, c.t("cli.demo.scale"))
	cmd.Flags().Uint64Var(&seed, "seed", 1, c.t("cli.demo.seed"))
	cmd.RunE = c.with(func(ctx context.Context, a *app.App, _ []string) error {
		began := time.Now()
		bar := c.newBar(c.t("cli.demo.progress"))
		made, err := a.BuildDemo(ctx, demo.Options{Dir: a.Config.Dir, Seed: seed, Scale: scale, Progress: bar.set})
		bar.end()
		if err != nil {
			return err
		}
		c.printf("cli.demo.done", "households", made.Households, "residents", made.Residents, "leads", made.Leads,
			"seconds", fmt.Sprintf("%.0f", time.Since(began).Seconds()))
		c.introduce(made)
		return nil
	})
	return cmd
}

// introduce prints who can log in as what.
func (c *command) introduce(made demo.Made) {
	c.printf("cli.welcome.title", "password", made.Password)
	for _, login := range made.Logins {
		c.printf("cli.welcome.row", "login", fmt.Sprintf("%-11s", login), "what", c.t("cli.login."+login))
	}
}
