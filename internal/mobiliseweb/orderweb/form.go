package orderweb

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"bilin/internal/auth"
	"bilin/internal/geo"
	"bilin/internal/i18n"
	"bilin/internal/mobilise"
	"bilin/internal/web"
)

// form is an order's form as it was filled in.
type form struct {
	Kind                          mobilise.Kind
	Hazard, Was                   mobilise.Hazard // Was is the one whose words were filled in
	Title, What, Do, Where, Until string
	CaseNumber, AskedBy           string
	PlaceIDs                      []string // ticked
	Units                         string   // named, one a line
	Polygon                       string   // lon,lat lon,lat …
	Roles, TeamIDs, Skills        []string
	AllTeams                      bool
	TeamText                      string // looked for
	Channels                      [3]string
	Wait                          string
	AlertID                       string
}

// pair is a hidden input.
type pair struct{ Name, Value string }

// hidden carries the form through the page that asks once more.
func (f *form) hidden() []pair {
	out := []pair{{"kind", string(f.Kind)}, {"hazard", string(f.Hazard)}, {"was", string(f.Was)}, {"title", f.Title}, {"what", f.What}, {"do", f.Do}, {"where", f.Where},
		{"until", f.Until}, {"case_number", f.CaseNumber}, {"asked_by", f.AskedBy}, {"units", f.Units}, {"polygon", f.Polygon}, {"wait", f.Wait}, {"alert", f.AlertID},
		{"channel1", f.Channels[0]}, {"channel2", f.Channels[1]}, {"channel3", f.Channels[2]}}
	for _, list := range []struct {
		name   string
		values []string
	}{{"places", f.PlaceIDs}, {"roles", f.Roles}, {"teams", f.TeamIDs}, {"skills", f.Skills}} {
		for _, v := range list.values {
			out = append(out, pair{list.name, v})
		}
	}
	if f.AllTeams {
		out = append(out, pair{"all_teams", "1"})
	}
	return out
}

// Bounds of what is read at all; the service says what is too long.
const (
	readText    = 4000
	readPolygon = 8000
)

func readForm(f *web.Form) form {
	x := form{
		Kind: mobilise.Kind(f.Text("kind", 10)), Hazard: mobilise.Hazard(f.Text("hazard", 20)), Was: mobilise.Hazard(f.Text("was", 20)),
		Title: f.Text("title", readText), What: f.Lines("what", readText), Do: f.Lines("do", readText), Where: f.Lines("where", readText), Until: f.Text("until", 30),
		CaseNumber: f.Text("case_number", 60), AskedBy: f.Text("asked_by", 60), PlaceIDs: f.List("places"), Units: f.Lines("units", 8000), Polygon: f.Text("polygon", readPolygon),
		Roles: f.List("roles"), AllTeams: f.Bool("all_teams"), TeamIDs: f.List("teams"), Skills: f.List("skills"), TeamText: f.Text("team_text", 60),
		Channels: [3]string{f.Text("channel1", 10), f.Text("channel2", 10), f.Text("channel3", 10)}, Wait: f.Text("wait", 10), AlertID: f.Text("alert", 64),
	}
	if x.Kind != mobilise.Drill {
		x.Kind = mobilise.Real
	}
	if f.Bool("drop_polygon") {
		x.Polygon = ""
	}
	return x
}

// propose makes a command of a form; what can't be read of it is noted in f.
func (p *Pages) propose(f *web.Form, x *form) (mobilise.Propose, error) {
	a, err := p.audience(x)
	c := mobilise.Propose{
		Key: f.Key(), Kind: x.Kind, Hazard: x.Hazard, Words: mobilise.Words{Title: x.Title, What: x.What, Do: x.Do, Where: x.Where},
		Audience: a, Wait: f.Int("wait", 1, 120), AlertID: x.AlertID,
	}
	if x.Hazard == mobilise.Missing {
		c.Missing = mobilise.MissingPerson{CaseNumber: x.CaseNumber, AskedBy: x.AskedBy}
	}
	if x.Until != "" {
		at, ok := readTime(x.Until)
		if !ok {
			f.Fail("until", "orderweb.bad_time")
		}
		c.Words.Until = at
	}
	for _, ch := range x.Channels {
		if ch != "" {
			c.Channels = append(c.Channels, mobilise.Channel(ch))
		}
	}
	if len(c.Channels) == 0 {
		f.Fail("channels", "orderweb.no_channel")
	}
	return c, joined(f.Err(), err)
}

// words of a hazard's template, in Chinese.
type template struct {
	Title, What, Do, Where string
	hours                  int // how long such an order usually lasts
}

var usualHours = map[mobilise.Hazard]int{mobilise.Fire: 12, mobilise.Heat: 48}

// templateOf are the words that an order of a hazard begins with. A drill asks
// nobody out of the house.
func (p *Pages) templateOf(h mobilise.Hazard, k mobilise.Kind) template {
	say := func(field string) string { return p.chinese.T(i18n.ZH, templateKey(h, k, field)) }
	hours := usualHours[h]
	if hours == 0 {
		hours = 24
	}
	return template{say("title"), say("what"), say("do"), say("where"), hours}
}

func templateKey(h mobilise.Hazard, k mobilise.Kind, field string) string {
	if k == mobilise.Drill && field != "title" {
		return "orderweb.tpl.drill." + field
	}
	return "orderweb.tpl." + string(h) + "." + field
}

// fill puts in the words of the chosen hazard, but leaves alone what somebody
// has written themselves.
func (p *Pages) fill(x *form) {
	if !slices.Contains(mobilise.Hazards(), x.Hazard) {
		return
	}
	old, fresh := template{}, p.templateOf(x.Hazard, x.Kind)
	if x.Was != "" && slices.Contains(mobilise.Hazards(), x.Was) {
		old = p.templateOf(x.Was, x.Kind)
	}
	for _, f := range []struct {
		text     *string
		was, now string
	}{{&x.Title, old.Title, fresh.Title}, {&x.What, old.What, fresh.What}, {&x.Do, old.Do, fresh.Do}, {&x.Where, old.Where, fresh.Where}} {
		if strings.TrimSpace(*f.text) == "" || *f.text == f.was {
			*f.text = f.now
		}
	}
	if x.Until == "" || x.Was != "" && x.Until == p.usualEnd(old.hours) {
		x.Until = p.usualEnd(fresh.hours)
	}
	x.Was = x.Hazard
}

// usualEnd is a full hour.
func (p *Pages) usualEnd(hours int) string {
	return localTime(p.o.Now().Add(time.Duration(hours) * time.Hour).Truncate(time.Hour))
}

// usual is the form that nobody has filled in yet.
func (p *Pages) usual(r *http.Request) form {
	q := r.URL.Query()
	x := form{Kind: mobilise.Real, Hazard: mobilise.Hazard(q.Get("hazard")), Roles: []string{string(auth.Lead)}, Wait: "5"}
	if q.Get("kind") == string(mobilise.Drill) {
		x.Kind = mobilise.Drill
	}
	if !slices.Contains(mobilise.Hazards(), x.Hazard) {
		x.Hazard = mobilise.Ice
	}
	i := 0
	for _, c := range mobilise.Channels() {
		if p.serves(c) {
			x.Channels[i] = string(c)
			i++
		}
	}
	if i == 0 { // none is set up: doors are knocked at
		x.Channels[0] = string(mobilise.SMS)
	}
	p.fill(&x)
	return x
}

// suggested is the form as an alert fills it in.
func (p *Pages) suggested(r *http.Request, alertID string) (form, error) {
	s, err := p.o.Suggest(r.Context(), actor(r), alertID)
	if err != nil {
		return form{}, err
	}
	x := p.usual(r)
	x.AlertID, x.Hazard = s.AlertID, s.Hazard
	if s.Drill {
		x.Kind = mobilise.Drill
	}
	x.Title, x.What, x.Do, x.Where, x.Until = s.Title, s.What, s.Do, "", localTime(s.Until)
	x.Was = ""
	p.fill(&x)
	x.Polygon = writePolygon(s.Polygon)
	if len(s.Polygon) == 0 {
		p.name(&x, s.UnitIDs)
	}
	return x, nil
}

// writePolygon writes corners as the hidden field holds them.
func writePolygon(line []geo.Point) string {
	var b strings.Builder
	for i, c := range line {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(degrees(c.X) + "," + degrees(c.Y))
	}
	return b.String()
}
