package network_test

import (
	"fmt"
	"testing"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// An order reads its recipients' numbers in few statements, opens each only for
// its own person, and leaves one row in the record.
func TestPhonesInBulk(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w, ctx := newWorld(t, db, small), t.Context()
		var chunk network.Chunk
		ids := []string{"nobody", ""}
		for i := range 1203 {
			p := network.NewPerson{ID: sqldb.NewID(), Name: "王某"}
			if i%3 > 0 {
				p.Phone = fmt.Sprintf("129%08d", i)
			}
			ids, chunk.Persons = append(ids, p.ID), append(chunk.Persons, p)
		}
		ok(t, w.ImportChunk(ctx, sys, chunk))
		sealed, err := w.SealedPhones(ctx, db.Reader(), ids)
		if err != nil || len(sealed) != 802 {
			t.Fatalf("%d numbers, %v", len(sealed), err)
		}
		phone, err := w.OpenPhone(ids[3], sealed[ids[3]])
		if err != nil || phone != "12900000001" {
			t.Errorf("%q, %v", phone, err)
		}
		if _, err := w.OpenPhone(ids[4], sealed[ids[3]]); err == nil {
			t.Error("one person's number opens as another's")
		}
		if sealed, err := w.SealedPhones(ctx, db.Reader(), nil); err != nil || len(sealed) != 0 {
			t.Errorf("of nobody: %v, %v", sealed, err)
		}
		record := func(who auth.Actor, purpose string) error {
			return db.Write(ctx, func(tx *sqldb.Tx) error {
				return w.RecordPhones(ctx, tx, who, purpose, map[string]string{"order": "o-1"}, 802)
			})
		}
		ok(t, record(auth.System("dispatch"), "发布应急令 260000012"))
		for name, err := range map[string]error{
			"an official": record(actor(auth.Command, w.Tree().RootID()), "好奇"), "no purpose": record(auth.System("dispatch"), " "),
		} {
			if errs.KindOf(err) != errs.Forbidden && errs.KindOf(err) != errs.Invalid {
				t.Errorf("%s: %v", name, err)
			}
		}
		log, err := audit.Open(db, audit.Options{Dir: t.TempDir()})
		ok(t, err)
		page, err := log.Page(ctx, audit.Filter{ObjectKind: "call_order"}, "", 10)
		if err != nil || len(page.Records) != 1 {
			t.Fatalf("%d rows, %v", len(page.Records), err)
		}
		if r := page.Records[0]; r.Action != string(network.ActReadPhone) || r.Purpose != "发布应急令 260000012" || r.Detail != `{"numbers":802,"of":{"order":"o-1"}}` {
			t.Errorf("%+v", r)
		}
	})
}
