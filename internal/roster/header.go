package roster

import (
	"slices"
	"strings"

	"bilin/internal/address"
	"bilin/internal/errs"
)

// header says which column of the file holds which field.
type header struct {
	row     int             // its row in the file
	titles  []string        // as the file has them
	fields  []Field         // by column; -1 where the column isn't known
	columns [fieldCount]int // by field; -1 where the file hasn't got it
}

func (h *header) has(f Field) bool { return h.columns[f] >= 0 }

// ignored returns the titles of columns that aren't read.
func (h *header) ignored() []string {
	var list []string
	for i, f := range h.fields {
		if f < 0 && strings.TrimSpace(h.titles[i]) != "" {
			list = append(list, strings.TrimSpace(h.titles[i]))
		}
	}
	return list
}

// title returns what the file calls a field, for messages.
func (h *header) title(f Field) string {
	if c := h.columns[f]; c >= 0 {
		return strings.TrimSpace(h.titles[c])
	}
	return ""
}

// A header row is recognised by this many known titles, so that a merged title
// above it isn't taken for one.
const enoughTitles = 3

// readHeader recognises the header in a row; nil if the row isn't one. before
// is the row above, for headers of two rows (邻长 above 姓名 and 电话).
func readHeader(before, cells []string, row int) *header {
	titles := combine(before, cells)
	h := &header{row: row, titles: titles, fields: make([]Field, len(titles))}
	known := 0
	for i, title := range titles {
		h.fields[i] = fieldOf(title)
		if h.fields[i] >= 0 {
			known++
		}
	}
	if known < enoughTitles {
		return nil
	}
	h.assignBarePhones()
	return h
}

// index fills columns and reports what is missing or there twice.
func (h *header) index() error {
	for f := range h.columns {
		h.columns[f] = -1
	}
	err := errs.E(errs.Invalid, "roster.header", "row", h.row)
	for i, f := range h.fields {
		switch {
		case f < 0:
		case h.columns[f] >= 0:
			first := h.columns[f]
			err.WithField(f.String(), "roster.header.ambiguous", "first", letter(first), "second", letter(i), "title", h.titles[i])
		default:
			h.columns[f] = i
		}
	}
	for _, f := range h.missing() {
		err.WithField(f.String(), "roster.header.missing."+f.String())
	}
	if len(err.Fields) > 0 {
		return err
	}
	return nil
}

// missing returns the columns without which a household can't be placed.
func (h *header) missing() []Field {
	var list []Field
	if !h.has(CellCode) {
		if !h.has(VillageCode) && !h.has(Village) {
			list = append(list, VillageCode)
		}
		for _, f := range []Field{Area, Group, Cell} {
			if !h.has(f) {
				list = append(list, f)
			}
		}
	}
	if !h.has(Address) {
		list = append(list, Address)
	}
	return list
}

// assignBarePhones gives a column called just 电话 to the person named in the
// column before it: 邻长, 电话, 户主, 电话 are two different telephones.
func (h *header) assignBarePhones() {
	for i := 1; i < len(h.fields); i++ {
		if h.fields[i] != Phone || !slices.Contains(phoneWords, plainTitle(h.titles[i])) {
			continue
		}
		if p := phoneFieldOf(h.fields[i-1]); p >= 0 && !slices.Contains(h.fields, p) {
			h.fields[i] = p
		}
	}
}

func phoneFieldOf(f Field) Field {
	switch f {
	case AreaLead, GroupLead, Lead, AreaOfficial, GroupOfficial:
		return f + 1
	}
	return -1
}

// combine joins a header of two rows: the upper title reaches right over the
// blank cells beside it, as merged cells do.
func combine(above, cells []string) []string {
	if !isSubHeader(cells) {
		return slices.Clone(cells)
	}
	titles := make([]string, max(len(above), len(cells)))
	upper := ""
	for i := range titles {
		own := ""
		if i < len(cells) {
			own = strings.TrimSpace(cells[i])
		}
		if i < len(above) && strings.TrimSpace(above[i]) != "" {
			upper = strings.TrimSpace(above[i])
		}
		switch {
		case own == "" || own == upper:
			titles[i] = upper
		case isSub(own):
			titles[i] = upper + own
		default:
			titles[i] = own
		}
	}
	return titles
}

func isSub(title string) bool {
	title = plainTitle(title)
	return slices.Contains(nameWords, title) || slices.Contains(phoneWords, title)
}

// isSubHeader reports whether a row can be the lower half of a header: it
// repeats words like 姓名 that say nothing without the row above.
func isSubHeader(cells []string) bool {
	subs := 0
	for _, c := range cells {
		if slices.Contains(nameWords, plainTitle(c)) {
			subs++
		}
	}
	return subs >= 2
}

// plainTitle folds a title and takes off what people decorate it with.
func plainTitle(title string) string {
	for _, pair := range []string{"（）", "()", "【】", "[]"} {
		r := []rune(pair)
		if i := strings.IndexRune(title, r[0]); i > 0 {
			if j := strings.IndexRune(title[i:], r[1]); j > 0 {
				title = title[:i] + title[i+j+len(string(r[1])):]
			}
		}
	}
	title = strings.ReplaceAll(address.Fold(title), "_", "")
	return strings.TrimSuffix(strings.TrimSuffix(title, "必填"), "选填")
}

// letter names a column as spreadsheets do: A, B, … AA.
func letter(column int) string {
	name := ""
	for column++; column > 0; column = (column - 1) / 26 {
		name = string(rune('A'+(column-1)%26)) + name
	}
	return name
}

// fieldOf returns the field a title means, or -1.
func fieldOf(title string) Field {
	plain := plainTitle(title)
	if plain == "" {
		return -1
	}
	if f, ok := synonym(plain); ok {
		return f
	}
	for _, word := range phoneWords {
		if role, ok := strings.CutSuffix(plain, word); ok {
			if f, ok := personOf(role); ok {
				return f
			}
		}
	}
	for _, word := range nameWords {
		if role, ok := strings.CutSuffix(plain, word); ok {
			if f, ok := synonym(role); ok && (phoneFieldOf(f) >= 0 || f == Head || f == Town || f == Village || f == Area || f == Group || f == Cell) {
				return f
			}
		}
	}
	return -1
}

// personOf returns the telephone's field for the title of a person.
func personOf(role string) (Field, bool) {
	role = strings.TrimSuffix(strings.TrimSuffix(role, "姓名"), "的")
	f, ok := synonym(role)
	switch {
	case !ok:
		return -1, false
	case f == Head:
		return Phone, true
	}
	p := phoneFieldOf(f)
	return p, p >= 0
}

func synonym(plain string) (Field, bool) {
	for f, words := range synonyms {
		if slices.Contains(words, plain) {
			return Field(f), true
		}
	}
	return -1, false
}
