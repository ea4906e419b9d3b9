package homeweb

import (
	"context"
	"strings"

	"bilin/internal/auth"
	"bilin/internal/meeting"
	"bilin/internal/network"
	"bilin/internal/workday"
)

const (
	firstMeetings = 3
	firstPromises = 5
)

// Meetings is what was promised at yard meetings and is with the actor's posts,
// and what is to come where they serve.
type Meetings struct {
	Service *meeting.Service
	Tree    func() *network.Tree
}

// HomeCards costs two queries for those who hold or keep something, none for others.
func (s Meetings) HomeCards(ctx context.Context, actor auth.Actor, t func(key string, kv ...any) string) (cards []Card, err error) {
	list, err := s.Service.Mine(ctx, actor, firstPromises)
	if err != nil {
		return nil, err
	}
	if len(list) > 0 {
		card := Card{Key: "promises", Rank: RankOpen, Title: t("meetingweb.home_promises")}
		for _, f := range list {
			item := Item{Title: f.Words, Note: t("meetingweb.home_due", "month", strings.TrimLeft(f.DueDay[5:7], "0"), "day", strings.TrimLeft(f.DueDay[8:], "0")), Href: "/promises/" + f.ID}
			if f.Became == meeting.Overdue {
				item.Status, item.StatusKind = t("meeting.became.promise_overdue"), "bad"
				card.Rank = RankUrgent
			}
			card.Items = append(card.Items, item)
		}
		cards = append(cards, card)
	}
	scope := s.Service.HoldScope(actor)
	if len(scope) == 0 {
		return cards, nil
	}
	unit := scope[0]
	soon, err := s.Service.Soon(ctx, unit, firstMeetings)
	if err != nil {
		return nil, err
	}
	card := Card{Key: "meetings", Rank: RankKnow, Title: t("meetingweb.home"), Live: meeting.Topic(unit.ID), Actions: []Action{
		{Label: t("meetingweb.call"), Href: "/meetings/new?unit=" + unit.Code, Icon: "plus"}, {Label: t("meetingweb.home_all"), Href: "/meetings?unit=" + unit.Code, Icon: "list"}}}
	for _, m := range soon {
		at := m.StartsAt.In(workday.City)
		item := Item{Title: m.Subject, Note: t("meetingweb.home_when", "month", int(at.Month()), "day", at.Day(), "clock", at.Format("15:04"), "place", m.Place), Href: "/meetings/" + m.Number}
		if m.State == meeting.Cancelled {
			item.Status, item.StatusKind = t("meeting.state.cancelled"), "bad"
		}
		card.Items = append(card.Items, item)
	}
	if len(soon) == 0 {
		card.Rank, card.Text = RankIdle, t("meetingweb.home_none")
	}
	return append(cards, card), nil
}
