package push

import (
	"encoding/json"
	"net/url"
	"testing"
)

// A browser that is taken is at an address of the web, without a password in it.
func FuzzEndpoint(f *testing.F) {
	f.Add([]byte(`{"url":"https://push.example/x","p256dh":"BNNL5ZaTfK81qhXOx23+wewhigUeFb632jN6LvRWCFH1ubQr77FE/9qV1FuojuRmHP42zmf34rXgW80OvUVDgTk","auth":"AAAAAAAAAAAAAAAAAAAAAA"}`))
	f.Add([]byte(`{"url":"https://a:b@h","p256dh":"","auth":"="}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var e endpoint
		if json.Unmarshal(raw, &e) != nil || e.check() != nil {
			return
		}
		u, err := url.Parse(e.URL)
		if err != nil || u.User != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			t.Errorf("taken: %q", e.URL)
		}
	})
}
