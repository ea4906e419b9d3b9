package config_test

import (
	"slices"
	"testing"

	"bilin/internal/config"
	"bilin/internal/errs"
)

func TestFeeds(t *testing.T) {
	env := map[string]string{"BILIN_CAP_FEED": "https://a.example/x,https://b.example/y", "BILIN_CAP_ALLOW": "10.0.0.9:80"}
	get := func(k string) string { return env[k] }
	c, err := config.Load("", get, nil)
	if err != nil || !slices.Equal(c.CapFeeds, []string{"https://a.example/x", "https://b.example/y"}) || !slices.Equal(c.CapAllow, []string{"10.0.0.9:80"}) {
		t.Errorf("%+v, %v", c.Feeds, err)
	}
	c, err = config.Load("", get, map[string]string{"cap-feed": "https://c.example/z https://d.example"})
	if err != nil || !slices.Equal(c.CapFeeds, []string{"https://c.example/z", "https://d.example"}) {
		t.Errorf("a flag: %+v, %v", c.Feeds, err)
	}
	for name, flags := range map[string]map[string]string{"no address": {"cap-feed": "alerts.example"}, "a file": {"cap-feed": "file:///etc/passwd"}, "a host": {"cap-allow": "10.0.0.9"}} {
		if _, err := config.Load("", none, flags); errs.CodeOf(err) != "config.bad_value" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
