package sheet_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"bilin/internal/sheet"
)

func BenchmarkReadXLSX(b *testing.B) {
	var file bytes.Buffer
	w, err := sheet.NewWriter(&file, sheet.XLSX)
	if err != nil {
		b.Fatal(err)
	}
	const rows = 10_000
	for i := range rows {
		line := make([]string, 22)
		for j := range line {
			line[j] = fmt.Sprintf("内容%d-%d", i, j)
		}
		if err := w.Write(line); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		t, err := sheet.Open(bytes.NewReader(file.Bytes()), int64(file.Len()), sheet.Limits{Unzipped: 1 << 30})
		if err != nil {
			b.Fatal(err)
		}
		r, err := t.Rows(0)
		if err != nil {
			b.Fatal(err)
		}
		for err == nil {
			_, err = r.Next()
		}
		if err != io.EOF {
			b.Fatal(err)
		}
	}
	b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
