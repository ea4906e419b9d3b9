package network_test

import (
	"context"
	"runtime"
	"testing"
	"time"

	"bilin/internal/audit"
	"bilin/internal/network"
	"bilin/internal/seal"
	"bilin/internal/seal/sealtest"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// wholeCity is about Ningxiang: 50,460 units.
var wholeCity = shape{29, 10, 4, 6, 6, 0}

func BenchmarkLoad(b *testing.B) {
	w := newWorld(b, sqldbtest.Open(b, sqldb.SQLite), wholeCity)
	var s *network.Service
	before := heap()
	for b.Loop() {
		var err error
		s, err = network.Open(b.Context(), w.db, network.Options{})
		ok(b, err)
	}
	b.ReportMetric((float64(heap())-float64(before))/(1<<20), "MB")
	b.ReportMetric(float64(s.Tree().Len()), "units")
	runtime.KeepAlive(s)
	runtime.KeepAlive(w)
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func BenchmarkCoverage(b *testing.B) {
	w := newWorld(b, sqldbtest.Open(b, sqldb.SQLite), wholeCity)
	t, villages := w.Tree(), w.Tree().Units(network.Village)
	i := 0
	for b.Loop() {
		t.Coverage(villages[i%len(villages)].ID)
		i++
	}
}

func BenchmarkRename(b *testing.B) {
	w := newWorld(b, sqldbtest.Open(b, sqldb.SQLite), wholeCity)
	id := w.Tree().Units(network.Village)[7].ID
	for b.Loop() {
		ok(b, w.RenameUnit(b.Context(), sys, network.RenameUnit{UnitID: id, Name: "新村"}))
	}
}

func BenchmarkHouseholds(b *testing.B) {
	db := sqldbtest.Open(b, sqldb.SQLite)
	dir := b.TempDir()
	log, err := audit.Open(db, audit.Options{Dir: dir})
	ok(b, err)
	sealer, err := seal.Open(dir)
	ok(b, err)
	s, err := network.Open(b.Context(), db, network.Options{Audit: log, Seal: sealer, Vault: sealtest.Vault(b, db, sealer)})
	ok(b, err)
	city := shape{29, 4, 4, 5, 5, 11}.chunk()
	households := city.Households
	city.Households = nil
	ok(b, s.ImportChunk(b.Context(), sys, city))
	n := len(households)
	for b.Loop() {
		b.StopTimer()
		if err := db.Write(b.Context(), clear); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		start := time.Now()
		for from := 0; from < n; from += 2000 {
			ok(b, s.ImportChunk(b.Context(), sys, network.Chunk{Households: households[from:min(n, from+2000)]}))
		}
		b.ReportMetric(float64(n)/time.Since(start).Seconds(), "households/s")
	}
}

func clear(tx *sqldb.Tx) error {
	_, err := tx.ExecContext(context.Background(), `DELETE FROM household`)
	return err
}
