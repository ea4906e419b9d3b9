// Package plaintext cleans what people type.
package plaintext

import "strings"

// OneLine returns s on one line: what isn't UTF-8 is dropped, and each run of
// blanks and line ends becomes one space, none at either end.
func OneLine(s string) string {
	return strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " ")
}
