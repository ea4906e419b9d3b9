package seal_test

import (
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"bilin/internal/seal"
)

const binding = "person/phone/0190a0b0-0000-7000-8000-000000000001"

func open(t testing.TB, dir string) *seal.Sealer {
	t.Helper()
	s, err := seal.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustSeal(t testing.TB, s *seal.Sealer, plain, binding string) string {
	t.Helper()
	sealed, err := s.Seal(plain, binding)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func TestRoundTrip(t *testing.T) {
	s := open(t, t.TempDir())
	rapid.Check(t, func(t *rapid.T) {
		plain, binding := rapid.String().Draw(t, "plain"), rapid.String().Draw(t, "binding")
		sealed, err := s.Seal(plain, binding)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := s.Open(sealed, binding); err != nil || got != plain {
			t.Fatalf("opened %q, %v; want %q", got, err, plain)
		}
	})
}

func TestSealedTellsNothing(t *testing.T) {
	s := open(t, t.TempDir())
	a, b := mustSeal(t, s, "13900000001", binding), mustSeal(t, s, "13900000001", binding)
	if a == b {
		t.Error("the same text sealed twice looks the same")
	}
	raw, err := base64.RawStdEncoding.DecodeString(a)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(raw), "1390") {
		t.Error("the text shows through")
	}
	if mustSeal(t, s, "", binding) != "" {
		t.Error("an empty text does not stay empty")
	}
}

func TestOpenRefusesAMovedOrAlteredText(t *testing.T) {
	s := open(t, t.TempDir())
	sealed := mustSeal(t, s, "13900000001", binding)
	for name, tt := range map[string]struct{ sealed, binding string }{
		"another row":    {sealed, strings.Replace(binding, "01", "02", 1)},
		"another column": {sealed, strings.Replace(binding, "phone", "identity", 1)},
		"a changed end":  {sealed[:len(sealed)-2] + "AA", binding},
		"cut short":      {sealed[:12], binding},
		"not base64":     {"?" + sealed, binding},
		"plain text":     {"13900000001", binding},
	} {
		if _, err := s.Open(tt.sealed, tt.binding); !errors.Is(err, seal.ErrAltered) {
			t.Errorf("%s: error %v, want ErrAltered", name, err)
		}
	}
}

func TestOpenSaysWrongKey(t *testing.T) {
	sealed := mustSeal(t, open(t, t.TempDir()), "13900000001", binding)
	if _, err := open(t, t.TempDir()).Open(sealed, binding); !errors.Is(err, seal.ErrWrongKey) {
		t.Errorf("error %v, want ErrWrongKey", err)
	}
}

func TestIndex(t *testing.T) {
	dir := t.TempDir()
	s, again, other := open(t, dir), open(t, dir), open(t, t.TempDir())
	phone := s.Index("phone", "13900000001")
	if len(phone) != 22 {
		t.Errorf("index %q, want 22 characters", phone)
	}
	if phone != again.Index("phone", "13900000001") {
		t.Error("the index does not outlive a restart")
	}
	for name, index := range map[string]string{
		"another kind":  s.Index("identity", "13900000001"),
		"another value": s.Index("phone", "13900000002"),
		"another key":   other.Index("phone", "13900000001"),
		"shifted":       s.Index("phone\x001", "3900000001"),
		"fingerprint":   s.Fingerprint(),
	} {
		if index == phone {
			t.Errorf("%s: the same index", name)
		}
	}
	if s.Index("phone", "") != "" {
		t.Error("no value has an index")
	}
	if s.Fingerprint() != again.Fingerprint() || s.Fingerprint() == other.Fingerprint() {
		t.Error("the fingerprint does not name the keys")
	}
}

func TestKeysAreTheOwnersOnly(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	name := filepath.Join(dir, "seal.json")
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, want 0600", info.Mode().Perm())
	}
	if err := os.Chmod(name, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.Open(dir); err == nil {
		t.Error("keys that everybody can read are accepted")
	}
}

func TestOpenNeverReplacesKeys(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "seal.json")
	for _, text := range []string{"", "{}", `{"field":{},"index":{}}`} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := seal.Open(dir); err == nil {
			t.Errorf("keys %q: accepted", text)
		}
		if got, err := os.ReadFile(name); err != nil || string(got) != text {
			t.Errorf("keys %q were replaced by %q, %v", text, got, err)
		}
	}
}

func TestTwoFirstStartsAgreeOnTheKeys(t *testing.T) {
	dir := t.TempDir()
	prints := make([]string, 8)
	var wg sync.WaitGroup
	for i := range prints {
		wg.Go(func() {
			s, err := seal.Open(dir)
			if err != nil {
				t.Error(err)
				return
			}
			prints[i] = s.Fingerprint()
		})
	}
	wg.Wait()
	for _, p := range prints {
		if p != prints[0] {
			t.Fatalf("different keys: %v", prints)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Errorf("files %v, %v; want only the keys", files, err)
	}
}

func TestMessages(t *testing.T) {
	for _, key := range []string{seal.ErrWrongKey.Code, seal.ErrAltered.Code} {
		if seal.Messages[key][0] == "" {
			t.Errorf("%s has no message", key)
		}
	}
}

func FuzzOpen(f *testing.F) {
	s := open(f, f.TempDir())
	sealed := mustSeal(f, s, "13900000001", binding)
	f.Add(sealed, binding)
	f.Add("AQ", "")
	f.Fuzz(func(t *testing.T, text, where string) {
		plain, err := s.Open(text, where)
		if err == nil && text != "" && (plain != "13900000001" || where != binding) {
			t.Errorf("opened %q at %q", text, where)
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	s := open(b, b.TempDir())
	for b.Loop() {
		if _, err := s.Seal("13900000001", binding); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	s := open(b, b.TempDir())
	sealed := mustSeal(b, s, "13900000001", binding)
	for b.Loop() {
		if _, err := s.Open(sealed, binding); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkIndex(b *testing.B) {
	s := open(b, b.TempDir())
	for b.Loop() {
		s.Index("phone", "13900000001")
	}
}
