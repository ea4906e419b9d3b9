package api

import (
	"encoding/xml"
	"net/http"
	"slices"
	"strings"
	"time"

	"bilin/internal/demand"
	"bilin/internal/demand/catalog"
	"bilin/internal/demand/georeport"
	"bilin/internal/errs"
)

const specification311 = "http://wiki.open311.org/GeoReport_v2"

// discovery311 says which interfaces there are.
type discovery311 struct {
	XMLName   xml.Name      `xml:"discovery" json:"-"`
	Changeset string        `xml:"changeset" json:"changeset"`
	Contact   string        `xml:"contact" json:"contact"`
	Key       string        `xml:"key_service" json:"key_service"`
	Endpoints []endpoint311 `xml:"endpoints>endpoint" json:"endpoints"`
}

type endpoint311 struct {
	Specification string   `xml:"specification" json:"specification"`
	URL           string   `xml:"url" json:"url"`
	Changeset     string   `xml:"changeset" json:"changeset"`
	Type          string   `xml:"type" json:"type"`
	Formats       []string `xml:"formats>format" json:"formats"`
}

func (s *service) discovery(r *http.Request) (*document311, error) {
	if resource(r, "resource") != "discovery" {
		return nothingHere(r)
	}
	return s.discover(r), nil
}

func (s *service) discover(r *http.Request) *document311 {
	const since = "2026-11-23T00:00:00Z"
	t := s.words(r.Header.Get("Accept-Language"))
	d := discovery311{Changeset: since, Contact: t("open311.contact"), Key: t("open311.no_key"), Endpoints: []endpoint311{{
		Specification: specification311, URL: s.publicURL + open311Base, Changeset: since, Type: "production",
		Formats: []string{"text/xml", "application/json"},
	}}}
	return &document311{http.StatusOK, d, d}
}

// list answers the resources that are lists.
func (s *service) list(r *http.Request) (*document311, error) {
	switch resource(r, "resource") {
	case "services":
		return s.services(r), nil
	case "requests":
		return s.requests(r)
	case "discovery":
		return s.discover(r), nil
	}
	return nothingHere(r)
}

// oneOf answers one service or one request.
func (s *service) oneOf(r *http.Request) (*document311, error) {
	id := resource(r, "file")
	switch r.PathValue("kind") {
	case "services":
		return s.definition(id)
	case "requests":
		report, err := s.reports.Get(r.Context(), id)
		if err != nil {
			return nil, err
		}
		return s.documentOf(r, []georeport.Report{report}), nil
	}
	return nothingHere(r)
}

// services311 are the categories in use.
type services311 struct {
	XMLName  xml.Name     `xml:"services"`
	Services []service311 `xml:"service"`
}

type service311 struct {
	Code        string `xml:"service_code" json:"service_code"`
	Name        string `xml:"service_name" json:"service_name"`
	Description string `xml:"description" json:"description"`
	Metadata    bool   `xml:"metadata" json:"metadata"`
	Type        string `xml:"type" json:"type"`
	Keywords    string `xml:"keywords" json:"keywords"`
	Group       string `xml:"group" json:"group"`
}

func (s *service) services(r *http.Request) *document311 {
	all, locale := s.demand.Terms().Catalog, localeOf(r.Header.Get("Accept-Language"))
	list := []service311{}
	for _, c := range all.All() {
		if !all.Usable(c.ID) {
			continue
		}
		group := c
		if parent, ok := all.Category(c.ParentID); ok {
			group = parent
		}
		list = append(list, service311{Code: c.Code, Name: c.In(locale), Description: all.Path(c.ID, locale), Type: "realtime",
			Keywords: strings.Join(slices.Compact([]string{c.Name, c.NameEN}), ","), Group: group.In(locale)})
	}
	return &document311{http.StatusOK, services311{Services: list}, list}
}

// definition311 is what more one must say for a service: nothing.
type definition311 struct {
	XMLName    xml.Name `xml:"service_definition" json:"-"`
	Code       string   `xml:"service_code" json:"service_code"`
	None       struct{} `xml:"attributes" json:"-"`
	Attributes []string `xml:"-" json:"attributes"`
}

func (s *service) definition(code string) (*document311, error) {
	c, err := s.service311(code)
	if err != nil {
		return nil, err
	}
	d := definition311{Code: c.Code, Attributes: []string{}}
	return &document311{http.StatusOK, d, d}, nil
}

// service311 finds a category in use by its code.
func (s *service) service311(code string) (catalog.Category, error) {
	all := s.demand.Terms().Catalog
	c, ok := all.ByCode(code)
	if !ok || !all.Usable(c.ID) {
		return c, errs.E(errs.NotFound, "open311.no_service", "code", code)
	}
	return c, nil
}

// span311 is how far back requests are listed where nobody says.
const span311 = 90 * 24 * time.Hour

// requests lists what everybody may know of the latest matters.
func (s *service) requests(r *http.Request) (*document311, error) {
	f, err := s.filter311(r)
	if err != nil {
		return nil, err
	}
	if f == nil {
		return s.documentOf(r, nil), nil
	}
	list, err := s.reports.List(r.Context(), *f)
	if err != nil {
		return nil, err
	}
	return s.documentOf(r, list), nil
}

// filter311 reads the filter; nil is one that nothing can meet.
func (s *service) filter311(r *http.Request) (*georeport.Filter, error) {
	f := &georeport.Filter{}
	for _, said := range split311(r.Form.Get("service_request_id")) {
		if number, err := demand.ParseNumber(said); err == nil {
			f.Numbers = append(f.Numbers, number)
		}
	}
	if r.Form.Get("service_request_id") != "" {
		if len(f.Numbers) == 0 {
			return nil, nil
		}
		f.Limit = min(len(f.Numbers), georeport.MaxLimit)
		return f, nil // the number alone counts, as the interface has it
	}
	for _, code := range split311(r.Form.Get("service_code")) {
		c, ok := s.demand.Terms().Catalog.ByCode(code)
		if !ok {
			return nil, errs.E(errs.NotFound, "open311.no_service", "code", code)
		}
		f.Categories = append(f.Categories, c.ID)
	}
	for _, status := range split311(r.Form.Get("status")) {
		switch status {
		case "open":
			f.Open = true
		case "closed":
			f.Closed = true
		default:
			return nil, errs.E(errs.Invalid, "api.invalid").WithField("status", "open311.bad_status")
		}
	}
	return f, s.window311(r, f)
}

// window311 reads the dates and the page.
func (s *service) window311(r *http.Request, f *georeport.Filter) (err error) {
	for name, at := range map[string]*time.Time{"start_date": &f.From, "end_date": &f.To} {
		if said := strings.ReplaceAll(r.Form.Get(name), " ", "+"); said != "" {
			if *at, err = time.Parse(time.RFC3339, said); err != nil {
				return errs.Wrap(err, errs.Invalid, "api.invalid").WithField(name, "open311.bad_date")
			}
		}
	}
	switch {
	case f.From.IsZero() && f.To.IsZero():
		f.From = s.now().Add(-span311)
	case f.From.IsZero():
		f.From = f.To.Add(-span311)
	case f.To.IsZero():
		f.To = f.From.Add(span311)
	}
	if f.To.Sub(f.From) > span311 && !f.To.IsZero() {
		f.From = f.To.Add(-span311)
	}
	if f.Limit, err = count311(r.Form.Get("page_size"), georeport.MaxLimit, georeport.MaxLimit); err != nil {
		return err
	}
	if page := r.Form.Get("page"); page != "" && page != "1" {
		return errs.E(errs.Invalid, "api.invalid").WithField("page", "open311.no_page")
	}
	return nil
}

func split311(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
}

// requests311 are matters as everybody may see them.
type requests311 struct {
	XMLName  xml.Name     `xml:"service_requests"`
	Requests []request311 `xml:"request"`
}

type request311 struct {
	ID          string   `xml:"service_request_id" json:"service_request_id"`
	Status      string   `xml:"status" json:"status"`
	StatusNotes string   `xml:"status_notes" json:"status_notes"`
	ServiceName *string  `xml:"service_name" json:"service_name"`
	ServiceCode *string  `xml:"service_code" json:"service_code"`
	Description *string  `xml:"description" json:"description"`
	Agency      *string  `xml:"agency_responsible" json:"agency_responsible"`
	Notice      *string  `xml:"service_notice" json:"service_notice"`
	Requested   string   `xml:"requested_datetime" json:"requested_datetime"`
	Updated     string   `xml:"updated_datetime" json:"updated_datetime"`
	Expected    *string  `xml:"expected_datetime" json:"expected_datetime"`
	Address     *string  `xml:"address" json:"address"`
	AddressID   *string  `xml:"address_id" json:"address_id"`
	Zipcode     *string  `xml:"zipcode" json:"zipcode"`
	Lat         *float64 `xml:"lat" json:"lat"`
	Long        *float64 `xml:"long" json:"long"`
	MediaURL    *string  `xml:"media_url" json:"media_url"`
}

func (s *service) documentOf(r *http.Request, reports []georeport.Report) *document311 {
	locale := localeOf(r.Header.Get("Accept-Language"))
	list := make([]request311, len(reports))
	for i, rep := range reports {
		list[i] = s.request311(rep, locale)
	}
	return &document311{http.StatusOK, requests311{Requests: list}, list}
}

func (s *service) request311(rep georeport.Report, locale string) request311 {
	out := request311{ID: rep.Number, Status: "closed", StatusNotes: s.catalog.T(locale, "demand.state."+string(rep.State)),
		Requested: rep.Raised.UTC().Format(time.RFC3339), Updated: rep.Changed.UTC().Format(time.RFC3339)}
	if rep.Open {
		out.Status = "open"
	}
	if rep.Category.ID != "" {
		name := rep.Category.In(locale)
		out.ServiceName, out.ServiceCode = &name, &rep.Category.Code
	}
	if rep.Question != "" {
		out.Description = &rep.Question
	}
	if rep.Answer != "" {
		out.StatusNotes += "：" + rep.Answer
	}
	if rep.Place != "" {
		out.Address = &rep.Place
	}
	if u := rep.Unit; u != nil {
		place := s.network.Tree().PathName(u, " · ")
		out.Address, out.AddressID = &place, &u.Code
	}
	if rep.Lon != 0 || rep.Lat != 0 {
		out.Lat, out.Long = &rep.Lat, &rep.Lon
	}
	return out
}
