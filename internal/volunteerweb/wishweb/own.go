package wishweb

import (
	"net/http"
	"strconv"
	"time"

	"bilin/internal/errs"
	"bilin/internal/volunteer/wish"
	"bilin/internal/web"
)

// ownPage is what a volunteer sees with their key.
type ownPage struct {
	web.Base
	ID, Key  string
	Back     string // to their report-in
	Taken    []takenView
	Seen     []seenView
	Slots    []slotView
	Until    string
	Thanks   []thanksView
	Offering bool
	Form     offerForm
	Labels   map[string]string
	Crumbs   []web.Crumb
}

type takenView struct {
	wish.TakenOne
	KindName, PartName, Meeting string
	Where                       string // the group, for whoever isn't told more yet
	MayAgree                    bool
	TypedDay, At                string
	Errors                      web.FormErrors
}

type seenView struct {
	wish.Seen
	KindName, PartName, Where, NearName string
}

type slotView struct{ ID, Day, Weekday, From, To string }

type thanksView struct{ KindName, Phrase, Words, Day string }

// offerForm is hours as they are typed.
type offerForm struct {
	Weekdays, Reaches      []web.Option
	Weekday, Day, From, To string
	Reach, Until           string
}

func (p *Pages) own(w http.ResponseWriter, r *http.Request) error {
	page, err := p.ownPage(w, r, r.URL.Query().Get("k"))
	if err != nil {
		return err
	}
	return p.web.Render(w, r, "wishes/own", page)
}

func (p *Pages) ownPage(w http.ResponseWriter, r *http.Request, key string) (*ownPage, error) {
	web.Quiet(w)
	id := r.PathValue("id")
	own, err := p.svc.Own(r.Context(), id, key)
	if err != nil {
		return nil, p.missed(r, err)
	}
	t, locale := p.web.T(r), p.web.Locale(r)
	page := &ownPage{Base: p.web.Base(r, "wishweb.own"), ID: id, Key: key, Labels: labels(t), Offering: own.Hours != nil,
		Form: offerForm{Weekdays: weekdays(t), Reaches: choices(t, "wish.reach.", own.Reaches), Weekday: "6", From: "09:00", To: "11:00", Reach: string(wish.InVillage)}}
	page.Back = "/report-in/" + id + "?k=" + key
	near := []string{"cell", "group", "village", "town"}
	for _, x := range own.Taken {
		page.Taken = append(page.Taken, takenView{TakenOne: x, KindName: x.Of.NameIn(locale), PartName: t("wish.part." + string(x.Part)), Meeting: meeting(x.Meet), Where: p.unitName(x.GroupID),
			MayAgree: x.Meet.By == wish.Home && !x.Meet.Agreed})
	}
	for _, x := range own.Seen {
		page.Seen = append(page.Seen, seenView{x, x.Kind.NameIn(locale), t("wish.part." + string(x.Part)), p.unitName(x.UnitID), t("wishweb.near." + near[x.Near])})
	}
	for _, x := range own.Thanks {
		v := thanksView{KindName: x.Kind.NameIn(locale), Words: x.Words, Day: x.At}
		if x.Thanks != "" {
			v.Phrase = t("wish.thanks." + string(x.Thanks))
		}
		page.Thanks = append(page.Thanks, v)
	}
	if h := own.Hours; h != nil {
		page.Until, page.Form.Until, page.Form.Reach = h.Until, h.Until, string(h.Reach)
		for _, s := range h.Slots {
			v := slotView{ID: s.ID, Day: s.Day, From: wish.Clock(s.From), To: wish.Clock(s.To)}
			if s.Day == "" {
				v.Weekday = t("wishweb.weekday." + strconv.Itoa(int(s.Weekday)))
			}
			page.Slots = append(page.Slots, v)
		}
	}
	return page, nil
}

// missed counts wrong keys, and holds whoever guesses back.
func (p *Pages) missed(r *http.Request, err error) error {
	if errs.KindOf(err) != errs.NotFound {
		return err
	}
	if limited := p.Misses.Allow(web.ClientIP(r)); limited != nil {
		return limited
	}
	return err
}

// ownAgain shows the newest page with what is wrong.
func (p *Pages) ownAgain(w http.ResponseWriter, r *http.Request, key string, cause error, typed func(*ownPage)) error {
	page, err := p.ownPage(w, r, key)
	if err != nil {
		return err
	}
	page.Errors = web.FormErrorsOf(cause)
	if typed != nil {
		typed(page)
	}
	return p.web.RenderStatus(w, r, errs.Status(cause), "wishes/own", page)
}

func (p *Pages) offer(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	key := f.Text("_k", 80)
	cmd := wish.Offer{Key: f.Key(), Reach: wish.Reach(f.Text("reach", 20)), Until: f.RequiredDate("until"),
		Slot: wish.Slot{Weekday: time.Weekday(f.Int("weekday", 0, 6)), Day: f.Date("day"), From: readClock(f, "from"), To: readClock(f, "to")}}
	if err = f.Err(); err == nil {
		err = p.svc.Offer(r.Context(), r.PathValue("id"), key, cmd)
	}
	if web.Again(err) && !queued(r) {
		return p.ownAgain(w, r, key, err, func(page *ownPage) {
			page.Form.Weekday, page.Form.Day, page.Form.From, page.Form.To = f.Text("weekday", 5), f.Text("day", 20), f.Text("from", 10), f.Text("to", 10)
			page.Form.Reach, page.Form.Until = string(cmd.Reach), f.Text("until", 20)
		})
	}
	if err != nil {
		return p.missed(r, err)
	}
	return p.web.SeeOther(w, r, ownURL(r.PathValue("id"), key), "wishweb.said_offered")
}

func (p *Pages) stop(w http.ResponseWriter, r *http.Request) error {
	return p.simple(w, r, "wishweb.said_stopped", func(id, key string, f *web.Form) error { return p.svc.Stop(r.Context(), id, key, f.Key()) })
}

func (p *Pages) drop(w http.ResponseWriter, r *http.Request) error {
	return p.simple(w, r, "wishweb.said_dropped", func(id, key string, f *web.Form) error {
		return p.svc.DropSlot(r.Context(), id, key, f.Key(), r.PathValue("slot"))
	})
}

// simple runs a volunteer's command; what can't be done comes back on the newest page.
func (p *Pages) simple(w http.ResponseWriter, r *http.Request, said string, do func(id, key string, f *web.Form) error) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	id, key := r.PathValue("id"), f.Text("_k", 80)
	err = do(id, key, f)
	if web.Again(err) && !queued(r) {
		return p.ownAgain(w, r, key, err, func(page *ownPage) {
			for i := range page.Taken {
				if page.Taken[i].ID == r.PathValue("wish") {
					page.Taken[i].Errors, page.Taken[i].TypedDay, page.Taken[i].At = page.Errors, f.Text("day", 20), f.Text("at", 10)
				}
			}
		})
	}
	if err != nil {
		return p.missed(r, err)
	}
	return p.web.SeeOther(w, r, ownURL(id, key), said)
}

// helpDoes carries out one of helpDeeds.
func (p *Pages) helpDoes(name string) func(http.ResponseWriter, *http.Request) error {
	d := p.helpDeeds()[name]
	return func(w http.ResponseWriter, r *http.Request) error {
		return p.simple(w, r, d.said, func(id, key string, f *web.Form) error {
			return d.do(r.Context(), id, key, f, wish.Step{Key: f.Key(), ID: r.PathValue("wish"), Version: version(f)})
		})
	}
}
