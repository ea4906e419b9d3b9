package mobilise_test

import (
	"testing"
	"time"

	"bilin/internal/errs"
	"bilin/internal/mobilise"
)

func TestBlanksAreFilledIn(t *testing.T) {
	for text, want := range map[string]bool{
		"一位老人走失。最后看到：（时间、地点）。衣着：（颜色、式样）。":                      true,
		"一位老人走失。最后看到：今早七点，东沩菜场。衣着：(颜色、式样)。":                    true,
		"Last seen: (When, where). Clothes: a blue coat.":      true,
		"一位老人走失。最后看到：今早七点（东沩菜场）。衣着：蓝上衣（棉的）。":                   false,
		"An old person is missing. Last seen (at noon) there.": false,
		"": false,
	} {
		if got := mobilise.Unfilled(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestWordsWithBlanksAreRefused(t *testing.T) {
	now := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	words := mobilise.Words{Title: "有人走失", What: "最后看到：（时间、地点）。", Do: "请帮忙找", Where: "各自所在的地方", Until: now.Add(time.Hour)}
	_, err := mobilise.CheckWords(words, now)
	if f := errs.As(err); f == nil || len(f.Fields) != 1 || f.Fields[0].Name != "what" || f.Fields[0].Code != "order.unfilled" {
		t.Errorf("%v", err)
	}
	words.What = "最后看到：今早七点，东沩菜场。"
	if _, err := mobilise.CheckWords(words, now); err != nil {
		t.Error(err)
	}
}
