package hotline

import (
	"strings"
	"testing"
	"time"

	"bilin/internal/sheet"
)

// A file's head and a row below it: nothing panics, an order that is taken has
// a number and words of bounded length, and what is wrong names a column.
func FuzzRow(f *testing.F) {
	f.Add("工单编号,标题,诉求内容,受理时间,来电人,来电号码,紧急程度,经度,纬度", "N-1,路灯,路灯不亮,2026-11-20 10:00,张三,13800000001,紧急,112.5,28.2")
	f.Add("order,text,received,lon,lat,private", "7,x,46347.5,NaN,1e308,是")
	f.Add("编号,内容,编号", "1,2,3")
	now := time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, head, line string) {
		if len(head)+len(line) > 20_000 {
			return
		}
		h, err := readHeader(strings.Split(head, ","), 1)
		if err != nil || h == nil {
			return
		}
		r := &reader{h: h, places: &places{}}
		o, issues := r.read(sheet.Row{Number: 2, Cells: strings.Split(line, ",")}, now)
		bad := false
		for _, i := range issues {
			if i.Code == "" || i.field < 0 || i.field >= fieldCount {
				t.Errorf("issue %+v", i)
			}
			bad = bad || !i.Note
		}
		if !bad && (o.No == "" || len([]rune(o.Text)) > 20_000 || !(o.Lon >= -180 && o.Lon <= 180)) {
			t.Errorf("taken: %+v", o)
		}
	})
}

// A time that is read lies in years that can be written, and reads the same again.
func FuzzParseTime(f *testing.F) {
	for _, s := range []string{"2026-11-20 10:00", "2026年1月2日15时04分", "20260102150405", "2026-11-20T10:00:00+08:00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, said string) {
		at, ok := ParseTime(said)
		if !ok {
			return
		}
		if again, ok := ParseTime(at.Format(time.RFC3339)); at.Year() >= 0 && at.Year() <= 9999 && (!ok || !again.Equal(at.Truncate(time.Second))) {
			t.Errorf("%q is %v, and that %v", said, at, again)
		}
	})
}
