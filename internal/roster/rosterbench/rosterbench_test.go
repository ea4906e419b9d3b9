package rosterbench_test

import (
	"flag"
	"testing"

	"bilin/internal/roster/rosterbench"
	"bilin/internal/sqldbtest"
)

var households = flag.Int("households", 20_000, "rows of the roster that BenchmarkImport imports; the whole city has 468,178")

// TestSecondImportChangesNothing runs the benchmark's code on a small city.
func TestSecondImportChangesNothing(t *testing.T) {
	r, err := rosterbench.Bench{Dir: t.TempDir(), Households: 3000}.Run(t.Context())
	if err != nil || r.Rows != 3000 {
		t.Fatalf("%+v, %v", r, err)
	}
}

func BenchmarkImport(b *testing.B) {
	for b.Loop() {
		r, err := rosterbench.Bench{Dir: b.TempDir(), Households: *households}.Run(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(r.Rows)/r.Import.Seconds(), "rows/s")
		b.ReportMetric(float64(r.Rows)/r.Bare.Seconds(), "bare-rows/s")
		b.ReportMetric(100*r.Share(), "%-of-bare")
		b.ReportMetric(r.Again.Seconds(), "again-s")
	}
}

func BenchmarkCheck(b *testing.B) {
	dir := b.TempDir()
	c, _, err := rosterbench.Bench{Dir: dir, Households: 1}.Import(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := c.CheckOnly(b.Context(), dir, *households); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(*households)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkSearch(b *testing.B) {
	c, r, err := rosterbench.Bench{Dir: b.TempDir(), Households: *households}.Import(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("imported %d rows, %d units in %v; again in %v", r.Rows, r.Units, r.Import, r.Again)
	for b.Loop() {
		public, official, err := c.Search(b.Context(), 2000)
		if err != nil {
			b.Fatal(err)
		}
		b.Logf("public %+v; official %+v", public, official)
		b.ReportMetric(float64(public.P99.Microseconds())/1000, "public-p99-ms")
		b.ReportMetric(float64(official.P99.Microseconds())/1000, "official-p99-ms")
	}
}

func BenchmarkImportPostgres(b *testing.B) {
	for b.Loop() {
		r, err := rosterbench.Bench{Dir: b.TempDir(), Households: *households, URL: sqldbtest.Postgres(b), BareURL: sqldbtest.Postgres(b)}.Run(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(r.Rows)/r.Import.Seconds(), "rows/s")
		b.ReportMetric(float64(r.Rows)/r.Bare.Seconds(), "bare-rows/s")
		b.ReportMetric(100*r.Share(), "%-of-bare")
	}
}
