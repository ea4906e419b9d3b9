package demo

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"bilin/internal/demand"
)

// matter is something that people bring, and how it was settled.
type matter struct {
	category   string // code
	kind       demand.Kind
	months     []time.Month // in which it comes up; empty: all year
	urban      bool
	rural      bool
	weight     int
	text, done string
}

// at reports whether it comes up in a month.
func (m *matter) at(month time.Month) bool {
	return len(m.months) == 0 || slices.Contains(m.months, month)
}

// words are what the demo's people say.
type words struct {
	matters []*matter
	phrases map[string][]string // by what they are for
}

func readWords() (*words, error) {
	w := &words{phrases: map[string][]string{}}
	err := eachRecord("data/phrases.csv", func(rec map[string]string) error {
		w.phrases[rec["what"]] = append(w.phrases[rec["what"]], rec["text"])
		return nil
	})
	if err != nil {
		return nil, err
	}
	return w, eachRecord("data/matters.csv", func(rec map[string]string) error {
		weight, err := strconv.Atoi(rec["weight"])
		if err != nil {
			return fmt.Errorf("weight %q", rec["weight"])
		}
		m := &matter{category: rec["category"], kind: demand.Kind(rec["kind"]), weight: weight, text: rec["text"], done: rec["done"],
			urban: rec["where"] != "r", rural: rec["where"] != "u"}
		for _, month := range strings.Fields(rec["months"]) {
			n, err := strconv.Atoi(month)
			if err != nil {
				return fmt.Errorf("month %q", month)
			}
			m.months = append(m.months, time.Month(n))
		}
		w.matters = append(w.matters, m)
		return nil
	})
}

// draw picks a matter of a month for the town or the country. What comes up only
// in some months comes up the more often then.
func (w *words) draw(r *rand.Rand, month time.Month, urban bool) *matter {
	total := 0
	chances := make([]int, len(w.matters))
	for i, m := range w.matters {
		if m.at(month) && (urban && m.urban || !urban && m.rural) {
			chances[i] = m.weight
			if len(m.months) > 0 {
				chances[i] *= 2
			}
		}
		total += chances[i]
	}
	n := r.IntN(total)
	for i, chance := range chances {
		if n -= chance; n < 0 {
			return w.matters[i]
		}
	}
	return w.matters[0]
}

// of returns the first matter of a category.
func (w *words) of(category string) *matter {
	for _, m := range w.matters {
		if m.category == category {
			return m
		}
	}
	return w.matters[0]
}

// say draws a phrase.
func (w *words) say(r *rand.Rand, what string) string {
	list := w.phrases[what]
	return list[r.IntN(len(list))]
}

// details are what makes one demand differ from the next of its kind.
type details struct {
	place string
	fill  *strings.Replacer
}

func (w *words) details(r *rand.Rand) details {
	numbers := strings.NewReplacer("{b}", strconv.Itoa(1+r.IntN(18)), "{n}", strconv.Itoa(2+r.IntN(4)))
	place := numbers.Replace(w.say(r, "place"))
	return details{place: place, fill: strings.NewReplacer("{place}", place, "{when}", w.say(r, "when"),
		"{who}", w.say(r, "who"), "{n}", []string{"两", "三", "四", "五", "六"}[r.IntN(5)])}
}
