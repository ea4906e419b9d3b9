package outcome_test

import (
	"slices"
	"strings"
	"testing"

	"bilin/internal/i18n"
	"bilin/internal/outcome"
)

// saying returns the messages of the slice in a language.
func saying(t *testing.T, locale string) outcome.Say {
	t.Helper()
	cat, err := i18n.New(outcome.Messages)
	if err != nil {
		t.Fatal(err)
	}
	return func(key string, kv ...any) string { return cat.T(locale, key, kv...) }
}

var (
	fires  = outcome.Indicator{Measure: outcome.Rate, Better: outcome.Lower, Source: outcome.Feed, Numerator: "起火灾", NumEN: "fires"}
	lights = outcome.Indicator{Measure: outcome.Rate, Better: outcome.Higher, Source: outcome.Feed, Numerator: "盏路灯", NumEN: "street lamps"}
	rivers = outcome.Indicator{Measure: outcome.Share, Better: outcome.Lower, Source: outcome.Feed, Numerator: "次不合格", NumEN: "failed", Denominator: "次检查", DenomEN: "inspections"}
	solved = outcome.Indicator{Measure: outcome.Share, Better: outcome.Higher, Source: outcome.Confirmed, Numerator: "件确认办好", NumEN: "confirmed", Denominator: "件说办好了", DenomEN: "said to be resolved"}
)

func TestSentence(t *testing.T) {
	for _, tc := range []struct {
		name       string
		x          outcome.Indicator
		c          outcome.Cell
		department string
		zh, en     string
	}{
		{"red rate", fires, outcome.Cell{Num: 9, Den: 12000, Quarters: 4, Expected: 2.6, Light: outcome.Red}, "消防救援大队",
			"像这么大的村（社区），一年一般有 2 到 3 起火灾；这里约有 9 起火灾。这明显偏多，很难用偶然解释。请和消防救援大队一起看看原因。",
			"A village of this size usually has 2 to 3 fires in a year; here there were about 9. That is clearly more, and chance hardly explains it. Please look for the reasons together with 消防救援大队."},
		{"yellow rate", fires, outcome.Cell{Num: 6, Den: 12000, Quarters: 2, Expected: 1.2, Light: outcome.Yellow}, "应急局",
			"像这么大的村（社区），半年一般有 1 到 2 起火灾；这里约有 6 起火灾。这偏多，也可能只是碰巧。请留意，可以向应急局了解情况。", ""},
		{"green rate, many", fires, outcome.Cell{Num: 21, Den: 90000, Quarters: 4, Expected: 19.6, P: 0.4, Light: outcome.Green}, "应急局",
			"像这么大的村（社区），一年一般有大约 20 起火灾；这里约有 21 起火灾。和别的村（社区）差不多。",
			"A village of this size usually has about 20 fires in a year; here there were about 21. That is about as elsewhere."},
		{"grey rate, none", fires, outcome.Cell{Num: 0, Den: 900, Quarters: 1, Expected: 0.1, Light: outcome.Grey}, "应急局",
			"像这么大的村（社区），一个季度一般有 0 到 1 起火灾；这里很少，或者没有。数量太少，看不出好坏，不代表有问题。",
			"A village of this size usually has 0 to 1 fires in a quarter; here there were hardly any, or none. That is too few to tell, and doesn't mean that anything is wrong."},
		{"red rate where few is worse", lights, outcome.Cell{Num: 3, Den: 900, Quarters: 3, Expected: 30, Light: outcome.Red}, "城管局",
			"像这么大的村（社区），九个月一般有大约 30 盏路灯；这里约有 3 盏路灯。这明显偏少，很难用偶然解释。请和城管局一起看看原因。", ""},
		{"red share", rivers, outcome.Cell{Num: 15, Den: 48, Quarters: 4, Expected: 4.4, Light: outcome.Red}, "水利局",
			"一年里约有 48 次检查：一般有 4 到 5 次不合格；这里约有 15 次不合格。这明显偏多，很难用偶然解释。请和水利局一起看看原因。",
			"Of about 48 inspections in a year, 4 to 5 failed is usual; here it was about 15. That is clearly more, and chance hardly explains it. Please look for the reasons together with 水利局."},
		{"outstanding share", rivers, outcome.Cell{Num: 0, Den: 60, Quarters: 4, Expected: 12, Light: outcome.Green, Better: true}, "水利局",
			"一年里约有 60 次检查：一般有大约 12 次不合格；这里很少，或者没有。这明显比一般好，很难用偶然解释。怎么做到的，值得别处来问。",
			"Of about 60 inspections in a year, about 12 failed is usual; here it was hardly any, or none. That is clearly better than usual, and chance hardly explains it. Others may want to ask how."},
		{"outstanding though small", fires, outcome.Cell{Num: 3, Den: 900, Quarters: 4, Expected: 12, Light: outcome.Grey, Better: true}, "应急局", "", ""},
		{"red share where few is worse", solved, outcome.Cell{Num: 36, Den: 60, Quarters: 4, Expected: 49.2, Light: outcome.Red}, "",
			"一年里约有 60 件说办好了：一般有大约 49 件确认办好；这里约有 36 件确认办好。这明显偏少，很难用偶然解释。请和市基层办一起看看原因。",
			"Of about 60 said to be resolved in a year, about 49 confirmed is usual; here it was about 36. That is clearly less, and chance hardly explains it. Please look for the reasons together with the city office."},
		{"yellow share where few is worse", solved, outcome.Cell{Num: 42, Den: 60, Quarters: 4, Expected: 49.2, Light: outcome.Yellow}, "",
			"一年里约有 60 件说办好了：一般有大约 49 件确认办好；这里约有 42 件确认办好。这偏少，也可能只是碰巧。请留意，可以向市基层办了解情况。", ""},
		{"green at the edge", fires, outcome.Cell{Num: 33, Den: 90000, Quarters: 4, Expected: 19.6, P: 0.01, Light: outcome.Green}, "应急局",
			"像这么大的村（社区），一年一般有大约 20 起火灾；这里约有 33 起火灾。比一般多一些。不过每个季度要看几千个灯，这样的差别碰巧也常有，还不算不一般。", ""},
		{"nothing to go by", rivers, outcome.Cell{Quarters: 4, Light: outcome.Dark}, "水利局",
			"数据送来了，但一年里这里没有什么可以算的（比如没有停过电、没有检查过），所以没有灯。", ""},
		{"hidden", rivers, outcome.Cell{Hidden: true, Light: outcome.Grey}, "水利局",
			"牵涉的人太少，为了不让人认出是谁，不显示数字，也不评好坏。", ""},
		{"no feed", rivers, outcome.Cell{Light: outcome.Dark}, "水利局", "水利局还没有送来这里的数据，所以没有灯。", ""},
		{"no word of residents", solved, outcome.Cell{Light: outcome.Dark}, "", "这里还没有居民答复过的诉求，所以没有灯。",
			"No resident here has answered about a demand yet, so there is no light."},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for locale, want := range map[string]string{i18n.ZH: tc.zh, i18n.EN: tc.en} {
				got := outcome.Sentence(locale, saying(t, locale), tc.x, tc.c, tc.department)
				if want != "" && got != want {
					t.Errorf("%s:\n got %s\nwant %s", locale, got, want)
				}
				if strings.ContainsAny(got, "⟦{}") {
					t.Errorf("%s: something was left unsaid: %s", locale, got)
				}
			}
		})
	}
}

// Whatever a light, a measure and a direction are, the sentence is whole, turns
// to nobody where nothing is wrong, and to somebody where something may be.
func TestEverySentenceIsWhole(t *testing.T) {
	for _, x := range []outcome.Indicator{fires, lights, rivers, solved} {
		for _, light := range []outcome.Light{outcome.Red, outcome.Yellow, outcome.Green, outcome.Grey, outcome.Dark} {
			for _, better := range []bool{false, true} {
				for _, num := range []int{0, 3, 30} {
					c := outcome.Cell{Num: num, Den: 60, Quarters: 4, Expected: 9.99, Light: light, Better: better}
					for _, locale := range i18n.Locales() {
						got := outcome.Sentence(locale, saying(t, locale), x, c, "水利局")
						if strings.ContainsAny(got, "⟦{}") || len(got) < 20 {
							t.Errorf("%s %v: %s", locale, c, got)
						}
						turns := slices.Contains([]outcome.Light{outcome.Red, outcome.Yellow}, light)
						if light != outcome.Dark && strings.Contains(got, "水利局") != turns {
							t.Errorf("%s %s: %s", locale, light, got)
						}
					}
				}
			}
		}
	}
}

func TestShown(t *testing.T) {
	accidents := outcome.Indicator{Measure: outcome.Rate, Per: 100_000}
	if got := accidents.Shown(0.000_02); got < 7.999 || got > 8.001 {
		t.Errorf("two in 100,000 a quarter are eight a year, not %v", got)
	}
	if got := rivers.Shown(0.25); got != 25 {
		t.Errorf("a quarter of all is %v%%", got)
	}
}
