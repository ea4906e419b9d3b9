package cli_test

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bilin/internal/cli"
	"bilin/internal/sqldbtest"
)

// terminal runs commands on one city.
type terminal struct {
	t   *testing.T
	dir string
}

func (tm terminal) run(want int, args ...string) string {
	tm.t.Helper()
	var out, errw bytes.Buffer
	code := cli.Run(append(args, "--data", tm.dir), &out, &errw)
	if code != want {
		tm.t.Fatalf("bilin %s: exit %d, want %d\n%s%s", strings.Join(args, " "), code, want, &out, &errw)
	}
	return out.String() + errw.String()
}

func (tm terminal) write(name, content string) string {
	tm.t.Helper()
	path := filepath.Join(tm.dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		tm.t.Fatal(err)
	}
	return path
}

// says fails unless text holds every part.
func (tm terminal) says(text string, parts ...string) {
	tm.t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			tm.t.Errorf("%q is missing in:\n%s", p, text)
		}
	}
}

const divisions = `code,name,level,parent_code
430199000000,试验市,city,
430199001000,东街道,town,430199000000
430199001001,桂花社区,village,430199001000
430199001002,月塘村,village,430199001000
`

const goodRoster = `村代码,片,组,邻,邻长,邻长电话,户编号,户主,联系电话,地址,人数
430199001001,一片,一组,1邻,周桂兰,12900000001,A1,王小明,12900000002,桂花路1号,3
430199001001,一片,一组,1邻,周桂兰,12900000001,A2,李四,,桂花路2号,2
430199001002,一片,塘湾组,1邻,谭德明,12900000003,B1,谭光明,12900000004,李家湾7号,5
`

// A city is set up with commands alone, on either engine.
func TestANewCityFromTheCommandLine(t *testing.T) {
	t.Setenv("LANG", "en_US.UTF-8")
	t.Setenv("LC_ALL", "")
	t.Run("sqlite", func(t *testing.T) { newCity(t) })
	t.Run("postgres", func(t *testing.T) {
		t.Setenv("BILIN_DB", sqldbtest.EmptyPostgres(t))
		newCity(t)
	})
}

func newCity(t *testing.T) {
	tm := terminal{t, t.TempDir()}
	tm.says(tm.run(3, "serve"), "no city")
	tm.says(tm.run(0, "import", "units", tm.write("units.csv", divisions)), "4 units", "4 of them new")
	tm.says(tm.run(0, "import", "units", tm.write("units.csv", divisions)), "0 of them new")
	tm.says(tm.run(0, "account", "add", "--login", "boss", "--name", "贺明", "--role", "admin"), "boss")
	tm.run(2, "account", "add", "--login", "boss", "--name", "贺明", "--role", "admin")
	tm.says(tm.run(0, "token", "--as", "boss"), "bln_")
	tm.run(3, "token", "--as", "nobody")

	roster := tm.write("roster.csv", goodRoster)
	tm.says(tm.run(0, "import", "roster", roster, "--dry-run"), "nothing was written", "3 new households")
	tm.says(tm.run(0, "import", "roster", roster), "3 new households")
	tm.says(tm.run(0, "import", "roster", roster), "0 new households", "3 as they were")

	bad := tm.write("bad.csv", goodRoster+"430199001009,一片,一组,1邻,周桂兰,,C1,张三,,月塘路3号,2\n")
	tm.says(tm.run(2, "import", "roster", bad), "430199001009")

	out := filepath.Join(tm.dir, "out.csv")
	tm.says(tm.run(0, "export", "roster", "--out", out), "3 households")
	if rows := readCSV(t, out); len(rows) != 4 {
		t.Errorf("%d rows exported", len(rows))
	}
	tm.says(tm.run(0, "import", "roster", out), "0 new households", "0 changed", "3 as they were")
	tm.says(tm.run(0, "audit", "verify"), "Nothing was altered")
}

func readCSV(t *testing.T, path string) [][]string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(raw, []byte("\ufeff")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestWrongUse(t *testing.T) {
	t.Setenv("LANG", "en_US.UTF-8")
	tm := terminal{t, t.TempDir()}
	tm.says(tm.run(2, "demo", "--scale", "2"), "at most 1")
	tm.says(tm.run(2, "export", "roster"), "--out")
	tm.says(tm.run(2, "token"), "--as")
	tm.says(tm.run(3, "import", "roster", "no-such-file.csv"), "can't be opened")
	tm.says(tm.run(2, "serve", "--addr", "8080"), "HOST:PORT")
	tm.says(tm.run(2, "import", "units", tm.write("u.csv", "code,name,level,parent_code\n43,x,city,\n")), "Row 2", "12 digits")
	tm.run(1, "no-such-command")
}

// Demo logins have a password that everybody knows.
func TestADemoCityStaysOnItsMachine(t *testing.T) {
	t.Setenv("LANG", "zh_CN.UTF-8")
	tm := terminal{t, t.TempDir()}
	tm.says(tm.run(0, "demo", "--scale", "0.001", "--seed", "3"), "演示城市已生成", "lead", "bilin-demo")
	tm.says(tm.run(5, "demo"), "没有改动")
	tm.says(tm.run(4, "serve", "--addr", "0.0.0.0:0"), "只能监听本机")
	tm.says(tm.run(0, "audit", "verify"), "没有发现任何改动")
}
