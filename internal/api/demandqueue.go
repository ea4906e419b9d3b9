package api

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/errs"
)

func (s *service) registerQueue() {
	register(s, operation{
		Operation: huma.Operation{OperationID: "demands", Method: http.MethodGet, Path: "/demands", Tags: []string{tagDemand},
			Summary: "The matters that the token may see",
			Description: "What is to be done by when it is due, what waits for authors oldest first, what is closed latest first. " +
				"`next` leads on; on the last page it is absent."},
		fails: []int{http.StatusForbidden, http.StatusNotFound, http.StatusUnprocessableEntity},
	}, s.queue)
}

type queueInput struct {
	Tab      string `query:"tab" enum:"todo,mine,incoming,helping,today,overdue,returned,reopened,disputed,tell,waiting,closed,merged" doc:"Which queue; todo where it is left out."`
	State    string `query:"state" enum:"open,accepted,waiting,resolved,reopened,confirmed,unconfirmed,withdrawn,merged" doc:"Only in this state."`
	Kind     string `query:"kind" enum:"question,help,report,complaint,suggestion" doc:"Only of this kind."`
	Category string `query:"category" maxLength:"64" doc:"Only of this category, by its code, and those under it."`
	Urgency  string `query:"urgency" enum:"normal,urgent,critical" doc:"At least as urgent."`
	Source   string `query:"source" enum:"resident,lead,official,hotline,open311,meeting,visit" doc:"Only what came in this way."`
	Unit     string `query:"unit" maxLength:"32" doc:"Only from this unit and what lies under it, by its code."`
	Query    string `query:"q" maxLength:"100" doc:"Words of the matter, at least two characters."`
	Limit    int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"How many at most."`
	Cursor   string `query:"cursor" maxLength:"200" doc:"The next of the page before."`
}

type queueOutput struct {
	Body struct {
		Demands []QueueRow `json:"demands" nullable:"false" doc:"The matters."`
		Next    string     `json:"next,omitempty" doc:"The cursor of the next page."`
	}
}

// QueueRow is a matter as queues show it.
type QueueRow struct {
	Number   string    `json:"number" doc:"Its number."`
	Kind     string    `json:"kind" doc:"What is wanted."`
	State    string    `json:"state" doc:"Where it stands."`
	Text     string    `json:"text" doc:"The matter."`
	Unit     string    `json:"unit" doc:"Where it comes from, below the reader's own unit."`
	RaisedAt time.Time `json:"raised_at" doc:"When it was raised."`
	Version  int       `json:"version" doc:"Its version."`
	Keeper   Keeper    `json:"keeper" doc:"Who has it now."`
	Facts
}

func (s *service) queue(ctx context.Context, in *queueInput) (*queueOutput, error) {
	f := demand.Filter{Tab: demand.Tab(in.Tab), State: demand.State(in.State), Kind: demand.Kind(in.Kind), Urgency: int(urgency(in.Urgency)),
		Source: demand.Source(in.Source), UnitCode: in.Unit, Text: in.Query}
	if in.Tab == "todo" {
		f.Tab = demand.TabUnit
	}
	if f.Tab == demand.TabUnit && f.State != "" {
		f.Stage = f.State.Stage()
	}
	if in.Category != "" {
		c, ok := s.demand.Terms().Catalog.ByCode(in.Category)
		if !ok {
			return nil, errs.E(errs.Invalid, "api.invalid").WithField("category", "api.no_category", "code", in.Category)
		}
		f.Category = c.ID
	}
	after, err := readCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	page, err := s.demand.Queue(ctx, auth.From(ctx), f, after, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &queueOutput{}
	out.Body.Demands = make([]QueueRow, len(page.Rows))
	for i := range page.Rows {
		out.Body.Demands[i] = s.queueRow(&page.Rows[i])
	}
	if page.Next != nil {
		out.Body.Next = writeCursor(*page.Next)
	}
	return out, nil
}

func (s *service) queueRow(r *demand.Row) QueueRow {
	return QueueRow{Number: r.Number, Kind: string(r.Kind), State: string(r.State), Text: r.Text, Unit: r.Unit, RaisedAt: r.RaisedAt,
		Version: r.Version, Keeper: *keeper(r.Keeper), Facts: s.facts(&r.Demand)}
}

func writeCursor(c demand.Cursor) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d %s", c.At, c.ID))
}

// readCursor reads what writeCursor wrote; nil is the first page.
func readCursor(s string) (*demand.Cursor, error) {
	if s == "" {
		return nil, nil
	}
	var c demand.Cursor
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		_, err = fmt.Sscanf(string(raw), "%d %s", &c.At, &c.ID)
	}
	if err != nil {
		return nil, errs.Wrap(err, errs.Invalid, "api.invalid").WithField("cursor", "api.bad_cursor")
	}
	return &c, nil
}
