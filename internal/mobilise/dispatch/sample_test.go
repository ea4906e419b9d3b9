package dispatch_test

import (
	"strings"
	"testing"
	"time"

	"bilin/internal/mobilise"
	"bilin/internal/mobilise/dispatch"
	"bilin/internal/mobilise/mobilisetest"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// A sample is as long as what is sent, and says the same.
func TestASampleIsWhatIsSent(t *testing.T) {
	t.Parallel()
	c := mobilisetest.New(t, sqldbtest.Open(t, sqldb.SQLite), 2)
	s, err := dispatch.New(dispatch.Options{DB: c.DB, Orders: c.Orders, Tree: c.Net.Tree, PublicURL: "https://bilin.test", Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	o, err := c.Order(c.Command, func(p *mobilise.Propose) { p.Kind = mobilise.Drill })
	if err != nil {
		t.Fatal(err)
	}
	draft := *o
	draft.Number = ""
	text, link := s.Sample(&draft, mobilise.SMS), "https://bilin.test/a/"+c.Orders.Token(o, 1)
	if !strings.HasPrefix(text, "【演练L26#####·不是真的】道路结冰除冰：今晚冻雨") || !strings.Contains(text, "有效到12月3日10:00") {
		t.Error(text)
	}
	at := strings.Index(text, "https://")
	if end := strings.Index(text[at:], " "); end < 0 && len(text)-at < len(link) || end >= 0 && end < len(link)-1 {
		t.Errorf("the link is shorter than %q: %s", link, text)
	}
	if s.Serves(mobilise.SMS) {
		t.Error("a channel without a gateway is served")
	}
	if p := s.Sample(o, mobilise.Push); !strings.HasPrefix(p, "【演练"+o.Number) || !strings.Contains(p, "今晚冻雨") {
		t.Error(p)
	}
	if v := s.Sample(o, mobilise.Voice); strings.Contains(v, "http") || !strings.Contains(v, o.Number) {
		t.Error(v)
	}
	if wait := o.Until.Sub(c.Now()); wait != 48*time.Hour {
		t.Error(wait)
	}
}
