package team

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/plaintext"
)

// line brings a text onto one line and refuses an empty or overlong one.
func line(field, text string, most int) (string, error) {
	text = plaintext.OneLine(text)
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		return "", errs.Refuse(field, "team.missing")
	case n > most:
		return "", errs.Refuse(field, "team.too_long", "max", most)
	}
	return text, nil
}

func (c Put) check() (Put, error) {
	var err error
	if c.Name, err = line("name", c.Name, MaxName); err != nil {
		return c, err
	}
	if !slices.Contains(Kinds(), c.Kind) {
		return c, errs.Refuse("kind", "team.no_kind")
	}
	return c, nil
}

// home refuses a unit that can't have a team.
func home(u *network.Unit) error {
	if u == nil || !u.Active() || u.Level > network.Village {
		return errs.Refuse("unit", "team.no_unit")
	}
	return nil
}

func (c PutEquipment) check() (PutEquipment, error) {
	var err error
	if c.Name, err = line("name", c.Name, MaxName); err != nil {
		return c, err
	}
	if c.Place, err = line("place", c.Place, MaxPlace); err != nil {
		return c, err
	}
	if c.Quantity < 1 || c.Quantity > MaxQuantity {
		return c, errs.Refuse("quantity", "team.bad_quantity", "max", MaxQuantity)
	}
	return c, nil
}

// check refuses days that are none, lie behind or run backwards. today is the
// city's day.
func (c SayAway) check(today string) error {
	first, err := time.Parse(time.DateOnly, c.From)
	if err != nil {
		return errs.Refuse("from", "team.no_day")
	}
	last, err := time.Parse(time.DateOnly, c.To)
	switch {
	case err != nil:
		return errs.Refuse("to", "team.no_day")
	case c.To < c.From:
		return errs.Refuse("to", "team.days_backwards")
	case c.To < today:
		return errs.Refuse("to", "team.days_over")
	case last.Sub(first) >= MaxAwayDays*24*time.Hour:
		return errs.Refuse("to", "team.days_many", "max", MaxAwayDays)
	}
	return nil
}

// channel tidies the address of a group and refuses what can't be one;
// whether it can be spoken to, package gateway says.
func channel(text string) (string, error) {
	text = strings.TrimSpace(text)
	if len(text) > MaxChannel || strings.ContainsFunc(text, unicode.IsControl) {
		return "", errs.Refuse("channel", "gateway.bad_group")
	}
	return text, nil
}

// fold is a text in the form in which it is searched: letters and digits alone,
// so that nothing in it means more to LIKE than itself.
func fold(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFKC.String(strings.ToValidUTF8(text, "")))
}

// cursorOf says where in a team's list somebody stands.
func cursorOf(g Grade, joined time.Time, personID string) []string {
	return []string{strconv.Itoa(int(g)), strconv.FormatInt(joined.UnixMilli(), 10), personID}
}

// place is where in a list of members a page begins.
type place struct {
	grade    int
	joined   int64
	personID string
}

// readCursor reads what cursorOf wrote; a beginning for none.
func readCursor(parts []string) (place, error) {
	if len(parts) == 0 {
		return place{grade: -1}, nil
	}
	bad := errs.E(errs.NotFound, "team.none")
	if len(parts) != 3 {
		return place{}, bad
	}
	grade, err := strconv.Atoi(parts[0])
	if err != nil {
		return place{}, bad
	}
	joined, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return place{}, bad
	}
	return place{grade, joined, parts[2]}, nil
}
