package cli

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bilin/internal/config"
	"bilin/internal/errs"
	"bilin/internal/gateway/loopback"
)

// gateway runs the gateway that delivers nothing, to try messages with.
func (c *command) gateway() *cobra.Command {
	var addr string
	var opt loopback.Options
	cmd := &cobra.Command{Use: "gateway", Short: c.t("cli.gateway"), Args: cobra.NoArgs}
	cmd.Flags().StringVar(&addr, "addr", "127.0.0.1:8090", c.t("cli.gateway.addr"))
	cmd.Flags().IntVar(&opt.Settings.Fail, "fail", 0, c.t("cli.gateway.fail"))
	cmd.Flags().IntVar(&opt.Settings.Lose, "lose", 0, c.t("cli.gateway.lose"))
	cmd.Flags().DurationVar(&opt.Settings.Delay, "delay", 0, c.t("cli.gateway.delay"))
	cmd.Flags().IntVar(&opt.Settings.Rate, "rate", 0, c.t("cli.gateway.rate"))
	cmd.Flags().BoolVar(&opt.Settings.Silent, "silent", false, c.t("cli.gateway.silent"))
	cmd.Flags().StringVar(&opt.Settings.Refuse, "refuse", "", c.t("cli.gateway.refuse"))
	cmd.Flags().StringVar(&opt.Reports.URL, "reports", "", c.t("cli.gateway.reports"))
	cmd.Flags().StringVar(&opt.Reports.Token, "reports-token", "", c.t("cli.gateway.reports_token"))
	cmd.Flags().DurationVar(&opt.Reports.After, "reports-after", time.Second, c.t("cli.gateway.reports_after"))
	cmd.Flags().StringVar(&opt.Token, "token", "", c.t("cli.gateway.token"))
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if s := opt.Settings; s.Fail < 0 || s.Fail > 100 || s.Lose < 0 || s.Lose > 100 || s.Delay < 0 || s.Delay > time.Minute || s.Rate < 0 {
			return errs.E(errs.Invalid, "cli.gateway.bad")
		}
		if !(config.Config{Addr: addr}).Loopback() {
			return errs.E(errs.Forbidden, "cli.gateway.not_public")
		}
		return c.runGateway(cmd.Context(), addr, opt)
	}
	return cmd
}

func (c *command) runGateway(ctx context.Context, addr string, opt loopback.Options) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return errs.Wrap(err, errs.Unavailable, "cli.gateway.no_listen", "addr", addr)
	}
	host := listener.Addr().String() // its port is known now, if :0 was asked for
	flags := []string{"--gateway-url", "http://" + host + "/send", "--gateway-allow", host, "--gateway-bulk", "100", "--voice-url", "http://" + host + "/voice",
		"--push-allow", host, "--group-url", "'http://" + host + "/group?key=trial'"}
	if opt.Token != "" {
		flags = append(flags, "--gateway-token", "…", "--voice-token", "…")
	}
	c.printf("cli.gateway.running", "url", "http://"+host+"/", "flags", strings.Join(flags, " "))
	trial := loopback.New(opt)
	server := &http.Server{
		Handler: trial, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second,
		WriteTimeout: 2 * time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
	served := make(chan error, 2)
	go func() { served <- server.Serve(listener) }()
	go func() {
		if err := trial.Run(ctx); err != nil {
			served <- err
		}
	}()
	select {
	case err := <-served:
		return errors.Join(err, server.Close())
	case <-ctx.Done():
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err = server.Shutdown(ending)
	if errors.Is(err, context.DeadlineExceeded) {
		return server.Close()
	}
	return err
}
