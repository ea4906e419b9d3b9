package cap

import (
	"bytes"
	"encoding/xml"
	"io"
	"strconv"
	"strings"
	"time"
)

// Write writes an alert as CAP 1.2. What it wrote is read again before anything
// leaves: an alert that doesn't keep the standard is an error and writes nothing.
func Write(w io.Writer, a *Alert) error {
	var b bytes.Buffer
	p := printer{&b, 0}
	b.WriteString(xml.Header + `<alert xmlns="` + Namespace + `">` + "\n")
	p.depth++
	p.alert(a)
	b.WriteString("</alert>\n")
	if _, err := Parse(bytes.NewReader(b.Bytes())); err != nil {
		return err
	}
	_, err := w.Write(b.Bytes())
	return err
}

// printer writes elements; an empty optional one is left out.
type printer struct {
	b     *bytes.Buffer
	depth int
}

func (p *printer) one(name, text string) {
	p.b.WriteString(strings.Repeat("  ", p.depth) + "<" + name + ">")
	_ = xml.EscapeText(p.b, []byte(text)) // a buffer takes everything
	p.b.WriteString("</" + name + ">\n")
}

func (p *printer) maybe(name, text string) {
	if text != "" {
		p.one(name, text)
	}
}

func (p *printer) each(name string, texts []string) {
	for _, text := range texts {
		p.one(name, text)
	}
}

func (p *printer) at(name string, at time.Time) {
	if !at.IsZero() {
		p.one(name, Moment(at))
	}
}

func (p *printer) in(name string, body func()) {
	pad := strings.Repeat("  ", p.depth)
	p.b.WriteString(pad + "<" + name + ">\n")
	p.depth++
	body()
	p.depth--
	p.b.WriteString(pad + "</" + name + ">\n")
}

func (p *printer) values(name string, values []Value) {
	for _, v := range values {
		p.in(name, func() { p.one("valueName", v.Name); p.one("value", v.Value) })
	}
}

// Moment writes a time as the standard wants it: with an offset, which for UTC
// is "-00:00" (CAP 1.2 §3.3.2).
func Moment(at time.Time) string {
	text := at.Format("2006-01-02T15:04:05-07:00")
	if at.Location() == time.UTC {
		return strings.TrimSuffix(text, "+00:00") + "-00:00"
	}
	return text
}

func (p *printer) alert(a *Alert) {
	p.one("identifier", a.Identifier)
	p.one("sender", a.Sender)
	p.one("sent", Moment(a.Sent))
	p.one("status", string(a.Status))
	p.one("msgType", string(a.MsgType))
	p.maybe("source", a.Source)
	p.one("scope", a.Scope)
	p.maybe("restriction", a.Restriction)
	p.maybe("addresses", a.Addresses)
	p.each("code", a.Codes)
	p.maybe("note", a.Note)
	var refs []string
	for _, r := range a.References {
		refs = append(refs, r.Sender+","+r.Identifier+","+Moment(r.Sent))
	}
	p.maybe("references", strings.Join(refs, " "))
	p.maybe("incidents", a.Incidents)
	for i := range a.Infos {
		p.in("info", func() { p.info(&a.Infos[i]) })
	}
}

func (p *printer) info(i *Info) {
	p.maybe("language", i.Language)
	p.each("category", i.Categories)
	p.one("event", i.Event)
	p.each("responseType", i.ResponseTypes)
	p.one("urgency", i.Urgency)
	p.one("severity", i.Severity)
	p.one("certainty", i.Certainty)
	p.maybe("audience", i.Audience)
	p.values("eventCode", i.EventCodes)
	p.at("effective", i.Effective)
	p.at("onset", i.Onset)
	p.at("expires", i.Expires)
	p.maybe("senderName", i.SenderName)
	p.maybe("headline", i.Headline)
	p.maybe("description", i.Description)
	p.maybe("instruction", i.Instruction)
	p.maybe("web", i.Web)
	p.maybe("contact", i.Contact)
	p.values("parameter", i.Parameters)
	for _, r := range i.Resources {
		p.in("resource", func() {
			p.one("resourceDesc", r.Desc)
			p.one("mimeType", r.MimeType)
			p.maybe("size", r.Size)
			p.maybe("uri", r.URI)
			p.maybe("derefUri", r.DerefURI)
			p.maybe("digest", r.Digest)
		})
	}
	for _, a := range i.Areas {
		p.in("area", func() { p.area(a) })
	}
}

func (p *printer) area(a Area) {
	p.one("areaDesc", a.Desc)
	for _, polygon := range a.Polygons {
		var points []string
		for _, at := range polygon {
			points = append(points, at.String())
		}
		p.one("polygon", strings.Join(points, " "))
	}
	for _, c := range a.Circles {
		p.one("circle", c.Point.String()+" "+strconv.FormatFloat(c.Radius, 'f', -1, 64))
	}
	p.values("geocode", a.Geocodes)
	p.maybe("altitude", a.Altitude)
	p.maybe("ceiling", a.Ceiling)
}

// String writes a point as "latitude,longitude".
func (p Point) String() string {
	return strconv.FormatFloat(p.Lat, 'f', -1, 64) + "," + strconv.FormatFloat(p.Lon, 'f', -1, 64)
}
