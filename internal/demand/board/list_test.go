package board_test

import (
	"fmt"
	"testing"
	"time"

	"bilin/internal/demand"
	"bilin/internal/demand/board"
	"bilin/internal/demand/catalog"
	"bilin/internal/demand/demandtest"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// shown puts entries on the board by hand: the n-th is n minutes old.
func (t *hall) shown(n int, kind demand.Kind, category, question string) {
	t.Helper()
	r := t.Raise(t, kind, demandtest.CellCode, question)
	d := &demand.Demand{
		ID: r.ID, Kind: kind, CategoryID: category, Text: question, Publish: true, State: demand.Confirmed, ResolvedRung: catalog.Group,
		ResolvedAt: t.Clock.Now(), FirstResolvedAt: t.Clock.Now(), RaisedAt: t.Clock.Now().Add(-80 * time.Hour),
		VillageID: demandtest.ID(demandtest.VillageCode), TownID: demandtest.ID(demandtest.TownCode),
	}
	t.observe(d)
	e := t.proposed()
	t.must(t.board.Publish(t.Context(), t.Village, e.ID, board.Publish{Version: e.Version, Question: question, Answer: fmt.Sprint("办好了第", n, "件")}))
	t.Clock.Add(time.Minute)
}

func TestListAndSearch(t *testing.T) {
	each(t, func(t *hall) {
		c := catalog.Default()
		root := c.Roots()[0]
		child, other := c.Children(root.ID)[0], c.Roots()[1]
		t.shown(1, demand.Report, child.ID, "村口路灯不亮")
		t.shown(2, demand.Question, other.ID, "医保在哪里交")
		t.shown(3, demand.Report, root.ID, "路灯（ＬＥＤ）太暗 100% 看不清")
		for _, q := range []struct {
			filter board.Filter
			want   string
		}{
			{board.Filter{}, "3 2 1"},
			{board.Filter{Text: "路灯"}, "3 1"},
			{board.Filter{Text: "路灯 村口"}, "1"},
			{board.Filter{Text: "led"}, "3"},
			{board.Filter{Text: "％"}, "3 2 1"}, // nothing to look for
			{board.Filter{Text: "_"}, "3 2 1"},
			{board.Filter{Text: "没有的事"}, ""},
			{board.Filter{Text: root.Name}, "3 1"},
			{board.Filter{Kind: demand.Question}, "2"},
			{board.Filter{CategoryCode: root.Code}, "3 1"},
			{board.Filter{CategoryCode: child.Code}, "1"},
			{board.Filter{TownCode: demandtest.TownCode, Text: "医保"}, "2"},
		} {
			if got := t.numbers(q.filter, 10); got != q.want {
				t.Errorf("%+v: %q, want %q", q.filter, got, q.want)
			}
		}
		for _, f := range []board.Filter{{CategoryCode: "none"}, {TownCode: "none"}} {
			if _, err := t.board.List(t.Context(), f, nil, 5); errs.KindOf(err) != errs.NotFound {
				t.Errorf("%+v: %v", f, err)
			}
		}
	})
}

// numbers are the entries that a filter leaves, read page by page.
func (t *hall) numbers(f board.Filter, limit int) string {
	t.Helper()
	text := ""
	for after := (*board.Cursor)(nil); ; {
		p, err := t.board.List(t.Context(), f, after, limit)
		t.must(err)
		for _, e := range p.Entries {
			var n int
			if _, err := fmt.Sscanf(e.Answer, "办好了第%d件", &n); err != nil {
				t.Fatal(err)
			}
			if text != "" {
				text += " "
			}
			text += fmt.Sprint(n)
		}
		if after = p.Next; after == nil {
			return text
		}
	}
}

func TestPaging(t *testing.T) {
	each(t, func(t *hall) {
		for i := range 5 {
			t.shown(i, demand.Report, "", "路灯")
		}
		for limit := 1; limit <= 6; limit++ {
			if got := t.numbers(board.Filter{}, limit); got != "4 3 2 1 0" {
				t.Errorf("by %d: %s", limit, got)
			}
		}
	})
}

// The desk's pages too leave out nothing and show nothing twice.
func TestDeskPaging(t *testing.T) {
	each(t, func(t *hall) {
		for range 5 {
			t.solve(asked, "好了")
		}
		seen := map[string]bool{}
		for after := (*board.Cursor)(nil); ; {
			p, err := t.board.Desk(t.Context(), t.Town, board.Proposed, after, 2)
			t.must(err)
			for _, e := range p.Entries {
				seen[e.ID] = true
			}
			if after = p.Next; after == nil {
				break
			}
		}
		if len(seen) != 5 {
			t.Errorf("%d entries", len(seen))
		}
	})
}

// After a merger entries are found under the new units.
func TestSettle(t *testing.T) {
	each(t, func(t *hall) {
		r := t.solve(asked, "好了")
		if n, err := t.board.Settle(t.Context()); n != 0 || err != nil {
			t.Error(n, err)
		}
		t.must(t.exec(`UPDATE demand_board SET village_id = 'gone', town_id = 'gone' WHERE demand_id = $1`, r.ID))
		if n, err := t.board.Settle(t.Context()); n != 1 || err != nil {
			t.Error(n, err)
		}
		t.proposed()
	})
}

func (t *hall) exec(query string, args ...any) error {
	return t.DB.Write(t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.ExecContext(t.Context(), query, args...)
		return err
	})
}

// What was stored without the service is found later, once, and no more of it
// than belongs on the board.
func TestFill(t *testing.T) {
	each(t, func(t *hall) {
		for range 3 {
			t.solve(asked, "好了")
		}
		t.solve(demand.Raise{Text: "没同意公开"}, "好了")
		t.solve(demand.Raise{Text: "只让办事的人看", Publish: true, Private: true}, "好了")
		t.must(t.exec(`DELETE FROM demand_board`))
		n := 0
		decide := func(*board.Entry) board.Decided {
			n++
			return []board.Decided{{State: board.Published, After: time.Hour}, {State: board.Declined, Reason: "认得出"}, {}}[n%3]
		}
		for _, want := range []int{2, 1, 0} {
			if got, err := t.board.Fill(t.Context(), 2, decide); got != want || err != nil {
				t.Errorf("%d, %v, want %d", got, err, want)
			}
		}
		list := t.public()
		if len(list) != 1 || list[0].Days != 1 || list[0].Published.Sub(list[0].ProposedAt) != time.Hour {
			t.Errorf("%+v", list)
		}
		t.proposed()
	})
}
