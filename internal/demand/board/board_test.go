package board_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demand/board"
	"bilin/internal/demand/catalog"
	"bilin/internal/demand/demandtest"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// hall is the small city with its board.
type hall struct {
	*testing.T
	*demandtest.City
	board *board.Service
}

func open(t *testing.T, db *sqldb.DB) *hall {
	c := demandtest.New(t, db)
	h := &hall{T: t, City: c}
	h.board = board.New(board.Options{
		DB: db, Network: c.Net, Policy: auth.NewPolicy(c.Net, auth.Rules, network.Rules, demand.Rules, board.Rules),
		Audit: c.Audit, Live: c.Live, Now: c.Clock.Now,
	})
	c.Demand.Observe(h.board)
	return h
}

func each(t *testing.T, fn func(t *hall)) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) { fn(open(t, db)) })
}

func (t *hall) must(err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (t *hall) code(err error, want string) {
	t.Helper()
	if err == nil || errs.CodeOf(err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// grow gives the village so many households that it may be named.
func (t *hall) grow() {
	t.Helper()
	var chunk network.Chunk
	for i := range 120 {
		chunk.Households = append(chunk.Households, network.NewHousehold{
			ID: fmt.Sprintf("h-%d", i), UnitID: demandtest.ID(demandtest.OtherCell), Door: fmt.Sprintf("CCCC22%04d", i),
			Address: "枫树湾", AddressKey: "枫树湾", Head: "卜" + string(rune(0x5F00+i)), Size: 2, RosterKey: fmt.Sprintf("test/g%d", i),
		})
	}
	t.must(t.Net.ImportChunk(t.Context(), auth.System("test"), chunk))
	t.must(t.Net.Refresh(t.Context()))
}

// solve raises a demand and brings it to where its author confirms it.
func (t *hall) solve(r demand.Raise, done string) demand.Receipt {
	t.Helper()
	ctx := t.Context()
	if r.Kind == "" {
		r.Kind = demand.Report
	}
	if r.UnitCode == "" {
		r.UnitCode = demandtest.CellCode
	}
	receipt, err := t.Demand.Raise(ctx, auth.Actor{}, r)
	t.must(err)
	t.resolve(receipt, done)
	t.confirm(receipt)
	return receipt
}

func (t *hall) resolve(r demand.Receipt, done string) {
	t.Helper()
	_, err := t.Demand.Accept(t.Context(), t.Lead, r.Number, demand.Command{})
	t.must(err)
	t.Clock.Add(26 * time.Hour)
	_, err = t.Demand.Resolve(t.Context(), t.Lead, r.Number, demand.Command{Note: done})
	t.must(err)
}

func (t *hall) confirm(r demand.Receipt) {
	t.Helper()
	t.Clock.Add(time.Minute)
	_, err := t.Demand.Confirm(t.Context(), r.Number, r.Track, demand.Rating{}, demand.Command{})
	t.must(err)
}

func (t *hall) public() []*board.Entry {
	t.Helper()
	p, err := t.board.List(t.Context(), board.Filter{}, nil, 50)
	t.must(err)
	return p.Entries
}

// proposed is the one entry that waits for the village.
func (t *hall) proposed() *board.Entry {
	t.Helper()
	p, err := t.board.Desk(t.Context(), t.Village, board.Proposed, nil, 50)
	t.must(err)
	if len(p.Entries) != 1 {
		t.Fatalf("%d proposals", len(p.Entries))
	}
	return p.Entries[0]
}

func (t *hall) publish(e *board.Entry) {
	t.Helper()
	t.must(t.board.Publish(t.Context(), t.Village, e.ID, board.Publish{Version: e.Version, Question: e.Question, Answer: e.Answer}))
}

var asked = demand.Raise{Text: "我是周桂英家隔壁12号的张大爷，电话13800138000，路灯不亮。", Publish: true}

func TestFromConfirmationToTheBoardAndBack(t *testing.T) {
	each(t, func(t *hall) {
		ctx := t.Context()
		r := t.solve(asked, "彭伟已换好灯泡。")
		e := t.proposed()
		if e.Question != "我是某某家隔壁某号的某大爷，电话***，路灯不亮。" || e.Answer != "某某已换好灯泡。" || e.Days != 1 || e.Rung != catalog.Cell {
			t.Errorf("%+v", e)
		}
		if len(t.public()) != 0 {
			t.Error("public before anybody looked")
		}
		if _, err := t.board.Get(ctx, e.ID); errs.KindOf(err) != errs.NotFound {
			t.Error(err)
		}
		t.publish(e)
		got, err := t.board.Get(ctx, e.ID)
		t.must(err)
		if len(t.public()) != 1 || got.Question != e.Question {
			t.Errorf("%+v", got)
		}
		if n, err := t.board.Waiting(ctx, t.Village); n != 0 || err != nil {
			t.Error(n, err)
		}
		_, err = t.Demand.SetPublish(ctx, r.Number, r.Track, false, demand.Command{})
		t.must(err)
		t.gone(r, e.ID)
		_, err = t.Demand.SetPublish(ctx, r.Number, r.Track, true, demand.Command{})
		t.must(err)
		if again := t.proposed(); again.ID == e.ID || again.Version <= e.Version {
			t.Errorf("proposed again as %+v", again)
		}
	})
}

// gone checks that nothing of an entry is left to read.
func (t *hall) gone(r demand.Receipt, id string) {
	t.Helper()
	if _, err := t.board.Get(t.Context(), id); errs.KindOf(err) != errs.NotFound {
		t.Error(err)
	}
	if len(t.public()) != 0 {
		t.Error("still public")
	}
	var words string
	t.must(t.DB.Reader().QueryRowContext(t.Context(), `SELECT question || answer || search FROM demand_board WHERE demand_id = $1`, r.ID).Scan(&words))
	if words != "" {
		t.Errorf("still kept: %s", words)
	}
}

// What the resident re-opens leaves the board until they confirm it again.
func TestReopenedLeavesTheBoard(t *testing.T) {
	each(t, func(t *hall) {
		r := t.solve(asked, "换好了。")
		e := t.proposed()
		t.publish(e)
		_, err := t.Demand.Reopen(t.Context(), r.Number, r.Track, demand.Command{Note: "又灭了"})
		t.must(err)
		t.gone(r, e.ID)
		t.code(t.board.Publish(t.Context(), t.Village, e.ID, board.Publish{Version: e.Version + 2, Question: "问", Answer: "答"}), "board.withdrawn")
		t.resolve(r, "线路也换了。")
		t.gone(r, e.ID)
		t.confirm(r)
		if again := t.proposed(); again.Answer != "线路也换了。" {
			t.Errorf("%+v", again)
		}
	})
}

func TestWhatNeverGetsThere(t *testing.T) {
	each(t, func(t *hall) {
		t.solve(demand.Raise{Text: "没同意公开"}, "好了")
		t.solve(demand.Raise{Text: "只让办事的人看", Publish: true, Private: true}, "好了")
		open, err := t.Demand.Raise(t.Context(), auth.Actor{}, demand.Raise{Kind: demand.Help, UnitCode: demandtest.CellCode, Text: "还没办", Publish: true})
		t.must(err)
		t.resolve(open, "说是好了") // and the author hasn't said so
		if n, err := t.board.Waiting(t.Context(), t.Office); n != 0 || err != nil {
			t.Error(n, err)
		}
	})
}

// An observer decides by the demand alone, however it came to be as it is.
func TestObserve(t *testing.T) {
	each(t, func(t *hall) {
		r := t.solve(asked, "好了")
		e := t.proposed()
		t.publish(e)
		base := demand.Demand{ID: r.ID, Publish: true, State: demand.Confirmed, ResolvedAt: t.Clock.Now(), FirstResolvedAt: t.Clock.Now(),
			VillageID: demandtest.ID(demandtest.VillageCode), TownID: demandtest.ID(demandtest.TownCode), Text: "路灯"}
		for name, change := range map[string]func(*demand.Demand){
			"private": func(d *demand.Demand) { d.Private = true }, "confined": func(d *demand.Demand) { d.Confined = true },
			"about": func(d *demand.Demand) { d.AboutID = "p" }, "claim": func(d *demand.Demand) { d.ClaimID = "h" },
			"silent": func(d *demand.Demand) { d.State = demand.Unconfirmed }, "merged": func(d *demand.Demand) { d.State = demand.Merged },
			"unpublish": func(d *demand.Demand) { d.Publish = false },
		} {
			d := base
			change(&d)
			t.observe(&d)
			if n := len(t.public()); n != 0 {
				t.Errorf("%s: %d public", name, n)
			}
			t.observe(&base)
			t.observe(&base)
			t.publish(t.proposed())
		}
		base.CategoryID = "moved"
		t.observe(&base)
		if list := t.public(); len(list) != 1 || list[0].CategoryID != "moved" {
			t.Errorf("%+v", list)
		}
	})
}

func (t *hall) observe(d *demand.Demand) {
	t.Helper()
	t.must(t.DB.Write(t.Context(), func(tx *sqldb.Tx) error { return t.board.Observe(context.Background(), tx, d, nil) }))
}

func TestWhoDecides(t *testing.T) {
	each(t, func(t *hall) {
		t.solve(asked, "好了")
		e := t.proposed()
		cmd := board.Publish{Version: e.Version, Question: "路灯不亮", Answer: "好了"}
		for _, actor := range []auth.Actor{{}, t.Lead, t.GroupLead, t.AreaLead, t.Linked, t.Auditor, t.Command} {
			if err := t.board.Publish(t.Context(), actor, e.ID, cmd); err == nil {
				t.Errorf("%s published", actor.Name)
			}
			if err := t.board.Decline(t.Context(), actor, e.ID, board.Decline{Version: e.Version, Reason: "不"}); err == nil {
				t.Errorf("%s declined", actor.Name)
			}
			if _, err := t.board.Review(t.Context(), actor, e.ID); err == nil {
				t.Errorf("%s read the original", actor.Name)
			}
			if _, err := t.board.Desk(t.Context(), actor, board.Proposed, nil, 5); err == nil {
				t.Errorf("%s saw the desk", actor.Name)
			}
		}
		for _, actor := range []auth.Actor{t.Village, t.Town, t.Office} {
			if v, err := t.board.Review(t.Context(), actor, e.ID); err != nil || v.Number == "" {
				t.Errorf("%s: %v", actor.Name, err)
			}
			if n, err := t.board.Waiting(t.Context(), actor); n != 1 || err != nil {
				t.Errorf("%s: %d, %v", actor.Name, n, err)
			}
		}
	})
}

func TestPublishLooksAgain(t *testing.T) {
	each(t, func(t *hall) {
		ctx := t.Context()
		t.solve(asked, "好了")
		e := t.proposed()
		cmd := board.Publish{Key: "k", Version: e.Version, Question: "电话13800138000", Answer: "好了", Sure: true}
		t.code(t.board.Publish(ctx, t.Village, e.ID, cmd), "board.look_again")
		cmd.Question, cmd.Sure = "王小明家门口的路灯", false // a head of household
		err := t.board.Publish(ctx, t.Village, e.ID, cmd)
		t.code(err, "board.look_again")
		if f := errs.As(err).Fields; len(f) != 1 || f[0].Name != "question" || f[0].Code != "board.found" {
			t.Errorf("%+v", f)
		}
		q, _, err := t.board.Check(ctx, t.Village, e.ID, cmd.Question, cmd.Answer)
		if err != nil || len(q) != 2 || q[0].Text != "王小明" || q[0].Kind == "" {
			t.Errorf("%v %v", q, err)
		}
		cmd.Question = " "
		t.code(t.board.Publish(ctx, t.Village, e.ID, cmd), "board.check")
		cmd.Question, cmd.Sure = "12号门口的路灯", true
		t.must(t.board.Publish(ctx, t.Village, e.ID, cmd))
		t.must(t.board.Publish(ctx, t.Village, e.ID, cmd)) // a double tap
		cmd.Key = "other"
		t.code(t.board.Publish(ctx, t.Town, e.ID, cmd), "board.stale")
		if list := t.public(); len(list) != 1 || list[0].Question != "12号门口的路灯" || list[0].Version != e.Version+1 {
			t.Errorf("%+v", list)
		}
	})
}

func TestDecline(t *testing.T) {
	each(t, func(t *hall) {
		ctx := t.Context()
		r := t.solve(asked, "好了")
		e := t.proposed()
		t.code(t.board.Decline(ctx, t.Village, e.ID, board.Decline{Version: e.Version}), "board.check")
		t.code(t.board.Decline(ctx, t.Village, e.ID, board.Decline{Version: e.Version, Reason: strings.Repeat("长", 201)}), "board.check")
		t.publish(e)
		t.must(t.board.Decline(ctx, t.Town, e.ID, board.Decline{Key: "k", Version: e.Version + 1, Reason: "一看就知道是谁家"}))
		t.must(t.board.Decline(ctx, t.Town, e.ID, board.Decline{Key: "k", Version: e.Version + 1, Reason: "一看就知道是谁家"}))
		t.code(t.board.Decline(ctx, t.Town, e.ID, board.Decline{Version: e.Version + 2, Reason: "再来"}), "board.declined_already")
		if len(t.public()) != 0 {
			t.Error("still public")
		}
		p, err := t.board.Preview(ctx, r.ID)
		if err != nil || p.State != board.Declined || p.Reason != "一看就知道是谁家" || p.ID != "" {
			t.Errorf("%+v %v", p, err)
		}
	})
}

// The author sees what others see, and before that what they would see.
func TestPreview(t *testing.T) {
	each(t, func(t *hall) {
		ctx := t.Context()
		open, err := t.Demand.Raise(ctx, auth.Actor{}, demand.Raise{Kind: demand.Help, UnitCode: demandtest.CellCode, Text: "我叫李建国，家里没水"})
		t.must(err)
		p, err := t.board.Preview(ctx, open.ID)
		if err != nil || p.State != "" || p.Question != "我叫某某，家里没水" || p.Answer != "" {
			t.Errorf("%+v %v", p, err)
		}
		r := t.solve(asked, "好了")
		e := t.proposed()
		if p, err = t.board.Preview(ctx, r.ID); err != nil || p.State != board.Proposed || p.Question != e.Question || p.ID != "" {
			t.Errorf("%+v %v", p, err)
		}
		t.publish(e)
		if p, err = t.board.Preview(ctx, r.ID); err != nil || p.State != board.Published || p.ID != e.ID || p.Answer != "好了" {
			t.Errorf("%+v %v", p, err)
		}
		if _, err = t.board.Preview(ctx, "nothing"); errs.KindOf(err) != errs.NotFound {
			t.Error(err)
		}
	})
}

// A village of few households isn't named, neither beside the words nor in them.
func TestPlace(t *testing.T) {
	each(t, func(t *hall) {
		text := demand.Raise{Text: "东沩社区枫树湾的水塘要清淤", Publish: true}
		t.solve(text, "好了")
		e := t.proposed()
		if e.Place != "" || strings.Contains(e.Question, "东沩") {
			t.Errorf("%q %q", e.Place, e.Question)
		}
		t.must(t.board.Decline(t.Context(), t.Village, e.ID, board.Decline{Version: e.Version, Reason: "太小"}))
		t.grow()
		t.solve(text, "好了")
		e = t.proposed()
		if e.Place != "城郊街道 · 东沩社区" || !strings.HasPrefix(e.Question, "东沩社区") {
			t.Errorf("%q %q", e.Place, e.Question)
		}
	})
}
