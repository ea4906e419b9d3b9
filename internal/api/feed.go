package api

import (
	"bytes"
	"context"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/outcome"
	"bilin/internal/outcome/feed"
)

// feedTypes are what figures may be sent as. The last two are what command-line
// clients call a body that they weren't told about.
var feedTypes = []string{"application/json", "text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/octet-stream", "application/x-www-form-urlencoded"}

func (s *service) registerFeed() {
	op := huma.Operation{
		OperationID: "feed-indicator", Method: http.MethodPost, Path: base + "/feeds/{indicator}", Tags: []string{tagOutcome}, Summary: "Bring a department's figures",
		Description: "The body is a JSON array of `{village, period, numerator, denominator}`, or a CSV or XLSX table with these columns in any order, in Chinese or English. " +
			"A village is its 12-digit code, or its name with the town's in front where there are several. All of it is taken or nothing: with a problem the answer is 422 and lists each. " +
			"A value that differs from what is known becomes a new version; nothing is overwritten, and what is published stays. Sending the same again changes nothing.",
		MaxBodyBytes: feed.MaxBody, SkipValidateBody: true, Middlewares: huma.Middlewares{s.known, s.sentAsTable}, Security: []map[string][]string{{bearerScheme: {}}},
		RequestBody: &huma.RequestBody{Content: map[string]*huma.MediaType{}},
		Responses: s.failures([]int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType,
			http.StatusUnprocessableEntity, http.StatusInternalServerError}),
	}
	for _, kind := range feedTypes[:3] {
		op.RequestBody.Content[kind] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	}
	op.Responses["415"].Description = "The body is neither JSON nor a table."
	op.Responses["422"].Description = "Rows have problems, and each is listed (application/json); or the body can't be read at all (a problem document). Nothing was taken."
	op.Responses["422"].Content["application/json"] = &huma.MediaType{Schema: s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[FeedTaken](), true, "FeedTaken")}
	huma.Register(s.api, op, func(ctx context.Context, in *feedInput) (*feedOutput, error) {
		out, err := s.feed(ctx, in)
		if err != nil {
			return nil, &failure{err}
		}
		return out, nil
	})
}

// sentAsTable refuses a body that is said to be something else, unread.
func (s *service) sentAsTable(ctx huma.Context, next func(huma.Context)) {
	kind, _, _ := mime.ParseMediaType(ctx.Header("Content-Type")) // an unreadable one is none
	if kind != "" && !slices.Contains(feedTypes, kind) {
		s.answer(ctx, errs.E(errs.Unsupported, "api.not_table"))
		return
	}
	if r, _ := humago.Unwrap(ctx); r.ContentLength == 0 { // huma would miss JSON
		s.answer(ctx, errs.E(errs.Invalid, "sheet.empty"))
		return
	}
	next(ctx)
}

type feedInput struct {
	Indicator string `path:"indicator" maxLength:"40" doc:"The indicator's code." example:"rivers"`
	DryRun    bool   `query:"dry_run" doc:"Only say what it would come to."`
	Key       string `header:"Idempotency-Key" maxLength:"128" doc:"Makes a repeat harmless."`
	Language  string `header:"Accept-Language" doc:"The language of the problems."`
	RawBody   []byte `contentType:"application/json" required:"false"`
}

type feedOutput struct {
	Status int
	Body   FeedTaken
}

// FeedTaken is what became of figures, or would.
type FeedTaken struct {
	Batch    string        `json:"batch" doc:"Id of the delivery; empty for a dry run, or where nothing was taken."`
	Rows     int           `json:"rows" doc:"Rows read."`
	New      int           `json:"new" doc:"Values that are new or differ from what was known."`
	Changed  int           `json:"changed" doc:"Those of new that differ from what was known and get another version."`
	Problems []FeedProblem `json:"problems" nullable:"false" doc:"What is wrong; nothing is taken while there is one."`
}

// FeedProblem is what is wrong in a row.
type FeedProblem struct {
	Row      int    `json:"row" doc:"As the table numbers it; of JSON from 1."`
	Column   string `json:"column" enum:"code,town,village,period,numerator,denominator"`
	Value    string `json:"value" doc:"As it was sent."`
	Code     string `json:"code" doc:"What is wrong, the same in every language."`
	Detail   string `json:"detail" doc:"What is wrong, in the reader's language."`
	Expected string `json:"expected" doc:"What was expected there."`
}

func (s *service) feed(ctx context.Context, in *feedInput) (*feedOutput, error) {
	x, err := s.outcomes.Catalog().Find(in.Indicator)
	if err != nil {
		return nil, err
	}
	if err := s.outcomes.MayFeed(auth.From(ctx), x); err != nil {
		return nil, err
	}
	f, err := readFeed(x, in.RawBody)
	if err != nil {
		return nil, err
	}
	report, taken, err := s.feeds.Take(ctx, auth.From(ctx), in.Key, x, f, in.DryRun)
	if err != nil {
		return nil, err
	}
	out := &feedOutput{Status: http.StatusCreated, Body: FeedTaken{Batch: taken.BatchID, Rows: len(f.Rows), New: taken.New, Changed: taken.Changed, Problems: []FeedProblem{}}}
	switch {
	case in.DryRun:
		out.Status = http.StatusOK
	case len(report.Problems) > 0:
		out.Status = http.StatusUnprocessableEntity
	}
	say := s.words(in.Language)
	for _, p := range report.Problems {
		out.Body.Problems = append(out.Body.Problems, FeedProblem{p.Row, p.Column, p.Value, p.Code, say(p.Code, p.Args...), say("outcome.feed.expect." + p.Column)})
	}
	return out, nil
}

// readFeed takes a body for JSON if it begins like it, and for a table otherwise.
func readFeed(x outcome.Indicator, body []byte) (feed.File, error) {
	const name = "API"
	if text := strings.TrimLeft(string(body[:min(len(body), 64)]), "\uFEFF \t\r\n"); strings.HasPrefix(text, "[") || strings.HasPrefix(text, "{") {
		rows, err := feed.ReadJSON(bytes.TrimPrefix(body, []byte("\uFEFF")))
		return feed.File{Name: name, SHA256: feed.Digest(body), Way: outcome.HTTP, Rows: rows}, err
	}
	f, err := feed.ReadFile(x, name, bytes.NewReader(body), int64(len(body)))
	f.Way = outcome.HTTP
	return f, err
}
