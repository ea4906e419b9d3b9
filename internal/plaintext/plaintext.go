// Package plaintext cleans what people type.
package plaintext

import (
	"strings"
	"unicode"
)

// Lines returns a text as it is read: what isn't UTF-8 is dropped, and so is what
// can't be seen and changes how the rest is shown or found, such as control
// characters, marks that turn the direction of writing, and blanks of no width.
// Line ends, each as "\n", and tabs stay, and what joins the parts of an emoji.
func Lines(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r):
			return -1
		case r == '\u200b' || r == '\u2060' || r == '\ufeff': // of no width
			return -1
		}
		return r
	}, strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\r\n", "\n"))
}

// OneLine returns Lines on one line: each run of blanks and line ends becomes one
// space, none at either end.
func OneLine(s string) string {
	return strings.Join(strings.Fields(Lines(s)), " ")
}
