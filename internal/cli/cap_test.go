package cli_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"bilin/internal/cap"
)

// An alert of a file is taken once, says what it suggests, and is refused with
// its line.
func TestCapFromTheCommandLine(t *testing.T) {
	t.Setenv("LANG", "en_US.UTF-8")
	t.Setenv("LC_ALL", "")
	tm := terminal{t, t.TempDir()}
	tm.run(0, "import", "units", tm.write("units.csv", divisions))
	now := time.Now().Truncate(time.Second)
	a := &cap.Alert{Identifier: "1", Sender: "s", Sent: now.Add(-time.Hour), Status: cap.Actual, MsgType: cap.NewAlert, Scope: "Public", Infos: []cap.Info{{
		Language: "zh-CN", Categories: []string{"Met"}, Event: "道路结冰", Urgency: "Expected", Severity: "Severe", Certainty: "Likely", Expires: now.Add(time.Hour), Headline: "道路结冰橙色预警",
		Areas: []cap.Area{{Desc: "x", Geocodes: []cap.Value{{Name: "code", Value: "430199001002"}}}}}}}
	write := func(name string) string {
		var b bytes.Buffer
		if err := cap.Write(&b, a); err != nil {
			t.Fatal(err)
		}
		return tm.write(name, b.String())
	}
	file := write("ice.xml")
	tm.says(tm.run(0, "import", "cap", file), "was taken", "道路结冰橙色预警", "suggests an order: Ice; 月塘村")
	tm.says(tm.run(0, "import", "cap", file), "had come before", "月塘村")
	a.Infos[0].Headline = "别的话"
	tm.says(tm.run(5, "import", "cap", write("other.xml")), "says something else")
	a.Identifier, a.Status, a.Infos[0].Areas = "2", cap.Exercise, nil
	tm.says(tm.run(0, "import", "cap", write("drill.xml")), "suggests a drill: Ice; where is for you to choose")
	a.Identifier, a.Sent = "3", now.AddDate(-1, 0, 0)
	tm.says(tm.run(0, "import", "cap", write("old.xml")), "suggests no order", "24 hours")
	tm.says(tm.run(2, "import", "cap", tm.write("bad.xml", "<?xml version=\"1.0\"?>\n<!DOCTYPE alert>\n<alert/>")), "Line 2", "document type")
	tm.says(tm.run(2, "import", "cap", tm.write("large.xml", strings.Repeat(" ", cap.MaxBytes+1))), "1024 KiB")
	tm.run(3, "import", "cap", "/no/such/file.xml")
	tm.says(tm.run(2, "serve", "--cap-feed", "https://a.example/feed", "--cap-feed", "http://127.0.0.1:1/feed"), "127.0.0.1:1 is a private address", "cap-allow")
	tm.says(tm.run(2, "serve", "--cap-feed", "alerts"), "cap-feed")
}
