package config

import (
	"fmt"
	"strings"
)

// Feeds are where alerts are asked for.
type Feeds struct {
	CapFeeds []string // addresses of CAP alerts, or of Atom feeds of them
	CapAllow []string // host:port of those that may have a private address, and without TLS

	PullAllow []string // host:port of addresses and databases of departments' figures that may be private, and without TLS
}

func feedSettings() []setting {
	return []setting{
		{"cap-feed", setCapFeeds},
		{"cap-allow", hostPorts(func(c *Config) *[]string { return &c.CapAllow })},
		{"pull-allow", hostPorts(func(c *Config) *[]string { return &c.PullAllow })},
	}
}

// setCapFeeds reads addresses, separated by commas or spaces.
func setCapFeeds(c *Config, v string) error {
	c.CapFeeds = nil // a stronger setting replaces a weaker one
	for _, address := range strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ' ' }) {
		if !isWebAddress(address) {
			return fmt.Errorf("want https://…")
		}
		c.CapFeeds = append(c.CapFeeds, address)
	}
	return nil
}
