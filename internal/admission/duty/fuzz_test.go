package duty

import (
	"bytes"
	"testing"
)

// A table is read or refused; what is read is bounded and knows its row.
func FuzzReadTable(f *testing.F) {
	f.Add([]byte("编号,部门,清单,事项,法定依据,职能\nA1,市水利局,主责,防汛,防洪法,应急\n"))
	f.Add([]byte("code,department,list,title,basis\n1,2,3,4,\"5\n6\"\n"))
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
		}
	})
}
