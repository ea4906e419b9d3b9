package homeweb

import (
	"context"

	"bilin/internal/auth"
	"bilin/internal/mobilise/rollcall"
	"bilin/internal/network"
)

// Rollcalls is the urgent card of an open roll-call: how many of a lead's
// households are left, or how far an office's part is and who waits for help.
type Rollcalls struct{ Service *rollcall.Service }

// HomeCards costs a query, and while a roll-call is open two more for each.
func (s Rollcalls) HomeCards(ctx context.Context, actor auth.Actor, t func(key string, kv ...any) string) ([]Card, error) {
	sheets, err := s.Service.Mine(ctx, actor)
	if err != nil {
		return nil, err
	}
	var cards []Card
	for _, sheet := range sheets {
		cards = append(cards, sheetCard(sheet, t))
	}
	briefs, err := s.Service.Briefs(ctx, actor)
	if err != nil {
		return nil, err
	}
	for _, b := range briefs {
		cards = append(cards, briefCard(b, t))
	}
	return cards, nil
}

func sheetCard(sheet *rollcall.Sheet, t translate) Card {
	left := sheet.Left()
	card := Card{Key: "rollcall-" + sheet.Call.ID + sheet.Unit.Code, Rank: RankUrgent, Title: rollcallTitle(sheet.Call, t), Text: sheet.Call.Reason, Live: rollcall.Topic,
		Figures: []Figure{{Label: t("rollweb.left"), Value: left, Kind: badIf(left), Href: "/rollcall"}},
		Actions: []Action{{Label: t("rollweb.home_report"), Href: "/rollcall", Icon: "checklist", Main: true}}}
	if left == 0 {
		card.Rank, card.Empty, card.Actions[0] = RankKnow, t("rollweb.all_done"), Action{Label: t("rollweb.home_look"), Href: "/rollcall", Icon: "checklist"}
	}
	return card
}

func briefCard(b rollcall.Brief, t translate) Card {
	at, unit := "/rollcalls/"+b.Call.ID, ""
	if b.Unit.ID != b.Call.UnitID {
		unit = "?unit=" + b.Unit.Code
	}
	return Card{Key: "rollcall-" + b.Call.ID + b.Unit.Code, Rank: RankUrgent, Title: rollcallTitle(b.Call, t), Text: t("rollweb.home_of", "reason", b.Call.Reason, "unit", b.Unit.Name),
		Live: rollcall.Topic + " " + rollcall.OfHelp + b.Call.ID,
		Figures: []Figure{
			{Label: t("rollweb.left"), Value: b.Left(), Hint: t("rollweb.home_all", "n", b.Expected), Kind: warnIf(b.Left()), Href: at + "/missing" + unit},
			{Label: t("rollweb.waiting"), Value: b.Waiting(), Kind: badIf(b.Waiting()), Href: at + "/help"},
		},
		Actions: []Action{{Label: t("rollweb.home_open"), Href: at + unit, Icon: "checklist", Main: b.Unit.Level >= network.Village}},
	}
}

func rollcallTitle(c *rollcall.Call, t translate) string {
	if c.IsDrill() {
		return t("rollweb.drill_title", "title", t("rollweb.title"))
	}
	return t("rollweb.title")
}

func warnIf(n int) string {
	if n > 0 {
		return "warn"
	}
	return "ok"
}
