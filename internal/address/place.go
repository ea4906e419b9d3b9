package address

import "strings"

// Stem returns the words of a key without its numbers: 花明北路12号3栋501 is
// 花明北路, 3组李家湾12号 is 李家湾. It is what a place is called.
func Stem(key string) string {
	var b strings.Builder
	runes := []rune(key)
	for i := 0; i < len(runes); {
		if !isDigit(runes[i]) {
			b.WriteRune(runes[i])
			i++
			continue
		}
		i = numberEnd(runes, i)
		for i < len(runes) && runes[i] < 0x80 {
			i++ // 12-3, 5a
		}
		i = skipCounter(runes, i)
	}
	return b.String()
}

func skipCounter(b []rune, i int) int {
	if i >= len(b) || !isCounter(b[i]) {
		return i
	}
	if b[i] == '单' && i+1 < len(b) && b[i+1] == '元' {
		return i + 2
	}
	return i + 1
}

// Number returns the house number of a key: the first number before 号, else
// the first before 栋, else the first that stands alone; 0 when there is none.
// Numbers of areas, groups and cells are not house numbers.
func Number(key string) int {
	best, rank := 0, 0
	runes := []rune(key)
	for i := 0; i < len(runes); {
		end := i
		if isDigit(runes[i]) {
			end = numberEnd(runes, i)
		}
		if end == i {
			i++
			continue
		}
		if r := numberRank(runes, end); r > rank && end-i <= 7 {
			best, _ = Numeral(string(runes[i:end]))
			rank = r
		}
		i = end
	}
	return best
}

func numberRank(b []rune, end int) int {
	for end < len(b) && b[end] < 0x80 {
		end++
	}
	if end == len(b) {
		return 1
	}
	switch b[end] {
	case '号':
		return 3
	case '栋':
		return 2
	case '组', '片', '邻':
		return 0
	}
	return 1
}

// Grams returns the distinct pairs of neighbouring characters of a stem; of a
// single character, itself.
func Grams(stem string) []string {
	runes := []rune(stem)
	if len(runes) == 1 {
		return []string{stem}
	}
	grams := make([]string, 0, len(runes))
	for i := 0; i+1 < len(runes); i++ {
		g := string(runes[i : i+2])
		if !contains(grams, g) {
			grams = append(grams, g)
		}
	}
	return grams
}

func contains(list []string, s string) bool {
	for _, have := range list {
		if have == s {
			return true
		}
	}
	return false
}
