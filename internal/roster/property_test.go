package roster_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"bilin/internal/roster"
	"bilin/internal/sheet"

	"pgregory.net/rapid"
)

// A row drawn for the property: few values, so that they meet.
func drawRow(r *rapid.T, i int) string {
	villages := []string{"430182001001", "430182001002", "430182102201"}
	word := func(name string, of ...string) string { return rapid.SampledFrom(of).Draw(r, name) }
	v := rapid.IntRange(0, 2).Draw(r, "village")
	cell := rapid.IntRange(1, 4).Draw(r, "cell")
	lead := fmt.Sprintf("邻长%d%d,129%07d%d", v, cell, cell, v) // one for each cell
	return fmt.Sprintf("%s,%s,%s,%d,,,%s,,,%s,%s,%s,%s,%s\n", villages[v],
		word("area", "1", "一片", "第1片"), word("group", "3", "三组", "3组"), cell, lead,
		word("ref", fmt.Sprint("R", i), ""), word("head", "=SUM(A1)", "张 三", "欧阳修", "'@x", ""),
		word("phone", "12900000000", "", "+8612911112222", "0731-87654321"),
		word("stem", "花明北路", "李家湾", "-3号院")+fmt.Sprint(i)+"号", word("size", "3", "０", "", "12人"))
}

// TestPropertyImportExport: whatever is imported, its export imports into the
// same city as no change, and into a fresh one as the same city.
func TestPropertyImportExport(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var b strings.Builder
		b.WriteString(head)
		for i := range rapid.IntRange(1, 12).Draw(r, "rows") {
			b.WriteString(drawRow(r, i))
		}
		c := sqlite(t)
		if rep, err := c.svc.Import(context.Background(), system, file(b.String()), roster.Options{}); err != nil {
			r.Fatalf("%v\n%v\n%s", err, rep.Issues, b.String())
		}
		raw := c.export(t, sheet.CSV)
		f := roster.File{Name: "export.csv", Size: int64(len(raw)), ReaderAt: bytes.NewReader(raw)}
		rep, err := c.svc.Import(context.Background(), system, f, roster.Options{})
		if err != nil || !rep.Nothing() {
			r.Fatalf("into itself: %s %v %v\n%s", summary(rep), err, rep.Issues, raw)
		}
		fresh := sqlite(t)
		if _, err := fresh.svc.Import(context.Background(), system, f, roster.Options{}); err != nil {
			r.Fatalf("into a fresh city: %v", err)
		}
		if again := fresh.export(t, sheet.CSV); !bytes.Equal(raw, again) {
			r.Fatalf("got\n%s\nwant\n%s", again, raw)
		}
	})
}
