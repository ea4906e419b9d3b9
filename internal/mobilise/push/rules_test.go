package push

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bilin/internal/gateway"
)

// Whatever is said, it fits into a push, and what is short goes out whole.
func TestWhatIsPackedFits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := gateway.Message{
			ID: rapid.StringN(1, 60, 200).Draw(t, "id"), Tag: rapid.String().Draw(t, "tag"), Title: rapid.String().Draw(t, "title"),
			Text: strings.Repeat(rapid.String().Draw(t, "text"), rapid.IntRange(1, 50).Draw(t, "times")), URL: rapid.String().Draw(t, "url"),
		}
		raw, err := pack(m)
		if err != nil || len(raw) > maxPayload {
			t.Fatalf("%d bytes, %v", len(raw), err)
		}
		var p payload
		if err := json.Unmarshal(raw, &p); err != nil || len(p.ID) != topicSize || len(p.Tag) != topicSize {
			t.Fatalf("%s, %v", raw, err)
		}
	})
	m := gateway.Message{ID: "1", Title: strings.Repeat("令", maxTitle), Text: strings.Repeat("路", maxText), URL: "/o/" + strings.Repeat("a", 90)}
	raw, err := pack(m)
	var p payload
	if err != nil || json.Unmarshal(raw, &p) != nil || p.Title != m.Title || p.Text != m.Text || p.URL != m.URL {
		t.Errorf("%s, %v", raw, err)
	}
	m.Text = strings.Repeat("\x01", maxText)
	if raw, err = pack(m); err != nil || len(raw) > maxPayload {
		t.Errorf("%d bytes, %v", len(raw), err)
	}
}
