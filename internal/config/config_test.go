package config_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"bilin/internal/config"
	"bilin/internal/errs"
)

func none(string) string { return "" }

func TestFlagsWinOverEnvironmentOverFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bilin.conf")
	body := "# a city\naddr = :1\ndata = /file\nlog-level = warn\ntrusted-proxy = 10.0.0.0/8\n"
	if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"BILIN_ADDR": ":2", "BILIN_DATA": "/env"}
	c, err := config.Load(file, func(k string) string { return env[k] }, map[string]string{"addr": ":3", "trusted-proxy": "192.0.2.1"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Addr != ":3" || c.Dir != "/env" || c.LogLevel != "warn" || c.NoticeDays != 5 {
		t.Errorf("got %+v", c)
	}
	if len(c.TrustedProxy) != 1 || c.TrustedProxy[0].String() != "192.0.2.1/32" {
		t.Errorf("a weaker setting's proxies are believed too: %v", c.TrustedProxy)
	}
	if c.Keys() != filepath.Join("/env", "keys") {
		t.Errorf("keys in %s", c.Keys())
	}
}

func TestBadSettingsAreNamed(t *testing.T) {
	cases := []struct {
		name  string
		flags map[string]string
		code  string
	}{
		{"half TLS", map[string]string{"tls-cert": "x.pem"}, "config.half_tls"},
		{"public url", map[string]string{"public-url": "bilin.example"}, "config.bad_public_url"},
		{"database", map[string]string{"db": "mysql://x"}, "config.bad_db"},
		{"address", map[string]string{"addr": "8080"}, "config.bad_addr"},
		{"proxy", map[string]string{"trusted-proxy": "nobody"}, "config.bad_value"},
		{"notice days", map[string]string{"notice-days": "0"}, "config.bad_value"},
		{"gateway", map[string]string{"gateway-url": "sms.example.cn"}, "config.bad_gateway_url"},
		{"gateway's host", map[string]string{"gateway-allow": "10.0.0.5"}, "config.bad_value"},
		{"gateway's port", map[string]string{"gateway-allow": "10.0.0.5:8090,:80"}, "config.bad_value"},
		{"gateway's rate", map[string]string{"gateway-rate": "fast"}, "config.bad_value"},
		{"notices' texts", map[string]string{"notice-texts": "-1"}, "config.bad_value"},
		{"gateway's bulk", map[string]string{"gateway-bulk": "1001"}, "config.bad_value"},
		{"voice", map[string]string{"voice-url": "voice.example.cn"}, "config.bad_voice_url"},
		{"voice's rate", map[string]string{"voice-rate": "-1"}, "config.bad_value"},
		{"push contact", map[string]string{"push-subject": "http://bilin.example.cn"}, "config.bad_value"},
		{"push mail", map[string]string{"push-subject": "mailto:Bilin <a@b.cn>"}, "config.bad_value"},
		{"push host", map[string]string{"push-allow": "127.0.0.1"}, "config.bad_value"},
		{"public rate", map[string]string{"public-rate": "-1"}, "config.bad_value"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			if _, err := config.Load("", none, tc.flags); errs.CodeOf(err) != tc.code {
				t.Errorf("got %v, want %s", err, tc.code)
			}
		})
	}
	bad := filepath.Join(t.TempDir(), "bad.conf")
	if err := os.WriteFile(bad, []byte("adr = :1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := config.Load(bad, none, nil); errs.CodeOf(err) != "config.bad_line" {
		t.Errorf("unknown name: got %v", err)
	}
	if _, err := config.Load(bad+".none", none, nil); errs.CodeOf(err) != "config.no_file" {
		t.Errorf("missing file: got %v", err)
	}
}

func TestLoopback(t *testing.T) {
	for addr, want := range map[string]bool{
		"localhost:8080": true, "127.0.0.1:1": true, "[::1]:1": true,
		":8080": false, "0.0.0.0:8080": false, "10.0.0.1:80": false, "bilin.example:443": false,
	} {
		c := config.Default()
		c.Addr = addr
		if c.Loopback() != want {
			t.Errorf("%s: got %v", addr, !want)
		}
	}
	for public, want := range map[string]bool{"http://localhost:8080": true, "https://bilin.example.cn": false} {
		c := config.Default()
		c.PublicURL = public
		if c.Loopback() != want {
			t.Errorf("behind a proxy as %s: got %v", public, !want)
		}
	}
}

func TestBaseURL(t *testing.T) {
	c := config.Default()
	if c.BaseURL() != "http://localhost:8080" {
		t.Error(c.BaseURL())
	}
	c.PublicURL = "https://bilin.example/"
	if c.BaseURL() != "https://bilin.example" {
		t.Error(c.BaseURL())
	}
}

func TestGateway(t *testing.T) {
	env := map[string]string{"BILIN_GATEWAY_TOKEN": "secret", "BILIN_GATEWAY_ALLOW": "10.0.0.9:1"}
	c, err := config.Load("", func(k string) string { return env[k] }, map[string]string{
		"gateway-url": "http://10.0.0.5:8090/send", "gateway-allow": "10.0.0.5:8090, [::1]:80",
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.GatewayURL != "http://10.0.0.5:8090/send" || c.GatewayToken != "secret" || !slices.Equal(c.GatewayAllow, []string{"10.0.0.5:8090", "[::1]:80"}) {
		t.Errorf("got %+v", c)
	}
}

func TestChannels(t *testing.T) {
	c, err := config.Load("", none, map[string]string{
		"gateway-rate": "500", "gateway-bulk": "100", "voice-url": "https://voice.example.cn/call", "voice-rate": "20",
		"push-subject": "mailto:duty@example.cn", "push-allow": "127.0.0.1:8192",
		"group-url": "wecom://k  smtp://m.example.cn:465/?from=a@example.cn&to=b@example.cn,c@example.cn",
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.GatewayRate != 500 || c.GatewayBulk != 100 || c.VoiceURL != "https://voice.example.cn/call" || c.VoiceRate != 20 ||
		!slices.Equal(c.PushAllow, []string{"127.0.0.1:8192"}) || len(c.GroupURLs) != 2 || c.PushContact() != "mailto:duty@example.cn" {
		t.Errorf("got %+v", c)
	}
}

// Push services want to know whom to write to: our own address will do, if the
// world can reach it.
func TestPushContact(t *testing.T) {
	c := config.Default()
	if got := c.PushContact(); got != "" {
		t.Errorf("on this machine alone: %q", got)
	}
	c.PublicURL = "https://bilin.example.cn/"
	if got := c.PushContact(); got != "https://bilin.example.cn" {
		t.Error(got)
	}
}
