package homeweb

import (
	"context"

	"bilin/internal/auth"
	"bilin/internal/mobilise"
)

const firstOrders = 5

// Orders is what calls somebody themselves, above all else; then doors to knock
// at, orders that wait for a second person, open ones, and those to look back at.
type Orders struct {
	Service *mobilise.Service
	Policy  *auth.Policy
}

// HomeCards costs a query for a lead and five for an office, one more for each order that calls.
func (s Orders) HomeCards(ctx context.Context, actor auth.Actor, t func(key string, kv ...any) string) (cards []Card, err error) {
	calls, err := s.Service.Mine(ctx, actor)
	if err != nil {
		return nil, err
	}
	for _, c := range calls {
		cards = append(cards, callCard(c, t))
	}
	for _, part := range []func(context.Context, auth.Actor, translate) (*Card, error){s.doors, s.toApprove, s.open, s.toReview} {
		card, err := part(ctx, actor, t)
		if err != nil {
			return nil, err
		}
		if card != nil {
			cards = append(cards, *card)
		}
	}
	return cards, nil
}

// callCard is an order that calls the reader.
func callCard(c mobilise.Call, t translate) Card {
	card := Card{Key: "call-" + c.Number, Rank: RankUrgent, Title: headOf(c.Order, t), Live: mobilise.ListTopic,
		Items: []Item{{Title: c.Do, Note: c.Where, Href: "/a/" + c.Token, Status: t("home.call_waits"), StatusKind: "bad"}}, Actions: []Action{{Label: t("home.call_answer"), Href: "/a/" + c.Token, Icon: "message-check", Main: true}}}
	if c.Standing >= mobilise.Cant {
		card.Items[0].Status, card.Items[0].StatusKind = t("order.standing."+c.Standing.String()), "ok"
		card.Actions[0] = Action{Label: t("home.call_change"), Href: "/a/" + c.Token, Icon: "edit"}
	}
	return card
}

// headOf tells a drill from an order by its first word.
func headOf(o *mobilise.Order, t translate) string {
	if o.IsDrill() {
		return t("home.drill_head", "title", o.Title)
	}
	return t("home.order_head", "title", o.Title)
}

// doors is for those who stand near enough to knock.
func (s Orders) doors(ctx context.Context, actor auth.Actor, t translate) (*Card, error) {
	if actor.Has(auth.Command) || actor.Has(auth.CityOffice) {
		return nil, nil
	}
	list, err := s.Service.ToKnock(ctx, actor)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	card, topics := &Card{Key: "doors", Rank: RankUrgent, Title: t("home.doors"), Text: t("home.doors_how")}, []string(nil)
	for _, d := range list {
		card.Items = append(card.Items, Item{Title: headOf(d.Order, t), Note: t("home.doors_n", "n", d.N), Href: "/orders/" + d.Number + "/doors"})
		topics = append(topics, mobilise.Topic(d.ID))
	}
	card.Live = join(topics)
	return card, nil
}

// toApprove is for the second person.
func (s Orders) toApprove(ctx context.Context, actor auth.Actor, t translate) (*Card, error) {
	list, err := s.Service.ToApprove(ctx, actor)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	card := &Card{Key: "orders-approve", Rank: RankUrgent, Title: t("home.orders_approve"), Text: t("home.orders_approve_how"), Live: mobilise.ListTopic}
	for _, o := range list {
		card.Items = append(card.Items, Item{Title: headOf(o, t), Note: t("home.orders_by", "who", o.Proposer, "n", o.People), Href: "/orders/" + o.Number, At: o.ProposedAt})
	}
	return card, nil
}

// open is what is under way; the command post also sees that nothing is.
func (s Orders) open(ctx context.Context, actor auth.Actor, t translate) (*Card, error) {
	if !s.Policy.May(actor, mobilise.ActIssue) {
		return nil, nil
	}
	list, _, err := s.Service.List(ctx, actor, mobilise.Active, nil, firstOrders)
	if err != nil || len(list) == 0 && !actor.Has(auth.Command) {
		return nil, err
	}
	card := &Card{Key: "orders", Rank: RankOpen, Title: t("home.orders"), Live: mobilise.ListTopic, Actions: []Action{{Label: t("home.orders_all"), Href: "/orders", Icon: "speakerphone"}}}
	for _, o := range list {
		card.Items = append(card.Items, Item{Title: headOf(o, t), Note: t("home.orders_people", "n", o.People), Href: "/orders/" + o.Number, Status: t("order.state.active"), StatusKind: "info", At: o.IssuedAt})
	}
	if len(list) == 0 {
		card.Rank, card.Empty = RankIdle, t("home.orders_none")
		card.Actions = append(card.Actions, Action{Label: t("home.orders_new"), Href: "/orders/new", Icon: "plus"})
	}
	return card, nil
}

// toReview is for the privacy officer.
func (s Orders) toReview(ctx context.Context, actor auth.Actor, t translate) (*Card, error) {
	if !s.Policy.May(actor, mobilise.ActReview) {
		return nil, nil
	}
	list, err := s.Service.ToReview(ctx, actor)
	if err != nil {
		return nil, err
	}
	card := &Card{Key: "orders-review", Rank: RankOpen, Title: t("home.orders_review"), Live: mobilise.ListTopic}
	for _, o := range list[:min(len(list), firstOrders)] {
		card.Items = append(card.Items, Item{Title: t("home.orders_review_one", "number", o.Number), Note: o.Proposer, Href: "/orders/" + o.Number, At: o.IssuedAt})
	}
	if len(list) == 0 {
		card.Rank, card.Empty = RankIdle, t("home.orders_review_none")
	}
	return card, nil
}
