package e2e

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// TestRoster is a roster with real dirt, from an old system: checked first, its
// bad rows taken home and corrected, then imported; coverage shows them.
func TestRoster(t *testing.T) {
	t.Parallel()
	village := here.anotherVillagesCell(t, 8).Code[:12]
	before := here.coverage(t, "town", village)
	v := here.as(t, "town", desk)
	v.open("/home")
	v.follow(`nav.menu a[href="/rosters"]`)
	v.uploads(gb18030(t, rosterOf(village, wrongPhone, wrongSize)))
	v.until(`document.querySelector("#run .state")?.innerText.includes("已检查")`)
	v.reads("GB18030")
	if rows := read[int](v, `document.querySelectorAll("#run table tbody tr").length`); rows < 2 {
		t.Errorf("%d problems listed", rows)
	}
	if now := here.coverage(t, "town", village); now.Households != before.Households {
		t.Fatalf("a check alone wrote %d households", now.Households-before.Households)
	}
	v.looks("roster, checked")

	bad := here.page(t, "town", read[string](v, `document.querySelector("#run a[href$='/bad/csv']").getAttribute("href")`)).want(t, 200).raw
	if lines := bytes.Count(bad, []byte("\n")); lines != 3 { // a header and the two bad rows
		t.Fatalf("%d lines of bad rows:\n%s", lines, bad)
	}
	v.submit(`#run form:has(input[name=skip_bad])`)
	v.until(`document.querySelector("#run .state")?.innerText.includes("已完成")`)
	v.uploads([]byte(strings.NewReplacer(wrongPhone, "12900000088", wrongSize, "3").Replace(string(bad))))
	v.until(`document.querySelector("#run .state")?.innerText.includes("可以导入")`)
	v.submit(`#run form[action$="/start"]`)
	v.until(`document.querySelector("#run .state")?.innerText.includes("已完成")`)

	v.looks("roster, imported")

	after := here.coverage(t, "town", village)
	if after.Households != before.Households+10 || after.Residents != before.Residents+30 {
		t.Errorf("households %d, then %d; residents %d, then %d", before.Households, after.Households, before.Residents, after.Residents)
	}
	v.uploads(gb18030(t, rosterOf(village, "12900000088", "3"))) // known by now
	v.reads("不需要导入")
	here.visitor(t, phone).findsAddress("新建路10号", village)
}

// What is wrong with two rows of the roster.
const (
	wrongPhone = "1290000011"
	wrongSize  = "三个半"
)

func rosterOf(village, phone, size string) string {
	var b strings.Builder
	fmt.Fprintln(&b, "２０２６年秋季花名册,,,,,,,")
	fmt.Fprintln(&b, "村代码,片,组,邻,户主,联系电话,地址,人数")
	for i := range 8 {
		fmt.Fprintf(&b, "%s,东片,1组,1,新住户%d,,新建路%d号,３\n", village, i, i+1)
	}
	fmt.Fprintf(&b, "%s,东片,1组,1,新住户8,%s,新建路9号,3\n", village, phone)
	fmt.Fprintf(&b, "%s,东片,1组,1,新住户9,,新建路10号,%s\n", village, size)
	return b.String()
}

func gb18030(t *testing.T, text string) []byte {
	t.Helper()
	raw, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// uploads gives the page a file to check.
func (v *visitor) uploads(raw []byte) {
	v.t.Helper()
	path := filepath.Join(v.t.TempDir(), "花名册.csv")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		v.t.Fatal(err)
	}
	v.open("/rosters")
	v.do(chromedp.SetUploadFiles(chromedp.CSS(`input[type=file]`), []string{path}))
	v.submit(`form[action="/rosters"]`)
}

// findsAddress looks an address up and sees the cell in which it is.
func (v *visitor) findsAddress(address, village string) {
	v.t.Helper()
	v.open("/find?q=" + address)
	v.see(`a.found[href^="/u/` + village + `"]`)
}
