package homeweb

import (
	"context"

	"bilin/internal/auth"
	"bilin/internal/mobilise/team"
	"bilin/internal/network"
	"bilin/internal/volunteer"
)

const (
	firstTeams      = 3
	firstVolunteers = 3
)

// Teams is the response teams somebody is in, and where leads say when they are
// away and what they can do.
type Teams struct{ Service *team.Service }

// HomeCards costs four queries for people of the network, and none for others.
func (s Teams) HomeCards(ctx context.Context, actor auth.Actor, t func(key string, kv ...any) string) ([]Card, error) {
	if actor.PersonID == "" {
		return nil, nil
	}
	rows, err := s.Service.List(ctx, actor, team.Filter{Mine: true}, nil, firstTeams)
	if err != nil || len(rows) == 0 && !actor.Leads() {
		return nil, err
	}
	card := Card{Key: "teams", Rank: RankHelp, Title: t("teamweb.home"), Text: t("teamweb.home_text"), Actions: []Action{
		{Label: t("teamweb.away"), Href: "/me/away", Icon: "calendar-off"}, {Label: t("volunteerweb.skills"), Href: "/me/skills", Icon: "tool"}}}
	if actor.Leads() {
		card.Actions = append(card.Actions, Action{Label: t("teamweb.title"), Href: "/teams", Icon: "users-group"})
	}
	for _, r := range rows {
		card.Items = append(card.Items, Item{Title: r.Name, Note: t("teamweb.n_people", "n", r.Members, "here", r.Available), Href: "/teams/" + r.ID})
	}
	return []Card{card}, nil
}

// Volunteers is who reported in and waits for the village.
type Volunteers struct {
	Service *volunteer.Service
	Tree    func() *network.Tree
}

// HomeCards costs two queries for those who confirm.
func (s Volunteers) HomeCards(ctx context.Context, actor auth.Actor, t func(key string, kv ...any) string) ([]Card, error) {
	villages := s.Service.MayEnter(actor)
	if len(villages) == 0 {
		return nil, nil
	}
	n, err := s.Service.Waiting(ctx, actor)
	if err != nil {
		return nil, err
	}
	card := Card{Key: "volunteers", Rank: RankIdle, Title: t("volunteerweb.title"), Actions: []Action{{Label: t("volunteerweb.home_all"), Href: "/volunteers", Icon: "heart-handshake"}}}
	for _, v := range villages[:min(len(villages), 20)] {
		card.Live += " " + volunteer.Topic(v.ID)
	}
	if n == 0 {
		card.Empty = t("volunteerweb.none_pending")
		return []Card{card}, nil
	}
	card.Rank, card.Text = RankUrgent, t("volunteerweb.home_n", "n", n)
	if len(villages) > 1 { // the villages decide; a town looks on
		card.Rank = RankKnow
	}
	list, err := s.Service.List(ctx, actor, volunteer.Filter{State: volunteer.Pending}, nil, firstVolunteers)
	for _, v := range list {
		item := Item{Title: v.Name, Note: t("volunteer.kind." + string(v.Kind)), Href: "/volunteers/" + v.ID, At: v.ReportedAt}
		if u := s.Tree().ByID(v.VillageID); u != nil && len(villages) > 1 {
			item.Note += " · " + u.Name
		}
		card.Items = append(card.Items, item)
	}
	return []Card{card}, err
}
