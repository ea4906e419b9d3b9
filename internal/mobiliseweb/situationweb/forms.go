package situationweb

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/width"

	"bilin/internal/errs"
	"bilin/internal/mobilise/situation"
	"bilin/internal/sqldb"
	"bilin/internal/web"
)

// parseMoment reads a moment of the city's clock.
func parseMoment(text string) (at time.Time, err error) {
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02 15:04", "2006-1-2 15:04", "2006/1/2 15:04"} {
		if at, err = time.ParseInLocation(layout, text, web.CityZone); err == nil {
			return at, nil
		}
	}
	return at, err
}

func (p *Pages) note(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	in := entered{Note: f.RequiredLines("note", situation.MaxNote)}
	if err = f.Err(); err == nil {
		err = p.svc.Note(r.Context(), actor(r), situation.Note{Key: f.Key(), Number: r.PathValue("number"), Text: in.Note})
	}
	return p.answer(w, r, "situationweb.said_note", in, err, f)
}

func (p *Pages) add(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	in := entered{Name: f.Required("name", situation.MaxName), Unit: f.Required("unit", situation.MaxUnit),
		Start: r.PostFormValue("start"), Target: r.PostFormValue("target"), Deadline: r.PostFormValue("deadline")}
	cmd := situation.Add{Key: f.Key(), Number: r.PathValue("number"), Name: in.Name, Unit: in.Unit, Start: whole(f, "start"), Target: whole(f, "target")}
	if ms := deadlineOf(f); ms != 0 {
		cmd.Deadline = sqldb.Time(ms)
	}
	if err = f.Err(); err == nil {
		_, err = p.svc.Add(r.Context(), actor(r), cmd)
	}
	return p.answer(w, r, "situationweb.said_added", in, err, f)
}

func (p *Pages) value(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	in := entered{Objective: r.PathValue("id"), Value: r.PostFormValue("value")}
	cmd := situation.Value{Key: f.Key(), Number: r.PathValue("number"), ObjectiveID: in.Objective, Value: whole(f, "value"), Version: int(f.Version())}
	if err = f.Err(); err == nil {
		err = p.svc.Set(r.Context(), actor(r), cmd)
	}
	return p.answer(w, r, "situationweb.said_set", in, err, f)
}

func (p *Pages) strike(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	in := entered{Objective: r.PathValue("id"), Reason: f.Required("reason", situation.MaxNote)}
	cmd := situation.Strike{Key: f.Key(), Number: r.PathValue("number"), ObjectiveID: in.Objective, Reason: in.Reason, Version: int(f.Version())}
	if err = f.Err(); err == nil {
		err = p.svc.Strike(r.Context(), actor(r), cmd)
	}
	return p.answer(w, r, "situationweb.said_struck", in, err, f)
}

// whole reads a whole number as people write it, with commas between the digits.
func whole(f *web.Form, name string) int64 {
	text := strings.NewReplacer(",", "", "，", "", " ", "").Replace(f.Required(name, 20))
	if text == "" {
		return 0 // which was said already
	}
	n, err := strconv.ParseInt(width.Narrow.String(text), 10, 64)
	switch {
	case err != nil:
		f.Fail(name, "web.not_a_number")
	case n < 0 || n > situation.MaxValue:
		f.Fail(name, "web.out_of_range", "min", 0, "max", situation.MaxValue)
	}
	return n
}

// answer leads back to the board, or shows it with what was wrong.
func (p *Pages) answer(w http.ResponseWriter, r *http.Request, said string, in entered, err error, f *web.Form) error {
	switch {
	case err == nil:
		return p.web.SeeOther(w, r, "/orders/"+strings.ToUpper(r.PathValue("number"))+"/board", said)
	case web.IsInvalid(err):
		return p.show(w, r, http.StatusUnprocessableEntity, false, in, err, f)
	case errs.KindOf(err) == errs.Stale || errs.KindOf(err) == errs.Conflict:
		return p.show(w, r, http.StatusConflict, false, in, err, f)
	}
	return err
}
