// Package copytext writes and reads rows in PostgreSQL's COPY text format: fields between tabs, \N for nothing, a line a row.
package copytext

import (
	"bytes"
	"encoding/hex"
	"errors"
	"iter"
)

// ErrMalformed: the line is not a row in this format.
var ErrMalformed = errors.New("malformed row")

// escapes by byte: 0 stands for itself.
var escapes = [256]byte{'\\': '\\', '\t': 't', '\n': 'n', '\r': 'r', '\b': 'b', '\f': 'f', '\v': 'v'}

var unescapes = [256]byte{'\\': '\\', 't': '\t', 'n': '\n', 'r': '\r', 'b': '\b', 'f': '\f', 'v': '\v'}

// AppendNull adds a field that has no value.
func AppendNull(line []byte) []byte { return append(line, '\\', 'N') }

// AppendText adds a text.
func AppendText(line []byte, text string) []byte {
	from := 0
	for i := range len(text) {
		c := text[i]
		if e := escapes[c]; e != 0 {
			line = append(append(line, text[from:i]...), '\\', e)
			from = i + 1
		}
	}
	return append(line, text[from:]...)
}

// AppendBytes adds bytes, in hexadecimal.
func AppendBytes(line, raw []byte) []byte {
	return hex.AppendEncode(append(line, '\\', '\\', 'x'), raw)
}

// Fields are the fields of a line, still escaped; a line without its end.
func Fields(line []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for {
			field, rest, more := bytes.Cut(line, []byte{'\t'})
			if !yield(field) || !more {
				return
			}
			line = rest
		}
	}
}

// IsNull reports whether a field has no value.
func IsNull(field []byte) bool { return len(field) == 2 && field[0] == '\\' && field[1] == 'N' }

// Text is what a field says.
func Text(field []byte) (string, error) {
	at := bytes.IndexByte(field, '\\')
	if at < 0 {
		return string(field), nil
	}
	out := make([]byte, 0, len(field))
	for at >= 0 {
		if at+1 >= len(field) || unescapes[field[at+1]] == 0 {
			return "", ErrMalformed
		}
		out = append(append(out, field[:at]...), unescapes[field[at+1]])
		field = field[at+2:]
		at = bytes.IndexByte(field, '\\')
	}
	return string(append(out, field...)), nil
}

// Bytes is what a field of bytes holds.
func Bytes(field []byte) ([]byte, error) {
	text, ok := bytes.CutPrefix(field, []byte(`\\x`))
	if !ok {
		return nil, ErrMalformed
	}
	raw := make([]byte, hex.DecodedLen(len(text)))
	if _, err := hex.Decode(raw, text); err != nil {
		return nil, errors.Join(ErrMalformed, err)
	}
	return raw, nil
}
