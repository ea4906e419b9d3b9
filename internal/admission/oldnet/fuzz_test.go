package oldnet

import (
	"bytes"
	"testing"
)

// A table is read or refused; what is read is bounded and knows its row.
func FuzzReadTable(f *testing.F) {
	f.Add([]byte("类型,编号,名称,村社区,户数\n网格,W1,一网格,花明村,120\n网格员,,张三,,\n"))
	f.Add([]byte("kind,name\nduty,=1+1\n"))
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		rows, err := ReadTable(bytes.NewReader(raw), int64(len(raw)))
		if err == nil && (len(rows) == 0 || len(rows) > MaxRows) {
			t.Errorf("%d rows and no error", len(rows))
		}
		for _, r := range rows {
			if r.Number < 1 {
				t.Errorf("row %+v", r)
			}
			if n, ok := count(r.Households, 1000); ok && (n < 0 || n > 1000) {
				t.Errorf("%q counts as %d", r.Households, n)
			}
		}
	})
}
