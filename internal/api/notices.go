package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"bilin/internal/auth"
	"bilin/internal/outreach"
)

const tagNotice = "notices"

func (s *service) registerNotices() {
	register(s, operation{
		Operation: huma.Operation{OperationID: "notice-send", Method: http.MethodPost, Path: "/notices", Tags: []string{tagNotice}, DefaultStatus: http.StatusCreated,
			Summary: "Take news to households",
			Description: "Without `households` it stays a draft, and the answer says how many households it would go to. Sent again with the same `Idempotency-Key` and that number in `households`, it goes out, now or at `at`. " +
				"If the audience has changed meanwhile nothing is sent. Households can be picked by where they live and how many they are, by nothing else."},
		fails: []int{http.StatusForbidden, http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity},
	}, s.sendNotice)
	register(s, operation{
		Operation: huma.Operation{OperationID: "notice-reach", Method: http.MethodGet, Path: "/notices/{number}/reach", Tags: []string{tagNotice},
			Summary: "How far a notice came", Description: "By village, of those that the token's account answers for, and hour by hour. Numbers only: never which household. A village with fewer than 10 households has none (`hidden`)."},
		fails: []int{http.StatusForbidden, http.StatusNotFound, http.StatusUnprocessableEntity},
	}, s.noticeReach)
}

// NoticeBody is a notice.
type NoticeBody struct {
	Kind       string     `json:"kind" enum:"news,fraud,weather,supply,benefit"`
	Title      string     `json:"title" maxLength:"200" doc:"60 characters at most."`
	Words      string     `json:"words" maxLength:"4000" doc:"600 characters at most; one plain sentence a line."`
	Units      []string   `json:"units" minItems:"1" maxItems:"500" doc:"Codes: the households in and under these." example:"[\"430182001000\"]"`
	MinSize    int        `json:"min_size,omitempty" minimum:"0" maximum:"20" doc:"Only households of at least so many people."`
	MaxSize    int        `json:"max_size,omitempty" minimum:"0" maximum:"20" doc:"Only households of at most so many people."`
	At         *time.Time `json:"at,omitempty" doc:"Goes out by itself then, 90 days ahead at most; at once where it is left out."`
	Short      bool       `json:"short,omitempty" doc:"Also by short message, to the telephones there that agreed, if the month's budget covers them."`
	Households *int       `json:"households,omitempty" minimum:"1" doc:"How many households it goes to, as the answer without this said: without it nothing is sent."`
}

type noticeInput struct {
	Key  string `header:"Idempotency-Key" required:"true" minLength:"1" maxLength:"128" doc:"Needed: one of your own for each notice. Sent again with the same key, there is no second notice."`
	Body NoticeBody
}

// NoticeStanding is where a notice stands, and what sending it means.
type NoticeStanding struct {
	Number     string `json:"number" example:"N26000017"`
	State      string `json:"state" enum:"draft,scheduled,sent,recalled"`
	Households int    `json:"households" doc:"That it goes to."`
	Villages   int    `json:"villages"`
	Leads      int    `json:"leads" doc:"Cells whose lead finds it on their phone."`
	Unled      int    `json:"unled" doc:"Households in cells that nobody leads."`
	Phones     int    `json:"phones" doc:"That agreed to short messages; 0 also where the city sends none."`
	Messages   int    `json:"messages" doc:"That sending to them takes of the month's budget."`
	Left       int    `json:"left" doc:"Of the month's budget."`
	Version    int    `json:"version"`
	Page       string `json:"page" doc:"What everybody reads."`
}

type noticeOutput struct{ Body NoticeStanding }

func (s *service) sendNotice(ctx context.Context, in *noticeInput) (*noticeOutput, error) {
	actor, b := auth.From(ctx), in.Body
	num, err := s.notices.Compose(ctx, actor, outreach.Compose{Key: in.Key, Kind: outreach.Kind(b.Kind), Title: b.Title, Words: b.Words, Units: b.Units, MinSize: b.MinSize, MaxSize: b.MaxSize})
	if err != nil {
		return nil, err
	}
	if b.Households != nil {
		send := outreach.Send{Key: in.Key, Number: num, Households: *b.Households, Short: b.Short, Version: 1}
		if b.At != nil {
			send.At = *b.At
		}
		if err := s.notices.Send(ctx, actor, send); err != nil {
			return nil, err
		}
	}
	n, e, err := s.notices.Estimate(ctx, actor, num)
	if err != nil {
		return nil, err
	}
	return &noticeOutput{NoticeStanding{Number: n.Number, State: string(n.State), Households: e.Households, Villages: e.Villages, Leads: e.Leads, Unled: e.Unled, Phones: e.Short.Phones, Messages: e.Short.Need(), Left: e.Short.Left, Version: n.Version, Page: s.publicURL + "/notices/" + n.Number}}, nil
}

type reachInput struct {
	Number  string `path:"number" maxLength:"20"`
	Edition int    `query:"edition" minimum:"0" doc:"Of its words; the latest where it is left out. Each is counted anew."`
	After   int    `query:"after" minimum:"0" maximum:"168" doc:"How it stood after so many hours; how it stands where it is left out, or isn't known by village and hour."`
}

// ReachFigures are how many households a notice reached.
type ReachFigures struct {
	Households int `json:"households"`
	Reached    int `json:"reached" doc:"By any of the ways, each household once."`
	Opened     int `json:"opened"`
	Told       int `json:"told" doc:"In person, by their lead."`
	Met        int `json:"met" doc:"At a meeting, by their lead's word."`
	Odd        int `json:"odd" doc:"Of those told, how many were entered more than 20 a minute. They count."`
}

// ReachVillage is how far it came in a village.
type ReachVillage struct {
	Unit   string `json:"unit" doc:"Code of the village."`
	Hidden bool   `json:"hidden,omitempty" doc:"Too few households for figures."`
	ReachFigures
}

// ReachHour is what came in an hour.
type ReachHour struct {
	Hour   int `json:"hour" doc:"Since it went out; 0 is the first."`
	Opened int `json:"opened"`
	Told   int `json:"told"`
	Met    int `json:"met"`
}

type reachOutput struct {
	Body struct {
		Number   string         `json:"number"`
		State    string         `json:"state"`
		Edition  int            `json:"edition"`
		SentAt   time.Time      `json:"sent_at"`
		Part     bool           `json:"part" doc:"Only villages that the token's account answers for."`
		After    int            `json:"after" doc:"The figures are those of so many hours after it went out; 0: of now."`
		Total    ReachFigures   `json:"total" doc:"Of the villages that have figures."`
		Villages []ReachVillage `json:"villages" nullable:"false"`
		Hours    []ReachHour    `json:"hours" nullable:"false" doc:"By the hour, for a week; after 90 days kept by town, so empty for whoever answers for a part of one."`
	}
}

func (s *service) noticeReach(ctx context.Context, in *reachInput) (*reachOutput, error) {
	r, err := s.notices.Reach(ctx, auth.From(ctx), in.Number, in.Edition, in.After)
	if err != nil {
		return nil, err
	}
	out := &reachOutput{}
	b := &out.Body
	b.Number, b.State, b.Edition, b.SentAt, b.Part, b.Total = r.Notice.Number, string(r.Notice.State), r.Edition, r.Notice.SentAt, r.Part, figuresOf(r.Total)
	b.Villages, b.Hours = []ReachVillage{}, []ReachHour{}
	places := r.Places
	if b.After = r.After; r.After > 0 {
		places, b.Total = r.Then, figuresOf(r.Stood)
	}
	for _, p := range places {
		v := ReachVillage{Hidden: p.Hidden, ReachFigures: figuresOf(p)}
		if u := s.network.Tree().ByID(p.VillageID); u != nil {
			v.Unit = u.Code
		}
		b.Villages = append(b.Villages, v)
	}
	for _, h := range r.Hours {
		b.Hours = append(b.Hours, ReachHour(h))
	}
	return out, nil
}

func figuresOf(p outreach.PlaceReach) ReachFigures {
	return ReachFigures{Households: p.Households, Reached: p.Reached, Opened: p.Opened, Told: p.Told, Met: p.Met, Odd: p.Odd}
}
