package web

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"time"
)

// Flash is a message shown once, on the page after a form was sent.
type Flash struct {
	Text string
	Kind string // "ok", "warn"
}

type flashNote struct {
	Key  string `json:"k"`
	Args []any  `json:"a,omitempty"`
}

// The cookie names a message of the catalogue and its placeholders; what is
// shown is always escaped text, so it needs no signature.
func (s *Server) setFlash(w http.ResponseWriter, r *http.Request, key string, kv []any) error {
	raw, err := json.Marshal(flashNote{Key: key, Args: kv})
	if err != nil {
		return err
	}
	s.setCookie(w, r, flashCookie, base64.RawURLEncoding.EncodeToString(raw), 5*time.Minute)
	return nil
}

func readFlash(r *http.Request, secure bool, t func(string, ...any) string) *Flash {
	value := readCookie(r, cookieName(secure, flashCookie))
	if value == "" || len(value) > 2048 {
		return nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil {
		return nil
	}
	var note flashNote
	if json.Unmarshal(raw, &note) != nil || note.Key == "" {
		return nil
	}
	return &Flash{Text: t(note.Key, note.Args...), Kind: "ok"}
}

// SeeOther answers a form that did its work: the browser goes on to url and
// shows the message there. flashKey may be "". A queued offline form is told
// in JSON, since nobody is there to follow.
func (s *Server) SeeOther(w http.ResponseWriter, r *http.Request, url, flashKey string, kv ...any) error {
	if fromOutbox(r) {
		text := ""
		if flashKey != "" {
			text = s.T(r)(flashKey, kv...)
		}
		return writeJSON(w, http.StatusOK, map[string]string{"location": url, "message": text})
	}
	if flashKey != "" {
		if err := s.setFlash(w, r, flashKey, kv); err != nil {
			return err
		}
	}
	if IsHTMX(r) {
		w.Header().Set("HX-Redirect", url)
		w.WriteHeader(http.StatusOK)
		return nil
	}
	http.Redirect(w, r, url, http.StatusSeeOther)
	return nil
}

// fromOutbox reports whether the service worker sends a form queued offline.
func fromOutbox(r *http.Request) bool { return r.Header.Get("X-Bilin-Outbox") != "" }

func writeJSON(w http.ResponseWriter, status int, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, err = w.Write(raw)
	return err
}
