package mobilise_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/mobilisetest"
	"bilin/internal/sqldb"
)

var yes = mobilise.Answer{Coming: true}

// A link stands for one person of one order, changes nothing when it is looked
// at, and no other text opens anything.
func TestToken(t *testing.T) {
	each(t, 3, func(t *testing.T, c *mobilisetest.City) {
		a, b := issue(c, c.Command, nil), issue(c, c.Command, nil)
		token := c.Orders.Token(a, 2)
		before := c.Receipts(a)
		call, err := c.Orders.ByToken(t.Context(), token)
		if err != nil || call.N != 2 || call.Order.Number != a.Number || call.PersonID != before[1].PersonID {
			t.Fatalf("%+v %v", call, err)
		}
		parts := strings.Split(token, ".")
		wrong := []string{"", ".", "..", "...", token + "A", token[:len(token)-1], parts[0] + ".3." + parts[2], parts[0] + ".02." + parts[2], parts[0] + ".+2." + parts[2], parts[0] + ".2.",
			b.Number + ".2." + parts[2], "L9.2." + parts[2], parts[0] + ".0." + parts[2], parts[0] + ".-2." + parts[2], parts[0] + ".zzzzzzzzz." + parts[2], token + "." + parts[2], strings.Repeat("1", 100)}
		last := map[bool]string{true: "B", false: "A"}[strings.HasSuffix(token, "A")]
		wrong = append(wrong, token[:len(token)-1]+last)
		for _, text := range wrong {
			_, err := c.Orders.ByToken(t.Context(), text)
			wantCode(t, text, err, errs.NotFound, "order.no_link")
			wantCode(t, text, c.Orders.AnswerByToken(t.Context(), text, yes), errs.NotFound, "order.no_link")
			wantCode(t, text, c.Orders.SeenByToken(t.Context(), text), errs.NotFound, "order.no_link")
		}
		if fmt.Sprint(c.Receipts(a)) != fmt.Sprint(before) {
			t.Error("looking changed something")
		}
		wantCode(t, "beyond the last", c.Orders.AnswerByToken(t.Context(), c.Orders.Token(a, 4), yes), errs.NotFound, "order.no_link")
		forged := mobilise.Answer{Coming: true, Way: mobilise.ByVisit, By: "别人", Told: true}
		if err := c.Orders.AnswerByToken(t.Context(), token, forged); err != nil {
			t.Fatal(err)
		}
		if r := c.Receipts(a)[1]; r.Standing != mobilise.Coming || r.Way != mobilise.ByLink || r.EnteredBy != "" {
			t.Errorf("%+v", r)
		}
		if c.Receipts(b)[1].Standing != mobilise.Queued {
			t.Error("the other order was answered too")
		}
		if _, err := c.Orders.Cancel(t.Context(), c.Command, mobilise.Command{Number: a.Number, Note: "停"}); err != nil {
			t.Fatal(err)
		}
		wantCode(t, "ended", c.Orders.AnswerByToken(t.Context(), token, yes), errs.Gone, "order.ended")
		call, err = c.Orders.ByToken(t.Context(), token)
		if err != nil || call.State != mobilise.Cancelled || call.Order.Number != a.Number {
			t.Errorf("the link no longer says which order it was: %v", err)
		}
		if left := fmt.Sprintf("%+v %+v", *call.Order, call.Receipt); strings.Contains(left, "冰") || strings.Contains(left, "停") || strings.Contains(left, before[1].PersonID) || call.Standing != mobilise.Queued {
			t.Errorf("and tells more than that: %s", left)
		}
		ended := fmt.Sprint(c.Receipts(a))
		wantCode(t, "seen after the end", c.Orders.SeenByToken(t.Context(), c.Orders.Token(a, 1)), errs.Gone, "order.ended")
		if fmt.Sprint(c.Receipts(a)) != ended {
			t.Error("something was noted after the end")
		}
	})
}

// No text opens what it wasn't made for.
func TestTokenOfAnything(t *testing.T) {
	each(t, 3, func(t *testing.T, c *mobilisetest.City) {
		o := issue(c, c.Command, nil)
		real := map[string]bool{}
		for n := range 3 {
			real[c.Orders.Token(o, n+1)] = true
		}
		rapid.Check(t, func(t *rapid.T) {
			text := rapid.OneOf(rapid.String(), rapid.StringMatching(o.Number+`\.[0-9a-z]{1,3}\.[A-Za-z0-9_-]{12}`)).Draw(t, "token")
			if _, err := c.Orders.ByToken(context.Background(), text); err == nil && !real[text] {
				t.Fatalf("%q opens something", text)
			}
		})
	})
}

// An answer given to old words doesn't keep the new ones from a person.
func TestAnswerAfterACorrection(t *testing.T) {
	each(t, 1, func(t *testing.T, c *mobilisetest.City) {
		o := issue(c, c.Command, nil)
		change(c, o, func(r *mobilise.Receipt) { r.Took(mobilise.SMS, o, 1, c.Now()) })
		words := c.Words()
		words.Where = "学校"
		if _, err := c.Orders.Correct(t.Context(), c.Command, mobilise.Command{Number: o.Number}, words); err != nil {
			t.Fatal(err)
		}
		if err := c.Orders.AnswerByToken(t.Context(), c.Orders.Token(o, 1), yes); err != nil {
			t.Fatal(err)
		}
		if r := c.Receipts(o)[0]; r.Standing != mobilise.Coming || r.Due > c.Now().UnixMilli() {
			t.Errorf("the correction is forgotten: %+v", r)
		}
	})
}

// What is written down for somebody counts the same, only by those whose part it is.
func TestEnter(t *testing.T) {
	each(t, 3, func(t *testing.T, c *mobilisetest.City) {
		o := issue(c, c.Command, nil)
		enter := func(who auth.Actor, n int, a mobilise.Answer) error {
			return c.Orders.Enter(t.Context(), who, mobilise.Entry{Number: o.Number, N: n, Answer: a})
		}
		phone := mobilise.Answer{Coming: true, Way: mobilise.ByPhone}
		for what, who := range map[string]auth.Actor{"another town": c.Elsewhere, "a lead": c.Lead(0), "privacy": c.Privacy, "nobody": {}, "admin": c.Actor(auth.Admin, c.Root)} {
			wantCode(t, what, enter(who, 1, phone), errs.NotFound, "order.no_receipt")
		}
		wantCode(t, "nobody of that number", enter(c.Linked, 9, phone), errs.NotFound, "order.no_receipt")
		wantField(t, "by link", enter(c.Linked, 1, mobilise.Answer{Coming: true, Way: mobilise.ByLink}), "way", "order.missing")
		wantField(t, "why not", enter(c.Linked, 1, mobilise.Answer{Way: mobilise.ByVisit}), "reason", "order.reason_missing")
		for _, who := range []auth.Actor{c.Linked, c.Hall, c.TownHall, c.Command, c.Office} {
			if err := enter(who, 1, phone); err != nil {
				t.Errorf("%s: %v", who.Name, err)
			}
		}
		if r := c.Receipts(o)[0]; r.Standing != mobilise.Coming || r.Way != mobilise.ByPhone || r.EnteredBy != c.Linked.Name {
			t.Errorf("%+v", r)
		}
		key := mobilise.Entry{Key: "k", Number: o.Number, N: 2, Answer: mobilise.Answer{Arrived: true, Way: mobilise.ByVisit}}
		for range 2 {
			if err := c.Orders.Enter(t.Context(), c.Linked, key); err != nil {
				t.Error(err)
			}
		}
		key.N = 3
		wantCode(t, "the key for another", c.Orders.Enter(t.Context(), c.Linked, key), errs.Conflict, "once.key_reused")
		if _, err := c.Orders.Cancel(t.Context(), c.Command, mobilise.Command{Number: o.Number, Note: "停"}); err != nil {
			t.Fatal(err)
		}
		wantCode(t, "ended", enter(c.Linked, 3, phone), errs.Gone, "order.ended")
	})
}

// Gateways' reports: what isn't ours is left out, what comes late lowers nobody.
func TestReported(t *testing.T) {
	each(t, 6, func(t *testing.T, c *mobilisetest.City) {
		o := issue(c, c.Command, nil)
		admin := c.Actor(auth.Admin, c.Root)
		id := func(n int) string { return mobilise.MessageID(o, n, 1, mobilise.SMS) }
		_, err := c.Orders.Reported(t.Context(), c.Command, []mobilise.Report{{MessageID: id(1), Delivered: true}})
		wantCode(t, "not a gateway", err, errs.Forbidden, "auth.forbidden")
		if err := c.Orders.AnswerByToken(t.Context(), c.Orders.Token(o, 3), yes); err != nil {
			t.Fatal(err)
		}
		c.Pass(time.Minute)
		change(c, o, func(r *mobilise.Receipt) { r.Took(mobilise.SMS, o, 1, c.Now()) })
		c.Pass(time.Minute)
		known, err := c.Orders.Reported(t.Context(), admin, []mobilise.Report{
			{MessageID: id(1), Delivered: true, At: c.Now().Add(-30 * time.Second)}, {MessageID: id(2), Seen: true, At: c.Now().Add(time.Hour)}, {MessageID: id(3), Delivered: true},
			{MessageID: id(4), Reply: "1"}, {MessageID: id(5), Reply: "2"}, {MessageID: id(6), Failed: true},
			{MessageID: id(7), Delivered: true}, {MessageID: "", Delivered: true}, {MessageID: "L1.1.1.sms", Seen: true}, {MessageID: o.Number, Seen: true}, {MessageID: o.Number + ".x.1.sms", Seen: true},
			{MessageID: "D2600017.1.1.sms", Seen: true}, {MessageID: id(1) + ".more", Reply: "1"}, {MessageID: id(1), Reply: "maybe"}, {MessageID: o.Number + ".6.x.sms", Failed: true},
		})
		if err != nil || known != 6 {
			t.Errorf("%d known, %v", known, err)
		}
		now := c.Now().UnixMilli()
		for i, want := range []struct {
			standing mobilise.Standing
			at       int64
		}{{mobilise.Delivered, now - 30_000}, {mobilise.Seen, now}, {mobilise.Coming, now - 120_000}, {mobilise.Coming, now}, {mobilise.Cant, now}, {mobilise.Queued, 0}} {
			if r := c.Receipts(o)[i]; r.Standing != want.standing || r.ReachedAt() != want.at {
				t.Errorf("receipt %d: %v reached at %d, want %v at %d", r.N, r.Standing, r.ReachedAt(), want.standing, want.at)
			}
		}
		if r := c.Receipts(o)[5]; r.ToldBy != 0 || !r.Refused.Has(mobilise.SMS) || r.Due > now {
			t.Errorf("what doesn't arrive: %+v", r)
		}
		if known, err := c.Orders.Reported(t.Context(), admin, []mobilise.Report{{MessageID: id(1), Seen: true, At: o.IssuedAt.Add(-time.Hour)}}); err != nil || known != 1 || c.Receipts(o)[0].SeenAt != o.IssuedAt.UnixMilli() {
			t.Errorf("seen before it was sent: %d %v", c.Receipts(o)[0].SeenAt, err)
		}
	})
}

// A thousand people answer at the same time: each is told only what became
// true, and one that can't be doesn't take others with it.
func TestAThousandAnswers(t *testing.T) {
	each(t, 250, func(t *testing.T, c *mobilisetest.City) {
		o := issue(c, c.Command, nil)
		other := issue(c, c.Command, nil)
		if _, err := c.Orders.Cancel(t.Context(), c.Command, mobilise.Command{Number: other.Number, Note: "停"}); err != nil {
			t.Fatal(err)
		}
		var wait sync.WaitGroup
		for n := 1; n <= 250; n++ {
			for i := range 4 {
				wait.Go(func() {
					var err error
					switch i {
					case 0:
						err = c.Orders.AnswerByToken(t.Context(), c.Orders.Token(o, n), mobilise.Answer{Coming: n%3 != 0, Reason: mobilise.ReasonWork})
					case 1:
						err = c.Orders.SeenByToken(t.Context(), c.Orders.Token(o, n))
					case 2:
						if err = c.Orders.AnswerByToken(t.Context(), c.Orders.Token(other, n), yes); errs.KindOf(err) == errs.Gone {
							err = nil
						} else {
							err = fmt.Errorf("an order that ended: %w", err)
						}
					case 3:
						if err = c.Orders.AnswerByToken(t.Context(), c.Orders.Token(o, n+250), yes); errs.KindOf(err) == errs.NotFound {
							err = nil
						} else {
							err = fmt.Errorf("nobody: %w", err)
						}
					}
					if err != nil {
						t.Errorf("%d/%d: %v", n, i, err)
					}
				})
			}
		}
		wait.Wait()
		for _, r := range c.Receipts(o) {
			if want := map[bool]mobilise.Standing{true: mobilise.Cant, false: mobilise.Coming}[r.N%3 == 0]; r.Standing != want || r.SeenAt == 0 || r.AnsweredAt == 0 {
				t.Errorf("receipt %d: %+v", r.N, r)
			}
		}
		var rows int
		if err := c.DB.Reader().QueryRowContext(t.Context(), `SELECT count(*) FROM audit_pending WHERE action = 'order.answers'`).Scan(&rows); err != nil || rows == 0 || rows > 500 {
			t.Errorf("%d rows of the record, %v", rows, err)
		}
	})
}

// Whoever lost patience is told so; the answer may still have been taken.
func TestAnswerOfSomebodyWhoLeft(t *testing.T) {
	each(t, 1, func(t *testing.T, c *mobilisetest.City) {
		o := issue(c, c.Command, nil)
		ctx, leave := context.WithCancel(t.Context())
		leave()
		_ = c.Orders.AnswerByToken(ctx, c.Orders.Token(o, 1), yes) // either is right
		c.Orders.Stop()
		if err := c.Orders.AnswerByToken(t.Context(), c.Orders.Token(o, 1), yes); err != nil || c.Receipts(o)[0].Standing != mobilise.Coming {
			t.Errorf("%v %+v", err, c.Receipts(o)[0])
		}
	})
}

// Mine are the open orders that call somebody.
func TestMine(t *testing.T) {
	each(t, 2, func(t *testing.T, c *mobilisetest.City) {
		a, b := issue(c, c.Command, nil), issue(c, c.Command, nil)
		list, err := c.Orders.Mine(t.Context(), c.Lead(0))
		if err != nil || len(list) != 2 || list[0].Order.Number != b.Number || list[0].Token != c.Orders.Token(b, list[0].N) || list[0].PersonID != c.Leads[0] {
			t.Fatalf("%+v %v", list, err)
		}
		if _, err := c.Orders.Close(t.Context(), c.Command, mobilise.Command{Number: b.Number, Note: "好"}); err != nil {
			t.Fatal(err)
		}
		if list, err := c.Orders.Mine(t.Context(), c.Lead(0)); err != nil || len(list) != 1 || list[0].Order.Number != a.Number {
			t.Errorf("%+v %v", list, err)
		}
		if list, err := c.Orders.Mine(t.Context(), c.Command); err != nil || len(list) != 0 {
			t.Errorf("who is no person: %v %v", list, err)
		}
	})
}

// change changes all receipts of an order, as dispatch does.
func change(c *mobilisetest.City, o *mobilise.Order, fn func(r *mobilise.Receipt)) {
	c.Helper()
	list := c.Receipts(o)
	for i := range list {
		fn(&list[i])
	}
	if err := c.DB.Write(context.Background(), func(tx *sqldb.Tx) error { return mobilise.SaveReceipts(context.Background(), tx, list) }); err != nil {
		c.Fatal(err)
	}
}
