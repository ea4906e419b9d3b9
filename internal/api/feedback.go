package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"bilin/internal/errs"
	"bilin/internal/feedback"
)

const tagFeedback = "feedback"

func (s *service) registerFeedback() {
	register(s, operation{public: true,
		Operation: huma.Operation{OperationID: "feedback-changes", Method: http.MethodGet, Path: "/feedback/changes", Tags: []string{tagFeedback}, Middlewares: s.limited(s.limits.find),
			Summary: "What was changed in Bilin because of what people said", Description: "Newest first, in the desk's words. Nobody is named, and what they wrote isn't quoted."},
		fails: []int{http.StatusUnprocessableEntity},
	}, s.feedbackChanges)
}

// FeedbackChange is something that was changed.
type FeedbackChange struct {
	Day     string `json:"day" format:"date"`
	Version string `json:"version" doc:"Of Bilin, that brings it."`
	Kind    string `json:"kind" enum:"fault,hard,burden,wish" doc:"What sort of thing was said."`
	Page    string `json:"page,omitempty" doc:"Pattern of the page it was said on." example:"/notices/{number}"`
	What    string `json:"what"`
}

type feedbackChangesInput struct {
	Cursor string `query:"cursor" maxLength:"60" doc:"The next of the page before."`
}

type feedbackChangesOutput struct {
	Body struct {
		Changes []FeedbackChange `json:"changes" nullable:"false"`
		Next    string           `json:"next,omitempty" doc:"The cursor of the next page; absent on the last."`
	}
}

const feedbackPage = 100

func (s *service) feedbackChanges(ctx context.Context, in *feedbackChangesInput) (*feedbackChangesOutput, error) {
	var after *feedback.Place
	if in.Cursor != "" {
		day, id, ok := strings.Cut(in.Cursor, ".")
		if !ok {
			return nil, errs.E(errs.Invalid, "api.bad_cursor").WithField("cursor", "api.bad_cursor")
		}
		after = &feedback.Place{Day: day, ID: id}
	}
	list, next, err := s.feedback.Changes(ctx, after, feedbackPage)
	if err != nil {
		return nil, err
	}
	out := &feedbackChangesOutput{}
	out.Body.Changes = []FeedbackChange{}
	for _, c := range list {
		out.Body.Changes = append(out.Body.Changes, FeedbackChange{Day: c.Day, Version: c.Release, Kind: string(c.Kind), Page: c.Route, What: c.Sentence})
	}
	if next != nil {
		out.Body.Next = next.Day + "." + next.ID
	}
	return out, nil
}
