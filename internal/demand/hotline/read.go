package hotline

import (
	"strconv"
	"strings"
	"time"

	"bilin/internal/demand"
	"bilin/internal/demand/catalog"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/sheet"
	"bilin/internal/workday"
)

// Issue is what is wrong with one cell, or what is worth knowing of it.
type Issue struct {
	Row    int
	Letter string // of the column; "" if the file has none
	Column string // its title
	Value  string // "" is nothing
	Code   string // message key of what is wrong
	Args   []any
	field  field
	Note   bool // the row is taken all the same
}

// Say tells what is wrong and what was expected.
func (i Issue) Say(t func(key string, args ...any) string) (wrong, expected string) {
	return t(i.Code, i.Args...), t("hotline.expected." + i.field.String())
}

// reader makes orders of a file's rows.
type reader struct {
	h      *header
	places *places
	row    sheet.Row
	issues []Issue
}

// read reads one row. An issue that is no note means that the order is incomplete.
func (r *reader) read(row sheet.Row, now time.Time) (Order, []Issue) {
	r.row, r.issues = row, nil
	for _, column := range row.Formulas {
		for f, at := range r.h.columns {
			if at == column {
				r.wrong(field(f), "hotline.formula")
			}
		}
	}
	o := Order{No: r.cell(fieldNo), Title: r.cell(fieldTitle), Text: r.cell(fieldText), Category: r.cell(fieldCategory), Place: r.cell(fieldPlace)}
	o.Contact = strings.TrimSpace(r.cell(fieldName) + " " + r.cell(fieldPhone))
	o.Kind, o.Urgency, o.Private = r.kind(), r.urgency(), r.private()
	o.Received = r.received()
	o.Lon, o.Lat = r.degrees(fieldLon), r.degrees(fieldLat)
	if u := r.unit(); u != nil {
		o.UnitCode = u.Code
	}
	o, err := o.clean(now)
	if err != nil {
		for _, f := range errs.As(err).Fields {
			r.wrong(fieldNamed(f.Name), f.Code, f.Args...)
		}
	}
	return o, r.issues
}

func fieldNamed(name string) field {
	for f, n := range fieldNames {
		if n == name {
			return field(f)
		}
	}
	return fieldNo
}

// cell returns what a field's cell says, without the space around it.
func (r *reader) cell(f field) string {
	if c := r.h.columns[f]; c >= 0 && c < len(r.row.Cells) {
		return strings.TrimFunc(sheet.Unescape(r.row.Cells[c]), func(c rune) bool {
			return strings.ContainsRune(" \t\r\n　\u00a0\ufeff", c)
		})
	}
	return ""
}

func (r *reader) wrong(f field, code string, args ...any) { r.issue(f, false, code, args...) }

func (r *reader) issue(f field, note bool, code string, args ...any) {
	i := Issue{Row: r.row.Number, Value: shorten(r.cell(f)), Code: code, Args: args, field: f, Note: note}
	if r.h.has(f) {
		i.Letter, i.Column = letter(r.h.columns[f]), strings.TrimSpace(r.h.titles[r.h.columns[f]])
	}
	if f == fieldPhone || f == fieldName || f == fieldText {
		i.Value = "" // personal, or long
	}
	r.issues = append(r.issues, i)
}

// shorten keeps a message to a line.
func shorten(value string) string {
	if runes := []rune(value); len(runes) > 40 {
		return string(runes[:40]) + "…"
	}
	return value
}

var kindWords = map[string]demand.Kind{
	"": "", "咨询": demand.Question, "求助": demand.Help, "求决": demand.Help, "投诉": demand.Complaint, "举报": demand.Report,
	"反映": demand.Report, "投诉举报": demand.Complaint, "建议": demand.Suggestion, "意见建议": demand.Suggestion, "其他": demand.Report,
	"question": demand.Question, "help": demand.Help, "report": demand.Report, "complaint": demand.Complaint, "suggestion": demand.Suggestion,
}

func (r *reader) kind() demand.Kind {
	said := strings.TrimSuffix(strings.ToLower(r.cell(fieldKind)), "类")
	k, ok := kindWords[said]
	if !ok {
		r.wrong(fieldKind, "hotline.kind_unknown")
	}
	return k
}

var urgencyWords = map[string]catalog.Urgency{
	"": catalog.Normal, "一般": catalog.Normal, "普通": catalog.Normal, "正常": catalog.Normal, "不紧急": catalog.Normal, "否": catalog.Normal,
	"平急": catalog.Normal, "低": catalog.Normal, "中": catalog.Normal, "0": catalog.Normal, "normal": catalog.Normal,
	"紧急": catalog.Urgent, "加急": catalog.Urgent, "急": catalog.Urgent, "是": catalog.Urgent, "高": catalog.Urgent, "1": catalog.Urgent, "urgent": catalog.Urgent,
	"特急": catalog.Critical, "特别紧急": catalog.Critical, "非常紧急": catalog.Critical, "2": catalog.Critical, "critical": catalog.Critical,
}

func (r *reader) urgency() catalog.Urgency {
	u, ok := urgencyWords[strings.ToLower(r.cell(fieldUrgency))]
	if !ok {
		r.wrong(fieldUrgency, "hotline.urgency_unknown")
	}
	return u
}

func (r *reader) private() bool {
	switch strings.ToLower(r.cell(fieldPrivate)) {
	case "", "否", "不", "不保密", "公开", "实名", "0", "no", "false":
		return false
	}
	return true // what isn't clearly no is kept to whoever handles it
}

func (r *reader) degrees(f field) float64 {
	said := r.cell(f)
	if said == "" {
		return 0
	}
	v, err := strconv.ParseFloat(said, 64)
	if err != nil {
		r.wrong(f, "hotline.point_bad")
	}
	return v
}

// unit is where the order is; nil where the row doesn't say.
func (r *reader) unit() *network.Unit {
	town, said := r.cell(fieldTown), r.cell(fieldUnit)
	if town == "" && said == "" {
		return nil
	}
	u, n := r.places.find(town, said)
	at := fieldUnit
	if said == "" {
		at = fieldTown
	}
	switch {
	case u == nil && n > 1:
		r.wrong(at, "hotline.unit_several", "n", n)
	case u == nil:
		r.wrong(at, "hotline.unit_unread")
	}
	return u
}

// layouts are how hotlines write a time; without a zone it is the city's.
var layouts = []string{
	"2006-1-2 15:04:05", "2006-1-2 15:04", "2006-1-2", "2006/1/2 15:04:05", "2006/1/2 15:04", "2006/1/2",
	"2006年1月2日 15:04:05", "2006年1月2日 15:04", "2006年1月2日15时04分", "2006年1月2日", "20060102150405", "20060102", "2006.1.2 15:04", "2006.1.2",
}

// A spreadsheet's days count from the last of 1899; these are 2000 and 2100.
const firstSerial, lastSerial = 36526, 73050

// ParseTime reads a time as hotlines write it: RFC 3339, or one of the forms that
// people use, in the city's zone.
func ParseTime(said string) (at time.Time, ok bool) {
	if at, err := time.Parse(time.RFC3339, said); err == nil {
		return at, true
	}
	for _, layout := range layouts {
		if at, err := time.ParseInLocation(layout, said, workday.City); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

func (r *reader) received() time.Time {
	said := r.cell(fieldReceived)
	if said == "" {
		return time.Time{}
	}
	if at, ok := ParseTime(said); ok {
		return at
	}
	if days, err := strconv.ParseFloat(said, 64); err == nil && days >= firstSerial && days < lastSerial {
		return time.Date(1899, 12, 30, 0, 0, 0, 0, workday.City).Add(time.Duration(days * float64(24*time.Hour))).Round(time.Second)
	}
	r.wrong(fieldReceived, "hotline.received_unread")
	return time.Time{}
}
