package demandweb

import (
	"bytes"
	"encoding/base64"
	"errors"
	"html/template"
	"io"
	"net/http"
	"strconv"
	"strings"

	"bilin/internal/demand"
	"bilin/internal/errs"
	"bilin/internal/photo"
	"bilin/internal/web"
)

// maxUpload is the body of a form with as many photos as may be sent at once.
const maxUpload = demand.MaxPictures*photo.MaxBytes + (2 << 20)

// album is the photos that came with a form.
type album struct {
	photos []photo.Photo
	bad    []string // what is wrong with the others, in the reader's language
	n      int
}

// keptPhoto is a cleaned photo on a form that comes back, so that nobody has to
// choose it again.
type keptPhoto struct {
	Data  string       // of the whole photo, base64
	Thumb template.URL // of its small copy, data:
}

// parse reads a form with photos.
func (p *Pages) parse(w http.ResponseWriter, r *http.Request) (*web.Form, *album, error) {
	a := &album{}
	f, err := web.ParseUploads(w, r, func(input string, file io.Reader) error {
		if input != "photos" {
			return nil
		}
		return a.add(p.web.T(r), file)
	})
	if err != nil {
		return nil, nil, err
	}
	for _, data := range f.List("kept") {
		if err := a.add(p.web.T(r), base64.NewDecoder(base64.StdEncoding, strings.NewReader(data))); err != nil {
			return nil, nil, err
		}
	}
	if len(a.bad) > 0 {
		f.Fail("photos", "demand.page.photos_bad", "which", strings.Join(a.bad, " "))
	}
	return f, a, nil
}

// add cleans one photo. One that can't be used is noted and the others go on.
func (a *album) add(t func(string, ...any) string, file io.Reader) error {
	a.n++
	if a.n > demand.MaxPictures {
		if a.n == demand.MaxPictures+1 {
			a.bad = append(a.bad, t("demand.too_many_photos", "max", demand.MaxPictures))
		}
		return nil
	}
	clean, err := photo.Clean(file)
	if err == nil {
		a.photos = append(a.photos, clean)
		return nil
	}
	if _, cut := errors.AsType[*http.MaxBytesError](err); cut {
		return errs.Wrap(err, errs.TooLarge, "demand.page.photos_together")
	}
	why := errs.As(err)
	if why.Kind == errs.Internal {
		return err
	}
	a.bad = append(a.bad, t("demand.page.photo_bad", "n", a.n, "why", t(why.Code, why.Args...)))
	return nil
}

func (a *album) pictures() []demand.Picture {
	var list []demand.Picture
	for _, p := range a.photos {
		list = append(list, demand.Picture{Full: p.Full, Thumb: p.Thumb, Width: p.Width, Height: p.Height})
	}
	return list
}

func kept(pictures []demand.Picture) []keptPhoto {
	var list []keptPhoto
	for _, p := range pictures {
		list = append(list, keptPhoto{
			Data:  base64.StdEncoding.EncodeToString(p.Full),
			Thumb: template.URL("data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(p.Thumb)), // drawn by photo.Clean
		})
	}
	return list
}

// photo sends a picture to whoever holds the key. The key is in the address, so
// no cache keeps it.
func (p *Pages) photo(w http.ResponseWriter, r *http.Request) error {
	web.Quiet(w)
	q := r.URL.Query()
	image, err := p.svc.PhotoByTrack(r.Context(), r.PathValue("number"), q.Get("k"), r.PathValue("id"), q.Get("thumb") == "1")
	if err != nil {
		return p.miss(r, err)
	}
	h := w.Header()
	h.Set("Content-Type", "image/jpeg")
	h.Set("Content-Length", strconv.Itoa(len(image)))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Disposition", "inline; filename=photo.jpg")
	_, err = io.Copy(w, bytes.NewReader(image))
	return err
}

// miss counts a wrong number or key against the address it came from.
func (p *Pages) miss(r *http.Request, err error) error {
	if err != nil && errs.KindOf(err) == errs.NotFound {
		if limit := p.Misses.Allow(web.ClientIP(r)); limit != nil {
			return limit
		}
	}
	return err
}
