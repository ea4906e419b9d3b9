package mobilise

import (
	"strings"
	"unicode"
)

// Stopped ends a text with a full stop if nothing ends it, for messages that go
// on after it.
func Stopped(text string) string {
	text = strings.TrimRight(strings.TrimSpace(text), "，、：,:")
	bare := strings.TrimRight(text, "”’」』）》\")'")
	if text == "" || strings.ContainsAny(lastOf(bare), "。！？；…!?;.") {
		return text
	}
	if strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		return text + "。"
	}
	return text + "."
}

func lastOf(text string) string {
	runes := []rune(text)
	return string(runes[max(0, len(runes)-1):])
}
