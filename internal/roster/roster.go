// Package roster brings the city's rosters in and out: spreadsheets with one household a row, and with it the unit, the leads and the officials it belongs to.
//
// An import reads its file twice. The first pass checks every row against the
// network and against the rows before it, and writes nothing. The second
// writes in chunks; each chunk is one transaction that also moves the
// checkpoint, so that a stopped or killed import is taken up where it was.
package roster

import (
	_ "embed"

	"bilin/internal/i18n"
)

//go:embed messages.json
var rawMessages []byte

// Messages are this package's words.
var Messages = i18n.MustParse(rawMessages)

// Field is a column of a roster.
type Field int

// The columns, in the order an export writes them.
const (
	VillageCode Field = iota
	Town
	Village
	Area
	Group
	Cell
	CellCode
	AreaLead
	AreaLeadPhone
	GroupLead
	GroupLeadPhone
	Lead
	LeadPhone
	AreaOfficial
	AreaOfficialPhone
	GroupOfficial
	GroupOfficialPhone
	Ref
	Head
	Phone
	Address
	Size
	fieldCount
)

var fieldNames = [fieldCount]string{
	"village_code", "town", "village", "area", "group", "cell", "cell_code",
	"area_lead", "area_lead_phone", "group_lead", "group_lead_phone", "lead", "lead_phone",
	"area_official", "area_official_phone", "group_official", "group_official_phone",
	"ref", "head", "phone", "address", "size",
}

// String returns the field's name in code and message keys.
func (f Field) String() string {
	if f < 0 || f >= fieldCount {
		return ""
	}
	return fieldNames[f]
}

// Key returns the message key of the column's title.
func (f Field) Key() string { return "roster.field." + f.String() }

// Fields lists the columns in the order an export writes them.
func Fields() []Field {
	list := make([]Field, fieldCount)
	for i := range list {
		list[i] = Field(i)
	}
	return list
}

// Issue is one thing wrong with one row: where, what stands there, what is
// wrong with it and what was expected.
type Issue struct {
	Row    int    `json:"row"`    // as the spreadsheet numbers it
	Column string `json:"column"` // the title as the file has it; "" where the row as a whole is meant
	Letter string `json:"letter"` // of the column, as the spreadsheet shows it
	Value  string `json:"value"`
	Code   string `json:"code"` // of "roster.wrong.…" and "roster.expected.…"
	Args   []any  `json:"args,omitempty"`
}

// Wrong returns the message key of what is wrong.
func (i Issue) Wrong() string { return "roster.wrong." + i.Code }

// Expected returns the message key of what was expected.
func (i Issue) Expected() string { return "roster.expected." + i.Code }

// Say returns what is wrong and what was expected, in the words of t.
func (i Issue) Say(t func(key string, args ...any) string) (wrong, expected string) {
	args := append([]any{"value", i.Value, "column", i.Column}, i.Args...)
	return t(i.Wrong(), args...), t(i.Expected(), args...)
}

// Phase is a stage of an import.
type Phase string

// The phases, in order.
const (
	Checking Phase = "checking"
	Writing  Phase = "writing"
)

// Progress says how far an import is.
type Progress struct {
	Phase Phase   `json:"phase"`
	Rows  int     `json:"rows"`  // handled in this phase
	Total int     `json:"total"` // rows of the file; 0 while that isn't known
	Share float64 `json:"share"` // of this phase, 0 to 1
}
