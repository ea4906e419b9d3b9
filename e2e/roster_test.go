package e2e

import (
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
	v.uploads(gb18030(t, rosterOf(village, "12900000１１", "九十九")))
	v.until(`document.querySelector("#run .state")?.innerText.includes("已检查")`)
	v.reads("GB18030")
	if rows := read[int](v, `document.querySelectorAll("#run table tbody tr").length`); rows < 2 {
		t.Errorf("%d problems listed", rows)
	}
	if now := here.coverage(t, "town", village); now.Households != before.Households {
		t.Fatalf("a check alone wrote %d households", now.Households-before.Households)
	}
	bad := here.page(t, "town", read[string](v, `document.querySelector("#run a[href$='/bad/csv']").getAttribute("href")`)).want(t, 200)
	v.uploads(bad.raw)
}

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
