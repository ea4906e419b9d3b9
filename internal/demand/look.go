package demand

// Look is the colour of a state wherever one is shown: "ok", "info", "warn",
// "bad" or "idle", by how much it asks of whoever looks at it.
func (s State) Look() string {
	switch s {
	case Open:
		return "warn"
	case Reopened:
		return "bad"
	case Confirmed:
		return "ok"
	case Resolved:
		return "idle"
	default:
		return "info"
	}
}

// excerptLength is how much of a demand a list shows: enough to know it again.
const excerptLength = 40

// Excerpt shortens a text for a list.
func Excerpt(text string) string {
	runes := []rune(text)
	if len(runes) <= excerptLength {
		return text
	}
	return string(runes[:excerptLength]) + "…"
}
