package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"bilin/internal/demand"
	"bilin/internal/demand/suggestion"
	"bilin/internal/errs"
)

func (s *service) registerSuggestions() {
	register(s, operation{public: true,
		Operation: huma.Operation{OperationID: "suggestions", Method: http.MethodGet, Path: "/suggestions", Tags: []string{tagDemand}, Middlewares: s.limited(s.limits.find),
			Summary:     "What was decided on suggestions",
			Description: "Adopted, declined with reasons, or done; what moved last first. In the office's words: who suggested it isn't said, and there are no votes."},
		fails: []int{http.StatusNotFound, http.StatusUnprocessableEntity},
	}, s.suggestionList)
}

// Suggestion is what an office decided.
type Suggestion struct {
	ID      string    `json:"id"`
	Title   string    `json:"title"`
	State   string    `json:"state" enum:"adopted,declined,done"`
	Reasons string    `json:"reasons" doc:"Why it was adopted or declined."`
	Office  string    `json:"office" doc:"Who decided."`
	Unit    string    `json:"unit,omitempty" doc:"Code of the village or town it comes from."`
	Decided time.Time `json:"decided_at"`
	Due     string    `json:"due,omitempty" doc:"Adopted: the day by which it is to be done."`
	Done    string    `json:"done,omitempty" doc:"The day on which it was done."`
	What    string    `json:"what,omitempty" doc:"What was done."`
	Link    string    `json:"link,omitempty" enum:"words,demand,meeting,matter,practice,notice" doc:"What shows it."`
	Ref     string    `json:"ref,omitempty" doc:"Its number there."`
}

type suggestionsInput struct {
	Q      string `query:"q" maxLength:"60" doc:"Words that must all be there; parts of words count." example:"长凳"`
	State  string `query:"state" enum:"adopted,declined,done"`
	Unit   string `query:"unit" maxLength:"18" doc:"Code: from this town or village."`
	Cursor string `query:"cursor" maxLength:"120" doc:"The next of the page before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"50" default:"50"`
}

type suggestionsOutput struct {
	Body struct {
		Suggestions []Suggestion `json:"suggestions" nullable:"false"`
		Next        string       `json:"next,omitempty" doc:"The cursor of the next page; absent on the last."`
	}
}

func (s *service) suggestionList(ctx context.Context, in *suggestionsInput) (*suggestionsOutput, error) {
	cursor, err := readCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	var after []string
	if cursor != nil {
		after = []string{strconv.FormatInt(cursor.At, 10), cursor.ID}
	}
	f := suggestion.Filter{Text: in.Q, State: suggestion.State(in.State)}
	if in.Unit != "" {
		tree := s.network.Tree()
		u := tree.Current(tree.ByCode(in.Unit))
		if u == nil {
			return nil, errs.E(errs.NotFound, "network.no_unit")
		}
		f.UnitID = u.ID
	}
	list, next, err := s.suggestions.List(ctx, f, after, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &suggestionsOutput{}
	out.Body.Suggestions = []Suggestion{}
	for _, x := range list {
		out.Body.Suggestions = append(out.Body.Suggestions, s.suggestion(x))
	}
	if next != nil {
		at, err := strconv.ParseInt(next[0], 10, 64)
		if err != nil {
			return nil, err
		}
		out.Body.Next = writeCursor(demand.Cursor{At: at, ID: next[1]})
	}
	return out, nil
}

func (s *service) suggestion(x suggestion.Suggestion) Suggestion {
	out := Suggestion{ID: x.ID, Title: x.Title, State: string(x.State), Reasons: x.Reasons, Office: x.Office, Decided: x.DecidedAt, Due: x.DueOn, Done: x.DoneOn, What: x.DoneWords, Link: string(x.Link)}
	if x.Link != suggestion.ByDemand { // a demand's number is its author's
		out.Ref = x.Ref
	}
	for _, id := range []string{x.VillageID, x.TownID} {
		if out.Unit == "" {
			out.Unit = s.codeOf(id)
		}
	}
	return out
}
