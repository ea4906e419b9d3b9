package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"bilin/internal/app"
	"bilin/internal/config"
	"bilin/internal/demo"
	"bilin/internal/errs"
)

func (c *command) serve() *cobra.Command {
	var welcome bool
	cmd := &cobra.Command{Use: "serve", Short: c.t("cli.serve"), Args: cobra.NoArgs}
	cmd.Flags().String("addr", "", c.t("cli.serve.addr"))
	cmd.Flags().String("public-url", "", c.t("cli.serve.public_url"))
	cmd.Flags().String("trusted-proxy", "", c.t("cli.serve.trusted_proxy"))
	cmd.Flags().String("tls-cert", "", c.t("cli.serve.tls_cert"))
	cmd.Flags().String("tls-key", "", c.t("cli.serve.tls_key"))
	cmd.Flags().String("gateway-url", "", c.t("cli.serve.gateway_url"))
	cmd.Flags().String("gateway-token", "", c.t("cli.serve.gateway_token"))
	cmd.Flags().String("gateway-allow", "", c.t("cli.serve.gateway_allow"))
	cmd.Flags().String("second-factor-after", "", c.t("cli.serve.second_factor"))
	c.channelFlags(cmd)
	c.alertFlags(cmd)
	c.backupFlags(cmd)
	cmd.Flags().BoolVar(&welcome, "welcome", false, c.t("cli.serve.welcome"))
	cmd.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		cfg, err := c.settings(cmd)
		if err != nil {
			return err
		}
		if err := c.hasCity(cfg); err != nil {
			return err
		}
		a, cfg, err := c.open(cmd)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, a.Close(context.WithoutCancel(cmd.Context()))) }()
		if err := c.mayServe(cmd.Context(), a, cfg); err != nil {
			return err
		}
		err = a.Serve(cmd.Context(), func() {
			c.printf("cli.serve.listening", "url", cfg.BaseURL())
			if welcome {
				c.welcome(cfg)
			}
		})
		if err == nil {
			c.printf("cli.serve.stopped")
		}
		return err
	}
	return cmd
}

// mayServe keeps demo logins, whose password is public, on this machine.
func (c *command) mayServe(ctx context.Context, a *app.App, cfg config.Config) error {
	demoLogins, err := a.Auth.DemoAccounts(ctx)
	if err != nil {
		return err
	}
	if len(demoLogins) > 0 && !cfg.Loopback() {
		return errs.E(errs.Forbidden, "cli.serve.demo_not_public")
	}
	if a.Network.Tree().Root() == nil {
		return errs.E(errs.NotFound, "cli.serve.empty")
	}
	return c.knowsKeys(ctx, a)
}

// knowsKeys tells whoever starts the server if the keys are older than the data.
// The rest of the city goes on meanwhile.
func (c *command) knowsKeys(ctx context.Context, a *app.App) error {
	err := c.tellMissing(ctx, a.Rotator(app.OldKeysRest, nil).MissingLately, a.Config.Keys())
	if known, ok := errors.AsType[*errs.Error](err); ok && known.Code == "cli.keys.missing" {
		a.Log.Error("texts were sealed with keys that aren't here", "dir", a.Config.Keys())
		fmt.Fprintln(c.err, c.t("cli.keys.missing_now", "dir", a.Config.Keys()))
		return nil
	}
	return err
}

// welcome prints who can log in as what, if this is a demo city.
func (c *command) welcome(cfg config.Config) {
	made, err := demo.ReadMade(cfg.Dir)
	if err != nil {
		return // not a demo city: nobody to introduce
	}
	c.printf("cli.welcome.public", "url", cfg.BaseURL())
	c.introduce(made)
}
