package config

import (
	"fmt"
	"net"
	"net/mail"
	"strconv"
	"strings"

	"bilin/internal/errs"
)

// Channels are the ways to people, beyond the gateway for short messages itself.
type Channels struct {
	GatewayRate int      // short messages a second; 0: no limit
	NoticeTexts int      // short messages a month for notices, to households that asked; 0: none are offered
	GatewayBulk int      // short messages a call, if the gateway takes several; 0: one by one
	VoiceURL    string   // where calls are ordered; empty: none are made
	VoiceToken  string   // bearer token for it
	VoiceRate   int      // calls a second; 0: no limit
	PushSubject string   // mailto: or https: address under which browsers' push services reach us; empty: PublicURL
	PushAllow   []string // host:port of push services that may have a private address, for trials
	GroupURLs   []string // chat groups and mailing lists that hear of each order, as shoutrrr writes addresses
}

// Most that can be set.
const (
	maxRate = 100_000
	maxBulk = 1000

	maxNoticeTexts = 100_000_000
)

func channelSettings() []setting {
	return []setting{
		{"gateway-rate", whole(func(c *Config) *int { return &c.GatewayRate }, maxRate)},
		{"notice-texts", whole(func(c *Config) *int { return &c.NoticeTexts }, maxNoticeTexts)},
		{"gateway-bulk", whole(func(c *Config) *int { return &c.GatewayBulk }, maxBulk)},
		{"voice-url", text(func(c *Config) *string { return &c.VoiceURL })},
		{"voice-token", text(func(c *Config) *string { return &c.VoiceToken })},
		{"voice-rate", whole(func(c *Config) *int { return &c.VoiceRate }, maxRate)},
		{"push-subject", setPushSubject},
		{"push-allow", hostPorts(func(c *Config) *[]string { return &c.PushAllow })},
		{"group-url", func(c *Config, v string) error {
			c.GroupURLs = strings.Fields(v) // addresses of mail hold commas
			return nil
		}},
	}
}

// whole reads a number from 0 to most.
func whole(field func(*Config) *int, most int) func(*Config, string) error {
	return func(c *Config, v string) error {
		n, err := strconv.Atoi(v)
		if err != nil || n < 0 || n > most {
			return fmt.Errorf("want a whole number from 0 to %d", most)
		}
		*field(c) = n
		return nil
	}
}

// hostPorts reads a list of host:port, separated by commas.
func hostPorts(field func(*Config) *[]string) func(*Config, string) error {
	return func(c *Config, v string) error {
		*field(c) = nil // a stronger setting replaces a weaker one
		for item := range strings.SplitSeq(v, ",") {
			item = strings.TrimSpace(item)
			host, port, err := net.SplitHostPort(item)
			if err != nil {
				return err
			}
			if host == "" || port == "" {
				return fmt.Errorf("want HOST:PORT")
			}
			*field(c) = append(*field(c), item)
		}
		return nil
	}
}

func setPushSubject(c *Config, v string) error {
	if address, ok := strings.CutPrefix(v, "mailto:"); ok {
		if a, err := mail.ParseAddress(address); err != nil || a.Address != address {
			return fmt.Errorf("want mailto:somebody@example.cn")
		}
	} else if !isWebAddress(v) || !strings.HasPrefix(v, "https://") {
		return fmt.Errorf("want mailto:somebody@example.cn or https://…")
	}
	c.PushSubject = v
	return nil
}

func (c Config) checkChannels() error {
	if c.VoiceURL != "" && !isWebAddress(c.VoiceURL) {
		return errs.E(errs.Invalid, "config.bad_voice_url")
	}
	return nil
}

// PushContact is the address under which push services reach us, or "" if there
// is none: then nobody can be reached by push.
func (c Config) PushContact() string {
	if c.PushSubject == "" && strings.HasPrefix(c.BaseURL(), "https://") {
		return c.BaseURL()
	}
	return c.PushSubject
}
