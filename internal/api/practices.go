package api

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"bilin/internal/errs"
	"bilin/internal/practice"
)

const (
	tagPractice   = "practices"
	practicesPage = 50
)

func (s *service) registerPractices() {
	register(s, operation{public: true,
		Operation: huma.Operation{OperationID: "practices", Method: http.MethodGet, Path: "/practices", Tags: []string{tagPractice}, Middlewares: s.limited(s.limits.find),
			Summary:     "How villages solved something",
			Description: "Those that are published, what most villages do now first; how often one is read isn't known."},
		fails: []int{http.StatusNotFound, http.StatusUnprocessableEntity},
	}, s.practiceList)
	register(s, operation{public: true,
		Operation: huma.Operation{OperationID: "practice", Method: http.MethodGet, Path: "/practices/{id}", Tags: []string{tagPractice}, Middlewares: s.limited(s.limits.find),
			Summary: "A practice, who took it up and what came of it", Description: "Of one that was withdrawn: its title, and why."},
		fails: []int{http.StatusNotFound},
	}, s.practice)
}

// PracticeLine is a practice in a list.
type PracticeLine struct {
	ID          string    `json:"id"`
	Title       string    `json:"title"`
	Topic       string    `json:"topic" enum:"clean,water,safety,fraud,elders,children,neighbours,errands,emergency,living"`
	Unit        string    `json:"unit" doc:"Code of the village, town or city that did it."`
	Adopted     int       `json:"adopted" doc:"Villages that do it now."`
	PublishedAt time.Time `json:"published_at"`
}

type practicesInput struct {
	Q      string `query:"q" maxLength:"60" doc:"Words that must all be there; parts of words count." example:"路灯 老人"`
	Topic  string `query:"topic" enum:"clean,water,safety,fraud,elders,children,neighbours,errands,emergency,living"`
	Unit   string `query:"unit" maxLength:"18" doc:"Code: done in or under this."`
	Cursor string `query:"cursor" maxLength:"120" doc:"The next of the page before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"50" default:"50"`
}

type practicesOutput struct {
	Body struct {
		Practices []PracticeLine `json:"practices" nullable:"false"`
		Next      string         `json:"next,omitempty" doc:"The cursor of the next page; absent on the last."`
	}
}

func (s *service) practiceList(ctx context.Context, in *practicesInput) (*practicesOutput, error) {
	after, err := readPractice(in.Cursor)
	if err != nil {
		return nil, err
	}
	f := practice.Filter{Q: in.Q, Topic: practice.Topic(in.Topic)}
	if in.Unit != "" {
		tree := s.network.Tree()
		u := tree.Current(tree.ByCode(in.Unit))
		if u == nil {
			return nil, errs.E(errs.NotFound, "network.no_unit")
		}
		f.Unit = u.ID
	}
	list, next, err := s.practices.List(ctx, f, after, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &practicesOutput{}
	out.Body.Practices = []PracticeLine{}
	for _, p := range list {
		out.Body.Practices = append(out.Body.Practices, s.practiceLine(p))
	}
	if next != nil {
		out.Body.Next = writePractice(*next)
	}
	return out, nil
}

func (s *service) practiceLine(p practice.Practice) PracticeLine {
	return PracticeLine{ID: p.ID, Title: p.Title, Topic: string(p.Topic), Unit: s.codeOf(p.UnitID), Adopted: p.Adopted, PublishedAt: p.PublishedAt}
}

// codeOf is the code of a unit as it is now; "" if it is gone.
func (s *service) codeOf(unitID string) string {
	tree := s.network.Tree()
	if u := tree.Current(tree.ByID(unitID)); u != nil {
		return u.Code
	}
	return ""
}

// PracticeTake is a village that took it up.
type PracticeTake struct {
	Unit  string `json:"unit" doc:"Code of the village."`
	Since string `json:"since" example:"2026-03-01"`
	Came  string `json:"came,omitempty" enum:"worked,partly,not" doc:"What came of it; absent until it is told."`
	Words string `json:"words,omitempty" doc:"In the village's words."`
	Told  string `json:"told,omitempty" doc:"Day on which it was told."`
	Ended string `json:"ended,omitempty" doc:"Day since which the village doesn't do it any more."`
}

type practiceInput struct {
	ID string `path:"id" maxLength:"40"`
}

type practiceOutput struct {
	Body struct {
		PracticeLine
		State   string         `json:"state" enum:"published,withdrawn"`
		Why     string         `json:"why,omitempty" doc:"It was withdrawn."`
		Trouble string         `json:"trouble,omitempty" doc:"What was the trouble."`
		Did     string         `json:"did,omitempty" doc:"What they did."`
		Cost    string         `json:"cost,omitempty" doc:"What it cost."`
		Result  string         `json:"result,omitempty" doc:"What came of it there."`
		Mind    string         `json:"mind,omitempty" doc:"What to mind."`
		Takes   []PracticeTake `json:"takes" nullable:"false"`
		Page    string         `json:"page"`
	}
}

func (s *service) practice(ctx context.Context, in *practiceInput) (*practiceOutput, error) {
	p, err := s.practices.Get(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &practiceOutput{}
	b, text := &out.Body, p.Text
	b.PracticeLine, b.State, b.Why, b.Page, b.Takes = s.practiceLine(p.Practice), string(p.State), p.Why, s.publicURL+"/practices/"+p.ID, []PracticeTake{}
	b.Trouble, b.Did, b.Cost, b.Result, b.Mind = text.Trouble, text.Did, text.Cost, text.Result, text.Mind
	for _, t := range p.Takes {
		b.Takes = append(b.Takes, PracticeTake{Unit: s.codeOf(t.VillageID), Since: t.Since, Came: string(t.Came), Words: t.Words, Told: t.CameOn, Ended: t.EndedOn})
	}
	return out, nil
}

func writePractice(c practice.Cursor) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d %d %d %s", c.Met, c.Adopted, c.At, c.ID))
}

// readPractice reads what writePractice wrote; nil is the first page.
func readPractice(s string) (*practice.Cursor, error) {
	if s == "" {
		return nil, nil
	}
	var c practice.Cursor
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		_, err = fmt.Sscanf(string(raw), "%d %d %d %s", &c.Met, &c.Adopted, &c.At, &c.ID)
	}
	if err != nil {
		return nil, errs.Wrap(err, errs.Invalid, "api.invalid").WithField("cursor", "api.bad_cursor")
	}
	return &c, nil
}
