package web

import (
	"net/http/httptest"
	"net/url"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"bilin/internal/errs"
)

func TestCursorRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.String(), 1, 4).Draw(t, "parts")
		r := httptest.NewRequest("GET", "/x?"+url.Values{"after": {EncodeCursor(parts...)}}.Encode(), nil)
		got, err := DecodeCursor(r, len(parts))
		if err != nil || !slices.Equal(got, parts) {
			t.Fatalf("%q came back as %q, %v", parts, got, err)
		}
	})
}

func TestCursorRefusesWhatItDidNotMake(t *testing.T) {
	for _, value := range []string{"%25", "bm8", EncodeCursor("one"), EncodeCursor("1", "2", "3")} {
		r := httptest.NewRequest("GET", "/x?after="+value, nil)
		if _, err := DecodeCursor(r, 2); errs.KindOf(err) != errs.NotFound {
			t.Errorf("%q: %v", value, err)
		}
	}
	r := httptest.NewRequest("GET", "/x", nil)
	if parts, err := DecodeCursor(r, 2); parts != nil || err != nil {
		t.Errorf("first page: %v, %v", parts, err)
	}
}

func TestPageURLKeepsFilters(t *testing.T) {
	r := httptest.NewRequest("GET", "/x?after=old&q=%E8%B7%AF", nil)
	if got := PageURL(r, "new"); got != "/x?after=new&q=%E8%B7%AF" {
		t.Error(got)
	}
	if got := PageURL(httptest.NewRequest("GET", "/x?after=old", nil), ""); got != "/x" {
		t.Error(got)
	}
}

func FuzzCursor(f *testing.F) {
	f.Add(EncodeCursor("a", "b"))
	f.Add("W10")
	f.Fuzz(func(t *testing.T, value string) {
		r := httptest.NewRequest("GET", "/x?"+url.Values{"after": {value}}.Encode(), nil)
		if parts, err := DecodeCursor(r, 2); err == nil && parts != nil && len(parts) != 2 {
			t.Errorf("%q gave %q", value, parts)
		}
	})
}
