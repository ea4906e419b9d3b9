package audit_test

import (
	"slices"
	"testing"
	"time"

	"bilin/internal/audit"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// all turns pages of three until the last and returns the places seen.
func (b *bundle) all(f audit.Filter) (seqs []int64) {
	b.Helper()
	cursor := ""
	for range 100 {
		page, err := b.log.Page(b.ctx, f, cursor, 3)
		b.must(err)
		for _, r := range page.Records {
			seqs = append(seqs, r.Seq)
		}
		if cursor = page.Next; cursor == "" {
			return seqs
		}
	}
	b.Fatal("the pages don't end")
	return nil
}

func TestPage(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		b := setup(t, db)
		b.append(12)
		for _, tt := range []struct {
			name string
			f    audit.Filter
			want []int64
		}{
			{"all", audit.Filter{}, []int64{11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0}},
			{"an actor", audit.Filter{ActorID: "actor-1"}, []int64{10, 7, 4, 1}},
			{"an action", audit.Filter{Action: "demand.raise"}, []int64{9, 6, 3, 0}},
			{"actions below", audit.Filter{Action: "demand."}, []int64{10, 9, 7, 6, 4, 3, 1, 0}},
			{"an object", audit.Filter{ObjectKind: "demand", ObjectID: "object-5"}, []int64{5}},
			{"units", audit.Filter{UnitIDs: []string{"unit-0", "unit-3"}}, []int64{11, 8, 7, 4, 3, 0}},
			{"a time", audit.Filter{From: begin.Add(3 * time.Second), To: begin.Add(6 * time.Second)}, []int64{4, 3, 2}},
			{"several", audit.Filter{ActorID: "actor-0", Action: "demand.", UnitIDs: []string{"unit-1"}}, []int64{9}},
			{"nothing", audit.Filter{Action: "demand"}, nil},
		} {
			if got := b.all(tt.f); !slices.Equal(got, tt.want) {
				t.Errorf("%s: rows %v, want %v", tt.name, got, tt.want)
			}
		}
	})
}

func TestPageShowsTheRecord(t *testing.T) {
	t.Parallel()
	b := setup(t, sqldbtest.Open(t, sqldb.SQLite))
	e := entry(1)
	e.Purpose = "回访"
	b.must(b.appendWith(b.log, e))
	page, err := b.log.Page(b.ctx, audit.Filter{}, "", 0)
	b.must(err)
	want := audit.Record{
		ID: page.Records[0].ID, At: begin.Add(time.Second), ActorID: e.ActorID, ActorName: e.ActorName, Action: e.Action,
		ObjectKind: e.ObjectKind, ObjectID: e.ObjectID, UnitID: e.UnitID, Purpose: "回访", Detail: `{"n":1}`,
	}
	if page.Records[0] != want {
		t.Errorf("record %+v, want %+v", page.Records[0], want)
	}
}

func TestPageRefusesABrokenCursor(t *testing.T) {
	t.Parallel()
	b := setup(t, sqldbtest.Open(t, sqldb.SQLite))
	for _, cursor := range []string{"x", "1", "1.", "1.2.3", "1.99999999999999999999"} {
		_, err := b.log.Page(b.ctx, audit.Filter{}, cursor, 5)
		if errs.KindOf(err) != errs.Invalid {
			t.Errorf("cursor %q: error %v, want Invalid", cursor, err)
		}
	}
}
