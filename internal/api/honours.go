package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"bilin/internal/auth"
	"bilin/internal/honour"
)

const tagHonours = "honours"

func (s *service) registerHonours() {
	register(s, operation{public: true,
		Operation: huma.Operation{OperationID: "honours", Method: http.MethodGet, Path: "/honours", Tags: []string{tagHonours}, Middlewares: s.limited(s.limits.find),
			Summary: "Rounds of honours, with who was honoured", Description: "The newest first; drafts only for whoever runs them. Those who were honoured and are on the public page are listed by the numbers of their certificates, which order nobody."},
		fails: []int{http.StatusUnprocessableEntity},
	}, s.honourList)
	register(s, operation{public: true,
		Operation: huma.Operation{OperationID: "honours-round", Method: http.MethodGet, Path: "/honours/{round}", Tags: []string{tagHonours}, Middlewares: s.limited(s.limits.find),
			Summary: "A round of honours", Description: "Its categories, its panel, and who was honoured. How anybody voted is nowhere."},
		fails: []int{http.StatusNotFound},
	}, s.honourRound)
}

// HonourCategory is what is honoured, and for how many.
type HonourCategory struct {
	Name   string `json:"name"`
	Places int    `json:"places"`
}

// Honoured is somebody with a valid certificate who is on the public page.
type Honoured struct {
	Name        string `json:"name"`
	Category    string `json:"category"`
	Unit        string `json:"unit" doc:"Code of the unit they serve in."`
	Praise      string `json:"praise" doc:"What for, in a sentence."`
	Certificate string `json:"certificate" doc:"Number and code: GET /verify/{certificate}." example:"X2600018-7KQ4MD2X"`
}

// HonourRound is a round of honours.
type HonourRound struct {
	ID            string           `json:"id"`
	Number        string           `json:"number" example:"H2600018"`
	Name          string           `json:"name"`
	Words         string           `json:"words" doc:"What it is for."`
	State         string           `json:"state" enum:"draft,open,voting,published,awarded"`
	Categories    []HonourCategory `json:"categories" nullable:"false"`
	Panel         []string         `json:"panel,omitempty" doc:"Names; on a round of its own only."`
	NominateUntil string           `json:"nominateUntil" doc:"The last day of nominations."`
	PublishUntil  *time.Time       `json:"publishUntil,omitempty" doc:"When the publication for objections ends."`
	AwardedAt     *time.Time       `json:"awardedAt,omitempty"`
	Honoured      []Honoured       `json:"honoured" nullable:"false"`
}

type honoursInput struct {
	Cursor string `query:"cursor" maxLength:"40" doc:"The next of the page before."`
}

type honoursOutput struct {
	Body struct {
		Rounds []HonourRound `json:"rounds" nullable:"false"`
		Next   string        `json:"next,omitempty" doc:"The cursor of the next page; absent on the last."`
	}
}

// honoursPage bounds a page of rounds, which come with those who were honoured.
const honoursPage = 10

func (s *service) honourList(ctx context.Context, in *honoursInput) (*honoursOutput, error) {
	list, next, err := s.honours.Rounds(ctx, auth.From(ctx), in.Cursor, honoursPage)
	if err != nil {
		return nil, err
	}
	out := &honoursOutput{}
	out.Body.Rounds, out.Body.Next = []HonourRound{}, next
	for i := range list {
		r, err := s.honourOf(ctx, &list[i])
		if err != nil {
			return nil, err
		}
		out.Body.Rounds = append(out.Body.Rounds, r)
	}
	return out, nil
}

type honourInput struct {
	Round string `path:"round" maxLength:"40" doc:"The id of a round."`
}

type honourOutput struct{ Body HonourRound }

func (s *service) honourRound(ctx context.Context, in *honourInput) (*honourOutput, error) {
	r, members, err := s.honours.Round(ctx, auth.From(ctx), in.Round)
	if err != nil {
		return nil, err
	}
	out, err := s.honourOf(ctx, r)
	for _, m := range members {
		out.Panel = append(out.Panel, m.Name)
	}
	return &honourOutput{out}, err
}

func (s *service) honourOf(ctx context.Context, r *honour.Round) (HonourRound, error) {
	out := HonourRound{ID: r.ID, Number: r.Number, Name: r.Name, Words: r.Words, State: string(r.State), NominateUntil: r.NominateUntil, Categories: []HonourCategory{}, Honoured: []Honoured{}}
	for _, c := range r.Categories {
		out.Categories = append(out.Categories, HonourCategory{c.Name, c.Places})
	}
	if !r.PublishUntil.IsZero() {
		out.PublishUntil = &r.PublishUntil
	}
	if r.State != honour.Awarded {
		return out, nil
	}
	out.AwardedAt = &r.AwardedAt
	list, err := s.honours.Awards(ctx, auth.From(ctx), r, false)
	for _, h := range list {
		one := Honoured{Name: h.Name, Category: h.Category, Praise: h.Praise, Certificate: h.Full()}
		if u := s.network.Tree().ByID(h.UnitID); u != nil {
			one.Unit = u.Code
		}
		out.Honoured = append(out.Honoured, one)
	}
	return out, err
}
