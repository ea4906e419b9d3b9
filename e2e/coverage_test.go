package e2e

import (
	"strconv"
	"strings"
	"testing"
)

// TestCoverage goes down from the city to one household. At each level the
// rows add up to the total, and a row says what its own page says.
func TestCoverage(t *testing.T) {
	t.Parallel()
	v := here.as(t, "city", desk)
	v.open("/home")
	v.follow(`main a[href^="/network/coverage"]`)
	for _, level := range []string{"town", "village", "area", "group", "cell"} {
		table := read[coverageTable](v, readCoverage)
		table.addsUp(t, level)
		last := table.Rows[len(table.Rows)-1] // no other test changes anything there
		v.follow(`main a[href="` + last.Href + `"]`)
		if got := v.figures(); got["households"] != last.n(t, 1) || got["covered"] != last.n(t, 2) || got["uncovered"] != last.n(t, 3) {
			t.Errorf("%s: its row says %v, its page %v", last.Name, last.Cells, got)
		}
	}
	households := v.figures()["households"]
	v.follow(`main .actions a[href^="/network/units/"]`)
	v.reads("姓名已隐去")
	if n := read[int](v, `document.querySelectorAll(".home-list > li").length`); n != households {
		t.Errorf("%d households are listed, %d counted", n, households)
	}
	v.follow(`.home-list a`)
	v.see("dl.facts")
	v.reads("姓名已隐去")
}

// TestHoles opens each kind of hole: as many are listed as are counted, and
// each leads to where it is mended.
func TestHoles(t *testing.T) {
	t.Parallel()
	v := here.as(t, "town", desk)
	v.open("/network/coverage")
	kinds := read[[]struct {
		Href string
		N    int
	}](v, `[...document.querySelectorAll(".hole-list li")].filter(e => e.querySelector("a")).map(e =>
		({Href: e.querySelector("a").getAttribute("href"), N: parseInt(e.querySelector("strong").textContent.replace(/\D/g, ""))}))`)
	if len(kinds) < 3 {
		t.Fatalf("a town without holes: %v", kinds)
	}
	for _, kind := range kinds {
		v.open(kind.Href)
		listed := read[int](v, `document.querySelectorAll("#holes tbody tr").length`)
		if more := read[bool](v, `!!document.querySelector(".pager a")`); listed == 0 || listed != kind.N && !more {
			t.Errorf("%s: %d listed, %d counted", kind.Href, listed, kind.N)
		}
		v.follow("#holes tbody tr td:last-child a")
		v.see("main h1")
	}
}

// coverageTable is what the coverage page shows of the units below one.
type coverageTable struct {
	Rows   []coverageRow
	Direct *coverageRow // what hangs at the unit itself, in none below
	Total  coverageRow
}

type coverageRow struct {
	Name, Href string
	Cells      []string
}

const readCoverage = `(() => { const row = tr => tr && ({Name: tr.cells[0].innerText, Href: tr.querySelector("a")?.getAttribute("href") ?? "",
	Cells: [...tr.cells].map(c => c.innerText.trim())});
	const table = document.querySelector("#coverage-rows table");
	return {Rows: [...table.querySelectorAll("tbody tr:not(.direct)")].map(row),
		Total: row(table.querySelector("tfoot tr")), Direct: row(table.querySelector("tr.direct"))}; })()`

// addsUp checks the columns that are sums. People who hold two posts are
// counted once in the total, so theirs are not.
func (c coverageTable) addsUp(t *testing.T, level string) {
	t.Helper()
	rows := c.Rows
	if c.Direct != nil {
		rows = append(rows, *c.Direct)
	}
	for _, column := range []int{1, 2, 3, 5, 8, 9} {
		sum := 0
		for _, row := range rows {
			sum += row.n(t, column)
		}
		if total := c.Total.n(t, column); sum != total {
			t.Errorf("%s, column %d: the rows add up to %d, the total is %d", level, column, sum, total)
		}
	}
	if c.Total.n(t, 1) != c.Total.n(t, 2)+c.Total.n(t, 3) {
		t.Errorf("%s: %v: covered and uncovered don't add up", level, c.Total.Cells)
	}
}

// n is a cell's number.
func (r coverageRow) n(t *testing.T, column int) int {
	t.Helper()
	if column >= len(r.Cells) {
		t.Fatalf("row %v has no column %d", r.Cells, column)
	}
	n, err := strconv.Atoi(strings.NewReplacer(",", "", " ", "", "—", "0").Replace(r.Cells[column]))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// figures are the three numbers at the head of a coverage page.
func (v *visitor) figures() map[string]int {
	v.t.Helper()
	list := read[[]int](v, `[...document.querySelectorAll("#coverage-figures .stat-value")].map(e => parseInt(e.textContent.replace(/\D/g, "")))`)
	if len(list) < 3 {
		v.t.Fatalf("no figures: %s", v.where())
	}
	return map[string]int{"households": list[0], "covered": list[1], "uncovered": list[2]}
}
