package cli

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"bilin/internal/app"
	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/outcome"
)

func (c *command) outcomeCmd() *cobra.Command {
	group := &cobra.Command{Use: "outcome", Short: c.t("cli.outcome")}
	verify := &cobra.Command{Use: "verify QUARTER", Short: c.t("cli.outcome.verify"), Example: "  bilin outcome verify 2026Q3", Args: cobra.ExactArgs(1)}
	verify.RunE = c.withCity(func(ctx context.Context, a *app.App, args []string) error {
		p, err := outcome.ParsePeriod(args[0])
		if err != nil {
			return err
		}
		v, err := a.Outcome.Verify(ctx, p)
		if err != nil {
			return err
		}
		return c.tellVerified(a, p, v)
	})
	group.AddCommand(verify)
	return group
}

// mostDiffering is how many cells are listed.
const mostDiffering = 10

// tellVerified prints what came of reckoning a quarter again; a difference is an error.
func (c *command) tellVerified(a *app.App, p outcome.Period, v *outcome.Verified) error {
	c.printf("cli.outcome.reckoned", "period", p.String(), "cells", v.Cells, "method", v.Release.Method, "by", v.Release.PublishedBy,
		"at", v.Release.PublishedAt.In(p.Begin().Location()).Format("2006-01-02 15:04"))
	if v.Identical() {
		c.printf("cli.outcome.identical")
		return nil
	}
	if !v.Signed {
		c.printf("cli.outcome.not_signed")
	}
	if !v.Stored {
		c.printf("cli.outcome.not_stored")
	}
	names := map[string]string{}
	for _, x := range v.Release.Basis.Indicators {
		names[x.ID] = x.Name
		if c.locale == i18n.EN {
			names[x.ID] = x.NameEN
		}
	}
	for _, id := range v.Altered {
		c.printf("cli.outcome.altered", "indicator", names[id])
	}
	for _, what := range v.Record {
		c.printf("cli.outcome.record." + what)
	}
	for i, d := range v.Differ {
		if i == mostDiffering {
			c.printf("cli.outcome.more", "n", len(v.Differ)-i)
			break
		}
		where := d.UnitID
		if u := a.Network.Tree().ByID(d.UnitID); u != nil {
			where = u.Name
		}
		c.printf("cli.outcome.differs", "unit", where, "indicator", or(names[d.IndicatorID], d.IndicatorID))
		fmt.Fprintf(c.out, "  - %s\n  + %s\n", c.cell(d.Published), c.cell(d.Now))
	}
	return errs.E(errs.Internal, "cli.outcome.different", "n", len(v.Differ)+len(v.Altered)+len(v.Record))
}

// cell says what a stored light tells, instead of its JSON.
func (c *command) cell(text string) string {
	var x outcome.Cell
	switch {
	case text == "":
		return "–"
	case json.Unmarshal([]byte(text), &x) != nil:
		return text
	case x.Hidden || x.Den == 0:
		return c.t("outcomeweb.light." + string(x.Light))
	}
	return c.t("cli.outcome.cell", "light", c.t("outcomeweb.light."+string(x.Light)), "num", x.Num, "den", x.Den, "q", fmt.Sprintf("%.3g", x.Q))
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
