package mobilise_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/mobilisetest"
	"bilin/internal/sqldb"
)

// about makes an order one about a missing person, for 72 hours.
func about(c *mobilisetest.City) func(p *mobilise.Propose) {
	return func(p *mobilise.Propose) {
		p.Hazard, p.Missing = mobilise.Missing, mobilise.MissingPerson{CaseNumber: "A20261201", AskedBy: "女儿刘小兰"}
		p.Words = mobilise.Words{Title: "寻找刘奶奶", What: "刘奶奶八十二岁，昨晚走失。", Do: "请看看房前屋后。", Where: "花明村一带", Until: c.Now().Add(72 * time.Hour)}
	}
}

// An order about a missing person always needs two, ends by itself, and then
// says nothing of that person any more, in any table.
func TestMissingPersonIsErased(t *testing.T) {
	each(t, 2, func(t *testing.T, c *mobilisetest.City) {
		_, err := c.Order(c.Command, func(p *mobilise.Propose) {
			about(c)(p)
			p.Words.Until = c.Now().Add(73 * time.Hour)
		})
		wantField(t, "73 hours", err, "until", "order.missing_long")
		o := issue(c, c.Command, about(c))
		never := issue(c, c.Command, about(c))
		if o.State != mobilise.Proposed {
			t.Fatalf("went out alone: %s", o.State)
		}
		o, err = c.Orders.Approve(t.Context(), c.Office, mobilise.Command{Number: o.Number})
		if err != nil {
			t.Fatal(err)
		}
		words := o.Words
		words.Until = o.IssuedAt.Add(73 * time.Hour)
		_, err = c.Orders.Correct(t.Context(), c.Command, mobilise.Command{Number: o.Number}, words)
		wantField(t, "corrected to 73 hours", err, "until", "order.missing_long")
		words.Until, words.Where = o.Until, "刘家塘"
		if o, err = c.Orders.Correct(t.Context(), c.Command, mobilise.Command{Key: "correct", Number: o.Number}, words); err != nil {
			t.Fatal(err)
		}
		if err := c.Orders.AnswerByToken(t.Context(), c.Orders.Token(o, 1), yes); err != nil {
			t.Fatal(err)
		}
		tick(c)
		if found := mentions(c, "刘"); found == "" {
			t.Fatal("erased before its time")
		}
		if _, err := c.Orders.Review(t.Context(), c.Privacy, mobilise.Command{Number: o.Number, Note: "刘家同意"}); err != nil {
			t.Fatal(err)
		}
		c.Pass(72 * time.Hour)
		tick(c)
		tick(c)
		if found := mentions(c, "刘"); found != "" {
			t.Errorf("still said: %s", found)
		}
		if found := mentions(c, "A20261201"); found != "" {
			t.Errorf("still said: %s", found)
		}
		o, err = c.Orders.ByID(t.Context(), o.ID)
		if err != nil || o.State != mobilise.Closed || o.Missing.ErasedAt.IsZero() || o.Title != "" || o.Missing.ReviewedAt.IsZero() || o.Missing.ReviewedBy == "" || c.Receipts(o)[0].Standing != mobilise.Released {
			t.Errorf("%+v %v", o, err)
		}
		if never, err = c.Orders.ByID(t.Context(), never.ID); err != nil || never.State != mobilise.Cancelled || never.Missing.ErasedAt.IsZero() {
			t.Errorf("never approved: %+v %v", never, err)
		}
		events, err := c.Orders.Events(t.Context(), o.ID, 0, 10)
		if err != nil || len(events) != 5 || events[4].Kind != mobilise.EventErased {
			t.Errorf("%d events, %v", len(events), err)
		}
	})
}

func tick(c *mobilisetest.City) {
	c.Helper()
	if err := c.Orders.Tick(context.Background()); err != nil {
		c.Fatal(err)
	}
}

// mentions looks for a word in all that orders store.
func mentions(c *mobilisetest.City, word string) (where string) {
	c.Helper()
	for table, columns := range map[string]string{
		"call_order": "title || what || do_text || where_text || end_note || review_note || case_number || asked_by || audience", "call_event": "text || detail",
		"audit_pending": "purpose || detail", "once": "request || result", "job": "payload", "call_try": "error",
	} {
		var n int
		if err := c.DB.Reader().QueryRowContext(context.Background(), `SELECT count(*) FROM `+table+` WHERE `+columns+` LIKE $1`, "%"+word+"%").Scan(&n); err != nil {
			c.Fatal(table, err)
		}
		if n > 0 {
			where += table + " "
		}
	}
	return strings.TrimSpace(where)
}

// The privacy officer, and nobody else, looks at it afterwards, once.
func TestReviewOfAMissingPersonsOrder(t *testing.T) {
	each(t, 1, func(t *testing.T, c *mobilisetest.City) {
		o := issue(c, c.Command, about(c))
		review := func(who auth.Actor, number string) error {
			_, err := c.Orders.Review(t.Context(), who, mobilise.Command{Number: number, Note: "有立案，家属同意"})
			return err
		}
		wantCode(t, "before it goes out", review(c.Privacy, o.Number), errs.Conflict, "order.no_review")
		o, err := c.Orders.Approve(t.Context(), c.Office, mobilise.Command{Number: o.Number})
		if err != nil {
			t.Fatal(err)
		}
		for what, who := range map[string]auth.Actor{"who proposed": c.Command, "who approved": c.Office, "village": c.Hall} {
			wantCode(t, what, review(who, o.Number), errs.Forbidden, "auth.forbidden")
		}
		if _, may, err := c.Orders.Get(t.Context(), c.Privacy, o.Number); err != nil || !may.Review || may.Cancel || may.Enter {
			t.Errorf("%+v %v", may, err)
		}
		_, err = c.Orders.People(t.Context(), c.Privacy, o, mobilise.Filter{Standing: mobilise.Any}, 0, 10)
		wantCode(t, "whom it called", err, errs.Forbidden, "auth.forbidden")
		if err := review(c.Privacy, o.Number); err != nil {
			t.Error(err)
		}
		wantCode(t, "twice", review(c.Privacy, o.Number), errs.Conflict, "order.no_review")
		other := issue(c, c.Command, nil)
		wantCode(t, "another order", review(c.Privacy, other.Number), errs.NotFound, "order.none")
	})
}

// Whoever is looked for isn't called out for under another hazard, neither at
// first nor by a correction.
func TestNobodyIsLookedForUnderAnotherHazard(t *testing.T) {
	each(t, 2, func(t *testing.T, c *mobilisetest.City) {
		for _, hazard := range []mobilise.Hazard{mobilise.Other, mobilise.Flood} {
			_, err := c.Order(c.Command, func(p *mobilise.Propose) {
				p.Hazard, p.Words.What = hazard, "寻找走失的王某，78岁，身穿蓝色棉袄。"
			})
			wantField(t, string(hazard), err, "what", "order.names_person")
		}
		o := issue(c, c.Command, func(p *mobilise.Propose) { p.Hazard = mobilise.Other })
		words := o.Words
		words.Do = "寻人：王秀英，身份证430124194803120021"
		_, err := c.Orders.Correct(t.Context(), c.Command, mobilise.Command{Number: o.Number}, words)
		wantField(t, "corrected", err, "what", "order.names_person")
		if found := mentions(c, "王"); found != "" {
			t.Errorf("stored: %s", found)
		}
		issue(c, c.Command, about(c))
	})
}

// What can't be erased doesn't keep the words of others.
func TestOneOrderKeepsNoOthersWords(t *testing.T) {
	each(t, 1, func(t *testing.T, c *mobilisetest.City) {
		var list []*mobilise.Order
		for n := range 3 {
			list = append(list, issue(c, c.Command, func(p *mobilise.Propose) {
				about(c)(p)
				p.Words.Until = c.Now().Add(time.Duration(n+1) * time.Hour)
			}))
		}
		c.Pass(72 * time.Hour)
		err := c.DB.Write(t.Context(), func(tx *sqldb.Tx) error { // the first two can't be erased at one moment
			_, err := tx.ExecContext(t.Context(), `CREATE UNIQUE INDEX in_the_way ON call_order (erased_at) WHERE erased_at > 0 AND number IN ('`+list[0].Number+`', '`+list[1].Number+`')`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Orders.Tick(t.Context()); err == nil {
			t.Error("it says nothing of what failed")
		}
		for n, want := range []bool{true, false, true} {
			if o, err := c.Orders.ByID(t.Context(), list[n].ID); err != nil || o.Missing.ErasedAt.IsZero() == want {
				t.Errorf("%d: erased %v, %v", n, o.Missing.ErasedAt, err)
			}
		}
	})
}

// Between a Tick's look and its step an order may have been erased by another,
// or been corrected to last longer.
func TestErasingLooksAgain(t *testing.T) {
	each(t, 1, func(t *testing.T, c *mobilisetest.City) {
		o := issue(c, c.Command, about(c))
		erase := func() (events int, erased bool) {
			t.Helper()
			if err := c.Orders.EraseOne(t.Context(), o.ID); err != nil {
				t.Fatal(err)
			}
			now, err := c.Orders.ByID(t.Context(), o.ID)
			if err != nil {
				t.Fatal(err)
			}
			list, err := c.Orders.Events(t.Context(), o.ID, 0, 10)
			if err != nil {
				t.Fatal(err)
			}
			return len(list), !now.Missing.ErasedAt.IsZero()
		}
		if n, erased := erase(); erased || n != 1 {
			t.Errorf("before its time: %d events, erased %t", n, erased)
		}
		c.Pass(72 * time.Hour)
		for range 2 {
			if n, erased := erase(); !erased || n != 2 {
				t.Errorf("%d events, erased %t", n, erased)
			}
		}
		other := issue(c, c.Command, nil)
		c.Pass(72 * time.Hour)
		if err := c.Orders.EraseOne(t.Context(), other.ID); err != nil {
			t.Fatal(err)
		}
		if now, err := c.Orders.ByID(t.Context(), other.ID); err != nil || now.Title == "" {
			t.Errorf("another order was erased: %v", err)
		}
	})
}
