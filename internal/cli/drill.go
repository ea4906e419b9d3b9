package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bilin/internal/app"
	"bilin/internal/errs"
	"bilin/internal/mobilise/report"
	"bilin/internal/rehearsal"
	"bilin/internal/web"
)

// drill rehearses at full scale how the city calls people out.
func (c *command) drill() *cobra.Command {
	o := rehearsal.Options{Every: time.Second}
	var answers string
	var minutes float64
	var asJSON bool
	cmd := &cobra.Command{Use: "drill", Short: c.t("cli.drill"), Long: c.t("cli.drill.long"), Args: cobra.NoArgs}
	cmd.Flags().IntVar(&o.People, "people", 30_000, c.t("cli.drill.people"))
	cmd.Flags().StringVar(&answers, "answers", string(rehearsal.Realistic), c.t("cli.drill.answers"))
	cmd.Flags().Uint64Var(&o.Seed, "seed", 1, c.t("cli.drill.seed"))
	cmd.Flags().Float64Var(&minutes, "minutes", 0, c.t("cli.drill.minutes"))
	cmd.Flags().IntVar(&o.Fail, "gateway-fail", 0, c.t("cli.drill.gateway_fail"))
	cmd.Flags().BoolVar(&asJSON, "json", false, c.t("cli.drill.json"))
	cmd.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		cfg, err := c.settings(cmd)
		if err != nil {
			return err
		}
		if err := c.hasCity(cfg); err != nil {
			return err
		}
		if !cmd.Flags().Changed("log-level") {
			cfg.LogLevel = "error" // that numbers are refused is part of the play
		}
		a, err := app.Open(cmd.Context(), cfg, logger(cfg, c.err))
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, a.Close(context.WithoutCancel(cmd.Context()))) }()
		if a.Network.Tree().Root() == nil {
			return errs.E(errs.NotFound, "cli.serve.empty")
		}
		o.Answers, o.Wall = rehearsal.Answers(answers), time.Duration(minutes*float64(time.Minute))
		board := c.newBoard()
		o.Show, o.Every = board.show, board.every
		r, err := rehearsal.Run(cmd.Context(), a, o)
		board.end()
		if err != nil {
			return err
		}
		c.afterAction(r)
		if asJSON {
			return c.drillJSON(r)
		}
		return nil
	}
	return cmd
}

// drillJSON writes the figures that programs read, in one line.
func (c *command) drillJSON(r rehearsal.Result) error {
	seconds := func(d time.Duration) *float64 {
		if d == 0 {
			return nil // it never came to that
		}
		s := float64(d.Microseconds()) / 1e6
		return &s
	}
	never := 0
	if r.Report != nil {
		never = r.Report.Unreached()
	}
	return json.NewEncoder(c.out).Encode(struct {
		People   int      `json:"people"`
		Durable  *float64 `json:"durable_s"`
		First    *float64 `json:"first_s"`
		Handed   *float64 `json:"handed_s"`
		Answers  int      `json:"answers"`
		Rate     float64  `json:"answers_per_s"`
		Page     float64  `json:"page_p99_ms"`
		NeverGot int      `json:"never_reached"`
		Memory   float64  `json:"rss_mb"`
	}{r.People, seconds(r.Durable), seconds(r.First), seconds(r.Handed), r.Answered, round1(r.PerSecond), round1(float64(r.Page.Microseconds()) / 1000), never, round1(float64(r.Memory) / 1e6)})
}

func round1(v float64) float64 { return float64(int(v*10+0.5)) / 10 }

// afterAction says what came of it.
func (c *command) afterAction(r rehearsal.Result) {
	if r.Stopped {
		c.printf("cli.drill.stopped", "number", r.Number, "n", r.Informed)
	} else {
		c.printf("cli.drill.over", "number", r.Number, "people", r.People)
	}
	fmt.Fprintln(c.out, c.drillTimes(r.Times))
	c.printf("cli.drill.load", "answers", r.Answered, "rate", fmt.Sprintf("%.0f", r.PerSecond), "page", fmt.Sprintf("%.0f", float64(r.Page.Microseconds())/1000),
		"again", r.Failed, "memory", r.Memory/1_000_000)
	f := r.Report
	if f == nil {
		return
	}
	for _, row := range []struct {
		key string
		of  report.Times
	}{{"cli.drill.reached", f.Reach}, {"cli.drill.answered", f.Answer}} {
		at := func(i int) string {
			if !row.of.Done[i] {
				return c.t("cli.drill.never")
			}
			return inMinutes(row.of.At[i])
		}
		c.printf(row.key, "n", row.of.N, "half", at(0), "ninety", at(1), "most", at(2))
	}
	c.printf("cli.drill.said", "coming", f.Coming, "arrived", f.Arrived, "cant", f.Cant, "doors", f.Doors, "open", f.Open)
	c.nevers(f)
	if len(f.Fix) > 0 && !r.Stopped && r.Answers == rehearsal.Realistic { // of people who don't behave as people do it says nothing
		c.printf("cli.drill.fix")
		for _, x := range f.Fix {
			fmt.Fprintln(c.out, "  · "+c.finding(x))
		}
	}
	c.printf("cli.drill.page", "number", r.Number)
}

// nevers says who was never reached, and why.
func (c *command) nevers(f *report.Report) {
	var why []string
	for _, w := range report.Whys() {
		if n := f.Never[w]; n > 0 {
			why = append(why, c.t("cli.drill.why."+w.String(), "n", n))
		}
	}
	if len(why) == 0 {
		c.printf("cli.drill.all_reached")
		return
	}
	c.printf("cli.drill.unreached", "n", f.Unreached(), "why", strings.Join(why, c.t("cli.drill.and")))
}

// finding is one thing to mend, in a sentence.
func (c *command) finding(x report.Finding) string {
	share := "—"
	if x.Of > 0 {
		share = fmt.Sprintf("%.1f%%", 100*float64(x.N)/float64(x.Of))
	}
	args := []any{"n", x.N, "of", x.Of, "pct", share, "long", inMinutes(x.Long), "name", x.Name}
	if x.Channel != "" {
		args = append(args, "channel", c.t("order.channel."+string(x.Channel)))
	}
	if !x.From.IsZero() {
		args = append(args, "from", x.From.In(web.CityZone).Format("15:04"))
	}
	return c.t("report.fix."+x.Code, args...)
}

// drillTimes are how long the order itself took.
func (c *command) drillTimes(t rehearsal.Times) string {
	in := func(d time.Duration) string {
		if d == 0 {
			return "…"
		}
		return c.t("cli.drill.seconds", "s", fmt.Sprintf("%.2f", d.Seconds()))
	}
	return c.t("cli.drill.times", "durable", in(t.Durable), "first", in(t.First), "handed", in(t.Handed))
}

// inMinutes writes a time of the story as a clock does.
func inMinutes(d time.Duration) string {
	d = d.Round(time.Second)
	return fmt.Sprintf("%d:%02d", int(d.Minutes()), int(d.Seconds())%60)
}
