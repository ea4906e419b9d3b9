package cap_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"

	"bilin/internal/cap"
	"bilin/internal/errs"
)

func alert() *cap.Alert {
	at := time.Date(2026, 1, 23, 20, 15, 0, 0, time.FixedZone("", 8*60*60))
	return &cap.Alert{
		Identifier: "bilin-M2600012", Sender: "command@bilin.example", Sent: at, Status: cap.Exercise, MsgType: cap.Update, Source: "应急局", Scope: "Restricted",
		Restriction: "志愿者", Addresses: `"张 三" 李四`, Codes: []string{"a", "b"}, Note: "演练 <不是真的> & 到此为止",
		References: []cap.Reference{{Sender: "command@bilin.example", Identifier: "bilin-M2600011", Sent: at.Add(-time.Hour)}}, Incidents: "ice-2026",
		Infos: []cap.Info{{
			Language: "zh-CN", Categories: []string{"Met", "Rescue"}, Event: "冰灾", ResponseTypes: []string{"Execute"}, Urgency: "Immediate", Severity: "Severe", Certainty: "Observed",
			Audience: "邻长", EventCodes: []cap.Value{{Name: "bilin", Value: "ice"}}, Effective: at, Onset: at.Add(time.Minute), Expires: at.Add(24 * time.Hour),
			SenderName: "市指挥部", Headline: "铲冰", Description: "路面结冰", Instruction: "到集合点", Web: "https://bilin.example/o/1", Contact: "12345",
			Parameters: []cap.Value{{Name: "drill", Value: "yes"}}, Resources: []cap.Resource{{Desc: "图", MimeType: "image/png", Size: "12", URI: "https://bilin.example/a.png", Digest: "ab"}},
			Areas: []cap.Area{{Desc: "玉潭街道", Polygons: [][]cap.Point{{{Lat: 28.2, Lon: 112.5}, {Lat: 28.3, Lon: 112.5}, {Lat: 28.3, Lon: 112.6}, {Lat: 28.2, Lon: 112.5}}},
				Circles: []cap.Circle{{Point: cap.Point{Lat: -28.25, Lon: 112.55}, Radius: 1.5}}, Geocodes: []cap.Value{{Name: "unit", Value: "430182001000"}}, Altitude: "12.5", Ceiling: "90"}},
		}},
	}
}

func written(t *testing.T, a *cap.Alert) string {
	t.Helper()
	var b bytes.Buffer
	if err := cap.Write(&b, a); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWrittenIsRead(t *testing.T) {
	want := alert()
	got, err := cap.Parse(strings.NewReader(written(t, want)))
	if err != nil {
		t.Fatal(err)
	}
	if !got.Sent.Equal(want.Sent) || !got.Infos[0].Expires.Equal(want.Infos[0].Expires) || !got.References[0].Sent.Equal(want.References[0].Sent) {
		t.Error("the times differ")
	}
	got.Sent, got.References[0].Sent = want.Sent, want.References[0].Sent
	got.Infos[0].Effective, got.Infos[0].Onset, got.Infos[0].Expires = want.Infos[0].Effective, want.Infos[0].Onset, want.Infos[0].Expires
	if !reflect.DeepEqual(got, want) {
		t.Errorf("read   %+v\nwritten %+v", got, want)
	}
	if utc := cap.Moment(want.Sent.UTC()); utc != "2026-01-23T12:15:00-00:00" {
		t.Error(utc)
	}
}

func TestWhatBreaksTheStandardIsRefused(t *testing.T) {
	good := written(t, alert())
	cut := func(from, to string) string {
		i := strings.Index(good, from)
		return good[:i] + good[i+strings.Index(good[i:], to)+len(to):]
	}
	for name, c := range map[string]struct{ text, code string }{
		"nothing":              {"", "cap.no_alert"},
		"not XML":              {good[:len(good)/2], "cap.not_xml"},
		"text after":           {good + "x", "cap.stray_text"},
		"two":                  {good + strings.TrimPrefix(good, `<?xml version="1.0" encoding="UTF-8"?>`), "cap.no_alert"},
		"document type":        {strings.Replace(good, "<alert", "<!DOCTYPE alert [<!ENTITY a \"b\">]>\n<alert", 1), "cap.doctype"},
		"unknown entity":       {strings.Replace(good, "铲冰", "&a;", 1), "cap.not_xml"},
		"another charset":      {strings.Replace(good, "UTF-8", "GBK", 1), "cap.not_xml"},
		"CAP 1.1":              {strings.Replace(good, "cap:1.2", "cap:1.1", 1), "cap.namespace"},
		"no namespace":         {strings.Replace(good, ` xmlns="`+cap.Namespace+`"`, "", 1), "cap.no_namespace"},
		"foreign element":      {strings.Replace(good, "<note>", "<x xmlns=\"urn:x\"/><note>", 1), "cap.namespace"},
		"attribute":            {strings.Replace(good, "<note>", "<note a=\"b\">", 1), "cap.attribute"},
		"no sender":            {cut("<sender>", "</sender>"), "cap.missing"},
		"two senders":          {strings.Replace(good, "<sender>", "<sender>x</sender><sender>", 1), "cap.twice"},
		"two headlines":        {strings.Replace(good, "<headline>", "<headline>x</headline><headline>", 1), "cap.twice"},
		"order":                {strings.Replace(cut("<status>", "</status>"), "</msgType>", "</msgType><status>Actual</status>", 1), "cap.missing"},
		"out of place":         {strings.Replace(good, "</alert>", "<note>x</note></alert>", 1), "cap.order"},
		"element in text":      {strings.Replace(good, "<note>", "<note><code>x</code>", 1), "cap.order"},
		"empty identifier":     {strings.Replace(good, "bilin-M2600012", " ", 1), "cap.empty"},
		"comma in the sender":  {strings.Replace(good, "<sender>command", "<sender>com,mand", 1), "cap.bad_handle"},
		"status":               {strings.Replace(good, "Exercise", "exercise", 1), "cap.bad_word"},
		"Z time":               {strings.Replace(good, "20:15:00+08:00</sent>", "20:15:00Z</sent>", 1), "cap.bad_time"},
		"no such day":          {strings.Replace(good, "2026-01-23T20:15:00+08:00</sent>", "2026-02-30T20:15:00+08:00</sent>", 1), "cap.bad_time"},
		"language":             {strings.Replace(good, "zh-CN", "zh_CN", 1), "cap.bad_language"},
		"size":                 {strings.Replace(good, "<size>12", "<size>zwölf", 1), "cap.bad_number"},
		"altitude":             {strings.Replace(good, "12.5</altitude>", "1e3</altitude>", 1), "cap.bad_number"},
		"open polygon":         {strings.Replace(good, "28.2,112.5</polygon>", "28.2,112.51</polygon>", 1), "cap.bad_polygon"},
		"pole":                 {strings.Replace(good, "-28.25,", "-98.25,", 1), "cap.bad_circle"},
		"radius":               {strings.Replace(good, " 1.5</circle>", " -1.5</circle>", 1), "cap.bad_circle"},
		"references":           {strings.Replace(good, ",bilin-M2600011,", ",", 1), "cap.bad_references"},
		"whom":                 {cut("<restriction>", "</restriction>"), "cap.missing"},
		"attribute twice":      {strings.Replace(good, "<alert xmlns=", `<alert xmlns="urn:x" xmlns=`, 1), "cap.twice"},
		"language attribute":   {strings.Replace(good, "<note>", `<note xml:lang="zh">`, 1), "cap.attribute"},
		"nil":                  {strings.Replace(good, "<note>", `<note xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true">`, 1), "cap.attribute"},
		"late declaration":     {strings.Replace(good, "<note>", `<?xml version="1.0"?><note>`, 1), "cap.not_xml"},
		"broken comment":       {strings.Replace(good, "<note>", "<!-- \xff --><note>", 1), "cap.not_xml"},
		"NUL":                  {strings.Replace(good, "<note>", "<!-- \x00 --><note>", 1), "cap.not_xml"},
		"hexadecimal place":    {strings.Replace(good, "-28.25,112.55", "-0x1p4,112.55", 1), "cap.bad_circle"},
		"offset of a day":      {strings.Replace(good, "20:15:00+08:00</sent>", "20:15:00+15:00</sent>", 1), "cap.bad_time"},
		"year 0":               {strings.Replace(good, "2026-01-23T20:15:00+08:00</sent>", "0000-01-23T20:15:00+08:00</sent>", 1), "cap.bad_time"},
		"value without a name": {strings.Replace(good, "<valueName>unit</valueName>", "", 1), "cap.missing"},
	} {
		a, err := cap.Parse(strings.NewReader(c.text))
		if a != nil && err == nil || errs.CodeOf(err) != c.code || errs.KindOf(err) != errs.Invalid {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
}

// What is made to hurt whoever reads it is refused before it can.
func TestMalice(t *testing.T) {
	good := written(t, alert())
	const head = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"
	body := strings.TrimPrefix(good, head)
	laughs := `<!DOCTYPE alert [<!ENTITY a "ha">`
	for c := 'b'; c <= 'j'; c++ {
		laughs += "<!ENTITY " + string(c) + ` "` + strings.Repeat("&"+string(c-1)+";", 10) + `">`
	}
	for name, c := range map[string]struct{ text, code string }{
		"a billion laughs":   {head + laughs + "]>" + strings.Replace(body, "铲冰", "&j;", 1), "cap.doctype"},
		"an external entity": {head + `<!DOCTYPE alert [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + strings.Replace(body, "铲冰", "&x;", 1), "cap.doctype"},
		"an external schema": {head + `<!DOCTYPE alert SYSTEM "http://127.0.0.1/x.dtd">` + body, "cap.doctype"},
		"a huge attribute":   {strings.Replace(good, "<note>", `<note a="`+strings.Repeat("x", 900_000)+`">`, 1), "cap.attribute"},
		"many attributes":    {strings.Replace(good, "<alert", "<alert"+strings.Repeat(` xmlns:a="urn:a"`, 50_000), 1), "cap.twice"},
		"many elements":      {strings.Replace(good, "<code>", strings.Repeat("<code/>", 40_000)+"<code>", 1), "cap.too_deep"},
		"signed many times": {strings.Replace(good, "</alert>", `<Signature xmlns="http://www.w3.org/2000/09/xmldsig#">`+strings.Repeat("<a/>", 40_000)+"</Signature></alert>", 1),
			"cap.too_deep"},
	} {
		if _, err := cap.Parse(strings.NewReader(c.text)); errs.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
}

func TestBounds(t *testing.T) {
	good := written(t, alert())
	large := strings.Replace(good, "路面结冰", strings.Repeat("冰", cap.MaxBytes/3), 1)
	if _, err := cap.Parse(strings.NewReader(large)); errs.KindOf(err) != errs.TooLarge {
		t.Errorf("a megabyte: %v", err)
	}
	deep := strings.Replace(good, "</info>", strings.Repeat("<area>", 5000), 1)
	if _, err := cap.Parse(strings.NewReader(deep)); errs.CodeOf(err) != "cap.too_deep" {
		t.Errorf("deep: %v", err)
	}
	signature := `<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><a><b/></a></Signature>`
	a, err := cap.Parse(strings.NewReader("\uFEFF" + strings.Replace(good, "</alert>", signature+"</alert>", 1)))
	if err != nil || !a.Signed {
		t.Errorf("signed: %v", err)
	}
	if _, err := cap.Parse(strings.NewReader(strings.Replace(good, "</alert>", strings.Replace(signature, "<b/>", strings.Repeat("<b>", 5000), 1), 1))); errs.CodeOf(err) != "cap.too_deep" {
		t.Errorf("a deep signature: %v", err)
	}
}

func TestWhatBreaksTheStandardIsNotWritten(t *testing.T) {
	for name, spoil := range map[string]func(*cap.Alert){
		"no sender": func(a *cap.Alert) { a.Sender = "" }, "space": func(a *cap.Alert) { a.Identifier = "a b" },
		"no category": func(a *cap.Alert) { a.Infos[0].Categories = nil }, "urgency": func(a *cap.Alert) { a.Infos[0].Urgency = "Now" },
		"open polygon": func(a *cap.Alert) { a.Infos[0].Areas[0].Polygons[0][3].Lat = 28.21 },
	} {
		a := alert()
		spoil(a)
		var b bytes.Buffer
		if err := cap.Write(&b, a); err == nil || b.Len() > 0 {
			t.Errorf("%s: written", name)
		}
	}
}

func FuzzParse(f *testing.F) {
	var b bytes.Buffer
	if err := cap.Write(&b, alert()); err != nil {
		f.Fatal(err)
	}
	f.Add(b.String())
	f.Fuzz(func(t *testing.T, text string) {
		a, err := cap.Parse(strings.NewReader(text))
		if err != nil {
			if k := errs.KindOf(err); k != errs.Invalid && k != errs.TooLarge {
				t.Errorf("refused as %v: %v", k, err)
			}
			return
		}
		var again bytes.Buffer
		if err := cap.Write(&again, a); err != nil {
			t.Errorf("read, and can't be written: %v", err)
		}
	})
}
