package programme

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"bilin/internal/errs"
	"bilin/internal/plaintext"
)

// entitled are words of what people are entitled to, or of how they are judged:
// no programme gives or weighs these.
var entitled = []string{"低保", "特困", "救助", "养老金", "养老保险", "医保", "社保", "残补", "抚恤", "入学", "学位", "入伍", "征兵", "户口", "公租房", "廉租",
	"宅基地", "证明", "审批", "补贴资格", "入党", "评优", "评先", "考核", "排名", "信用分", "征信", "黑名单", "免罚"}

// rewards reports the first word of an entitlement in a text.
func entitlement(text string) (string, bool) {
	text = strings.ReplaceAll(text, " ", "")
	for _, word := range entitled {
		if strings.Contains(text, word) {
			return word, true
		}
	}
	return "", false
}

func text(field, s string, max int, required bool) (string, error) {
	s = plaintext.OneLine(s)
	switch n := utf8.RuneCountInString(s); {
	case n == 0 && required:
		return s, errs.Refuse(field, "programme.missing")
	case n > max:
		return s, errs.Refuse(field, "programme.too_long", "max", max)
	}
	if word, is := entitlement(s); is {
		return s, errs.Refuse(field, "programme.entitlement", "word", word)
	}
	return s, nil
}

// check cleans what defines a programme.
func (c Define) check() (Define, error) {
	var errName, errText error
	c.Name, errName = text("name", c.Name, MaxName, true)
	c.Text, errText = text("text", c.Text, MaxText, true)
	bad := errs.E(errs.Invalid, "programme.check")
	for _, err := range []error{errName, errText} {
		if err != nil {
			bad.Fields = append(bad.Fields, errs.As(err).Fields...)
		}
	}
	if c.Budget < 1 || c.Budget > MaxBudget {
		bad = bad.WithField("budget", "programme.bad_number", "min", 1, "max", MaxBudget)
	}
	clean := Formulas{}
	for kind, formula := range c.Formulas {
		if formula = strings.TrimSpace(formula); formula != "" {
			clean[kind] = formula
		}
	}
	c.Formulas = clean
	if len(clean) == 0 {
		bad = bad.WithField("formula-"+string(HelpOut), "programme.no_formula")
	}
	if _, err := tried(clean); err != nil {
		bad.Fields = append(bad.Fields, errs.As(err).Fields...)
	}
	if len(bad.Fields) > 0 {
		return c, bad
	}
	return c, nil
}

// Change takes new words, budget and formulas. The budget can't fall below what was given.
func (p *Programme) Change(c Define) error {
	switch {
	case p.State == Ended:
		return errs.E(errs.Conflict, "programme.over")
	case c.Budget < p.Given:
		return errs.Refuse("budget", "programme.budget_given", "given", p.Given)
	}
	if !sameFormulas(p.Formulas, c.Formulas) {
		p.Edition++
	}
	p.Name, p.Text, p.Budget, p.Formulas = c.Name, c.Text, c.Budget, c.Formulas
	return nil
}

func sameFormulas(a, b Formulas) bool {
	return !slices.ContainsFunc(Kinds(), func(k Kind) bool { return a[k] != b[k] })
}

// Start opens a programme to members.
func (p *Programme) Start() error {
	if p.State != Draft {
		return errs.E(errs.Conflict, "programme.started")
	}
	p.State = Running
	return nil
}

// End closes it to new members and acts; what was earned can still be spent.
func (p *Programme) End() error {
	if p.State != Running {
		return errs.E(errs.Conflict, "programme.not_running")
	}
	p.State = Ended
	return nil
}

// grants is what the budget allows of what an act earned.
func (p *Programme) grants(earned int64) (points int64, short bool) {
	return min(earned, p.Left()), earned > p.Left()
}

// check cleans a reward.
func (c Offer) check() (Offer, error) {
	name, err := text("name", c.Name, MaxName, true)
	c.Name = name
	switch {
	case err != nil:
		return c, err
	case c.Price < 1 || c.Price > MaxPrice:
		return c, errs.Refuse("price", "programme.bad_number", "min", 1, "max", MaxPrice)
	case c.Stock < 0 || c.Stock > MaxStock:
		return c, errs.Refuse("stock", "programme.bad_number", "min", 0, "max", MaxStock)
	}
	return c, nil
}

// check cleans an act. today is the city's day.
func (c Record) check(today string) (Record, error) {
	day, err := time.Parse(time.DateOnly, c.Day)
	switch {
	case !c.Kind.Valid():
		return c, errs.Refuse("kind", "programme.no_kind")
	case c.Hours < 0.25 || c.Hours > MaxHours || c.Hours*4 != float64(int(c.Hours*4)):
		return c, errs.Refuse("hours", "programme.bad_hours", "max", MaxHours)
	case c.People < 1 || c.People > MaxPeople:
		return c, errs.Refuse("people", "programme.bad_number", "min", 1, "max", MaxPeople)
	case err != nil:
		return c, errs.Refuse("day", "programme.bad_day")
	case c.Day > today || c.Day < addDays(today, -pastDays):
		return c, errs.Refuse("day", "programme.day_range", "days", pastDays)
	}
	c.Day = day.Format(time.DateOnly)
	return c, nil
}

func addDays(day string, n int) string {
	d, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return d.AddDate(0, 0, n).Format(time.DateOnly)
}

// weekend reports whether a day is a Saturday or Sunday.
func weekend(day string) bool {
	d, err := time.Parse(time.DateOnly, day)
	return err == nil && (d.Weekday() == time.Saturday || d.Weekday() == time.Sunday)
}

// fetch hands a chosen reward out.
func (f *Fetch) fetch(now time.Time) error {
	switch f.State {
	case Fetched:
		return errs.E(errs.Conflict, "programme.fetched_already")
	case Returned:
		return errs.E(errs.Conflict, "programme.returned_already")
	}
	f.State, f.DoneAt = Fetched, now
	return nil
}

// giveBack ends a choice that wasn't fetched.
func (f *Fetch) giveBack(now time.Time) error {
	if f.State != Waiting {
		return errs.E(errs.Conflict, "programme.not_waiting")
	}
	f.State, f.DoneAt = Returned, now
	return nil
}

// shown refuses a change of what isn't any more as it was shown.
func shown(is, version int) error {
	if is != version {
		return errs.E(errs.Stale, "programme.changed_since")
	}
	return nil
}
