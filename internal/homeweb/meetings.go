package homeweb

import (
	"context"

	"bilin/internal/auth"
	"bilin/internal/meeting"
	"bilin/internal/network"
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
			item := Item{Title: f.Words, Note: t("meetingweb.by_day", "day", f.DueDay), Href: "/promises/" + f.ID}
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
		item := Item{Title: m.Subject, Note: m.Place, Href: "/meetings/" + m.Number, At: m.StartsAt}
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
