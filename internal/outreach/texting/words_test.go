package texting

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestForEars(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]string{
		"不要去河边。\n家里备好手电":                "不要去河边。家里备好手电。",
		"详见https://a.example/b?c=1，今天办": "详见【址】，今天办。",
		"下列物品：\n\n手电\r\n水！":             "下列物品：手电。水！",
		"Stay at home.":                 "Stay at home.",
	} {
		if got := forEars(words, "【址】"); got != want {
			t.Errorf("%q: %q, want %q", words, got, want)
		}
	}
}

func TestListen(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("家", 150)
	for _, c := range []struct {
		words, want string
		whole       bool
	}{
		{"短。", "短。", true},
		{long + "。" + long + "。", long + "。", false},
		{long + "，" + long, long + "。", false},
		{long + ". " + long, long + "。", false},
		{long + long, strings.Repeat("家", 200) + "。", false},
	} {
		if got, whole := listen(c.words); got != c.want || whole != c.whole {
			t.Errorf("%q: %q, %v", c.words, got, whole)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.StringOf(rapid.SampledFrom([]rune("家河边a. ，。！、"))).Draw(t, "words")
		got, whole := listen(words)
		if utf8.RuneCountInString(got) > spokenFor+1 || whole != (got == words) && whole {
			t.Errorf("%q: %q, %v", words, got, whole)
		}
		if !whole && !strings.HasPrefix(words, strings.TrimSuffix(got, "。")) {
			t.Errorf("%q isn't the beginning of %q", got, words)
		}
	})
}
