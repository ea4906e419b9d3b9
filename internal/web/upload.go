package web

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"

	"bilin/internal/errs"
)

// maxFieldBytes bounds all the inputs of a form that are no files.
const maxFieldBytes = 16 << 20

// ParseUploads is ParseForm for forms with several large files: take gets each
// file as it arrives, so that a request holds one at a time, and none lies on
// the disk. An error of take ends the reading. What take leaves unread is skipped.
func ParseUploads(w http.ResponseWriter, r *http.Request, take func(input string, file io.Reader) error) (*Form, error) {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "multipart/form-data" { // an unreadable one is none
		return ParseForm(w, r)
	}
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, bodyError(err)
	}
	values, left := url.Values{}, int64(maxFieldBytes)
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			r.PostForm = values // read once; whoever asks again gets the same
			return &Form{r: r, values: values}, nil
		}
		if err != nil {
			return nil, bodyError(err)
		}
		if part.FileName() != "" {
			if err := take(part.FormName(), part); err != nil {
				return nil, err
			}
			continue
		}
		if left, err = readField(values, part, left); err != nil {
			return nil, err
		}
	}
}

// readField adds an input to values and returns how many bytes of others may follow.
func readField(values url.Values, part *multipart.Part, left int64) (int64, error) {
	text, err := io.ReadAll(io.LimitReader(part, left+1))
	switch {
	case err != nil:
		return 0, bodyError(err)
	case int64(len(text)) > left:
		return 0, errs.E(errs.TooLarge, "web.too_large")
	}
	values.Add(part.FormName(), string(text))
	return left - int64(len(text)), nil
}
