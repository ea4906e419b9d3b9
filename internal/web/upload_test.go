package web

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/http/httptest"
	"strings"
	"testing"

	"bilin/internal/errs"
)

func multipartOf(t *testing.T, write func(*multipart.Writer) error) (*bytes.Buffer, string) {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	if err := errors.Join(write(w), w.Close()); err != nil {
		t.Fatal(err)
	}
	return &body, w.FormDataContentType()
}

func TestParseUploadsHandsOutFilesOneByOne(t *testing.T) {
	body, kind := multipartOf(t, func(w *multipart.Writer) error {
		for _, text := range []string{"first", "second"} {
			file, err := w.CreateFormFile("photos", "a.jpg")
			if err != nil {
				return err
			}
			if _, err := io.WriteString(file, text); err != nil {
				return err
			}
		}
		return errors.Join(w.WriteField("text", "路灯坏了"), w.WriteField("text", "again"))
	})
	r := httptest.NewRequest("POST", "/", body)
	r.Header.Set("Content-Type", kind)
	var got []string
	f, err := ParseUploads(nil, r, func(input string, file io.Reader) error {
		text, err := io.ReadAll(io.LimitReader(file, 3)) // the rest is skipped
		got = append(got, input+"="+string(text))
		return err
	})
	if err != nil || strings.Join(got, " ") != "photos=fir photos=sec" || f.Text("text", 20) != "路灯坏了" || len(f.List("text")) != 2 {
		t.Fatalf("%v %q %v", got, f.List("text"), err)
	}
}

func TestParseUploadsBoundsWhatIsNoFile(t *testing.T) {
	body, kind := multipartOf(t, func(w *multipart.Writer) error {
		return errors.Join(w.WriteField("a", strings.Repeat("x", maxFieldBytes)), w.WriteField("b", "y"))
	})
	r := httptest.NewRequest("POST", "/", body)
	r.Header.Set("Content-Type", kind)
	if _, err := ParseUploads(nil, r, nil); errs.KindOf(err) != errs.TooLarge {
		t.Fatal(err)
	}
	plain := httptest.NewRequest("POST", "/", strings.NewReader("text=hello"))
	plain.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if f, err := ParseUploads(nil, plain, nil); err != nil || f.Text("text", 9) != "hello" {
		t.Fatal(err)
	}
}
