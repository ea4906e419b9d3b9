package api

import (
	"cmp"
	"encoding/xml"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/errs"
	"bilin/internal/network"
)

// created311 is the answer to a matter that was taken.
type created311 struct {
	XMLName  xml.Name   `xml:"service_requests"`
	Requests []taken311 `xml:"request"`
}

type taken311 struct {
	ID      string  `xml:"service_request_id" json:"service_request_id"`
	Notice  string  `xml:"service_notice" json:"service_notice"`
	Account *string `xml:"account_id" json:"account_id"`
}

// post takes a matter. Its author's key is in the notice: only with it can they
// say that it is solved.
func (s *service) post(r *http.Request) (*document311, error) {
	if resource(r, "resource") != "requests" {
		return nothingHere(r)
	}
	raise, err := s.raise311(r)
	if err != nil {
		return nil, err
	}
	receipt, err := s.demand.Raise(r.Context(), auth.From(r.Context()), raise)
	if err != nil {
		return nil, err
	}
	t := s.words(r.Header.Get("Accept-Language"))
	track := s.publicURL + "/t/" + receipt.Number + "?k=" + url.QueryEscape(receipt.Track)
	list := []taken311{{ID: receipt.Number, Notice: t("open311.notice", "url", track)}}
	return &document311{http.StatusCreated, created311{Requests: list}, list}, nil
}

// raise311 reads the form.
func (s *service) raise311(r *http.Request) (demand.Raise, error) {
	get := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	raise := demand.Raise{Kind: demand.Report, Text: get("description"), Source: demand.FromOpen311, Key: r.Header.Get("Idempotency-Key")}
	if get("service_code") == "" {
		return raise, errs.E(errs.Invalid, "api.invalid").WithField("service_code", "open311.missing")
	}
	c, err := s.service311(get("service_code"))
	if err != nil {
		return raise, err
	}
	raise.Category = c.ID
	if media := get("media_url"); strings.HasPrefix(media, "http://") || strings.HasPrefix(media, "https://") {
		raise.Text = strings.TrimSpace(raise.Text + "\n" + media) // the handler opens it; we fetch nothing from strangers
	}
	name := strings.TrimSpace(get("last_name") + " " + get("first_name"))
	raise.Contact = strings.TrimSpace(name + " " + cmp.Or(get("phone"), get("email")))
	return raise, s.place311(r, &raise)
}

// place311 finds the unit that a place lies in: by its code, by the address, or
// by the point.
func (s *service) place311(r *http.Request, raise *demand.Raise) error {
	lat, long := strings.TrimSpace(r.PostForm.Get("lat")), strings.TrimSpace(r.PostForm.Get("long"))
	id, address := strings.TrimSpace(r.PostForm.Get("address_id")), demand.Clean(r.PostForm.Get("address_string"))
	raise.Place = address
	if lat != "" || long != "" {
		var err error
		if raise.Lat, raise.Lon, err = point311(lat, long); err != nil {
			return err
		}
	}
	pointed := raise.Lat != 0 || raise.Lon != 0
	if id != "" {
		raise.UnitCode = id
		return nil
	}
	if address != "" {
		unit, err := s.addressed(r, address)
		if err != nil {
			return err
		}
		if unit != nil {
			raise.UnitCode = unit.Code
			return nil
		}
		if !pointed {
			return errs.E(errs.Invalid, "api.invalid").WithField("address_string", "open311.address_unknown")
		}
	}
	if !pointed {
		return errs.E(errs.Invalid, "api.invalid").WithField("lat", "open311.no_place")
	}
	unit := nearest(s.network.Tree(), raise.Lon, raise.Lat)
	if unit == nil {
		return errs.E(errs.Invalid, "api.invalid").WithField("lat", "open311.point_outside")
	}
	raise.UnitCode = unit.Code
	return nil
}

func point311(lat, long string) (float64, float64, error) {
	y, errY := strconv.ParseFloat(lat, 64)
	x, errX := strconv.ParseFloat(long, 64)
	if errX != nil || errY != nil || !(math.Abs(y) <= 90 && math.Abs(x) <= 180) { // NaN too
		return 0, 0, errs.E(errs.Invalid, "api.invalid").WithField("lat", "open311.bad_point")
	}
	return y, x, nil
}

// addressed is the unit that holds everything an address fits, if that is a
// village or something in it: a guess between villages would send people astray.
func (s *service) addressed(r *http.Request, address string) (*network.Unit, error) {
	runes := []rune(address)
	answers, err := s.finder.PublicFind(r.Context(), string(runes[:min(len(runes), 100)]))
	if err != nil || len(answers) == 0 {
		return nil, err
	}
	tree := s.network.Tree()
	unit := tree.ByID(answers[0].UnitID)
	for _, a := range answers[1:] {
		for unit != nil && !tree.Contains(unit.ID, a.UnitID) {
			unit = tree.Parent(unit)
		}
	}
	if unit == nil || unit.Level < network.Village {
		return nil, nil
	}
	return unit, nil
}

// farthest is how far, in kilometres, a place may be from the middle of the
// village it is counted to.
const farthest = 15

const kmPerDegree = 111.195

// nearest returns the village whose middle lies nearest to a point; nil if none is near.
func nearest(tree *network.Tree, lon, lat float64) *network.Unit {
	var best *network.Unit
	least := float64(farthest)
	for _, v := range tree.Units(network.Village) {
		if !v.Placed || !v.Active() {
			continue
		}
		x, y := (v.Lon-lon)*math.Cos(lat*math.Pi/180), v.Lat-lat
		if d := kmPerDegree * math.Hypot(x, y); d <= least {
			best, least = v, d
		}
	}
	return best
}
