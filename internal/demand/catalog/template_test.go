package catalog_test

import (
	"strings"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/demand/catalog"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

func TestTemplatesOfTheLine(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		village, town, office := actor(auth.VillageOfficial, w.village, ""), actor(auth.TownOfficial, w.town, ""), w.office()
		water, roads := actor(auth.Department, w.root, w.water), actor(auth.Department, w.root, w.roads)
		for who, at := range map[*auth.Actor]catalog.PutTemplate{
			&village: {UnitID: w.village, Title: "村"}, &town: {UnitID: w.town, Title: "镇"}, &office: {UnitID: w.root, Title: "市"},
			&water: {UnitID: w.root, DepartmentID: w.water, Title: "水"}, &roads: {UnitID: w.root, DepartmentID: w.roads, Title: "路"},
		} {
			at.Text = "您好。\r\n已经安排。"
			if _, err := w.PutTemplate(t.Context(), *who, at); err != nil {
				t.Fatalf("%s: %v", who.Name, err)
			}
		}
		cell := actor(auth.Lead, w.village, "")
		for _, tt := range []struct {
			who  auth.Actor
			want string
		}{
			{village, "村镇市"}, {town, "镇市"}, {office, "市"}, {water, "水市"}, {roads, "路市"}, {cell, "村镇市"},
			{actor(auth.VillageOfficial, w.next, ""), "镇市"}, {auth.Actor{}, ""},
		} {
			list, err := w.Templates(t.Context(), tt.who)
			ok(t, err)
			got := ""
			for _, tpl := range list {
				got += tpl.Title
			}
			if got != tt.want {
				t.Errorf("%s uses %q, want %q", tt.who.Name, got, tt.want)
			}
		}
	})
}

func TestTemplatesAreTheOfficesOwn(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		village := actor(auth.VillageOfficial, w.village, "")
		cmd := catalog.PutTemplate{Key: "k", UnitID: w.village, Title: "已转", Text: "已转给自来水公司。"}
		tpl, err := w.PutTemplate(t.Context(), village, cmd)
		ok(t, err)
		if again, err := w.PutTemplate(t.Context(), village, cmd); err != nil || again != tpl {
			t.Errorf("pressed twice: %+v %v", again, err)
		}
		for name, who := range map[string]auth.Actor{
			"the town": actor(auth.TownOfficial, w.town, ""), "the city": w.office(), "the lead": actor(auth.Lead, w.village, ""),
			"a department": actor(auth.Department, w.root, w.water), "the village beside": actor(auth.VillageOfficial, w.next, ""),
		} {
			if _, err := w.PutTemplate(t.Context(), who, catalog.PutTemplate{ID: tpl.ID, Title: "x", Text: "x", Version: 1}); errs.KindOf(err) != errs.NotFound {
				t.Errorf("%s changes it: %v", name, err)
			}
			if err := w.DropTemplate(t.Context(), who, catalog.DropTemplate{ID: tpl.ID, Version: 1}); errs.KindOf(err) != errs.NotFound {
				t.Errorf("%s drops it: %v", name, err)
			}
			if _, err := w.PutTemplate(t.Context(), who, cmd); errs.KindOf(err) != errs.Forbidden {
				t.Errorf("%s adds one: %v", name, err)
			}
		}
		for _, at := range []catalog.PutTemplate{{UnitID: w.root, DepartmentID: w.water}, {UnitID: w.root}} {
			at.Title, at.Text = "x", "x"
			if _, err := w.PutTemplate(t.Context(), actor(auth.Department, w.root, w.roads), at); errs.KindOf(err) != errs.Forbidden {
				t.Errorf("another department adds one: %v", err)
			}
		}
		if _, err := w.PutTemplate(t.Context(), w.office(), catalog.PutTemplate{UnitID: w.root, DepartmentID: w.water, Title: "x", Text: "x"}); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("the city office adds one for a department: %v", err)
		}
		_, err = w.PutTemplate(t.Context(), village, catalog.PutTemplate{ID: tpl.ID, Title: "已转办", Text: "好", Version: 1})
		ok(t, err)
		if err := w.DropTemplate(t.Context(), village, catalog.DropTemplate{ID: tpl.ID, Version: 1}); errs.KindOf(err) != errs.Stale {
			t.Errorf("a stale page: %v", err)
		}
		ok(t, w.DropTemplate(t.Context(), village, catalog.DropTemplate{ID: tpl.ID, Version: 2}))
	})
}

func TestTemplatesOutliveAMerger(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		_, err := w.PutTemplate(t.Context(), actor(auth.VillageOfficial, w.village, ""), catalog.PutTemplate{UnitID: w.village, Title: "旧", Text: "x"})
		ok(t, err)
		ok(t, w.net.MergeUnits(t.Context(), auth.System("test"), network.MergeUnits{UnitID: w.village, IntoID: w.next}))
		heir := actor(auth.VillageOfficial, w.next, "")
		list, err := w.Templates(t.Context(), heir)
		if err != nil || len(list) != 1 || list[0].UnitID != w.next {
			t.Fatalf("%+v %v", list, err)
		}
		ok(t, w.DropTemplate(t.Context(), heir, catalog.DropTemplate{ID: list[0].ID, Version: 1}))
	})
}

func TestTemplatesRefused(t *testing.T) {
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite))
	village := actor(auth.VillageOfficial, w.village, "")
	for name, cmd := range map[string]catalog.PutTemplate{
		"no title": {Text: "x"}, "no text": {Title: "x", Text: " \n "},
		"long title": {Title: strings.Repeat("长", 41), Text: "x"}, "long text": {Title: "x", Text: strings.Repeat("长", 1001)},
	} {
		cmd.UnitID = w.village
		if _, err := w.PutTemplate(t.Context(), village, cmd); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := w.Desks(village); len(got) != 1 || got[0].UnitID != w.village {
		t.Errorf("Desks = %v", got)
	}
	if got := w.Desks(actor(auth.Lead, w.village, "")); len(got) != 0 {
		t.Errorf("a lead keeps %v", got)
	}
}
