package feed

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"unicode/utf8"

	"bilin/internal/errs"
)

// MaxBody bounds what a program sends or is asked for, in bytes.
const MaxBody = 8 << 20

// wire is a row as programs write it. A village is its code or its name, which
// may have the town's in front.
type wire struct {
	Village     word `json:"village"`
	Town        word `json:"town"`
	Period      word `json:"period"`
	Numerator   word `json:"numerator"`
	Denominator word `json:"denominator"`
}

// word is a text or a number.
type word string

// UnmarshalJSON reads either.
func (w *word) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '"' {
		return json.Unmarshal(raw, (*string)(w))
	}
	var n json.Number
	if bytes.Equal(raw, []byte("null")) {
		return nil
	}
	err := json.Unmarshal(raw, &n)
	*w = word(n)
	return err
}

// ReadJSON reads an array of objects with village, period, numerator and
// denominator, and maybe the town; others of their fields are passed over.
func ReadJSON(body []byte) ([]Row, error) {
	if !utf8.Valid(body) {
		return nil, errs.E(errs.Invalid, "outcome.feed.not_json")
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	if token, err := dec.Token(); err != nil || token != json.Delim('[') {
		return nil, errs.Wrap(err, errs.Invalid, "outcome.feed.not_json")
	}
	var rows []Row
	for dec.More() {
		if len(rows) == MaxRows {
			return nil, errs.E(errs.TooLarge, "outcome.feed.many_rows", "max", MaxRows)
		}
		var w wire
		if err := dec.Decode(&w); err != nil {
			return nil, errs.Wrap(err, errs.Invalid, "outcome.feed.bad_json", "row", len(rows)+1)
		}
		rows = append(rows, Row{Number: len(rows) + 1, Village: string(w.Village), Town: string(w.Town), Period: string(w.Period), Num: string(w.Numerator), Den: string(w.Denominator)})
	}
	if _, err := dec.Token(); err != nil {
		return nil, errs.Wrap(err, errs.Invalid, "outcome.feed.bad_json", "row", len(rows)+1)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errs.Wrap(err, errs.Invalid, "outcome.feed.not_json")
	}
	if len(rows) == 0 {
		return nil, errs.E(errs.Invalid, "outcome.no_rows")
	}
	return rows, nil
}
