package i18n_test

import (
	"strings"
	"testing"

	"bilin/internal/i18n"
)

func catalog(t *testing.T) *i18n.Catalog {
	t.Helper()
	c, err := i18n.New(i18n.Bundle{
		"a.plain": {"您好", "Hello"},
		"a.count": {"{n}户", "{n} {n|household|households} in {place}"},
		"a.open":  {"开{", "open {"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestT(t *testing.T) {
	c := catalog(t)
	cases := []struct {
		locale, key string
		args        []any
		want        string
	}{
		{i18n.ZH, "a.plain", nil, "您好"},
		{i18n.EN, "a.plain", nil, "Hello"},
		{"fr", "a.plain", nil, "您好"},
		{i18n.ZH, "a.count", []any{"n", 3}, "3户"},
		{i18n.EN, "a.count", []any{"n", 1, "place", "Yutan"}, "1 household in Yutan"},
		{i18n.EN, "a.count", []any{"n", 2, "place", "Yutan"}, "2 households in Yutan"},
		{i18n.EN, "a.count", []any{"n", 2}, "2 households in {place}"},
		{i18n.EN, "a.open", nil, "open {"},
		{i18n.EN, "a.missing", nil, "⟦a.missing⟧"},
	}
	for _, tc := range cases {
		if got := c.T(tc.locale, tc.key, tc.args...); got != tc.want {
			t.Errorf("T(%s, %s, %v) = %q, want %q", tc.locale, tc.key, tc.args, got, tc.want)
		}
	}
}

func TestHalfTranslatedIsRefused(t *testing.T) {
	for _, raw := range []string{`{"a": ["您好", ""]}`, `{"a": ["您好"]}`, `{"a": "您好"}`, `[`} {
		if _, err := i18n.Parse([]byte(raw)); err == nil {
			t.Errorf("%s accepted", raw)
		}
	}
}

func TestTwoTextsForOneKeyAreRefused(t *testing.T) {
	_, err := i18n.New(i18n.Bundle{"a": {"一", "one"}}, i18n.Bundle{"a": {"二", "two"}})
	if err == nil || !strings.Contains(err.Error(), `"a"`) {
		t.Errorf("got %v", err)
	}
}
