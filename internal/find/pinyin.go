package find

import (
	"golang.org/x/text/encoding/simplifiedchinese"
)

// The first level of GB 2312 is in the order of pinyin. These are the codes at
// which each initial begins.
var initialStarts = []struct {
	code    uint16
	initial byte
}{
	{0xB0A1, 'a'}, {0xB0C5, 'b'}, {0xB2C1, 'c'}, {0xB4EE, 'd'}, {0xB6EA, 'e'}, {0xB7A2, 'f'}, {0xB8C1, 'g'}, {0xB9FE, 'h'},
	{0xBBF7, 'j'}, {0xBFA6, 'k'}, {0xC0AC, 'l'}, {0xC2E8, 'm'}, {0xC4C3, 'n'}, {0xC5B6, 'o'}, {0xC5BE, 'p'}, {0xC6DA, 'q'},
	{0xC8BB, 'r'}, {0xC8F6, 's'}, {0xCBFA, 't'}, {0xCDDA, 'w'}, {0xCEF4, 'x'}, {0xD1B9, 'y'}, {0xD4D1, 'z'}, {0xD7FA, 0},
}

// Initials returns the pinyin initials of a name as people type them: 玉潭街道
// is ytjd. A character outside of the common 3,755 ends them.
func Initials(name string) string {
	raw, err := simplifiedchinese.GBK.NewEncoder().String(name)
	if err != nil {
		return ""
	}
	var out []byte
	for i := 0; i < len(raw); i++ {
		if raw[i] < 0x80 || i+1 == len(raw) {
			continue
		}
		c := initial(uint16(raw[i])<<8 | uint16(raw[i+1]))
		if i++; c == 0 {
			break
		}
		out = append(out, c)
	}
	return string(out)
}

func initial(code uint16) byte {
	found := byte(0)
	for _, s := range initialStarts {
		if code < s.code {
			return found
		}
		found = s.initial
	}
	return 0
}
