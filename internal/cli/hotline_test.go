package cli_test

import (
	"testing"
)

const workOrders = `工单编号,诉求内容,区域/村社区,受理时间,来电号码,紧急程度
HN1,路灯不亮,桂花社区,2026-11-20 09:30,13800000001,一般
HN2,井盖松了,东街道/月塘村,2026-11-20 09:31,,紧急
`

// Orders of a file are checked, taken once, and said to be known the next time.
func TestHotlineFromTheCommandLine(t *testing.T) {
	t.Setenv("LANG", "en_US.UTF-8")
	t.Setenv("LC_ALL", "")
	tm := terminal{t, t.TempDir()}
	tm.run(0, "import", "units", tm.write("units.csv", divisions))
	file := tm.write("orders.csv", workOrders)
	tm.says(tm.run(0, "import", "hotline", file, "--dry-run"), "nothing was written", "2 new")
	tm.says(tm.run(0, "import", "hotline", file), "2 new, 0 taken before")
	tm.says(tm.run(0, "import", "hotline", file), "0 new, 2 taken before")
	bad := tm.write("bad.csv", workOrders+"HN3,x,没有的社区,,,\nHN1,别的话,,,,\nHN4,好的,,,,\n")
	tm.says(tm.run(2, "import", "hotline", bad, "--dry-run"), "Row 4, column C", "没有的社区", "no such unit", "Row 5, column A", "another text", "2 bad")
	tm.says(tm.run(2, "import", "hotline", bad), "nothing was written", "--skip-bad")
	tm.says(tm.run(0, "import", "hotline", bad, "--skip-bad"), "1 new, 2 taken before, 2 not taken")
	tm.run(3, "import", "hotline", "/no/such/file.csv")
	tm.says(tm.run(2, "import", "hotline", tm.write("other.csv", "a,b\n1,2\n")), "工单编号")
	tm.says(tm.run(0, "account", "add", "--login", "hotline", "--name", "12345", "--role", "hotline"), "hotline")
	tm.says(tm.run(0, "token", "--as", "hotline"), "bln_")
}
