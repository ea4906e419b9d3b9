package wish

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"bilin/internal/errs"
	"bilin/internal/plaintext"
	"bilin/internal/volunteer"
)

// Place is where somebody lives, as far as it is known: ids of units.
type Place struct{ Town, Village, Group, Cell string }

// Near is how near two homes are, by the smallest unit that both are in.
type Near int

// How near.
const (
	SameCell Near = iota
	SameGroup
	SameVillage
	SameTown
	TooFar
)

// Between is how near two places are.
func Between(a, b Place) Near {
	for n, ids := range [][2]string{{a.Cell, b.Cell}, {a.Group, b.Group}, {a.Village, b.Village}, {a.Town, b.Town}} {
		if ids[0] != "" && ids[0] == ids[1] {
			return Near(n)
		}
	}
	return TooFar
}

// covers reports whether somebody with that reach goes so far.
func (r Reach) covers(n Near) bool {
	i := slices.Index(Reaches(), r)
	return i >= 0 && int(n) <= i
}

// Day is a date with its day of the week.
type Day struct {
	Date    string // YYYY-MM-DD
	Weekday time.Weekday
}

// Want is a wish as the matching sees it: where, what and when, and nothing of the household.
type Want struct {
	Place
	Skill    volunteer.Skill
	Days     []Day // on which it suits, the first first
	From, To int
}

// Helper is an offer as the matching sees it.
type Helper struct {
	ID string
	Place
	Reach   Reach
	Skills  []volunteer.Skill
	Until   string
	Slots   []Slot
	Away    []Span
	AskedAt time.Time
}

// Span is from a day to a day, both counted.
type Span struct{ From, To string }

// Fitting is an offer that fits a wish.
type Fitting struct {
	Helper
	Near Near
	Day  string // the first day on which both have time
	Slot Slot
}

// minOverlap is the least time that both must have, in minutes.
const minOverlap = 30

// free returns the first slot of a day in which somebody has time.
func (h *Helper) free(d Day, from, to int) (Slot, bool) {
	if slices.ContainsFunc(h.Away, func(a Span) bool { return a.From <= d.Date && d.Date <= a.To }) {
		return Slot{}, false
	}
	for _, s := range h.Slots {
		on := s.Day == d.Date || s.Day == "" && s.Weekday == d.Weekday
		if on && d.Date <= h.Until && min(s.To, to)-max(s.From, from) >= minOverlap {
			return s, true
		}
	}
	return Slot{}, false
}

// Fit says whether an offer fits a wish: by place, skill and time, and nothing else.
func Fit(w Want, h Helper) (Fitting, bool) {
	near := Between(w.Place, h.Place)
	if !h.Reach.covers(near) || w.Skill != "" && !slices.Contains(h.Skills, w.Skill) {
		return Fitting{}, false
	}
	for _, d := range w.Days {
		if s, ok := h.free(d, w.From, w.To); ok {
			return Fitting{h, near, d.Date, s}, true
		}
	}
	return Fitting{}, false
}

// Match returns the offers that fit, the nearest first; among the equally near
// those who have been asked least recently, so that it isn't always the same.
func Match(w Want, all []Helper, most int) []Fitting {
	var out []Fitting
	for _, h := range all {
		if f, ok := Fit(w, h); ok {
			out = append(out, f)
		}
	}
	slices.SortFunc(out, func(a, b Fitting) int {
		return cmp.Or(cmp.Compare(a.Near, b.Near), a.AskedAt.Compare(b.AskedAt), cmp.Compare(a.ID, b.ID))
	})
	return out[:min(len(out), most)]
}

// ParseClock reads a time of day as "09:30" into the minute of the day.
func ParseClock(text string) (minute int, ok bool) {
	hour, rest, found := strings.Cut(text, ":")
	h, errH := strconv.Atoi(hour)
	m, errM := strconv.Atoi(rest)
	if !found || errH != nil || errM != nil || len(hour) > 2 || len(rest) != 2 || h < 0 || h > 23 || m < 0 || m > 59 || strings.ContainsAny(text, "+-") {
		return 0, false
	}
	return h*60 + m, true
}

// Clock writes what ParseClock reads.
func Clock(minute int) string {
	return time.Unix(int64(minute)*60, 0).UTC().Format("15:04")
}

// check refuses hours that nobody can keep.
func (s Slot) check(today string) error {
	switch {
	case s.Day == "" && (s.Weekday < time.Sunday || s.Weekday > time.Saturday):
		return errs.Refuse("weekday", "wish.no_day")
	case s.Day != "" && s.Day < today:
		return errs.Refuse("day", "wish.past")
	case s.From < 0 || s.To > 24*60 || s.To-s.From < minOverlap:
		return errs.Refuse("to", "wish.short", "min", minOverlap)
	}
	return nil
}

// telling are words that give away money, an account, or why somebody is helped.
var telling = []struct {
	code  string
	words []string
}{
	{"wish.money", []string{"块钱", "红包", "转账", "付款", "报酬", "酬谢", "借钱", "工资", "银行", "密码", "二维码", "微信", "支付宝", "wechat", "alipay", "money", "cash", "bank account", "password"}},
	{"wish.reason", []string{"独居", "空巢", "低保", "特困", "残疾", "重病", "癌", "透析", "氧", "留守", "孤儿", "失独", "瘫痪", "失能", "卧床", "贫困", "困难户", "孕", "精神", "患", "病", "disab", "cancer", "dialysis", "orphan", "illness"}},
}

// sum is an amount of money in figures.
var sum = regexp.MustCompile(`[0-9０-９一二三五十百千万]\s*(?:元(?:[^宵旦]|$)|块)`)

// line cleans a short text.
func line(field, text string, most int) (string, error) {
	text = plaintext.OneLine(text)
	if utf8.RuneCountInString(text) > most {
		return "", errs.Refuse(field, "wish.too_long", "max", most)
	}
	return text, nil
}

// words is line for a sentence about a household, and refuses what it may not tell.
func words(field, text string, most int) (string, error) {
	text, err := line(field, text, most)
	if err != nil {
		return "", err
	}
	low, digits := strings.ToLower(text), 0
	for _, c := range low {
		if unicode.IsDigit(c) {
			digits++
		}
	}
	switch {
	case digits >= 6:
		return "", errs.Refuse(field, "wish.number")
	case sum.MatchString(low):
		return "", errs.Refuse(field, "wish.money")
	}
	for _, t := range telling {
		if slices.ContainsFunc(t.words, func(w string) bool { return strings.Contains(low, w) }) {
			return "", errs.Refuse(field, t.code)
		}
	}
	return text, nil
}

// check cleans what is posted. today and the last day are of the city's calendar.
func (c Post) check(k Kind, today, last string) (Post, error) {
	var err error
	if c.Words, err = words("words", c.Words, MaxWords); err != nil {
		return c, err
	}
	if c.Part == "" {
		c.Part = AnyTime
	}
	switch {
	case k.Off || k.Code == "":
		return c, errs.Refuse("kind", "wish.no_kind")
	case !slices.Contains(Parts(), c.Part):
		return c, errs.Refuse("part", "wish.no_part")
	case c.Day != "" && c.Day < today:
		return c, errs.Refuse("day", "wish.past")
	case c.Day > last:
		return c, errs.Refuse("day", "wish.far", "days", TermDays)
	case k.Guardian && !c.Guardian:
		return c, errs.Refuse("guardian", "wish.guardian")
	}
	return c, nil
}

func (w *Wish) must(states ...State) error {
	if slices.Contains(states, w.State) {
		return nil
	}
	return errs.E(errs.Conflict, "wish.is_"+string(w.State))
}

// Ask asks one volunteer; the others wait meanwhile.
func (w *Wish) Ask(volunteerID string, now time.Time) error {
	if err := w.must(Open, Asked); err != nil {
		return err
	}
	w.State, w.AskedID, w.AskedUntil = Asked, volunteerID, now.Add(AskedFor)
	return nil
}

// Any lets any volunteer take it, whoever was asked.
func (w *Wish) Any() error {
	if err := w.must(Asked); err != nil {
		return err
	}
	w.reopen()
	return nil
}

// reopen forgets with whom it was.
func (w *Wish) reopen() {
	w.State, w.AskedID, w.AskedUntil, w.HelperID, w.TakenAt, w.DueOn, w.Meet = Open, "", time.Time{}, "", time.Time{}, "", Meet{}
	w.Welcome, w.ToldAt = false, time.Time{}
}

// MayTake reports whether a volunteer can take it.
func (w *Wish) MayTake(volunteerID string) bool {
	return w.State == Open || w.State == Asked && w.AskedID == volunteerID
}

// Take gives it to a volunteer, until the due day. Whoever was asked is welcome.
func (w *Wish) Take(volunteerID, due string, now time.Time) error {
	if !w.MayTake(volunteerID) {
		return errs.E(errs.Conflict, "wish.gone")
	}
	w.Welcome, w.ToldAt = w.State == Asked, time.Time{}
	w.State, w.HelperID, w.TakenAt, w.DueOn, w.AskedID, w.AskedUntil = Taken, volunteerID, now, due, "", time.Time{}
	return nil
}

// Decline says that the one who was asked can't.
func (w *Wish) Decline(volunteerID string) error {
	if w.State != Asked || w.AskedID != volunteerID {
		return errs.E(errs.Conflict, "wish.gone")
	}
	w.reopen()
	return nil
}

// GiveBack opens it again: by the volunteer, or for whoever they don't come to.
func (w *Wish) GiveBack() error {
	if err := w.must(Taken); err != nil {
		return err
	}
	w.reopen()
	return nil
}

// Say says when the volunteer comes; due is when it goes back otherwise.
func (w *Wish) Say(by Side, day string, at int, due string) error {
	if err := w.must(Taken); err != nil {
		return err
	}
	w.Meet = Meet{day, at, by, false}
	w.Welcome = w.Welcome || by == Home
	w.DueOn = max(w.DueOn, due)
	return nil
}

// Agree agrees to what the other side said.
func (w *Wish) Agree(by Side) error {
	if err := w.must(Taken); err != nil {
		return err
	}
	if w.Meet.Day == "" || w.Meet.By == by {
		return errs.E(errs.Conflict, "wish.no_time")
	}
	w.Meet.Agreed, w.Welcome = true, true
	return nil
}

// Finish says that it was fulfilled.
func (w *Wish) Finish(t Thanks, now time.Time) error {
	if err := w.must(Taken); err != nil {
		return err
	}
	if t != "" && !slices.Contains(Phrases(), t) {
		return errs.Refuse("thanks", "wish.no_phrase")
	}
	w.State, w.Thanks, w.EndedAt = Done, t, now
	return nil
}

// Withdraw takes it back.
func (w *Wish) Withdraw(now time.Time) error {
	if err := w.must(Open, Asked, Taken, Lapsed); err != nil {
		return err
	}
	w.reopen()
	w.State, w.EndedAt = Withdrawn, now
	return nil
}

// Again posts one anew that nobody took.
func (w *Wish) Again(until string, now time.Time) error {
	if err := w.must(Lapsed); err != nil {
		return err
	}
	w.reopen()
	w.Until, w.Day, w.PostedAt, w.EndedAt = until, "", now, time.Time{}
	return nil
}

// Pass moves it on when its time is over, and reports whether it moved.
func (w *Wish) Pass(today string, now time.Time) bool {
	switch {
	case (w.State == Open || w.State == Asked || w.State == Taken && w.DueOn < today) && w.Until < today:
		w.reopen()
		w.State, w.EndedAt = Lapsed, now
	case w.State == Asked && !now.Before(w.AskedUntil), w.State == Taken && w.DueOn < today:
		w.reopen()
	default:
		return false
	}
	return true
}

// check cleans a kind that the city writes.
func (k Kind) check() (Kind, error) {
	var err error
	if k.Name, err = line("name", k.Name, MaxName); err != nil {
		return k, err
	}
	if k.NameEN, err = line("name_en", k.NameEN, MaxNameEN); err != nil {
		return k, err
	}
	switch {
	case k.Name == "":
		return k, errs.Refuse("name", "wish.missing")
	case k.Skill != "" && !k.Skill.Valid():
		return k, errs.Refuse("skill", "volunteer.no_skill")
	}
	return k, nil
}
