package mobilise

import "strings"

// blanks are what the ready-made texts leave to be filled in, in both languages.
var blanks = []string{"(时间、地点)", "(颜色、式样)", "(when,where)", "(colour,kind)"}

var asBlank = strings.NewReplacer("（", "(", "）", ")", "，", ",", " ", "", "　", "")

// Unfilled reports whether a text still holds a blank of a ready-made one.
func Unfilled(text string) bool {
	text = strings.ToLower(asBlank.Replace(text))
	for _, b := range blanks {
		if strings.Contains(text, b) {
			return true
		}
	}
	return false
}
