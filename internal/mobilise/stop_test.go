package mobilise_test

import (
	"testing"

	"bilin/internal/mobilise"
)

func TestTextsEndWithAStop(t *testing.T) {
	for text, want := range map[string]string{
		"":              "",
		"，":             "",
		"路面结冰":          "路面结冰。",
		"路面结冰。":         "路面结冰。",
		"快来！":           "快来！",
		"带铁锹、":          "带铁锹。",
		"他喊“快来！”":       "他喊“快来！”",
		"村口（老樟树下）":      "村口（老樟树下）。",
		"到集合点铲冰…":       "到集合点铲冰…",
		"到A1":           "到A1。",
		"The road":      "The road.",
		"Come at once!": "Come at once!",
	} {
		got := mobilise.Stopped(text)
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
		if again := mobilise.Stopped(got); again != got {
			t.Errorf("%q became %q", got, again)
		}
	}
}
