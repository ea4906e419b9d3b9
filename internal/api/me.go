package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"bilin/internal/auth"
)

func (s *service) registerMe() {
	register(s, operation{
		Operation: huma.Operation{OperationID: "me", Method: http.MethodGet, Path: "/me", Tags: []string{tagAccount},
			Summary: "Whom the token speaks for", Description: "The account's login and name, its posts today and the units they are at."},
	}, s.me)
}

// Me is whoever a token speaks for.
type Me struct {
	Login string   `json:"login" doc:"The account's login." example:"village"`
	Name  string   `json:"name" doc:"The person's name."`
	Posts []MyPost `json:"posts" nullable:"false" doc:"Posts held today."`
	Units []Place  `json:"units" nullable:"false" doc:"The units of these posts, each once."`
}

// MyPost is one post of an account.
type MyPost struct {
	Role   string `json:"role" doc:"The post's role." example:"village_official"`
	Name   string `json:"name" doc:"The post's name."`
	Unit   string `json:"unit" doc:"Code of its unit."`
	Acting bool   `json:"acting,omitempty" doc:"Whether it is held as stand-in."`
}

type meOutput struct{ Body Me }

func (s *service) me(ctx context.Context, _ *struct{}) (*meOutput, error) {
	actor := auth.From(ctx)
	if err := s.auth.Policy().Can(actor, auth.ActSelf, auth.Object{}); err != nil {
		return nil, err
	}
	tree := s.network.Tree()
	me := Me{Login: actor.Login, Name: actor.Name, Posts: []MyPost{}, Units: []Place{}}
	for _, g := range actor.Grants {
		p := MyPost{Role: string(g.Role), Acting: g.Acting}
		if u := tree.ByID(g.UnitID); u != nil {
			p.Unit = u.Code
		}
		if held := tree.Post(g.PostID); held != nil {
			p.Name = held.Name
		}
		me.Posts = append(me.Posts, p)
	}
	for _, id := range actor.Units() {
		if u := tree.ByID(id); u != nil {
			me.Units = append(me.Units, place(u))
		}
	}
	return &meOutput{me}, nil
}
