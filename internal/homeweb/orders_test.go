package homeweb_test

import (
	"context"
	"strings"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/homeweb"
	"bilin/internal/i18n"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/mobilisetest"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// cardsOf are somebody's cards about orders, as one text.
func cardsOf(t *testing.T, c *mobilisetest.City, who auth.Actor) string {
	t.Helper()
	catalog, err := i18n.New(homeweb.Messages, mobilise.Messages)
	if err != nil {
		t.Fatal(err)
	}
	cards, err := homeweb.Orders{Service: c.Orders, Policy: c.Policy}.HomeCards(context.Background(), who, func(key string, kv ...any) string { return catalog.T(i18n.ZH, key, kv...) })
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, card := range cards {
		b.WriteString(card.Title + " " + card.Text + " " + card.Empty + "\n")
		for _, i := range card.Items {
			b.WriteString(i.Title + " | " + i.Note + " | " + i.Status + " | " + i.Href + "\n")
		}
		for _, a := range card.Actions {
			b.WriteString(a.Label + " " + a.Href + "\n")
		}
	}
	if strings.Contains(b.String(), "⟦") {
		t.Errorf("untranslated: %s", b.String())
	}
	return b.String()
}

// Each sees what orders ask of them: to answer, to knock, to approve, to review.
func TestOrdersOnStartPages(t *testing.T) {
	c := mobilisetest.New(t, sqldbtest.Open(t, sqldb.SQLite), 4)
	says := func(who auth.Actor, texts ...string) {
		t.Helper()
		got := cardsOf(t, c, who)
		for _, text := range texts {
			if !strings.Contains(got, text) {
				t.Errorf("%s: no %q in\n%s", who.Name, text, got)
			}
		}
		if len(texts) == 0 && got != "" {
			t.Errorf("%s: %s", who.Name, got)
		}
	}
	says(c.Command, "现在没有开着的令", "/orders/new")
	says(c.Privacy, "没有要复核的")
	for _, who := range []auth.Actor{c.Office, c.TownHall, c.Hall, c.Linked, c.Lead(0)} {
		says(who)
	}
	o, err := c.Order(c.Command, func(p *mobilise.Propose) {
		p.Kind, p.Hazard, p.Missing = mobilise.Drill, mobilise.Missing, mobilise.MissingPerson{CaseNumber: "A1", AskedBy: "女儿"}
	})
	if err != nil {
		t.Fatal(err)
	}
	says(c.Office, "等您批准的令", "【演练】道路结冰除冰", "4 人", "/orders/"+o.Number)
	says(c.Elsewhere)
	if o, err = c.Orders.Approve(t.Context(), c.Office, mobilise.Command{Number: o.Number}); err != nil {
		t.Fatal(err)
	}
	says(c.Lead(1), "【演练】", "带铁锹到点铲冰", "村部门口", "等您答复", "/a/"+c.Orders.Token(o, 2))
	says(c.Privacy, "令 "+o.Number+" 等您复核")
	says(c.Command, "开着的令", "叫到 4 人")
	c.Knock(o, 1, 3)
	says(c.Linked, "请您上门", "2 人要上门", "/orders/"+o.Number+"/doors")
	if strings.Contains(cardsOf(t, c, c.Command), "上门") {
		t.Error("the command post is sent to doors")
	}
	if err := c.Orders.AnswerByToken(t.Context(), c.Orders.Token(o, 2), mobilise.Answer{Coming: true}); err != nil {
		t.Fatal(err)
	}
	says(c.Lead(1), "会来", "改答复")
	if _, err := c.Orders.Close(t.Context(), c.Command, mobilise.Command{Number: o.Number, Note: "好了"}); err != nil {
		t.Fatal(err)
	}
	says(c.Lead(1))
	says(c.Linked)
}
