package deskweb

import (
	"cmp"
	"encoding/base64"
	"errors"
	"html/template"
	"io"
	"net/http"
	"strings"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/errs"
	"bilin/internal/photo"
	"bilin/internal/web"
)

// photo shows a picture of a demand to whoever may read the demand.
func (p *Pages) photo(w http.ResponseWriter, r *http.Request) error {
	image, err := p.svc.PhotoFor(r.Context(), auth.From(r.Context()), r.PathValue("number"), r.PathValue("id"), r.URL.Query().Get("size") == "small")
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "private, no-store")
	return p.web.Send(w, r, http.StatusOK, "image/jpeg", image)
}

// keptPhoto is a cleaned photo on a form that comes back, so that nobody has to
// choose it again.
type keptPhoto struct {
	Data  string       // of the whole photo, base64
	Thumb template.URL // of its small copy, data:
}

func keptPhotos(pictures []demand.Picture) []keptPhoto {
	var list []keptPhoto
	for _, p := range pictures {
		thumb := "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(p.Thumb) // drawn by photo.Clean
		list = append(list, keptPhoto{base64.StdEncoding.EncodeToString(p.Full), template.URL(thumb)})
	}
	return list
}

// parse reads a form and cleans the pictures in it, one at a time. A picture
// that can't be taken is a fault of the form, so that the words come back, and
// the pictures that can.
func parse(w http.ResponseWriter, r *http.Request) (*web.Form, []demand.Picture, error) {
	var pictures []demand.Picture
	var bad error
	take := func(file io.Reader) error {
		if len(pictures) > demand.MaxPictures {
			return nil
		}
		clean, err := photo.Clean(file)
		if err == nil {
			pictures = append(pictures, demand.Picture{Full: clean.Full, Thumb: clean.Thumb, Width: clean.Width, Height: clean.Height})
			return nil
		}
		if _, cut := errors.AsType[*http.MaxBytesError](err); cut || errs.KindOf(err) == errs.Internal {
			return err
		}
		bad = cmp.Or(bad, err)
		return nil
	}
	f, err := web.ParseUploads(w, r, func(_ string, file io.Reader) error { return take(file) })
	if err != nil {
		return nil, nil, err
	}
	for _, data := range f.List("kept") {
		if err := take(base64.NewDecoder(base64.StdEncoding, strings.NewReader(data))); err != nil {
			return nil, nil, err
		}
	}
	if bad != nil {
		e := errs.As(bad)
		f.Fail("photos", e.Code, e.Args...)
	}
	return f, pictures, nil
}
