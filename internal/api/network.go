package api

import (
	"context"
	"net/http"
	"net/url"

	"github.com/danielgtaylor/huma/v2"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/find"
	"bilin/internal/network"
)

func (s *service) registerNetwork() {
	register(s, operation{
		Operation: huma.Operation{OperationID: "coverage", Method: http.MethodGet, Path: "/coverage", Tags: []string{tagNetwork},
			Summary: "How far the network covers the city, or a part of it",
			Description: "Counts of a unit's whole subtree. `covered` and `uncovered` add up to `households` at every level: " +
				"a household is covered when it belongs to a cell whose post of neighbour lead somebody serves today. " +
				"Without `unit` it is the whole city, which takes a post at the city."},
		fails: []int{http.StatusForbidden, http.StatusNotFound, http.StatusUnprocessableEntity},
	}, s.coverage)
	register(s, operation{public: true,
		Operation: huma.Operation{OperationID: "find", Method: http.MethodGet, Path: "/find", Tags: []string{tagNetwork},
			Summary: "Find the neighbour lead for an address",
			Description: "Cells that fit an address, the name of a place or unit, or a unit's code, best first, at most 20. " +
				"The answer is cells and their leads, never households.",
			Middlewares: s.limited(s.limits.find)},
		fails: []int{http.StatusUnprocessableEntity},
	}, s.findLead)
	register(s, operation{public: true,
		Operation: huma.Operation{OperationID: "unit", Method: http.MethodGet, Path: "/units/{code}", Tags: []string{tagNetwork},
			Summary: "A unit, its place in the tree and what lies directly under it",
			Description: "Open to everybody but for `posts`, which are given to whoever has a post at the unit or above it. " +
				"A code from before a move still leads to its unit."},
		fails: []int{http.StatusNotFound, http.StatusUnprocessableEntity},
	}, s.unit)
}

// Coverage is the proof of coverage of a subtree.
type Coverage struct {
	Units           UnitCounts `json:"units" doc:"How many units of each level."`
	Households      int        `json:"households" doc:"Active households." example:"468178"`
	Covered         int        `json:"covered" doc:"Of these, in a cell that somebody leads today."`
	Uncovered       int        `json:"uncovered" doc:"Of these, all others."`
	Overlaps        int        `json:"overlaps" doc:"Of these, claimed by a second cell as well."`
	Residents       int        `json:"residents" doc:"People in these households." example:"1263332"`
	Leads           int        `json:"leads" doc:"People who serve as neighbour, group or area lead."`
	LinkedOfficials int        `json:"linked_officials" doc:"People who serve as linked officials." example:"2946"`
	VacantPosts     int        `json:"vacant_posts" doc:"Posts in which nobody serves."`
}

// UnitCounts are units by level.
type UnitCounts struct {
	City    int `json:"city" example:"1"`
	Town    int `json:"town" example:"29"`
	Village int `json:"village" example:"278"`
	Area    int `json:"area"`
	Group   int `json:"group"`
	Cell    int `json:"cell"`
}

type coverageInput struct {
	Unit string `query:"unit" maxLength:"32" doc:"Code of the unit; without it, the whole city." example:"430182001"`
}

type coverageOutput struct{ Body Coverage }

func (s *service) coverage(ctx context.Context, in *coverageInput) (*coverageOutput, error) {
	tree := s.network.Tree()
	unit := tree.Root()
	if in.Unit != "" {
		if unit = tree.Current(tree.ByCode(in.Unit)); unit == nil {
			return nil, noUnit(ctx, in.Unit)
		}
	}
	object := auth.Object{}
	if unit != nil {
		object.UnitID = unit.ID
	}
	if err := s.auth.Policy().Can(auth.From(ctx), network.ActView, object); err != nil {
		return nil, err
	}
	if unit == nil {
		return &coverageOutput{}, nil
	}
	c := tree.Coverage(unit.ID)
	return &coverageOutput{Coverage{
		Units: UnitCounts{City: c.Units[network.City], Town: c.Units[network.Town], Village: c.Units[network.Village],
			Area: c.Units[network.Area], Group: c.Units[network.Group], Cell: c.Units[network.Cell]},
		Households: c.Households, Covered: c.Covered, Uncovered: c.Uncovered, Overlaps: c.Overlaps, Residents: c.Residents,
		Leads: c.Leads, LinkedOfficials: c.LinkedOfficials, VacantPosts: c.VacantPosts,
	}}, nil
}

// noUnit says that there is no such unit, but to somebody logged in only:
// codes are public, what a token may ask is not.
func noUnit(ctx context.Context, code string) error {
	if a := auth.From(ctx); a.Anonymous() {
		return auth.Denied(a)
	}
	return errs.E(errs.NotFound, "api.no_unit", "code", code)
}

// Place is a unit in short.
type Place struct {
	Code  string `json:"code" doc:"The unit's code." example:"430182001001"`
	Name  string `json:"name" doc:"Its name."`
	Level string `json:"level" enum:"city,town,village,area,group,cell" doc:"Its level."`
}

func place(u *network.Unit) Place { return Place{u.Code, u.Name, u.Level.String()} }

// Unit is a unit with its surroundings.
type Unit struct {
	Place
	Path     []Place `json:"path" nullable:"false" doc:"From the city down to the unit itself."`
	Children []Place `json:"children" nullable:"false" doc:"The units directly under it, in order of code."`
	Posts    []Post  `json:"posts,omitempty" doc:"The unit's posts, for those who may see them."`
}

// Post is a post and who serves in it.
type Post struct {
	Role    string `json:"role" doc:"The post's role." example:"lead"`
	Name    string `json:"name" doc:"The post's name."`
	Serving string `json:"serving,omitempty" doc:"Who serves in it today; absent while nobody does."`
	Acting  bool   `json:"acting,omitempty" doc:"Whether that is a stand-in."`
}

type unitInput struct {
	Code string `path:"code" maxLength:"32" doc:"The unit's code." example:"430182001001"`
}

type unitOutput struct{ Body Unit }

func (s *service) unit(ctx context.Context, in *unitInput) (*unitOutput, error) {
	tree := s.network.Tree()
	u := tree.Current(tree.ByCode(in.Code))
	if u == nil {
		return nil, errs.E(errs.NotFound, "api.no_unit", "code", in.Code)
	}
	out := Unit{Place: place(u), Path: []Place{}, Children: []Place{}}
	for _, p := range tree.Path(u) {
		out.Path = append(out.Path, place(p))
	}
	for _, c := range tree.Children(u) {
		out.Children = append(out.Children, place(c))
	}
	if s.auth.Policy().Can(auth.From(ctx), network.ActView, auth.Object{UnitID: u.ID}) == nil {
		for _, p := range tree.Posts(u.ID) {
			out.Posts = append(out.Posts, post(p))
		}
	}
	return &unitOutput{out}, nil
}

func post(p *network.Post) Post {
	out := Post{Role: string(p.Role), Name: p.Name}
	if h := p.Serving(); h != nil {
		out.Serving, out.Acting = h.Name, h.Acting
	}
	return out
}

type findInput struct {
	Query string `query:"q" required:"true" minLength:"1" maxLength:"100" doc:"An address, a place, a unit's name or code." example:"花明北路 12 号"`
}

type findOutput struct {
	Body struct {
		Results []Found `json:"results" nullable:"false" doc:"Cells, best first."`
	}
}

// Found is a cell that fits, and who leads it.
type Found struct {
	Unit string `json:"unit" doc:"The cell's code."`
	Name string `json:"name" doc:"The cell's name, with the town's and village's."`
	Lead *Lead  `json:"lead" doc:"Who leads it today; null while nobody does."`
}

// Lead is a neighbour lead as residents see them.
type Lead struct {
	Name    string `json:"name" doc:"The lead's name."`
	Contact string `json:"contact" doc:"A telephone number if the lead shows one, else the address of a message form."`
}

func (s *service) findLead(ctx context.Context, in *findInput) (*findOutput, error) {
	answers, err := s.finder.PublicFind(ctx, in.Query)
	if err != nil {
		return nil, err
	}
	out := &findOutput{}
	out.Body.Results = make([]Found, len(answers))
	for i, a := range answers {
		out.Body.Results[i] = s.found(a)
	}
	return out, nil
}

func (s *service) found(a find.Answer) Found {
	f := Found{Unit: a.Code, Name: a.Name}
	if a.LeadName == "" {
		return f
	}
	f.Lead = &Lead{Name: a.LeadName, Contact: a.Phone}
	if a.Phone == "" {
		f.Lead.Contact = s.publicURL + "/demands/new?unit=" + url.QueryEscape(a.Code)
	}
	return f
}
