package roster

import (
	"strconv"
	"strings"

	"bilin/internal/address"
	"bilin/internal/network"
)

// unitText is how a row names an area, group or cell: by name, by number, or
// by code.
type unitText struct {
	name string // as the unit will be called if it has to be made
	key  string // the name folded, to compare by: 第三组, 3 and ３组 are one
	code string // 14, 16 or 18 digits
}

// levelWords follow the number of an area, a group and a cell.
var levelWords = [3]string{"片", "组", "邻"}

// readUnit reads the text of an area (0), group (1) or cell (2).
func readUnit(s string, level int) (unitText, bool) {
	if isNumber(s) && len(s) >= 12 {
		return unitText{code: s}, len(s) == 14+2*level
	}
	key := address.Fold(s)
	if key == "" {
		return unitText{}, false
	}
	if n, ok := address.Numeral(key); ok {
		if n < 1 || n > 99 {
			return unitText{}, false
		}
		name := numberedName(n, level)
		return unitText{name: name, key: name}, true
	}
	return unitText{name: s, key: key}, true
}

func numberedName(n, level int) string { return strconv.Itoa(n) + levelWords[level] }

// number returns the number in a key that is nothing but one, as 3组 is; else 0.
func keyNumber(key string, level int) int {
	digits, ok := strings.CutSuffix(key, levelWords[level])
	if !ok || !isNumber(digits) || len(digits) > 2 {
		return 0
	}
	n, _ := strconv.Atoi(digits) // two digits
	return n
}

// levelOf returns the network's level for area (0), group (1) and cell (2).
func levelOf(level int) network.Level { return network.Area + network.Level(level) }
