package push

import (
	"crypto/ecdh"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"unicode/utf8"

	"bilin/internal/errs"
	"bilin/internal/gateway"
)

// Lengths.
const (
	maxEndpoint = 1000 // bytes
	secretSize  = 16
	maxTitle    = 80 // characters
	maxText     = 600
	maxURL      = 600
	maxPayload  = 3900
	topicSize   = 32 // as RFC 8030 has it
)

// endpoint is where and how a browser is written to.
type endpoint struct {
	URL    string `json:"url"`
	P256dh string `json:"p256dh"` // its public key
	Auth   string `json:"auth"`   // the secret it shares with us
}

// check refuses what no browser hands out.
func (e endpoint) check() error {
	u, err := url.Parse(e.URL)
	if err != nil || len(e.URL) > maxEndpoint || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return errs.E(errs.Invalid, "push.bad_browser")
	}
	key, err := decode(e.P256dh)
	if err != nil {
		return errs.E(errs.Invalid, "push.bad_browser")
	}
	if _, err := ecdh.P256().NewPublicKey(key); err != nil {
		return errs.E(errs.Invalid, "push.bad_browser")
	}
	if secret, err := decode(e.Auth); err != nil || len(secret) != secretSize {
		return errs.E(errs.Invalid, "push.bad_browser")
	}
	return nil
}

// decode reads base64 as browsers write it, with or without padding.
func decode(s string) ([]byte, error) {
	return base64.RawURLEncoding.Strict().DecodeString(strings.TrimRight(s, "="))
}

// markOf names an endpoint without telling it: a browser compares it with its own.
func markOf(url string) string {
	sum := sha256.Sum256([]byte(url))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// topicOf lets a push service that still holds a message put the same one in
// its place.
func topicOf(id string) string { return markOf(id)[:topicSize] }

// payload is what the service worker gets. A repeat has the same id and is
// shown without another sound; a later edition has the same tag and takes the
// place of the earlier.
type payload struct {
	ID    string `json:"id"`
	Tag   string `json:"tag"`
	Title string `json:"title"`
	Text  string `json:"text"`
	URL   string `json:"url"`
}

// pack writes a message for a browser, within the 4 KB that a push may have.
func pack(m gateway.Message) ([]byte, error) {
	p := payload{ID: topicOf(m.ID), Tag: topicOf(m.ID), Title: short(m.Title, maxTitle), Text: short(m.Text, maxText), URL: m.URL}
	if m.Tag != "" {
		p.Tag = topicOf(m.Tag)
	}
	if len(p.URL) > maxURL {
		p.URL = ""
	}
	raw, err := json.Marshal(p)
	for most := maxText; err == nil && len(raw) > maxPayload; most /= 2 { // a text of signs that take six bytes each
		p.Text, p.Title = short(m.Text, most), short(m.Title, min(most, maxTitle))
		raw, err = json.Marshal(p)
	}
	return raw, err
}

func short(s string, most int) string {
	s = strings.ToValidUTF8(s, "")
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:max(most-1, 0)]) + "…"
}
