package config

import (
	"os"
	"path/filepath"
	"testing"
)

// A settings file is read or refused, and what was read passes its own check.
func FuzzLoad(f *testing.F) {
	f.Add("data = x\n# y\naddr=localhost:1\ntrusted-proxy = 10.0.0.0/8,::1\n")
	f.Add("gateway-allow = a:1, b:99999\npublic-rate = -3\n")
	f.Add("public-url = https://[::1\n=\n")
	f.Fuzz(func(t *testing.T, text string) {
		name := filepath.Join(t.TempDir(), "settings")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Load(name, func(string) string { return "" }, nil)
		if err == nil && c.check() != nil {
			t.Errorf("%+v", c)
		}
	})
}
