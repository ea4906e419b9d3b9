package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/errs"
	"bilin/internal/meeting"
)

const tagMeeting = "meetings"

func (s *service) registerMeetings() {
	register(s, operation{public: true,
		Operation: huma.Operation{OperationID: "meetings", Method: http.MethodGet, Path: "/meetings", Tags: []string{tagMeeting}, Middlewares: s.limited(s.limits.find),
			Summary: "Yard meetings", Description: "At and under a unit, in the order of their time. Who came isn't known; how many is left out under 10."},
		fails: []int{http.StatusNotFound, http.StatusUnprocessableEntity},
	}, s.meetingList)
	register(s, operation{public: true,
		Operation: huma.Operation{OperationID: "meeting", Method: http.MethodGet, Path: "/meetings/{number}", Tags: []string{tagMeeting}, Middlewares: s.limited(s.limits.find),
			Summary: "A yard meeting", Description: "Its agenda, what was resolved and what came of it, and the minutes once they are out. Of a demand on the agenda only what it is about."},
		fails: []int{http.StatusNotFound, http.StatusUnprocessableEntity},
	}, s.meetingRead)
	register(s, operation{
		Operation: huma.Operation{OperationID: "meeting-call", Method: http.MethodPost, Path: "/meetings", Tags: []string{tagMeeting}, DefaultStatus: http.StatusCreated,
			Summary: "Call a yard meeting", Description: "Nobody is invited by this; that is done on its page, where the number of households is seen first."},
		fails: []int{http.StatusForbidden, http.StatusConflict, http.StatusUnprocessableEntity},
	}, s.meetingCall)
	register(s, operation{
		Operation: huma.Operation{OperationID: "meeting-minutes", Method: http.MethodPost, Path: "/meetings/{number}/minutes", Tags: []string{tagMeeting},
			Summary: "How many came, and a draft of the minutes", Description: "A draft is for those who hold the meeting; it is published on its page, where what is left out is seen first."},
		fails: []int{http.StatusForbidden, http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity},
	}, s.meetingMinutes)
	register(s, operation{
		Operation: huma.Operation{OperationID: "meeting-resolve", Method: http.MethodPost, Path: "/meetings/{number}/resolutions", Tags: []string{tagMeeting},
			Summary: "What was resolved", Description: "A demand, which climbs by its own rules, or the promise of a post of the meeting's unit or above it, up to the village."},
		fails: []int{http.StatusForbidden, http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity},
	}, s.meetingResolve)
}

// Meeting is a yard meeting.
type Meeting struct {
	Number   string    `json:"number" example:"Y26000017"`
	Unit     string    `json:"unit" doc:"Code of the village, area, group or cell that meets."`
	Former   string    `json:"former_unit,omitempty" doc:"Code of the unit that called it, if that was joined to unit since."`
	Subject  string    `json:"subject"`
	Place    string    `json:"place"`
	StartsAt time.Time `json:"starts_at"`
	State    string    `json:"state" enum:"called,held,cancelled"`
	Why      string    `json:"why,omitempty" doc:"Of the last move, or of the cancelling."`
	Came     int       `json:"came,omitempty" doc:"How many people came; left out under 10."`
	Page     string    `json:"page"`
	Version  int       `json:"version"`
}

type meetingsInput struct {
	Unit   string    `query:"unit" maxLength:"30" doc:"Code; the whole city where it is left out."`
	From   time.Time `query:"from" doc:"Begins at or after it."`
	To     time.Time `query:"to" doc:"Begins before it."`
	Latest bool      `query:"latest" doc:"The latest first."`
	Limit  int       `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor string    `query:"cursor" maxLength:"200" doc:"The next of the page before."`
}

type meetingsOutput struct {
	Body struct {
		Meetings []Meeting `json:"meetings" nullable:"false"`
		Next     string    `json:"next,omitempty" doc:"The cursor of the next page; absent on the last."`
	}
}

func (s *service) meetingList(ctx context.Context, in *meetingsInput) (*meetingsOutput, error) {
	f := meeting.Filter{From: in.From, To: in.To, Past: in.Latest}
	tree := s.network.Tree()
	if in.Unit != "" {
		if f.Unit = tree.Current(tree.ByCode(in.Unit)); f.Unit == nil {
			return nil, errs.E(errs.NotFound, "network.no_unit")
		}
	}
	c, err := readCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	list, next, err := s.meetings.List(ctx, f, (*meeting.Cursor)(c), in.Limit)
	if err != nil {
		return nil, err
	}
	out := &meetingsOutput{}
	out.Body.Meetings = []Meeting{}
	for _, m := range list {
		out.Body.Meetings = append(out.Body.Meetings, s.meeting(m))
	}
	if next != nil {
		out.Body.Next = writeCursor(demand.Cursor(*next))
	}
	return out, nil
}

func (s *service) unitCode(id string) string {
	if u := s.network.Tree().ByID(id); u != nil {
		return u.Code
	}
	return ""
}

func (s *service) meeting(m meeting.Meeting) Meeting {
	out := Meeting{Number: m.Number, Unit: s.unitCode(m.UnitID), Former: s.unitCode(m.FromUnit), Subject: m.Subject, Place: m.Place, StartsAt: m.StartsAt, State: string(m.State), Why: m.Why, Came: m.Came, Page: s.publicURL + "/meetings/" + m.Number, Version: m.Version}
	if out.Came < meeting.Few {
		out.Came = 0
	}
	return out
}

// MeetingResolution is what a meeting resolved.
type MeetingResolution struct {
	Kind    string `json:"kind" enum:"demand,promise"`
	Words   string `json:"words"`
	Unit    string `json:"unit,omitempty" doc:"Of the post that promised it."`
	Role    string `json:"role,omitempty" doc:"Of that post."`
	Due     string `json:"due,omitempty" format:"date"`
	Became  string `json:"became" doc:"promise_open, promise_overdue, promise_done, or the state of the demand."`
	Outcome string `json:"outcome,omitempty" doc:"What was done."`
}

// MeetingSheet is a meeting with all there is to see of it.
type MeetingSheet struct {
	Meeting
	Agenda      []string            `json:"agenda" nullable:"false"`
	Resolutions []MeetingResolution `json:"resolutions" nullable:"false"`
	Minutes     string              `json:"minutes,omitempty" doc:"Once they are out."`
	Edition     int                 `json:"edition,omitempty" doc:"Of the minutes; rises with each correction."`
}

type meetingInput struct {
	Number string `path:"number" maxLength:"20"`
}

type meetingOutput struct{ Body MeetingSheet }

func (s *service) meetingRead(ctx context.Context, in *meetingInput) (*meetingOutput, error) {
	m, err := s.meetings.Get(ctx, auth.From(ctx), in.Number)
	if err != nil {
		return nil, err
	}
	out := &meetingOutput{MeetingSheet{Meeting: s.meeting(m.Meeting), Agenda: []string{}, Resolutions: []MeetingResolution{}, Edition: m.Edition}}
	for _, i := range m.Items {
		out.Body.Agenda = append(out.Body.Agenda, i.Words)
	}
	for _, r := range m.Resolved {
		out.Body.Resolutions = append(out.Body.Resolutions, MeetingResolution{Kind: string(r.Kind), Words: r.Words, Unit: s.unitCode(r.OwnerUnit), Role: string(r.OwnerRole), Due: r.DueDay, Became: string(r.Became), Outcome: r.Outcome})
	}
	if m.Minutes != nil {
		out.Body.Minutes = m.Minutes.Words
	}
	return out, nil
}

type meetingCallInput struct {
	Key  string `header:"Idempotency-Key" required:"true" minLength:"1" maxLength:"100" doc:"Needed: one of your own for each meeting."`
	Body struct {
		Unit     string    `json:"unit" maxLength:"30"`
		Subject  string    `json:"subject" maxLength:"200" doc:"30 characters at most."`
		Place    string    `json:"place" maxLength:"200" doc:"40 characters at most."`
		StartsAt time.Time `json:"starts_at"`
		Demands  []string  `json:"demands,omitempty" maxItems:"12" doc:"Numbers of open demands of the unit that the token's account may see."`
		Agenda   []string  `json:"agenda,omitempty" maxItems:"12" doc:"Other lines. Names of residents are left out."`
	}
}

func (s *service) meetingCall(ctx context.Context, in *meetingCallInput) (*meetingOutput, error) {
	b := in.Body
	num, err := s.meetings.Call(ctx, auth.From(ctx), meeting.Call{Key: in.Key, UnitCode: b.Unit, Subject: b.Subject, Place: b.Place, StartsAt: b.StartsAt, Demands: b.Demands, Lines: b.Agenda})
	if err != nil {
		return nil, err
	}
	return s.meetingRead(ctx, &meetingInput{Number: num})
}

type meetingMinutesInput struct {
	Number string `path:"number" maxLength:"20"`
	Key    string `header:"Idempotency-Key" required:"true" minLength:"1" maxLength:"100"`
	Body   struct {
		Came    int    `json:"came" minimum:"1" maximum:"3000" doc:"How many people came. Never who."`
		Words   string `json:"words,omitempty" maxLength:"16000" doc:"4000 characters at most."`
		Version int    `json:"version,omitempty" doc:"Of the draft that these words replace; 0 for the first."`
	}
}

func (s *service) meetingMinutes(ctx context.Context, in *meetingMinutesInput) (*meetingOutput, error) {
	err := s.meetings.Record(ctx, auth.From(ctx), meeting.Record{Key: in.Key, Number: in.Number, Came: in.Body.Came, Words: in.Body.Words, Version: in.Body.Version})
	if err != nil {
		return nil, err
	}
	return s.meetingRead(ctx, &meetingInput{Number: in.Number})
}

type meetingResolveInput struct {
	Number string `path:"number" maxLength:"20"`
	Key    string `header:"Idempotency-Key" required:"true" minLength:"1" maxLength:"100"`
	Body   struct {
		Kind  string `json:"kind" enum:"demand,promise"`
		Words string `json:"words" maxLength:"800" doc:"200 characters at most."`
		Unit  string `json:"unit,omitempty" maxLength:"30" doc:"Of the post that promises it."`
		Role  string `json:"role,omitempty" maxLength:"30" example:"village_official"`
		Due   string `json:"due,omitempty" format:"date"`
	}
}

func (s *service) meetingResolve(ctx context.Context, in *meetingResolveInput) (*meetingOutput, error) {
	b := in.Body
	cmd := meeting.Resolve{Key: in.Key, Number: in.Number, Kind: meeting.Kind(b.Kind), Words: b.Words, OwnerRole: auth.Role(b.Role), DueDay: b.Due}
	if u := s.network.Tree().ByCode(b.Unit); u != nil {
		cmd.OwnerUnit = u.ID
	}
	if err := s.meetings.Resolve(ctx, auth.From(ctx), cmd); err != nil {
		return nil, err
	}
	return s.meetingRead(ctx, &meetingInput{Number: in.Number})
}
