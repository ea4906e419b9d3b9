package privacyweb

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"bilin/internal/web"
	"bilin/internal/workday"
)

// The copy that a household takes away: what the page shows, for programs.
type (
	copyLine struct {
		Key   string `json:"key"` // the same in every language and release
		Label string `json:"label"`
		Text  string `json:"text"`
	}
	copyItem struct {
		Key    string     `json:"key"`
		Holder string     `json:"holder"`
		Title  string     `json:"title"`
		Facts  []copyLine `json:"facts"`
		Why    string     `json:"why"`
		Basis  string     `json:"basis"`
		Until  string     `json:"until"`
	}
	copyReading struct {
		At   time.Time `json:"at"`
		Who  string    `json:"who"`
		For  string    `json:"for"`
		What string    `json:"what"`
	}
	copyBreak struct {
		At     time.Time `json:"at"`
		Who    string    `json:"who"`
		Why    string    `json:"why"`
		Words  string    `json:"words,omitempty"`
		Reads  int       `json:"reads"`
		Review string    `json:"review,omitempty"`
		Note   string    `json:"note,omitempty"`
	}
	copyRequest struct {
		Key    string    `json:"key"`
		Number string    `json:"number"`
		Kind   string    `json:"kind"`
		At     time.Time `json:"at"`
		Due    time.Time `json:"due"`
		Open   bool      `json:"open"`
	}
	copyOf struct {
		At        time.Time     `json:"at"`
		Language  string        `json:"language"`
		Items     []copyItem    `json:"items"`
		Readings  []copyReading `json:"readings"`
		Breaks    []copyBreak   `json:"breaks"`
		Requests  []copyRequest `json:"requests"`
		NotListed string        `json:"not_listed"`
	}
)

// mostCopied bounds the readings of a copy.
const mostCopied = 1000

func (p *Pages) copy(w http.ResponseWriter, r *http.Request) error {
	who, ok, err := p.confirmed(w, r)
	if !ok {
		return err
	}
	v, err := p.o.Privacy.Held(r.Context(), who.HouseholdID, "")
	if err != nil {
		return err
	}
	t := p.t(r)
	out := copyOf{At: local(p.o.Now()), Language: p.web.Locale(r), Items: []copyItem{}, Readings: []copyReading{}, Breaks: []copyBreak{}, Requests: []copyRequest{}, NotListed: t("privacyweb.held_not")}
	for _, b := range v.Breaks {
		c := copyBreak{At: local(b.At), Who: p.who(t, b.Role, b.ByUnitID), Why: t("purpose.reason." + string(b.Reason)), Words: b.Words, Reads: b.Reads, Note: b.Note}
		if b.Reviewed() {
			c.Review = t("purpose.verdict." + string(b.Verdict))
		}
		out.Breaks = append(out.Breaks, c)
	}
	for _, x := range v.Requests {
		out.Requests = append(out.Requests, copyRequest{string(x.Kind), x.Number, t("privacy.kind." + string(x.Kind)), local(x.MadeAt), local(x.DueAt), x.IsOpen()})
	}
	for _, h := range v.Holdings {
		for _, i := range h.Items {
			x := itemOf(t, h.Holder, i)
			c := copyItem{Key: h.Holder, Holder: t("privacyweb.holder." + h.Holder), Title: x.Title, Why: x.Why, Basis: x.Basis, Until: flat(x.Until)}
			for n, l := range x.Facts {
				c.Facts = append(c.Facts, copyLine{strings.TrimPrefix(i.Facts[n].Label, "held.fact."), l.Label, flat(l)})
			}
			out.Items = append(out.Items, c)
		}
	}
	for list, next := v.Readings, v.More; ; {
		for _, x := range list {
			y := p.readingOf(t, x)
			y.At = local(y.At)
			out.Readings = append(out.Readings, copyReading(y))
		}
		if next == "" || len(out.Readings) >= mostCopied {
			break
		}
		if list, next, err = p.o.Privacy.Readings(r.Context(), who.HouseholdID, next); err != nil {
			return err
		}
	}
	web.Quiet(w)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="bilin-household.json"`)
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(out)
}

func flat(l line) string {
	if !l.At.IsZero() {
		return l.At.Format(time.DateOnly)
	}
	return l.Text
}

// local is a time as the city's clocks show it, so that a reader needs no reckoning.
func local(at time.Time) time.Time { return at.In(workday.City) }
