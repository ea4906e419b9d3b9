package web

import (
	"errors"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"bilin/internal/errs"
	"bilin/internal/plaintext"
)

// formMemory is more than any route's MaxBody, so that an upload, which may be a
// roster with names and numbers, never lies in a temporary file.
const formMemory = 32 << 20

// Form reads what was sent and collects what is wrong with it, so that all of
// it can be shown at once.
type Form struct {
	r      *http.Request
	values url.Values
	err    *errs.Error
}

// ParseForm reads a sent form, with files where it has any. The body is
// bounded by the route's MaxBody.
func ParseForm(_ http.ResponseWriter, r *http.Request) (*Form, error) {
	// ParseMultipartForm hides the errors of bodies that aren't multipart, so
	// ParseForm goes first.
	if err := r.ParseForm(); err != nil {
		return nil, bodyError(err)
	}
	err := r.ParseMultipartForm(formMemory)
	if err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return nil, bodyError(err)
	}
	// Whoever read the form before, to see a proof in it, may have passed over
	// that it was too large; the body says it again.
	if _, err := r.Body.Read(make([]byte, 1)); tooLarge(err) {
		return nil, bodyError(err)
	}
	return &Form{r: r, values: r.PostForm}, nil
}

func tooLarge(err error) bool {
	_, ok := errors.AsType[*http.MaxBytesError](err)
	return ok
}

func bodyError(err error) error {
	if tooLarge(err) {
		return errs.Wrap(err, errs.TooLarge, "web.too_large")
	}
	return errs.Wrap(err, errs.Invalid, "web.bad_form")
}

// Fail notes that an input is not accepted; code is a message key.
func (f *Form) Fail(name, code string, kv ...any) {
	if f.err == nil {
		f.err = errs.E(errs.Invalid, "web.form_invalid")
	}
	f.err.WithField(name, code, kv...)
}

// Err returns what is wrong with the form as one error, or nil.
func (f *Form) Err() error {
	if f.err == nil {
		return nil
	}
	return f.err
}

// Text returns a one-line text, trimmed, of at most limit characters.
func (f *Form) Text(name string, limit int) string {
	return f.limited(name, strings.Join(strings.Fields(f.clean(name)), " "), limit)
}

// Required is Text that may not be empty.
func (f *Form) Required(name string, limit int) string {
	return f.present(name, f.Text(name, limit))
}

// Lines returns a text of several lines, of at most limit characters.
func (f *Form) Lines(name string, limit int) string {
	return f.limited(name, strings.TrimSpace(f.clean(name)), limit)
}

// RequiredLines is Lines that may not be empty.
func (f *Form) RequiredLines(name string, limit int) string {
	return f.present(name, f.Lines(name, limit))
}

// clean drops what is no text.
func (f *Form) clean(name string) string { return plaintext.Lines(f.values.Get(name)) }

func (f *Form) limited(name, text string, limit int) string {
	if n := utf8.RuneCountInString(text); n > limit {
		f.Fail(name, "web.too_long", "max", limit, "n", n, "over", n-limit)
	}
	return text
}

func (f *Form) present(name, text string) string {
	if text == "" {
		f.Fail(name, "web.required")
	}
	return text
}

// Int returns a whole number from low to high; an empty input is low-checked as 0.
func (f *Form) Int(name string, low, high int) int {
	text := toHalfWidth(f.Text(name, 20))
	if text == "" {
		if low > 0 {
			f.Fail(name, "web.required")
		}
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		f.Fail(name, "web.not_a_number")
		return 0
	}
	if n < low || n > high {
		f.Fail(name, "web.out_of_range", "min", low, "max", high)
	}
	return n
}

// Date returns a day as "2006-01-02", or "".
func (f *Form) Date(name string) string {
	text := toHalfWidth(f.Text(name, 20))
	if text == "" {
		return ""
	}
	for _, layout := range []string{"2006-01-02", "2006-1-2", "2006/1/2", "2006.1.2", "2006年1月2日", "20060102"} {
		if d, err := time.Parse(layout, text); err == nil {
			return d.Format("2006-01-02")
		}
	}
	f.Fail(name, "web.not_a_date")
	return text
}

// RequiredDate is Date that may not be empty.
func (f *Form) RequiredDate(name string) string { return f.present(name, f.Date(name)) }

// Bool reports whether a box is ticked.
func (f *Form) Bool(name string) bool {
	return slices.Contains([]string{"1", "on", "true"}, f.values.Get(name))
}

// Choice returns one of the allowed values.
func (f *Form) Choice(name string, allowed ...string) string {
	value := f.values.Get(name)
	if !slices.Contains(allowed, value) {
		f.Fail(name, "web.choose")
	}
	return value
}

// List returns all values sent under a name, at most 1,000.
func (f *Form) List(name string) []string {
	all := f.values[name]
	if len(all) > 1000 {
		f.Fail(name, "web.too_many_values", "max", 1000)
		all = all[:1000]
	}
	return all
}

// File returns an uploaded file, or nil. It is removed when the request ends.
func (f *Form) File(name string) (*multipart.FileHeader, multipart.File) {
	file, header, err := f.r.FormFile(name)
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return nil, nil
	}
	if err != nil {
		f.Fail(name, "web.bad_file")
		return nil, nil
	}
	return header, file
}

// Key returns the idempotency key of the form: the hidden input's, or the header's.
func (f *Form) Key() string {
	key := f.values.Get("_key")
	if key == "" {
		key = f.r.Header.Get("Idempotency-Key")
	}
	if len(key) > 100 {
		return key[:100]
	}
	return key
}

// Version returns the version at which the thing was shown, or 0.
func (f *Form) Version() int64 {
	n, err := strconv.ParseInt(f.values.Get("_version"), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// Picking reports whether the "find" button of a unit picker was pressed,
// which asks for options rather than for the deed.
func (f *Form) Picking(name string) bool { return f.values.Get("_pick") == name }

// toHalfWidth turns the full-width digits and signs of Chinese keyboards into ASCII.
func toHalfWidth(s string) string {
	return strings.Map(func(c rune) rune {
		if c >= '！' && c <= '～' {
			return c - '！' + '!'
		}
		return c
	}, s)
}
