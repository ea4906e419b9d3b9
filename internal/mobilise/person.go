package mobilise

import (
	"regexp"
	"strings"
	"unicode"
)

// aboutSomebody reports whether words name a person whom only an order about a
// missing person may name: with a case number, a second person, an end and a review.
func (w Words) aboutSomebody(h Hazard) bool { return h != Missing && namesPerson(w) }

// namesPerson reports whether words look for one person, or hold an identity
// number. It errs towards no for what disasters do to many: villages out of
// touch, seven people missing, old people to be called on.
func namesPerson(w Words) bool {
	for _, text := range []string{w.Title, w.What, w.Do, w.Where} {
		if looksFor(text) {
			return true
		}
	}
	return false
}

var (
	manyLost = regexp.MustCompile(`[0-9一二三四五六七八九十百千两数多几]+(余|多)?(名|位|个)?(村民|群众|居民|人员|人|户|村|组|社区)(全部|已|暂时|仍|均)?(失联|失踪)` +
		`|(村|组|社区|乡|镇|街道|信号|通信|通讯|电话|手机|网络|基站|车辆|船)(全部|已|暂时|仍|均)?失联` +
		`|(失联|失踪)(的)?(村|组|社区|乡|镇|街道|户|群众|居民|人员|人数)`)
	lost     = regexp.MustCompile(`寻人|寻亲|走失|走丢|失踪|失联|失蹤|失聯|拐卖|被拐|离家出走|人口失踪`)
	somebody = `(老人|老太|老汉|奶奶|爷爷|大爷|大妈|男子|女子|男性|女性|男孩|女孩|男童|女童|孩子|小孩|儿童|幼儿|婴儿|少年|少女|学生|患者|某)`
	seeking  = regexp.MustCompile(`(寻找|查找|找寻|搜寻|协查|寻访|帮找|帮忙找)[^。；！？]{0,16}` + somebody)
	// one is told from many by an age or by what somebody looked like and wore.
	oneOf   = regexp.MustCompile(`(寻找|查找|找寻|搜寻|协查|失联|失踪)[^。；！？]{0,24}([0-9一二三四五六七八九十]{1,4}岁|身高|身穿|穿着|上衣|体貌)`)
	english = regexp.MustCompile(`\b(missing|abducted) (person|child|boy|girl|man|woman|teen|teenager|toddler|elderly|resident|pensioner|student)\b|\bwent missing\b|\b(has|have) been missing\b|\blast seen\b|\blast known to wear\b` +
		`|\b(look(ing)?|search(ing)?) for (a|an|the|our|his|her|mr|mrs|ms)\b[^.;!?]{0,40}\b(man|woman|boy|girl|child|person|grandmother|grandfather|pensioner|student|patient|aged|year-old|years old)\b`)
	identity = regexp.MustCompile(`(^|[^0-9])[1-9][0-9]{5}(18|19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9xX]($|[^0-9])`)
)

func looksFor(text string) bool {
	text = narrow(text)
	if english.MatchString(strings.ToLower(text)) {
		return true
	}
	text = strings.Join(strings.FieldsFunc(text, func(c rune) bool { return unicode.IsSpace(c) || c == '-' || c == '·' }), "")
	return identity.MatchString(text) || seeking.MatchString(text) || oneOf.MatchString(text) || lost.MatchString(manyLost.ReplaceAllString(text, "，"))
}

// narrow writes full-width letters and digits as ASCII.
func narrow(text string) string {
	return strings.Map(func(c rune) rune {
		if c >= '！' && c <= '～' && (unicode.IsLetter(c) || unicode.IsDigit(c)) {
			return c - '！' + '!'
		}
		return c
	}, text)
}
