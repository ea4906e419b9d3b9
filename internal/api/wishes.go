package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"bilin/internal/auth"
	"bilin/internal/network"
	"bilin/internal/volunteer/wish"
)

const tagWish = "wishes"

func (s *service) registerWishes() {
	register(s, operation{
		Operation: huma.Operation{OperationID: "wishes", Method: http.MethodGet, Path: "/wishes", Tags: []string{tagWish},
			Summary:     "Small wishes of households",
			Description: "Those that the token's account posts for: of its cells, or of its village. What, in which group, when and how it stands; never whose wish it is, nor whose help."},
		fails: []int{http.StatusForbidden, http.StatusUnprocessableEntity},
	}, s.wishList)
}

// Wish is a small wish of a household, which isn't named.
type Wish struct {
	ID     string    `json:"id"`
	Kind   string    `json:"kind" example:"bulb"`
	Name   string    `json:"name" doc:"The kind, in words." example:"换灯泡"`
	State  string    `json:"state" enum:"open,asked,taken,done,withdrawn,lapsed"`
	Unit   string    `json:"unit" doc:"Code of the group."`
	Day    string    `json:"day,omitempty" format:"date" doc:"On which it has to be; absent for any."`
	Part   string    `json:"part" enum:"any,morning,afternoon,evening"`
	Until  string    `json:"until" format:"date" doc:"The last day on which it waits."`
	Posted time.Time `json:"posted"`
}

type wishesInput struct {
	Over   bool   `query:"over" doc:"Those that are over, instead of those under way."`
	Cursor string `query:"cursor" maxLength:"40" doc:"The next of the page before."`
}

type wishesOutput struct {
	Body struct {
		Wishes []Wish `json:"wishes" nullable:"false"`
		Next   string `json:"next,omitempty" doc:"The cursor of the next page; absent on the last."`
	}
}

const wishesPage = 100

func (s *service) wishList(ctx context.Context, in *wishesInput) (*wishesOutput, error) {
	list, next, err := s.wishes.List(ctx, auth.From(ctx), wish.Filter{Over: in.Over}, in.Cursor, wishesPage)
	if err != nil {
		return nil, err
	}
	out := &wishesOutput{}
	out.Body.Wishes, out.Body.Next = []Wish{}, next
	tree := s.network.Tree()
	for _, w := range list {
		x := Wish{ID: w.ID, Kind: w.Kind, Name: w.Of.Name, State: string(w.State), Day: w.Day, Part: string(w.Part), Until: w.Until, Posted: w.PostedAt}
		if u := tree.At(tree.Current(tree.ByID(w.CellID)), network.Group); u != nil {
			x.Unit = u.Code
		}
		out.Body.Wishes = append(out.Body.Wishes, x)
	}
	return out, nil
}
