// Package config reads the settings of one program run: flags win over the
// environment, the environment over the file, the file over the defaults.
package config

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"bilin/internal/errs"
)

// Config is everything a run of Bilin can be told.
type Config struct {
	Dir          string         // data directory: database, keys, audit checkpoints
	DB           string         // postgres://… or empty for SQLite in Dir
	Addr         string         // host:port to listen on
	PublicURL    string         // address under which people reach it, e.g. https://bilin.example.cn
	TrustedProxy []netip.Prefix // proxies whose X-Forwarded-For is believed
	TLSCert      string         // PEM file; with TLSKey
	TLSKey       string
	KeysDir      string   // keys of sealed fields; default Dir/keys
	LogLevel     string   // debug, info, warn, error
	LogFormat    string   // text or json
	NoticeDays   int      // public notice of a selected lead, days, 1 to 60
	PublicRate   int      // what needs no login: requests a minute from one address; 0: what suits each page
	GatewayURL   string   // where short messages to people are posted; empty: none are sent
	GatewayToken string   // bearer token for it; empty: none
	GatewayAllow []string // host:port of gateways that may have a private address
	Channels
	Feeds
	Accounts
	Backups
}

// maxPublicRate is more than a machine can answer.
const maxPublicRate = 10_000_000

// setting ties a name to the field it fills. The name is the flag; BILIN_ plus
// its upper-case form with underscores is the environment variable.
type setting struct {
	name string
	set  func(*Config, string) error
}

func text(field func(*Config) *string) func(*Config, string) error {
	return func(c *Config, v string) error {
		*field(c) = v
		return nil
	}
}

func settings() []setting {
	return append(slices.Concat(channelSettings(), feedSettings(), backupSettings(), accountSettings()), []setting{
		{"data", text(func(c *Config) *string { return &c.Dir })},
		{"db", text(func(c *Config) *string { return &c.DB })},
		{"addr", text(func(c *Config) *string { return &c.Addr })},
		{"public-url", text(func(c *Config) *string { return &c.PublicURL })},
		{"trusted-proxy", setProxies},
		{"tls-cert", text(func(c *Config) *string { return &c.TLSCert })},
		{"tls-key", text(func(c *Config) *string { return &c.TLSKey })},
		{"keys-dir", text(func(c *Config) *string { return &c.KeysDir })},
		{"log-level", text(func(c *Config) *string { return &c.LogLevel })},
		{"log-format", text(func(c *Config) *string { return &c.LogFormat })},
		{"notice-days", setNoticeDays},
		{"public-rate", setPublicRate},
		{"gateway-url", text(func(c *Config) *string { return &c.GatewayURL })},
		{"gateway-token", text(func(c *Config) *string { return &c.GatewayToken })},
		{"gateway-allow", hostPorts(func(c *Config) *[]string { return &c.GatewayAllow })},
	}...)
}

// Default returns the settings of a run that was told nothing.
func Default() Config {
	return Config{
		Dir:        "data",
		Addr:       "localhost:8080",
		LogLevel:   "info",
		LogFormat:  "text",
		NoticeDays: 5,
		Accounts:   Accounts{SecondFactorAfter: defaultFactorDays},
		Backups:    Backups{BackupKeep: backupKeep, BackupEvery: backupEvery},
	}
}

// Load merges file, environment and flags, in rising order of strength, over
// the defaults. flags holds only the flags that were given. A missing file is
// an error only if it was named.
func Load(file string, getenv func(string) string, flags map[string]string) (Config, error) {
	c := Default()
	fromFile, err := readFile(file)
	if err != nil {
		return Config{}, err
	}
	for _, s := range settings() {
		for _, v := range []string{fromFile[s.name], getenv(envName(s.name)), flags[s.name]} {
			if v == "" {
				continue
			}
			if err := s.set(&c, v); err != nil {
				return Config{}, errs.Wrap(err, errs.Invalid, "config.bad_value", "name", s.name, "value", v, "why", err.Error())
			}
		}
	}
	return c, c.check()
}

func envName(setting string) string {
	return "BILIN_" + strings.ToUpper(strings.ReplaceAll(setting, "-", "_"))
}

// readFile reads lines of "name = value"; # starts a comment.
func readFile(path string) (map[string]string, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errs.Wrap(err, errs.NotFound, "config.no_file", "file", path)
	}
	if err != nil {
		return nil, errs.Wrap(err, errs.Internal, "config.no_file", "file", path)
	}
	defer f.Close()
	known := map[string]bool{}
	for _, s := range settings() {
		known[s.name] = true
	}
	values := map[string]string{}
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		name = strings.TrimSpace(name)
		if !ok || !known[name] {
			return nil, errs.E(errs.Invalid, "config.bad_line", "file", path, "line", n, "text", line)
		}
		values[name] = strings.TrimSpace(value)
	}
	return values, lines.Err()
}

func (c Config) check() error {
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return errs.E(errs.Invalid, "config.half_tls")
	}
	if c.PublicURL != "" && !isWebAddress(c.PublicURL) {
		return errs.E(errs.Invalid, "config.bad_public_url", "value", c.PublicURL)
	}
	if c.GatewayURL != "" && !isWebAddress(c.GatewayURL) {
		return errs.E(errs.Invalid, "config.bad_gateway_url")
	}
	if c.DB != "" && !strings.HasPrefix(c.DB, "postgres://") && !strings.HasPrefix(c.DB, "postgresql://") {
		return errs.E(errs.Invalid, "config.bad_db")
	}
	if _, _, err := net.SplitHostPort(c.Addr); err != nil {
		return errs.Wrap(err, errs.Invalid, "config.bad_addr", "value", c.Addr)
	}
	if err := c.checkBackups(); err != nil {
		return err
	}
	return c.checkChannels()
}

func isWebAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

// Keys returns the directory of the keys for sealed fields.
func (c Config) Keys() string {
	if c.KeysDir != "" {
		return c.KeysDir
	}
	return filepath.Join(c.Dir, "keys")
}

// Loopback reports whether the server would answer only this machine: neither it
// nor a proxy in front of it is to be reached from elsewhere.
func (c Config) Loopback() bool {
	host, _, err := net.SplitHostPort(c.Addr)
	if err != nil || !isLoopback(host) {
		return false
	}
	if c.PublicURL == "" {
		return true
	}
	u, err := url.Parse(c.PublicURL)
	return err == nil && isLoopback(u.Hostname())
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// BaseURL returns the address that links, QR codes and cards carry, without a
// trailing slash.
func (c Config) BaseURL() string {
	if c.PublicURL != "" {
		return strings.TrimRight(c.PublicURL, "/")
	}
	scheme := "http"
	if c.TLSCert != "" {
		scheme = "https"
	}
	return scheme + "://" + c.Addr
}

func setProxies(c *Config, v string) error {
	c.TrustedProxy = nil // a stronger setting replaces a weaker one
	for item := range strings.SplitSeq(v, ",") {
		item = strings.TrimSpace(item)
		prefix, err := netip.ParsePrefix(item)
		if err != nil {
			addr, addrErr := netip.ParseAddr(item)
			if addrErr != nil {
				return addrErr
			}
			prefix = netip.PrefixFrom(addr, addr.BitLen())
		}
		c.TrustedProxy = append(c.TrustedProxy, prefix)
	}
	return nil
}

func setNoticeDays(c *Config, v string) error {
	var n int
	if _, err := fmt.Sscanf(v, "%d", &n); err != nil || n < 1 || n > 60 {
		return fmt.Errorf("want a whole number from 1 to 60")
	}
	c.NoticeDays = n
	return nil
}

func setPublicRate(c *Config, v string) error {
	n, err := strconv.Atoi(v)
	if err != nil || n < 0 || n > maxPublicRate {
		return fmt.Errorf("want a whole number from 0 to %d", maxPublicRate)
	}
	c.PublicRate = n
	return nil
}
