package deskweb

import (
	"io"
	"net/http"

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
	w.Header().Set("Cache-Control", "private, max-age=3600")
	return p.web.Send(w, r, http.StatusOK, "image/jpeg", image)
}

// parse reads a form and cleans the pictures in it, one at a time. A picture
// that can't be taken is a fault of the form, so that the words come back.
func parse(w http.ResponseWriter, r *http.Request) (*web.Form, []demand.Picture, error) {
	var pictures []demand.Picture
	var bad error
	f, err := web.ParseUploads(w, r, func(_ string, file io.Reader) error {
		if bad != nil || len(pictures) > demand.MaxPictures {
			return nil
		}
		clean, err := photo.Clean(file)
		if err != nil {
			if errs.KindOf(err) == errs.Internal {
				return err
			}
			bad = err
			return nil
		}
		pictures = append(pictures, demand.Picture{Full: clean.Full, Thumb: clean.Thumb, Width: clean.Width, Height: clean.Height})
		return nil
	})
	if err == nil && bad != nil {
		e := errs.As(bad)
		f.Fail("photos", e.Code, e.Args...)
	}
	return f, pictures, err
}
