package doorcard

import (
	"bytes"
	"compress/zlib"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"bilin/internal/errs"
	"bilin/internal/i18n"
)

func words(t *testing.T, locale string) T {
	t.Helper()
	cat, err := i18n.New(Messages)
	if err != nil {
		t.Fatal(err)
	}
	return func(key string, args ...any) string { return cat.T(locale, key, args...) }
}

func printer(t *testing.T) *Printer {
	t.Helper()
	p := New(func() time.Time { return time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC) })
	if _, err := p.font(); err != nil {
		t.Fatalf("%v (run make assets)", err)
	}
	return p
}

func household(n int) Card {
	return Card{
		Path: "玉潭街道 · 楚沩社区", Cell: "香山组 3邻", Lead: "周桂香", Address: fmt.Sprintf("香山路%d号", n),
		Code: "7KQ4MD2XPA", URL: "https://bilin.example.cn/d/7KQ4MD2XPA",
	}
}

// text returns all that is written in a PDF made by fpdf, page after page.
func text(t *testing.T, pdf []byte) string {
	t.Helper()
	var out strings.Builder
	streams := regexp.MustCompile(`(?s)stream\r?\n(.*?)\r?\nendstream`)
	shown := regexp.MustCompile(`(?s)\(((?:\\.|[^\\)])*)\) ?Tj`)
	for _, m := range streams.FindAllSubmatch(pdf, -1) {
		z, err := zlib.NewReader(bytes.NewReader(m[1]))
		if err != nil {
			continue
		}
		raw, err := io.ReadAll(z)
		if err != nil {
			continue
		}
		for _, s := range shown.FindAllSubmatch(raw, -1) {
			out.WriteString(utf16Text(s[1]) + "\n")
		}
	}
	return out.String()
}

func utf16Text(escaped []byte) string {
	plain := regexp.MustCompile(`(?s)\\(.)`).ReplaceAllFunc(escaped, func(m []byte) []byte {
		if m[1] == 'r' {
			return []byte{'\r'}
		}
		return m[1:]
	})
	var units []uint16
	for i := 0; i+1 < len(plain); i += 2 {
		units = append(units, uint16(plain[i])<<8|uint16(plain[i+1]))
	}
	return string(utf16.Decode(units))
}

func TestCardSaysWhoAndHow(t *testing.T) {
	p := printer(t)
	for _, tc := range []struct {
		name, locale string
		card         Card
		want, never  []string
	}{
		{"household", i18n.ZH, household(12),
			[]string{"您家的邻长", "周桂香", "玉潭街道 · 楚沩社区", "香山组 3邻", "7KQ-4MD2-XPA", "bilin.example.cn", "香山路12号"}, []string{"电话", "代理"}},
		{"household in English", i18n.EN, household(12), []string{"Your neighbour lead", "周桂香", "7KQ-4MD2-XPA"}, []string{"⟦", "Telephone"}},
		{"a stand-in who shows a number", i18n.ZH, Card{Cell: "1邻", Lead: "李平", Acting: true, Phone: "0731-00001234", Code: "7KQ4MD2XPA", URL: "http://x/d/7"},
			[]string{"李平（代理）", "电话 0731-00001234"}, nil},
		{"vacant", i18n.ZH, Card{Cell: "1邻", Code: "7KQ4MD2XPA", URL: "http://x/d/7"}, []string{"正在选任"}, nil},
		{"cell", i18n.ZH, Card{Path: "玉潭街道", Cell: "1邻", Lead: "李平", URL: "http://x/u/430182001001010101"},
			[]string{"本邻邻长", "李平", "不用登记"}, []string{"门牌", "输入下面"}},
		{"a rare character", i18n.ZH, Card{Cell: "1邻", Lead: "李𬭎", URL: "http://x/"}, []string{"李〓"}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var b bytes.Buffer
			if err := p.Write(&b, []Card{tc.card}, words(t, tc.locale)); err != nil {
				t.Fatal(err)
			}
			got := text(t, b.Bytes())
			for _, w := range tc.want {
				if !strings.Contains(got, w) {
					t.Errorf("lacks %q in\n%s", w, got)
				}
			}
			for _, w := range tc.never {
				if strings.Contains(got, w) {
					t.Errorf("says %q", w)
				}
			}
		})
	}
}

func TestManyCardsStaySmall(t *testing.T) {
	var cards []Card
	for n := range 300 {
		cards = append(cards, household(n+1))
	}
	var b bytes.Buffer
	start := time.Now()
	if err := printer(t).Write(&b, cards, words(t, i18n.ZH)); err != nil {
		t.Fatal(err)
	}
	t.Logf("300 cards: %d KB in %v", b.Len()/1024, time.Since(start))
	if b.Len() > 2<<20 {
		t.Errorf("300 cards weigh %d bytes", b.Len())
	}
	if n := bytes.Count(b.Bytes(), []byte("/Type /Page\n")); n != 300 {
		t.Errorf("%d pages", n)
	}
	if name := os.Getenv("BILIN_SAVE_PDF"); name != "" {
		if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRefusals(t *testing.T) {
	p := printer(t)
	if err := p.Write(io.Discard, nil, words(t, i18n.ZH)); errs.CodeOf(err) != "doorcard.none" {
		t.Errorf("no card: %v", err)
	}
	if err := p.Write(io.Discard, make([]Card, MaxCards+1), words(t, i18n.ZH)); errs.CodeOf(err) != "doorcard.too_many" {
		t.Errorf("too many: %v", err)
	}
	bare := &Printer{font: func() ([]byte, error) { return nil, errs.E(errs.Unavailable, "doorcard.font_missing") }, now: time.Now}
	err := bare.Write(io.Discard, []Card{household(1)}, words(t, i18n.EN))
	if !strings.Contains(words(t, i18n.EN)(errs.CodeOf(err)), "make assets") {
		t.Errorf("no font: %v", err)
	}
}

func TestGrouped(t *testing.T) {
	if got := Grouped("7KQ4MD2XPA"); got != "7KQ-4MD2-XPA" {
		t.Error(got)
	}
	if got := Grouped(hex.EncodeToString([]byte{1})); got != "01" {
		t.Error(got)
	}
}
