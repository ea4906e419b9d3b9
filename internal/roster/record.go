package roster

import (
	"strings"
	"unicode/utf8"

	"bilin/internal/sheet"
)

// record is one row, read: what it says of a household, its units and their people.
type record struct {
	row     int
	village villageText
	units   [3]unitText // area, group, cell
	code    string      // of the cell
	people  [5]personText
	ref     string
	head    string
	phone   string
	address string
	size    int // -1 where the row doesn't say

	loose     bool   // it doesn't say which cell, and so must be known already
	home      *node  // its village; set by the plan
	cell      *node  // where it belongs; set by the plan, nil for a loose row
	key       string // folded address
	rosterKey string // identity
	at        int    // place among the file's rows
	raw       []string
}

type villageText struct{ code, town, name string }

type personText struct{ name, phone string }

// slots are the people of a row: their fields, and whose unit they serve.
var slots = [5]struct {
	field Field
	unit  int // index in record.units
	lead  bool
}{
	{AreaLead, 0, true}, {GroupLead, 1, true}, {Lead, 2, true},
	{AreaOfficial, 0, false}, {GroupOfficial, 1, false},
}

const (
	maxText = 200
	maxName = 40
)

// rowReader turns rows into records and says what is wrong with them.
//
// Neighbouring rows say much the same: village, units, leads. What a column
// said last is remembered, so that most cells are only compared.
type rowReader struct {
	h      *header
	row    sheet.Row
	issues []Issue
	texts  [fieldCount]memo[string]
	phones [fieldCount]memo[string]
	names  [fieldCount]memo[string]
	units  [3]memo[unitText]
}

// memo is what a column's last sound cell was read as.
type memo[T any] struct {
	raw  string
	read T
}

// read reads one row. Where it reports issues, the record is incomplete.
func (r *rowReader) read(row sheet.Row) (record, []Issue) {
	r.row, r.issues = row, r.issues[:0]
	r.checkCells()
	rec := record{row: row.Number, size: -1}
	rec.village = villageText{code: r.code(VillageCode, 12), town: r.text(Town, maxName), name: r.text(Village, maxName)}
	rec.code = r.code(CellCode, 18)
	for i, f := range unitFields {
		rec.units[i] = r.unit(f, i)
	}
	if rec.code == "" {
		rec.loose = r.requirePlace(rec)
	}
	for i, slot := range slots {
		rec.people[i] = personText{name: r.name(slot.field), phone: r.phone(slot.field + 1)}
		if rec.people[i].name == "" && rec.people[i].phone != "" {
			r.wrong(slot.field, "nameless_phone", "")
		}
	}
	rec.ref = r.text(Ref, maxName)
	if rec.head = r.name(Head); strings.Contains(rec.head, "*") {
		rec.head = "" // masked by an export
	}
	rec.phone = r.phone(Phone)
	rec.address = r.text(Address, maxText)
	if rec.address == "" && !r.reported(Address) {
		r.wrong(Address, "blank_address", "")
	}
	rec.size = r.size()
	return rec, r.issues
}

// requirePlace reports the parts of the place that a row leaves blank. Blank
// from some level down is good enough for a household that is known; the row
// is loose then.
func (r *rowReader) requirePlace(rec record) (loose bool) {
	if rec.village.code == "" && rec.village.name == "" && !r.reported(VillageCode) && !r.reported(Village) && !r.reported(CellCode) {
		r.wrong(firstOf(r.h, VillageCode, Village, CellCode), "blank_village", "")
	}
	blank := rec.blankUnits()
	if len(blank) > 0 && blank[0] == len(rec.units)-len(blank) {
		return true
	}
	for _, i := range blank {
		if f := unitFields[i]; !r.reported(f) {
			r.wrong(f, "blank_unit", "")
		}
	}
	return false
}

// unitFields are the columns of area, group and cell.
var unitFields = [3]Field{Area, Group, Cell}

// blankUnits lists which of area, group and cell the row leaves blank.
func (rec *record) blankUnits() []int {
	var blank []int
	for i, u := range rec.units {
		if u.key == "" && u.code == "" {
			blank = append(blank, i)
		}
	}
	return blank
}

// blankIssues are for a loose row whose household isn't known.
func (rec *record) blankIssues(h *header) []Issue {
	var issues []Issue
	for _, i := range rec.blankUnits() {
		issues = append(issues, h.issue(rec.row, firstOf(h, unitFields[i], CellCode), "blank_unit", ""))
	}
	return issues
}

func firstOf(h *header, fields ...Field) Field {
	for _, f := range fields {
		if h.has(f) {
			return f
		}
	}
	return fields[0]
}

// checkCells reports what is wrong with cells before their meaning is looked at.
func (r *rowReader) checkCells() {
	for i := len(r.h.titles); i < len(r.row.Cells); i++ {
		if !isBlank(r.row.Cells[i]) {
			r.issues = append(r.issues, Issue{
				Row: r.row.Number, Letter: letter(i), Value: shorten(r.row.Cells[i]), Code: "extra_cell",
			})
			break
		}
	}
	for _, i := range r.row.Formulas {
		if i < len(r.h.fields) && r.h.fields[i] >= 0 {
			r.wrong(r.h.fields[i], "formula", r.cell(r.h.fields[i]))
		}
	}
}

func isBlank(s string) bool { return strings.TrimFunc(s, isInvisible) == "" }

func (r *rowReader) cell(f Field) string {
	c := r.h.columns[f]
	if c < 0 || c >= len(r.row.Cells) {
		return ""
	}
	return r.row.Cells[c]
}

// text returns a cell's text, or "" with an issue where it can't be used.
func (r *rowReader) text(f Field, limit int) string {
	raw := r.cell(f)
	if raw == "" || r.reported(f) {
		return ""
	}
	if m := &r.texts[f]; m.raw == raw {
		return m.read
	}
	s := clean(raw)
	switch {
	case unreadable(raw):
		r.wrong(f, "unreadable", strings.ToValidUTF8(raw, "\uFFFD"))
	case isSheetError(s):
		r.wrong(f, "sheet_error", s)
	case lostDigits(s):
		r.wrong(f, "lost_digits", s)
	case len(s) > limit && utf8.RuneCountInString(s) > limit:
		r.wrong(f, "too_long", s, "limit", limit)
	default:
		r.texts[f] = memo[string]{raw, s}
		return s
	}
	return ""
}

// name returns a person's name.
func (r *rowReader) name(f Field) string {
	s := r.text(f, maxName)
	if m := &r.names[f]; m.raw != s {
		*m = memo[string]{s, foldName(s)}
	}
	return r.names[f].read
}

func (r *rowReader) code(f Field, digits int) string {
	s := r.text(f, maxName)
	if strings.Contains(s, " ") {
		s = strings.ReplaceAll(s, " ", "")
	}
	switch {
	case s == "":
		return ""
	case len(s) == digits && isNumber(s):
		return s
	case digits == 12 && len(s) == 9 && isNumber(s) && s[6:] != "000":
		r.wrong(f, "code_short", s, "digits", digits)
	default:
		r.wrong(f, "code", s, "digits", digits)
	}
	return ""
}

func (r *rowReader) unit(f Field, level int) unitText {
	s := r.text(f, maxName)
	if s == "" {
		return unitText{}
	}
	if m := &r.units[level]; m.raw == s {
		return m.read
	}
	u, ok := readUnit(s, level)
	if !ok {
		r.wrong(f, "unit", s)
		return unitText{}
	}
	r.units[level] = memo[unitText]{s, u}
	return u
}

func (r *rowReader) phone(f Field) string {
	s := r.text(f, maxName)
	if s == "" || s == "无" || s == "-" || s == "/" || s == maskedPhone {
		return ""
	}
	if m := &r.phones[f]; m.raw == s {
		return m.read
	}
	number, ok := foldPhone(s)
	if !ok {
		r.wrong(f, "phone", s)
		return ""
	}
	r.phones[f] = memo[string]{s, number}
	return number
}

func (r *rowReader) size() int {
	s := r.text(Size, maxName)
	if s == "" {
		return -1
	}
	n, ok := foldSize(s)
	if !ok {
		r.wrong(Size, "size", s, "most", maxSize)
		return -1
	}
	return n
}

func (r *rowReader) reported(f Field) bool {
	if len(r.issues) == 0 {
		return false
	}
	c := r.h.columns[f]
	for _, i := range r.issues {
		if c >= 0 && i.Letter == letter(c) {
			return true
		}
	}
	return false
}

func (r *rowReader) wrong(f Field, code, value string, args ...any) {
	r.issues = append(r.issues, r.h.issue(r.row.Number, f, code, value, args...))
}

// issue makes an Issue for a field of a row.
func (h *header) issue(row int, f Field, code, value string, args ...any) Issue {
	i := Issue{Row: row, Column: h.title(f), Code: code, Value: shorten(value), Args: args}
	if c := h.columns[f]; c >= 0 {
		i.Letter = letter(c)
	}
	return i
}

// shorten cuts a value for showing.
func shorten(s string) string {
	r := []rune(strings.ToValidUTF8(s, "\uFFFD"))
	if len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return string(r)
}
