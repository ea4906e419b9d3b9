// Package i18n holds what Bilin says, in Chinese and English side by side.
//
// Each package with words of its own carries a messages.json
//
//	{"demand.raise": ["说说您的事", "Tell us what is on your mind"]}
//
// and exports it as a Bundle; the catalogue merges them, so that a sentence
// and its translation are always edited in the same line.
package i18n

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The languages, Chinese first.
const (
	ZH = "zh-CN"
	EN = "en"
)

// Locales lists the languages in the order of preference.
func Locales() []string { return []string{ZH, EN} }

// Bundle maps a message key to its Chinese and English text.
type Bundle map[string][2]string

// Parse reads a bundle from JSON. A text that is empty in either language is
// an error: a half-translated page is a defect.
func Parse(raw []byte) (Bundle, error) {
	var b Bundle
	if err := json.Unmarshal(raw, &b); err != nil {
		return nil, fmt.Errorf("i18n: parse: %w", err)
	}
	for key, pair := range b {
		if strings.TrimSpace(pair[0]) == "" || strings.TrimSpace(pair[1]) == "" {
			return nil, fmt.Errorf("i18n: %q lacks a translation", key)
		}
	}
	return b, nil
}

// MustParse is Parse for embedded files, whose faults the tests find.
func MustParse(raw []byte) Bundle {
	b, err := Parse(raw)
	if err != nil {
		panic(err)
	}
	return b
}

// Catalog answers messages by key and language. It never changes after New.
type Catalog struct {
	messages Bundle
}

// New merges bundles. A key that two of them hold with different texts is an error.
func New(bundles ...Bundle) (*Catalog, error) {
	all := Bundle{}
	for _, b := range bundles {
		for key, pair := range b {
			if had, ok := all[key]; ok && had != pair {
				return nil, fmt.Errorf("i18n: key %q has two texts: %q and %q", key, had, pair)
			}
			all[key] = pair
		}
	}
	return &Catalog{messages: all}, nil
}

// Has reports whether the catalogue holds key.
func (c *Catalog) Has(key string) bool {
	_, ok := c.messages[key]
	return ok
}

// Keys returns all keys in order.
func (c *Catalog) Keys() []string { return slices.Sorted(maps.Keys(c.messages)) }

// T returns the message in a language with its placeholders filled from args,
// which alternate name and value. A key that isn't there is returned in
// brackets, where tests look for it.
//
// {name} is replaced by its value; {n|household|households} by the first word
// where n is 1 and the second otherwise.
func (c *Catalog) T(locale, key string, args ...any) string {
	pair, ok := c.messages[key]
	if !ok {
		return "⟦" + key + "⟧"
	}
	text := pair[0]
	if locale == EN {
		text = pair[1]
	}
	if !strings.Contains(text, "{") {
		return text
	}
	return fill(text, args)
}

func fill(text string, args []any) string {
	var b strings.Builder
	for {
		head, rest, ok := strings.Cut(text, "{")
		b.WriteString(head)
		if !ok {
			return b.String()
		}
		slot, tail, ok := strings.Cut(rest, "}")
		if !ok {
			b.WriteString("{" + rest)
			return b.String()
		}
		b.WriteString(slotValue(slot, args))
		text = tail
	}
}

func slotValue(slot string, args []any) string {
	name, forms, plural := strings.Cut(slot, "|")
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] != name {
			continue
		}
		value := fmt.Sprint(args[i+1])
		if !plural {
			return value
		}
		one, many, _ := strings.Cut(forms, "|")
		if value == "1" {
			return one
		}
		return many
	}
	return "{" + slot + "}"
}
