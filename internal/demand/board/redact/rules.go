package redact

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// rule finds one kind of thing in a shadow. Of a match it takes the first group,
// or the whole if there is none.
type rule struct {
	kind    Kind
	pattern *regexp.Regexp
	// sort says of what kind a match is, given what follows it, or "" if it is harmless. nil takes every match.
	sort func(match, before, after string) Kind
}

// The building blocks. gap is what people put between digits.
const (
	anyDigit = `[0-9零〇一二三四五六七八九幺两壹贰叁肆伍陆柒捌玖]`
	gap      = "[\\s\u200b\\-‐-―—_.·・•,，、/\\\\()（）*+]{0,3}"
	numeral  = `(?:[0-9]{1,5}[a-z]?|[零〇一二三四五六七八九十百两]{1,5}|[a-z])`
	is       = "[是为叫:\\s\u200b=（(]{0,4}"
)

var rules = []rule{
	{Email, regexp.MustCompile(`[a-z0-9][a-z0-9._%+\-]*\s?(?:@|\(at\)|\[at\])\s?[a-z0-9][a-z0-9\-]*(?:\s?\.\s?[a-z0-9\-]+)*`), nil},
	{Link, regexp.MustCompile(`(?:[a-z]{2,10}://|www\.)[a-z0-9#-&*+\-./:=?@_~]+|[a-z0-9][a-z0-9\-.]*\.(?:com|cn|net|org|gov|edu|top|vip|xyz|info|cc|me|shop|ly|io)\b(?:[/?:][a-z0-9#-&*+\-./:=?@_~]*)?`), nil},
	{Phone, regexp.MustCompile(anyDigit + `(?:` + gap + anyDigit + `){6,}(?:` + gap + "x)?\u200b{0,3}"), longNumber},
	{Phone, regexp.MustCompile(`(?:短号|手机|电话|号码|联系方式|联系|致电|拨打|tel|phone)[^0-9\n]{0,6}([0-9](?:` + gap + `[0-9]){2,})`), shortNumber},
	{Identity, regexp.MustCompile(`(?:尾号|后四位|后六位|末四位|末六位|后4位|后6位|身份证|银行卡|卡号|社保号|账号|户号)[^0-9\n]{0,6}([0-9](?:` + gap + `[0-9x]){2,})`), nil},
	{Account, regexp.MustCompile(`(?:微信|威信|薇信|v信|wx|vx|weixin|wechat|qq|扣扣|抖音|快手|支付宝|小红书|微博)(?:号码?|id|群|账号|帐号)?` + is + `([a-z0-9][a-z0-9_\-]{3,29})`), nil},
	{Account, regexp.MustCompile(`加我?[v微]` + is + `([a-z0-9][a-z0-9_\-]{3,29})`), nil},
	{Plate, regexp.MustCompile("[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领][\\s\u200b]?[a-z][\\s\u200b·・•.\\-]{0,2}[a-z0-9](?:[\\s\u200b\\-]?[a-z0-9]){3,5}[挂学警港澳领使]?"), nil},
	{Plate, regexp.MustCompile(`(?:车牌号?|牌照|车号)` + is + `([^\s，。；,;、]{0,3}[a-z0-9]{4,8})`), nil},
	{House, regexp.MustCompile(`第?` + numeral + `(?:[\-#]` + numeral + `){0,3}\s?(?:号楼|号院|号|栋|幢|座|单元|排|弄|室|组|队|邻|#)(?:\s?第?` + numeral + `(?:-` + numeral + `){0,2}\s?(?:号楼|号|栋|幢|座|单元|排|室|房|户|门|楼|层|组|队|邻|#))*(?:之?(?:[0-9]{1,4}|[零〇一二三四五六七八九]{3,4})(?:室|房|号)?)?`), house},
	{House, regexp.MustCompile(`第` + numeral + `\s?(?:户|家|片|门)`), nil},
	{House, regexp.MustCompile(`[0-9]{1,3}(?:-[0-9]{1,4}){1,3}`), bareHouse},
	{House, regexp.MustCompile(`(?:住在?|家在?|房间|门牌|房号|租)` + is + `([0-9]{3,4})(?:室|房|$|[^0-9])`), roomAlone},
	{House, regexp.MustCompile(`[0-9]{3,4}\s?房|[0-9]{1,2}\s?片`), nil},
	{Age, regexp.MustCompile(`(?:[0-9]{1,3}|[一二三四五六七八九十百两]{1,4})\s?多?来?\s?周?岁(?:多|半)?`), age},
	{Age, regexp.MustCompile(`(?:19|20)?[0-9]{2}\s?年(?:[0-9]{1,2}月)?(?:[0-9]{1,2}[日号])?(?:出?生|属)`), nil},
}

// look finds what the rule says in a text.
func (r rule) look(s shadow) []Find {
	var finds []Find
	for _, m := range r.pattern.FindAllStringSubmatchIndex(s.text, -1) {
		start, end := m[0], m[1]
		if len(m) > 2 && m[2] >= 0 {
			start, end = m[2], m[3]
		}
		kind := r.kind
		if r.sort != nil {
			kind = r.sort(s.text[start:end], s.text[:start], s.text[end:])
		}
		if kind != "" {
			finds = append(finds, s.find(kind, start, end))
		}
	}
	return finds
}

var (
	date     = regexp.MustCompile(`^(?:19|20)[0-9]{2}[\-./][0-9]{1,2}[\-./][0-9]{1,2}$`)
	span     = regexp.MustCompile(`^[0-9]{1,6}[\-—~]{1,2}[0-9]{1,6}$`)
	measure  = regexp.MustCompile(`^\s?(?:万|亿|元|块|人|户|米|公里|千|斤|吨|亩|平|度|天|年|月|日|点|岁|个|分|小时|次|%|周|家|台|辆|盏|棵|条|只|升|毫)`)
	notPhone = regexp.MustCompile(`^(?:1[12][0-9]|12[0-9]{3}|95[0-9]{3}|96[0-9]{3,4}|100[0-9]{2}|116[0-9]{3})$`)
	dayAfter = regexp.MustCompile(`^(?:前|后|以前|之前|以后|之后|上午|下午|晚|早|凌晨|中午|那天|当天|到|至|起|开始|左右|线|公交|令|文)`)
	measured = regexp.MustCompile(`^(?:以上|以下|以内|以后|及以上|及以下|（含|\(含)`)
)

// longNumber sorts runs of seven digits and more.
func longNumber(match, _, after string) Kind {
	if date.MatchString(match) || span.MatchString(match) && measure.MatchString(after) {
		return ""
	}
	if publicNumbers(match) {
		return ""
	}
	return sortDigits(digitsOf(match))
}

// publicNumbers reports whether a match is a number that everybody may ring, or
// a list of them: 110、119、120.
func publicNumbers(match string) bool {
	return !slices.ContainsFunc(strings.FieldsFunc(match, comma), func(n string) bool { return !notPhone.MatchString(n) })
}

func comma(r rune) bool { return strings.ContainsRune("、,，/ 或和", r) }

func sortDigits(digits string) Kind {
	switch {
	case len(digits) >= 15:
		return Identity
	case len(digits) == 11 && digits[0] == '1', len(digits) > 12:
		return Phone
	case digits[0] == '0' && len(digits) >= 10, len(digits) <= 8 && digits[0] >= '2':
		return Landline
	}
	return Phone
}

// shortNumber sorts numbers that stand behind a word for telephone.
func shortNumber(match, _, after string) Kind {
	if publicNumbers(match) || measure.MatchString(after) && len(match) < 5 {
		return ""
	}
	return Landline
}

const numerals = "零一二三四五六七八九"

// digitsOf is a number in plain digits.
func digitsOf(match string) string {
	var b strings.Builder
	for _, r := range strings.NewReplacer("〇", "零", "幺", "一", "两", "二", "壹", "一", "贰", "二", "叁", "三", "肆", "四",
		"伍", "五", "陆", "六", "柒", "七", "捌", "八", "玖", "九").Replace(match) {
		if i := strings.IndexRune(numerals, r); i >= 0 {
			b.WriteByte(byte('0' + i/len("零")))
		} else if r >= '0' && r <= '9' {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// house leaves dates, lines and counts alone: 11月3号, 3号线, 十二号公交.
func house(match, before, after string) Kind {
	_, words := trimNumeral(match)
	switch {
	case words == "号" && (strings.HasSuffix(before, "月") || dayAfter.MatchString(after)):
		return ""
	case words == "队" && !strings.HasPrefix(match, "第") && strings.HasPrefix(after, "人"):
		return ""
	case (words == "排" || words == "座") && strings.HasPrefix(match, "一"): // 一排树, 一座桥
		return ""
	case startsWord(match) && endsWord(before): // the letter belongs to a word
		return ""
	}
	return House
}

// trimNumeral splits a match into its first number and the rest.
func trimNumeral(match string) (number, rest string) {
	match = strings.TrimPrefix(match, "第")
	rest = strings.TrimLeft(match, "0123456789零〇一二三四五六七八九十百两")
	return match[:len(match)-len(rest)], rest
}

func startsWord(s string) bool { return s != "" && s[0] >= 'a' && s[0] <= 'z' }

func endsWord(s string) bool {
	return s != "" && (s[len(s)-1] >= 'a' && s[len(s)-1] <= 'z' || s[len(s)-1] >= '0' && s[len(s)-1] <= '9')
}

// bareHouse takes 3-2-501 for a house and 3-5天, 8-11月 or 2026-11-23 for none.
func bareHouse(match, before, after string) Kind {
	if measure.MatchString(after) || endsWord(before) || endsWord(after[:min(1, len(after))]) {
		return ""
	}
	r, _ := utf8.DecodeLastRuneInString(before)
	if strings.ContainsRune("-./:第", r) && r != utf8.RuneError {
		return ""
	}
	return House
}

func roomAlone(_, _, after string) Kind {
	if measure.MatchString(after) {
		return ""
	}
	return House
}

// age leaves rules alone that speak of everybody of an age.
func age(_, _, after string) Kind {
	if measured.MatchString(after) {
		return ""
	}
	return Age
}
