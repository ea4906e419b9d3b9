package web

import (
	"bytes"
	"errors"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"bilin/internal/errs"
)

func formOf(t *testing.T, values url.Values) *Form {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	f, err := ParseForm(httptest.NewRecorder(), r)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFormReadsInputs(t *testing.T) {
	f := formOf(t, url.Values{
		"text": {"  巷口\t\u202e路灯 \x00 坏了 "}, "lines": {"一\r\n二\n"}, "n": {"１２"}, "day": {"2026年3月8日"},
		"yes": {"1"}, "kind": {"help"}, "ids": {"a", "b"}, "_key": {"k1"}, "_version": {"7"}, "_pick": {"unit"},
	})
	if got := f.Required("text", 20); got != "巷口 路灯 坏了" {
		t.Errorf("text %q", got)
	}
	if got := f.Lines("lines", 20); got != "一\n二" {
		t.Errorf("lines %q", got)
	}
	if got := f.Int("n", 1, 20); got != 12 {
		t.Errorf("full-width number read as %d", got)
	}
	if got := f.RequiredDate("day"); got != "2026-03-08" {
		t.Errorf("day %q", got)
	}
	if !f.Bool("yes") || f.Bool("no") {
		t.Error("tick boxes")
	}
	if f.Choice("kind", "help", "question") != "help" || len(f.List("ids")) != 2 {
		t.Error("choices")
	}
	if f.Key() != "k1" || f.Version() != 7 || !f.Picking("unit") {
		t.Error("hidden inputs")
	}
	if err := f.Err(); err != nil {
		t.Errorf("a good form is refused: %v", err)
	}
}

func TestFormCollectsWhatIsWrong(t *testing.T) {
	f := formOf(t, url.Values{"long": {strings.Repeat("字", 11)}, "n": {"x"}, "m": {"99"}, "day": {"2026-02-30"}, "kind": {"bribe"}})
	f.Required("missing", 5)
	f.Text("long", 10)
	f.Int("n", 0, 5)
	f.Int("m", 0, 5)
	f.Date("day")
	f.Choice("kind", "help")
	e := FormErrorsOf(f.Err())
	for name, code := range map[string]string{
		"missing": "web.required", "long": "web.too_long", "n": "web.not_a_number",
		"m": "web.out_of_range", "day": "web.not_a_date", "kind": "web.choose",
	} {
		if field := e.For(name); field == nil || field.Code != code {
			t.Errorf("%s: got %v, want %s", name, field, code)
		}
	}
	if !IsInvalid(f.Err()) || !e.Any() || e.For("fine") != nil {
		t.Error("the error is not a form error")
	}
	for _, field := range e.Fields {
		if _, ok := Messages[field.Code]; !ok {
			t.Errorf("no message for %s", field.Code)
		}
	}
}

func TestFormBodyIsBounded(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("text="+strings.Repeat("x", 5000)))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	r.Body = http.MaxBytesReader(w, r.Body, 1000)
	for range 2 { // also when somebody read it before and said nothing
		if _, err := ParseForm(w, r); errs.KindOf(err) != errs.TooLarge {
			t.Errorf("got %v, want too large", err)
		}
	}
}

func TestFormTakesFiles(t *testing.T) {
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	part, err := m.CreateFormFile("roster", "名册.csv")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write([]byte("a,b")); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(m.WriteField("text", "x"), m.Close()); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/", &body)
	r.Header.Set("Content-Type", m.FormDataContentType())
	f, err := ParseForm(httptest.NewRecorder(), r)
	if err != nil {
		t.Fatal(err)
	}
	header, file := f.File("roster")
	if file == nil || header.Filename != "名册.csv" || f.Text("text", 5) != "x" {
		t.Error("the file or the field beside it is lost")
	}
	if _, none := f.File("other"); none != nil || f.Err() != nil {
		t.Error("a file that wasn't sent is an error")
	}
}

func FuzzForm(f *testing.F) {
	f.Add("a=1&_version=x&day=2026-01-01")
	f.Add("%zz=%00&a=\xff")
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		form, err := ParseForm(httptest.NewRecorder(), r)
		if err != nil {
			return
		}
		text := form.Lines("a", 10) + form.Date("day") + form.Key()
		form.Version()
		form.Int("n", 0, 9)
		if strings.ContainsRune(text, 0) {
			t.Error("a NUL got through")
		}
	})
}
