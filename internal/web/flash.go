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
// shows the message there. flashKey may be "". The outbox is told in JSON, and
// shows no message for a form that was sent long after it was written.
func (s *Server) SeeOther(w http.ResponseWriter, r *http.Request, url, flashKey string, kv ...any) error {
	if flashKey != "" && !sentLater(r) {
		if err := s.setFlash(w, r, flashKey, kv); err != nil {
			return err
		}
	}
	if fromOutbox(r) {
		return writeJSON(w, http.StatusOK, map[string]string{"location": url})
	}
	if IsHTMX(r) {
		w.Header().Set("HX-Redirect", url)
		w.WriteHeader(http.StatusOK)
		return nil
	}
	http.Redirect(w, r, url, http.StatusSeeOther)
	return nil
}

// fromOutbox reports whether a script sends a form marked for the outbox: "now"
// while its author looks on, "later" when it was queued without a network.
func fromOutbox(r *http.Request) bool { return r.Header.Get("X-Bilin-Outbox") != "" }

func sentLater(r *http.Request) bool { return r.Header.Get("X-Bilin-Outbox") == "later" }

// JSON answers a script of ours.
func (s *Server) JSON(w http.ResponseWriter, v any) error {
	w.Header().Set("Cache-Control", "no-store")
	return writeJSON(w, http.StatusOK, v)
}

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
