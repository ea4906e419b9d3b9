package cli

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bilin/internal/app"
	"bilin/internal/auth"
	"bilin/internal/errs"
)

// token prints a bearer token and nothing else, so that scripts can take it.
func (c *command) token() *cobra.Command {
	var login string
	var days int
	var allow []string
	cmd := &cobra.Command{Use: "token", Short: c.t("cli.token"), Args: cobra.NoArgs}
	cmd.Flags().StringVar(&login, "as", "", c.t("cli.token.as"))
	cmd.Flags().IntVar(&days, "days", 90, c.t("cli.token.days"))
	cmd.Flags().StringSliceVar(&allow, "allow", []string{string(auth.AllScopes)}, c.t("cli.token.allow"))
	cmd.RunE = c.withCity(func(ctx context.Context, a *app.App, _ []string) error {
		if login == "" {
			return errs.E(errs.Invalid, "cli.token.no_as")
		}
		_, secret, err := a.Auth.IssueToken(ctx, auth.System("cli"), auth.NewToken{
			Login: login, Label: "bilin token", Life: time.Duration(days) * 24 * time.Hour,
			Scopes: scopes(allow),
		})
		if err == nil {
			_, err = fmt.Fprintln(c.out, secret)
		}
		return err
	})
	return cmd
}

// scopes reads the sensitive actions a token is issued for. Whoever gives this
// command holds the database and its keys, so all is what it gives unless told less.
func scopes(allow []string) (list []auth.Action) {
	for _, name := range allow {
		if name = strings.TrimSpace(name); name != "" && name != "none" {
			list = append(list, auth.Action(name))
		}
	}
	return list
}

func (c *command) account() *cobra.Command {
	group := &cobra.Command{Use: "account", Short: c.t("cli.account")}
	var who app.NewOfficial
	var role string
	add := &cobra.Command{Use: "add", Short: c.t("cli.account.add"), Args: cobra.NoArgs}
	add.Flags().StringVar(&who.Login, "login", "", c.t("cli.account.login"))
	add.Flags().StringVar(&who.Name, "name", "", c.t("cli.account.name"))
	add.Flags().StringVar(&role, "role", string(auth.Admin), c.t("cli.account.role"))
	add.Flags().StringVar(&who.UnitCode, "unit", "", c.t("cli.account.unit"))
	add.RunE = c.withCity(func(ctx context.Context, a *app.App, _ []string) error {
		who.Role, who.Password = auth.Role(role), rand.Text()
		if err := a.AddOfficial(ctx, who); err != nil {
			return err
		}
		c.printf("cli.account.added", "login", who.Login, "password", who.Password)
		return nil
	})
	group.AddCommand(add, c.accountConfirm())
	return group
}

// accountConfirm is for the first official of a city, whom nobody else can
// confirm: whoever has the server knows that it is them.
func (c *command) accountConfirm() *cobra.Command {
	var login string
	cmd := &cobra.Command{Use: "confirm", Short: c.t("cli.account.confirm"), Args: cobra.NoArgs}
	cmd.Flags().StringVar(&login, "login", "", c.t("cli.account.login"))
	cmd.RunE = c.withCity(func(ctx context.Context, a *app.App, _ []string) error {
		account, err := a.Auth.ConfirmFirst(ctx, auth.System("cli"), login)
		if err == nil {
			c.printf("cli.account.confirmed", "login", account.Login, "name", account.Name)
		}
		return err
	})
	return cmd
}
