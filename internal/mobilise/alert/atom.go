package alert

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"io"
	"mime"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"bilin/internal/cap"
	"bilin/internal/errs"
)

// Bounds of a feed.
const (
	maxDepth      = 64
	maxTokens     = 400_000
	maxEntries    = 1000
	maxAttributes = 64
	atom          = "http://www.w3.org/2005/Atom"
)

// entry is one of a feed's: an alert within it, or a link to one.
type entry struct {
	key      string // what names this edition of it
	updated  time.Time
	link     *url.URL
	embedded []byte
}

// parseFeed reads an Atom feed, its entries from the oldest; alone says that it
// is no feed but one alert.
func parseFeed(raw []byte, base *url.URL) (entries []entry, alone bool, err error) {
	if !utf8.Valid(raw) {
		return nil, false, unreadable(nil)
	}
	raw = bytes.TrimPrefix(raw, []byte("\uFEFF"))
	p := &feedParser{raw: raw, dec: xml.NewDecoder(bytes.NewReader(raw)), base: base}
	for {
		token, err := p.next()
		if err != nil {
			return nil, false, unreadable(err)
		}
		root, ok := token.(xml.StartElement)
		switch {
		case !ok:
			continue
		case root.Name.Local == "alert":
			return nil, true, nil
		case root.Name != xml.Name{Space: atom, Local: "feed"}:
			return nil, false, errs.E(errs.Invalid, "alert.feed.not_feed", "name", clip(root.Name.Local, 40))
		}
		entries, err := p.feed(root)
		slices.SortStableFunc(entries, func(a, b entry) int { return cmp.Compare(a.updated.UnixMilli(), b.updated.UnixMilli()) })
		return entries, false, err
	}
}

func unreadable(cause error) error {
	if e, ok := errors.AsType[*errs.Error](cause); ok {
		return e
	}
	return errs.Wrap(cause, errs.Invalid, "alert.feed.not_xml")
}

// feedParser takes a feed apart within bounds.
type feedParser struct {
	raw    []byte
	dec    *xml.Decoder
	base   *url.URL
	tokens int
	scopes [][]xml.Attr // the namespaces that open elements declare
}

func (p *feedParser) next() (xml.Token, error) {
	token, err := p.dec.Token()
	if err != nil {
		return nil, err
	}
	if p.tokens++; p.tokens > maxTokens {
		return nil, errs.E(errs.Invalid, "alert.feed.too_much")
	}
	switch t := token.(type) {
	case xml.Directive:
		return nil, errs.E(errs.Invalid, "alert.feed.doctype")
	case xml.StartElement:
		if p.scopes = append(p.scopes, declared(t)); len(p.scopes) > maxDepth || len(t.Attr) > maxAttributes {
			return nil, errs.E(errs.Invalid, "alert.feed.too_much")
		}
	case xml.EndElement:
		p.scopes = p.scopes[:len(p.scopes)-1]
	}
	return token, nil
}

// declared are the namespaces that an element declares.
func declared(e xml.StartElement) (out []xml.Attr) {
	for _, a := range e.Attr {
		if a.Name.Space == "xmlns" || a.Name.Space == "" && a.Name.Local == "xmlns" {
			out = append(out, a)
		}
	}
	return out
}

// within calls fn for each element directly in the open one; fn reads it to its end.
func (p *feedParser) within(fn func(xml.StartElement, int64) error) (text string, err error) {
	var b strings.Builder
	for {
		from := p.dec.InputOffset()
		token, err := p.next()
		if errors.Is(err, io.EOF) {
			return "", unreadable(err)
		}
		if err != nil {
			return "", err
		}
		switch t := token.(type) {
		case xml.CharData:
			if b.Len() < maxSummary {
				b.Write(t)
			}
		case xml.EndElement:
			return b.String(), nil
		case xml.StartElement:
			if err := fn(t, from); err != nil {
				return "", err
			}
		}
	}
}

func (p *feedParser) skip() error {
	_, err := p.within(func(xml.StartElement, int64) error { return p.skip() })
	return err
}

func (p *feedParser) text() (string, error) {
	text, err := p.within(func(xml.StartElement, int64) error { return p.skip() })
	return strings.TrimSpace(text), err
}

func (p *feedParser) feed(xml.StartElement) (entries []entry, err error) {
	_, err = p.within(func(e xml.StartElement, _ int64) error {
		if e.Name != (xml.Name{Space: atom, Local: "entry"}) {
			return p.skip()
		}
		if len(entries) == maxEntries {
			return errs.E(errs.Invalid, "alert.feed.too_much")
		}
		one, err := p.entry()
		entries = append(entries, one)
		return err
	})
	if err != nil {
		return nil, unreadable(err)
	}
	return entries, nil
}

// entry reads an entry: what it holds wins over what it leads to, and of links
// the one that says it is an alert.
func (p *feedParser) entry() (e entry, err error) {
	var id, updated string
	best := noLink
	_, err = p.within(func(el xml.StartElement, _ int64) error {
		var err error
		switch el.Name {
		case xml.Name{Space: atom, Local: "id"}:
			id, err = p.text()
		case xml.Name{Space: atom, Local: "updated"}:
			updated, err = p.text()
		case xml.Name{Space: atom, Local: "link"}, xml.Name{Space: atom, Local: "content"}:
			if rank, to := p.leads(el); rank < best {
				best, e.link = rank, to
			}
			_, err = p.within(func(inner xml.StartElement, from int64) error {
				if inner.Name != (xml.Name{Space: cap.Namespace, Local: "alert"}) || e.embedded != nil {
					return p.skip()
				}
				e.embedded, err = p.cut(inner, from)
				return err
			})
		default:
			err = p.skip()
		}
		return err
	})
	e.updated, _ = time.Parse(time.RFC3339, updated) // without one it counts as old
	href := ""
	if e.link != nil {
		href = e.link.String()
	}
	sum := sha256.Sum256([]byte(id + "\n" + updated + "\n" + href + "\n" + string(e.embedded)))
	e.key = hex.EncodeToString(sum[:16])
	return e, err
}

// noLink is worse than any link's rank.
const noLink = 3

// leads says where a link or content leads, and how likely it is an alert: the
// lower the better.
func (p *feedParser) leads(e xml.StartElement) (rank int, to *url.URL) {
	var href, kind, rel string
	for _, a := range e.Attr {
		switch a.Name.Local {
		case "href", "src":
			href = a.Value
		case "type":
			kind, _, _ = mime.ParseMediaType(a.Value) // an unreadable one is none
		case "rel":
			rel = a.Value
		}
	}
	to, err := p.base.Parse(strings.TrimSpace(href))
	if href == "" || err != nil {
		return noLink, nil
	}
	switch {
	case kind == "application/cap+xml" || kind == "application/common-alerting-protocol+xml":
		return 0, to
	case kind == "application/xml" || kind == "text/xml":
		return 1, to
	case kind == "" && (rel == "" || rel == "alternate" || rel == "enclosure"):
		return 2, to
	}
	return noLink, nil
}

// cut returns the alert that begins at an offset as a document of its own: what
// namespaces it has from the elements around it are written into it.
func (p *feedParser) cut(e xml.StartElement, from int64) ([]byte, error) {
	around := p.scopes[:len(p.scopes)-1]
	if err := p.skip(); err != nil {
		return nil, err
	}
	whole := p.raw[from:p.dec.InputOffset()]
	name := bytes.IndexAny(whole, " \t\r\n/>")
	if name < 0 {
		return nil, unreadable(nil)
	}
	have := map[xml.Name]bool{}
	for _, a := range declared(e) {
		have[a.Name] = true
	}
	var out bytes.Buffer
	out.Write(whole[:name])
	for i := len(around) - 1; i >= 0; i-- {
		for _, a := range around[i] {
			if have[a.Name] {
				continue
			}
			have[a.Name] = true
			out.WriteString(" xmlns")
			if a.Name.Space != "" {
				out.WriteString(":" + a.Name.Local)
			}
			out.WriteString(`="`)
			_ = xml.EscapeText(&out, []byte(a.Value)) // a buffer takes everything
			out.WriteString(`"`)
		}
	}
	out.Write(whole[name:])
	return out.Bytes(), nil
}
