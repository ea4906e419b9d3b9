package rollcall_test

import (
	"sync"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/mobilise/rollcall"
	"bilin/internal/mobilise/rollcall/rollcalltest"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

func count(c *rollcalltest.City, query string, args ...any) (n int) {
	c.Helper()
	c.OK(c.DB.Reader().QueryRowContext(c.Context(), query, args...).Scan(&n))
	return n
}

func TestOpeningWritesARowForEachVillage(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := rollcalltest.New(t, db)
		start := rollcall.Start{Key: "k", UnitID: c.Root, Reason: "  冰灾断电， 逐户问一遍 "}
		id, err := c.Open(t.Context(), c.Command(), start)
		c.OK(err)
		if again, err := c.Open(t.Context(), c.Command(), start); err != nil || again != id {
			t.Errorf("pressed twice: %s, %v", again, err)
		}
		if v, r := count(c, `SELECT COUNT(*) FROM rollcall_village`), count(c, `SELECT COUNT(*) FROM rollcall_report`); v != 3 || r != 0 {
			t.Errorf("%d villages, %d rows", v, r)
		}
		call, err := c.Call(t.Context(), c.Command(), id)
		c.OK(err)
		if call.Expected != 5*rollcalltest.Per || call.Reason != "冰灾断电， 逐户问一遍" || !call.IsOpen() || call.IsDrill() {
			t.Errorf("%+v", call)
		}
		for at, unit := range map[string]string{"wider": c.Root, "narrower": c.Villages[0]} {
			if _, err := c.Open(t.Context(), c.Command(), rollcall.Start{Key: at, UnitID: unit, Reason: "再点一次"}); errs.CodeOf(err) != "rollcall.on_already" {
				t.Errorf("a %s one: %v", at, err)
			}
		}
		c.Opened(c.Villages[0], true) // a drill is of another kind
		if _, err := c.Open(t.Context(), c.Command(), rollcall.Start{Key: "w", UnitID: c.Towns[0], Reason: "演练", Drill: true}); errs.CodeOf(err) != "rollcall.on_already" {
			t.Errorf("a wider drill: %v", err)
		}
		c.Opened(c.Towns[1], true)
		if err := c.Close(t.Context(), c.Command(), rollcall.End{Key: "e", ID: id, Version: 7}); errs.KindOf(err) != errs.Stale {
			t.Errorf("ended unseen: %v", err)
		}
		for range 2 { // pressed twice
			c.OK(c.Close(t.Context(), c.Command(), rollcall.End{Key: "f", ID: id, Version: 1}))
		}
		if err := c.Close(t.Context(), c.Command(), rollcall.End{Key: "g", ID: id}); errs.CodeOf(err) != "rollcall.over" {
			t.Errorf("ended again: %v", err)
		}
		c.Opened(c.Towns[0], false)
	})
}

func TestOpeningIsChecked(t *testing.T) {
	c := rollcalltest.New(t, sqldbtest.Open(t, sqldb.SQLite))
	for name, s := range map[string]struct {
		start rollcall.Start
		code  string
	}{
		"nowhere":   {rollcall.Start{UnitID: "x", Reason: "冰灾"}, "rollcall.no_unit"},
		"one cell":  {rollcall.Start{UnitID: c.Cells[0], Reason: "冰灾"}, "rollcall.no_unit"},
		"no reason": {rollcall.Start{UnitID: c.Root, Reason: " "}, "rollcall.missing"},
		"no order":  {rollcall.Start{UnitID: c.Root, Reason: "冰灾", OrderNumber: "L1"}, "rollcall.no_order"},
	} {
		if _, err := c.Check(t.Context(), c.Command(), s.start); errs.CodeOf(err) != s.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	c.Orders["L1"] = rollcall.Order{ID: "o1", Number: "L1", UnitID: c.Root, Drill: true}
	if _, err := c.Check(t.Context(), c.Command(), rollcall.Start{UnitID: c.Root, Reason: "冰灾", OrderNumber: "L1"}); errs.CodeOf(err) != "rollcall.order_over" {
		t.Errorf("an order that is over: %v", err)
	}
	c.Orders["L1"] = rollcall.Order{ID: "o1", Number: "L1", UnitID: c.Root, Drill: true, Live: true}
	checked, err := c.Check(t.Context(), c.Command(), rollcall.Start{UnitID: c.Root, Reason: "冰灾", OrderNumber: "L1"})
	c.OK(err)
	if !checked.Drill {
		t.Error("a drill's roll-call is no drill")
	}
	id, err := c.Open(t.Context(), c.Command(), rollcall.Start{Key: "k", UnitID: c.Root, Reason: "冰灾", OrderNumber: "L1"})
	c.OK(err)
	call, totals, err := c.OfOrder(t.Context(), "o1")
	c.OK(err)
	if call == nil || call.ID != id || !call.IsDrill() || totals.Expected != 5*rollcalltest.Per || len(c.Notes) != 1 {
		t.Errorf("%+v, %+v, %v", call, totals, c.Notes)
	}
	if call, _, err := c.OfOrder(t.Context(), "o2"); err != nil || call != nil {
		t.Errorf("an order without one: %+v, %v", call, err)
	}
	if call, _, err := c.OfOrder(t.Context(), ""); err != nil || call != nil {
		t.Errorf("no order: %+v, %v", call, err)
	}
}

// An order about a missing person and a rehearsal have no roll-call, and only who
// could open one for all of an order's place gives it one.
func TestWhoseRollCallIsAnOrders(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := rollcalltest.New(t, db)
		town := rollcalltest.Actor(auth.TownOfficial, c.Towns[0])
		c.Orders["city"] = rollcall.Order{ID: "o-city", Number: "city", UnitID: c.Root, Live: true}
		c.Orders["town"] = rollcall.Order{ID: "o-town", Number: "town", UnitID: c.Villages[0], Live: true}
		c.Orders["person"] = rollcall.Order{ID: "o-person", Number: "person", UnitID: c.Villages[0], Live: true, Person: true}
		c.Orders["rehearsal"] = rollcall.Order{ID: "o-rehearsal", Number: "rehearsal", UnitID: c.Villages[0], Drill: true, Live: true, Rehearsal: true}
		for number, code := range map[string]string{"city": "rollcall.order_wider", "person": "rollcall.order_person", "rehearsal": "rollcall.order_rehearsal"} {
			_, err := c.Open(t.Context(), town, rollcall.Start{Key: number, UnitID: c.Towns[0], Reason: "冰灾", OrderNumber: number})
			if e := errs.As(err); e.Code != code || len(e.Fields) != 1 || e.Fields[0].Name != "order" {
				t.Errorf("%s: %v", number, err)
			}
			if call, _, err := c.OfOrder(t.Context(), "o-"+number); err != nil || call != nil {
				t.Errorf("%s has one: %+v, %v", number, call, err)
			}
		}
		id, err := c.Open(t.Context(), town, rollcall.Start{Key: "k", UnitID: c.Towns[0], Reason: "冰灾", OrderNumber: "town"})
		c.OK(err)
		if call, _, err := c.OfOrder(t.Context(), "o-town"); err != nil || call == nil || call.ID != id {
			t.Errorf("%+v, %v", call, err)
		}
	})
}

func TestALeadReports(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := rollcalltest.New(t, db)
		id, lead := c.Opened(c.Root, false), c.Lead(0)
		sheets, err := c.Mine(t.Context(), lead)
		c.OK(err)
		if len(sheets) != 1 || len(sheets[0].Homes) != rollcalltest.Per || sheets[0].Left() != rollcalltest.Per || sheets[0].Homes[0].Name != "周大一" || !sheets[0].Own {
			t.Fatalf("%+v", sheets)
		}
		say := c.Say(id, 0, 0, rollcall.Help, rollcall.Heating, 0)
		for range 2 { // tapped twice
			out, err := c.Report(t.Context(), lead, say)
			c.OK(err)
			if out.Saved != 1 || len(out.Asked) > 0 {
				t.Errorf("%+v", out)
			}
		}
		c.Now = c.Now.Add(time.Minute)
		rest := rollcall.Report{Key: "rest", CallID: id, UnitID: c.Cells[0]}
		for _, home := range c.Homes[0] { // the page was older than the call for help
			rest.Says = append(rest.Says, rollcall.Say{HouseholdID: home, Answer: rollcall.Safe})
		}
		out, err := c.Report(t.Context(), lead, rest)
		c.OK(err)
		if out.Saved != 5 || len(out.Asked) != 1 || out.Asked[0] != c.Homes[0][0] {
			t.Errorf("%+v", out)
		}
		sheet, err := c.Cell(t.Context(), lead, id, c.Cells[0])
		c.OK(err)
		row := sheet.Homes[0].Row
		if sheet.Left() != 0 || row.Answer != rollcall.Help || row.Need != rollcall.Heating || row.Version != 1 || row.Way != rollcall.Self || row.By != lead.Name {
			t.Errorf("%+v", row)
		}
		_, err = c.Report(t.Context(), lead, c.Say(id, 0, 0, rollcall.Safe, "", 1)) // having seen it
		c.OK(err)
		totals, err := c.Totals(t.Context(), id)
		c.OK(err)
		if totals != (rollcall.Totals{Expected: 30, Safe: 6}) {
			t.Errorf("%+v", totals)
		}
		curve, err := c.Curve(t.Context(), id)
		c.OK(err)
		if len(curve) != 2 || curve[0].Reported != 1 || curve[1].Reported != 6 || !curve[1].At.Equal(c.Now.Truncate(time.Minute)) {
			t.Errorf("%+v", curve)
		}
		if _, err := c.Report(t.Context(), lead, rollcall.Report{Key: "z", CallID: id, UnitID: c.Cells[0], Says: []rollcall.Say{{HouseholdID: c.Homes[1][0], Answer: rollcall.Safe}}}); errs.CodeOf(err) != "rollcall.not_here" {
			t.Errorf("a household of another cell: %v", err)
		}
		c.OK(c.Close(t.Context(), c.Command(), rollcall.End{Key: "e", ID: id}))
		if _, err := c.Report(t.Context(), lead, c.Say(id, 0, 1, rollcall.NotReached, "", 1)); errs.CodeOf(err) != "rollcall.over_no_report" {
			t.Errorf("after the end: %v", err)
		}
		if sheets, err := c.Mine(t.Context(), lead); err != nil || len(sheets) != 0 {
			t.Errorf("%d sheets after the end, %v", len(sheets), err)
		}
	})
}

func TestFromPaperItCountsTheSame(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := rollcalltest.New(t, db)
		id, official := c.Opened(c.Towns[0], false), rollcalltest.Actor(auth.LinkedOfficial, c.Groups[1])
		say := c.Say(id, 3, 0, rollcall.NotReached, "", 0)
		if _, err := c.Report(t.Context(), official, say); errs.CodeOf(err) != "rollcall.no_way" {
			t.Errorf("without a way: %v", err)
		}
		say.Way = rollcall.Paper
		_, err := c.Report(t.Context(), official, say)
		c.OK(err)
		sheet, err := c.Cell(t.Context(), official, id, c.Cells[3])
		c.OK(err)
		if row := sheet.Homes[0].Row; row.Way != rollcall.Paper || row.By != official.Name || sheet.Own {
			t.Errorf("%+v", row)
		}
		b, gaps, err := c.Missing(t.Context(), official, id, "")
		c.OK(err)
		if b.Unit.ID != c.Groups[1] || len(gaps) != 2 || gaps[0].Unit.ID != c.Cells[3] || gaps[0].Led || len(gaps[0].Behind) != 1 || gaps[0].Left() != 5 || gaps[1].Lead == nil || gaps[1].Left() != 6 {
			t.Errorf("%+v, %+v", b, gaps)
		}
	})
}

func TestHelpIsSeenTo(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := rollcalltest.New(t, db)
		id, village := c.Opened(c.Root, false), rollcalltest.Actor(auth.VillageOfficial, c.Villages[0])
		for home, need := range []rollcall.Need{rollcall.Food, rollcall.Medical} {
			c.Now = c.Now.Add(time.Minute)
			_, err := c.Report(t.Context(), c.Lead(0), c.Say(id, 0, home, rollcall.Help, need, 0))
			c.OK(err)
		}
		_, err := c.Report(t.Context(), c.Lead(4), c.Say(id, 4, 0, rollcall.Help, rollcall.Trapped, 0))
		c.OK(err)
		for name, seen := range map[string]struct {
			who  auth.Actor
			want int
		}{
			"command": {c.Command(), 3}, "village": {village, 2}, "another village": {rollcalltest.Actor(auth.VillageOfficial, c.Villages[1]), 0},
			"town": {rollcalltest.Actor(auth.TownOfficial, c.Towns[1]), 1}, "group": {rollcalltest.Actor(auth.GroupLead, c.Groups[0]), 2},
		} {
			list, err := c.Help(t.Context(), seen.who, id, false, "")
			c.OK(err)
			if len(list.Doors) != seen.want {
				t.Errorf("%s sees %d", name, len(list.Doors))
			}
		}
		list, err := c.Help(t.Context(), village, id, false, "")
		c.OK(err)
		if first := list.Doors[0]; first.Row.Need != rollcall.Food || first.Address != "第1村0号" || first.Name != "周大一" || !first.MayAid || !first.HasPhone {
			t.Errorf("%+v", first)
		}
		if list, err = c.Help(t.Context(), c.Command(), id, false, ""); err != nil || list.Doors[0].Name != "周*一" {
			t.Errorf("the command reads %q, %v", list.Doors[0].Name, err)
		}
		aid := rollcall.Assist{Key: "a", CallID: id, HouseholdID: c.Homes[0][0], Aid: rollcall.UnderWay, Version: 1}
		if err := c.Assist(t.Context(), c.Lead(0), aid); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("a lead says that help is under way: %v", err)
		}
		if err := c.Assist(t.Context(), rollcalltest.Actor(auth.VillageOfficial, c.Villages[2]), aid); errs.KindOf(err) != errs.NotFound {
			t.Errorf("another village: %v", err)
		}
		c.OK(c.Assist(t.Context(), village, aid))
		aid.Key, aid.Aid = "b", rollcall.Helped
		if err := c.Assist(t.Context(), village, aid); errs.KindOf(err) != errs.Stale {
			t.Errorf("unseen: %v", err)
		}
		aid.Version = 2
		c.OK(c.Assist(t.Context(), village, aid))
		totals, err := c.ByVillage(t.Context(), id)
		c.OK(err)
		if got := totals[c.Villages[0]]; got != (rollcall.Totals{Expected: 12, Help: 2, Helped: 1}) || got.Waiting() != 1 {
			t.Errorf("%+v", got)
		}
		if list, err = c.Help(t.Context(), village, id, true, ""); err != nil || len(list.Doors) != 1 || list.Doors[0].Row.AidBy != village.Name {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

func TestAPhoneIsOpenedOnRecord(t *testing.T) {
	c := rollcalltest.New(t, sqldbtest.Open(t, sqldb.SQLite))
	id, village := c.Opened(c.Root, false), rollcalltest.Actor(auth.VillageOfficial, c.Villages[0])
	_, err := c.Report(t.Context(), c.Lead(0), c.Say(id, 0, 0, rollcall.Help, rollcall.Medical, 0))
	c.OK(err)
	_, err = c.Report(t.Context(), c.Lead(0), c.Say(id, 0, 1, rollcall.Safe, "", 0))
	c.OK(err)
	number, err := c.Phone(t.Context(), village, id, c.Homes[0][0])
	c.OK(err)
	if number != "13800000000" {
		t.Errorf("%q", number)
	}
	for name, err := range map[string]error{
		"of a safe household": phone(c, village, id, c.Homes[0][1]), "of one nobody reported": phone(c, village, id, c.Homes[0][2]),
		"of another village": phone(c, rollcalltest.Actor(auth.VillageOfficial, c.Villages[1]), id, c.Homes[0][0]),
		"for a department":   phone(c, rollcalltest.Actor(auth.Department, c.Root), id, c.Homes[0][0]),
	} {
		if errs.KindOf(err) != errs.NotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
	c.OK(c.Audit.Sequence(t.Context()))
	purpose := ""
	c.OK(c.DB.Reader().QueryRowContext(t.Context(), `SELECT purpose FROM audit_entry WHERE action = 'purpose.read'`).Scan(&purpose))
	if purpose != "rollcall "+id {
		t.Errorf("recorded as %q", purpose)
	}
	details := ""
	rows, err := c.DB.Reader().QueryContext(t.Context(), `SELECT detail FROM audit_entry WHERE object_kind = 'rollcall'`)
	c.OK(err)
	defer rows.Close()
	for rows.Next() {
		var detail string
		c.OK(rows.Scan(&detail))
		details += detail
	}
	c.OK(rows.Err())
	for _, said := range []string{"help", "medical", c.Homes[0][0], "safe"} {
		if contains(details, said) {
			t.Errorf("the record, which can't be erased, says %q: %s", said, details)
		}
	}
}

func phone(c *rollcalltest.City, who auth.Actor, call, home string) error {
	_, err := c.Phone(c.Context(), who, call, home)
	return err
}

// Leads of one village report at the same time, and so do two people of one cell.
func TestReportsAtTheSameTimeAddUp(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := rollcalltest.New(t, db)
		id := c.Opened(c.Root, false)
		var wait sync.WaitGroup
		for _, cell := range []int{0, 1} {
			for home := range rollcalltest.Per {
				for _, who := range []auth.Actor{c.Lead(cell), rollcalltest.Actor(auth.VillageOfficial, c.Villages[0])} {
					wait.Go(func() {
						say := c.Say(id, cell, home, rollcall.Safe, "", 0)
						say.Way = rollcall.Phone
						if _, err := c.Report(t.Context(), who, say); err != nil {
							t.Error(err)
						}
					})
				}
			}
		}
		wait.Wait()
		totals, err := c.ByVillage(t.Context(), id)
		c.OK(err)
		if got := totals[c.Villages[0]]; got != (rollcall.Totals{Expected: 12, Safe: 12}) {
			t.Errorf("%+v", got)
		}
		if curve, err := c.Curve(t.Context(), id); err != nil || curve[len(curve)-1].Reported != 12 {
			t.Errorf("%+v, %v", curve, err)
		}
	})
}
