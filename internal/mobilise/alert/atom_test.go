package alert

import (
	"net/url"
	"strings"
	"testing"

	"bilin/internal/cap"
	"bilin/internal/errs"
)

var home = &url.URL{Scheme: "https", Host: "alerts.example", Path: "/all/feed.atom"}

const head = `<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xmlns:c="urn:oasis:names:tc:emergency:cap:1.2">`

func TestWhereAnEntryLeads(t *testing.T) {
	for name, c := range map[string]struct{ entry, want string }{
		"an alert":          {`<link href="/a.html"/><link type="application/cap+xml" href="a.xml"/>`, "https://alerts.example/all/a.xml"},
		"XML":               {`<link href="/a.html" type="text/html"/><link href="/a.xml" type="text/xml"/>`, "https://alerts.example/a.xml"},
		"a link":            {`<link href="https://other.example/a"/>`, "https://other.example/a"},
		"content elsewhere": {`<content type="application/cap+xml" src="b.xml"/>`, "https://alerts.example/all/b.xml"},
		"only a page":       {`<link href="/a.html" type="text/html"/>`, ""},
		"to itself":         {`<link rel="self" href="/a"/>`, ""},
		"nowhere":           {`<link/><title>x</title>`, ""},
		"foreign":           {`<x:link xmlns:x="urn:x" href="/a"/>`, ""},
	} {
		entries, alone, err := parseFeed([]byte(head+"<entry>"+c.entry+"</entry></feed>"), home)
		if err != nil || alone || len(entries) != 1 {
			t.Errorf("%s: %v %v %v", name, entries, alone, err)
			continue
		}
		got := ""
		if entries[0].link != nil {
			got = entries[0].link.String()
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestAnAlertIsCutOutWhole(t *testing.T) {
	const inner = `<c:identifier>1</c:identifier><c:sender>s</c:sender><c:sent>2026-01-23T20:15:00+08:00</c:sent><c:status>Actual</c:status><c:msgType>Alert</c:msgType><c:scope>Public</c:scope>`
	for name, alert := range map[string]string{
		"named around it":  `<c:alert>` + inner + `</c:alert>`,
		"named itself":     `<c:alert xmlns:c="urn:oasis:names:tc:emergency:cap:1.2">` + inner + `</c:alert>`,
		"without a prefix": `<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">` + strings.ReplaceAll(inner, "c:", "") + `</alert>`,
	} {
		entries, _, err := parseFeed([]byte(head+"<entry><content type=\"text/xml\">\n"+alert+"</content></entry></feed>"), home)
		if err != nil || len(entries) != 1 {
			t.Fatalf("%s: %v", name, err)
		}
		if a, err := cap.Parse(strings.NewReader(string(entries[0].embedded))); err != nil || a.Identifier != "1" {
			t.Errorf("%s: %v in %s", name, err, entries[0].embedded)
		}
	}
}

func TestOneAlertIsNoFeed(t *testing.T) {
	if _, alone, err := parseFeed([]byte("\uFEFF<!-- x --><alert xmlns=\"urn:x\"/>"), home); !alone || err != nil {
		t.Errorf("%v, %v", alone, err)
	}
}

func FuzzFeed(f *testing.F) {
	f.Add(head + `<entry><id>1</id><updated>2026-01-23T12:00:00Z</updated><link type="application/cap+xml" href="a.xml"/></entry></feed>`)
	f.Add(head + `<entry><content><c:alert a="b"><c:x/></c:alert></content></entry></feed>`)
	f.Fuzz(func(t *testing.T, text string) {
		entries, _, err := parseFeed([]byte(text), home)
		if err != nil && errs.KindOf(err) != errs.Invalid {
			t.Errorf("refused as %v: %v", errs.KindOf(err), err)
		}
		for _, e := range entries {
			if e.key == "" || len(e.embedded) > 2*len(text)+1000 {
				t.Errorf("%+v", e)
			}
			if e.link != nil && !e.link.IsAbs() {
				t.Errorf("a link to nowhere: %v", e.link)
			}
		}
	})
}
