package address

// foldNumbers writes numerals before a counter in digits, drops 第 before a
// number and zeros in front of one.
func foldNumbers(b []rune) []rune {
	if !hasNumber(b) {
		return b
	}
	out := make([]rune, 0, len(b))
	for i := 0; i < len(b); {
		if b[i] == '第' && i+1 < len(b) && (isDigit(b[i+1]) || numeralValue(b[i+1]) >= 0) {
			if end := numberEnd(b, i+1); end == len(b) || isCounter(b[end]) {
				i++
				continue
			}
		}
		end := numberEnd(b, i)
		switch {
		case end == i:
			out = append(out, b[i])
			i++
		case isDigit(b[i]):
			out = appendTrimmed(out, b[i:end])
			i = end
		case end < len(b) && isCounter(b[end]), i > 0 && b[i-1] == '第':
			out = appendNumeral(out, b[i:end])
			i = end
		default:
			out = append(out, b[i:end]...)
			i = end
		}
	}
	return out
}

func hasNumber(b []rune) bool {
	for _, r := range b {
		if isDigit(r) || numeralValue(r) >= 0 {
			return true
		}
	}
	return false
}

// numberEnd returns the end of the run of digits, or of Chinese numerals, at i.
func numberEnd(b []rune, i int) int {
	end := i
	if end < len(b) && isDigit(b[end]) {
		for end < len(b) && isDigit(b[end]) {
			end++
		}
		return end
	}
	for end < len(b) && numeralValue(b[end]) >= 0 {
		end++
	}
	return end
}

func appendTrimmed(out, digits []rune) []rune {
	for len(digits) > 1 && digits[0] == '0' {
		digits = digits[1:]
	}
	return append(out, digits...)
}

func appendNumeral(out, numerals []rune) []rune {
	n, ok := Numeral(string(numerals))
	if !ok {
		return append(out, numerals...)
	}
	var digits [20]rune
	at := len(digits)
	for {
		at--
		digits[at] = rune('0' + n%10)
		if n /= 10; n == 0 {
			return append(out, digits[at:]...)
		}
	}
}

// Numeral reads a Chinese numeral (十二, 一百零五, 二〇一) or plain digits.
func Numeral(s string) (int, bool) {
	if s == "" || len(s) > 24 {
		return 0, false
	}
	total, section, positional := 0, 0, true
	for _, r := range s {
		v := numeralValue(r)
		switch {
		case isDigit(r):
			section = section*10 + int(r-'0')
		case v < 0:
			return 0, false
		case v >= 10:
			positional = false
			total += max(section, 1) * v
			section = 0
		case positional:
			section = section*10 + v
		default:
			section = v
		}
		if section > 1e8 {
			return 0, false
		}
	}
	return total + section, true
}

func numeralValue(r rune) int {
	switch r {
	case '零', '〇':
		return 0
	case '一', '壹':
		return 1
	case '二', '两', '贰':
		return 2
	case '三', '叁':
		return 3
	case '四', '肆':
		return 4
	case '五', '伍':
		return 5
	case '六', '陆':
		return 6
	case '七', '柒':
		return 7
	case '八', '捌':
		return 8
	case '九', '玖':
		return 9
	case '十', '拾':
		return 10
	case '百', '佰':
		return 100
	case '千', '仟':
		return 1000
	}
	return -1
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// isCounter reports whether a Chinese numeral before r is a number and not
// part of a name: 十二号 is number 12, while 三一大道 and 八家湾 are names.
func isCounter(r rune) bool {
	switch r {
	case '号', '栋', '室', '楼', '层', '组', '片', '邻', '排', '队', '座', '期', '户', '门', '单', '弄':
		return true
	}
	return false
}
