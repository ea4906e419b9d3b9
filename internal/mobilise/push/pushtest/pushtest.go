// Package pushtest is a browser's push service and the browsers behind it, which read what they are sent.
package pushtest

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Browser is one that was given an address at the push service.
type Browser struct {
	Name string
	key  *ecdh.PrivateKey
	auth []byte
}

// NewBrowser makes one.
func NewBrowser(name string) (*Browser, error) {
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	auth := make([]byte, 16)
	_, _ = rand.Read(auth)
	return &Browser{name, key, auth}, err
}

// P256dh is the browser's public key as it hands it out.
func (b *Browser) P256dh() string {
	return base64.RawURLEncoding.EncodeToString(b.key.PublicKey().Bytes())
}

// Auth is the secret it hands out beside it.
func (b *Browser) Auth() string { return base64.RawURLEncoding.EncodeToString(b.auth) }

// Open decrypts a message as RFC 8291 and RFC 8188 have it.
func (b *Browser) Open(body []byte) ([]byte, error) {
	const head, keySize, tag = 16 + 4 + 1, 65, 16
	if len(body) < head+keySize+tag || body[head-1] != keySize {
		return nil, errors.New("the head is too short")
	}
	salt, size, sender := body[:16], binary.BigEndian.Uint32(body[16:20]), body[head:head+keySize]
	if sealed := body[head+keySize:]; len(sealed) > int(size) {
		return nil, errors.New("more than one record")
	}
	theirs, err := ecdh.P256().NewPublicKey(sender)
	if err != nil {
		return nil, err
	}
	secret, err := b.key.ECDH(theirs)
	if err != nil {
		return nil, err
	}
	info := "WebPush: info\x00" + string(b.key.PublicKey().Bytes()) + string(sender)
	ikm, err1 := hkdf.Key(sha256.New, secret, b.auth, info, 32)
	key, err2 := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: aes128gcm\x00", 16)
	nonce, err3 := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: nonce\x00", 12)
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	plain, err := gcm.Open(nil, nonce, body[head+keySize:], nil)
	if err != nil {
		return nil, err
	}
	text := strings.TrimRight(string(plain), "\x00")
	if !strings.HasSuffix(text, "\x02") {
		return nil, errors.New("the padding is wrong")
	}
	return []byte(text[:len(text)-1]), nil
}

// Notification is what a browser got to read.
type Notification struct {
	Browser, Topic, Urgency string
	TTL                     int
	Payload                 []byte
	Subject                 string // who sends, as they say themselves
}

// Service takes notifications at /NAME, as RFC 8030, 8291 and 8292 have it.
type Service struct {
	mu       sync.Mutex
	browsers map[string]*Browser
	answer   map[string]int // of browsers that don't take any more
	got      []Notification
	faults   []error
}

// New returns one without browsers.
func New() *Service { return &Service{browsers: map[string]*Browser{}, answer: map[string]int{}} }

// Browser returns the browser of a name, made at its first mention.
func (s *Service) Browser(name string) *Browser {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.browsers[name] == nil {
		b, err := NewBrowser(name)
		if err != nil {
			s.faults = append(s.faults, err)
		}
		s.browsers[name] = b
	}
	return s.browsers[name]
}

// Answer has what comes for a browser answered with a status; 0 takes it again.
func (s *Service) Answer(name string, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer[name] = status
}

// Notifications returns what was taken, and what was wrong with the rest.
func (s *Service) Notifications() ([]Notification, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.got, errors.Join(s.faults...)
}

// ServeHTTP takes one notification.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := strings.TrimPrefix(r.URL.Path, "/")
	if status := s.answer[name]; status != 0 {
		w.WriteHeader(status)
		return
	}
	n, err := s.read(r, name)
	if err != nil {
		s.faults = append(s.faults, fmt.Errorf("pushtest: %s: %w", name, err))
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	s.got = append(s.got, n)
	w.Header().Set("Location", "/message/"+n.Topic)
	w.WriteHeader(http.StatusCreated)
}

func (s *Service) read(r *http.Request, name string) (n Notification, err error) {
	b := s.browsers[name]
	if b == nil || r.Method != http.MethodPost || r.Header.Get("Content-Encoding") != "aes128gcm" {
		return n, fmt.Errorf("%s of %q to nobody", r.Method, r.Header.Get("Content-Encoding"))
	}
	n = Notification{Browser: name, Topic: r.Header.Get("Topic"), Urgency: r.Header.Get("Urgency")}
	if n.TTL, err = strconv.Atoi(r.Header.Get("TTL")); err != nil {
		return n, err
	}
	if n.Subject, err = sender(r); err != nil {
		return n, err
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 4097))
	if err != nil || len(body) > 4096 {
		return n, fmt.Errorf("%d bytes: %w", len(body), err)
	}
	n.Payload, err = b.Open(body)
	return n, err
}

// sender verifies who sends (VAPID, RFC 8292) and returns what they call themselves.
func sender(r *http.Request) (string, error) {
	token, key, ok := strings.Cut(strings.TrimPrefix(r.Header.Get("Authorization"), "vapid t="), ", k=")
	parts := strings.Split(token, ".")
	if !ok || len(parts) != 3 {
		return "", errors.New("nobody says who sends")
	}
	raw, err1 := base64.RawURLEncoding.DecodeString(key)
	claims, err2 := base64.RawURLEncoding.DecodeString(parts[1])
	signature, err3 := base64.RawURLEncoding.DecodeString(parts[2])
	if err := errors.Join(err1, err2, err3); err != nil {
		return "", err
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), raw)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if len(signature) != 64 || !ecdsa.Verify(public, sum[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		return "", errors.New("the signature is another's")
	}
	var c struct {
		Aud, Sub string
		Exp      int64
	}
	if err := json.Unmarshal(claims, &c); err != nil {
		return "", err
	}
	if until := time.Until(time.Unix(c.Exp, 0)); c.Aud != "http://"+r.Host || until < 0 || until > 24*time.Hour {
		return "", fmt.Errorf("for %s, valid for %v", c.Aud, until)
	}
	return c.Sub, nil
}
