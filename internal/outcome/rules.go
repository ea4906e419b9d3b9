package outcome

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"bilin/internal/errs"
	"bilin/internal/plaintext"
)

// Bounds of an indicator. Texts in characters.
const (
	maxName       = 30
	maxNameEN     = 80
	maxDefinition = 200
	maxWeight     = 10
	maxPer        = 1_000_000
	// MaxCount bounds numerators and denominators.
	MaxCount = 1_000_000_000
)

// never are figures of how often people speak up. Fewer complaints must not be
// a way to a better light, so they can't be judged, whatever they are called.
var never = []string{"投诉", "来电", "热线", "信访", "上访", "举报", "诉求", "来信", "来访", "工单", "求助", "差评", "反映",
	"complain", "hotline", "petition", "call", "12345", "whistle", "grievance", "appeal"}

// activity are words of what leads and villages do. No figure of that can be an
// indicator, not even as context.
var activity = []string{"走访", "巡查", "打卡", "签到", "台账", "任务", "上报", "登录", "在线", "转发", "阅读", "会议次数", "培训次数",
	"公告", "张贴", "通知", "入户", "上门", "微信群", "群消息", "活跃", "照片", "拍照", "点赞", "出勤", "轨迹", "积分", "填报", "报送", "报表", "宣传",
	"notice", "poster", "household round", "photo", "attendance", "messages sent", "form filled", "visit", "patrol", "check-in", "check in", "task", "log-in", "login", "meetings held"}

// check judges an indicator and mends its words.
func (x Indicator) check() (Indicator, error) {
	bad := errs.E(errs.Invalid, "outcome.invalid")
	for _, f := range []struct {
		name string
		text *string
		most int
	}{{"name", &x.Name, maxName}, {"name_en", &x.NameEN, maxNameEN}, {"definition", &x.Definition, maxDefinition}, {"definition_en", &x.DefEN, maxDefinition},
		{"numerator", &x.Numerator, maxName}, {"numerator_en", &x.NumEN, maxNameEN}, {"denominator", &x.Denominator, maxName}, {"denominator_en", &x.DenomEN, maxNameEN}} {
		*f.text = plaintext.OneLine(*f.text)
		switch n := utf8.RuneCountInString(*f.text); {
		case n == 0:
			bad = bad.WithField(f.name, "outcome.missing")
		case n > f.most:
			bad = bad.WithField(f.name, "outcome.too_long", "max", f.most)
		}
	}
	if !slices.Contains(Sources(), x.Source) {
		bad = bad.WithField("source", "outcome.no_source")
	}
	if (x.Source == Feed) != (x.Department != "") {
		bad = bad.WithField("department", "outcome.whose")
	}
	if x.Measure != Rate && x.Measure != Share {
		bad = bad.WithField("measure", "outcome.missing")
	}
	if x.Better != Lower && x.Better != Higher {
		bad = bad.WithField("better", "outcome.missing")
	}
	if x.Per < 1 || x.Per > maxPer || x.Measure == Share && x.Per != 100 {
		bad = bad.WithField("per", "outcome.bad_per")
	}
	if x.Window < 1 || x.Window > 4 {
		bad = bad.WithField("window", "outcome.bad_window")
	}
	bad = x.judgeable(bad)
	if len(bad.Fields) > 0 {
		return x, bad
	}
	return x, nil
}

// judgeable refuses weights on how often people speak up, and every figure of
// what the network does.
func (x Indicator) judgeable(bad *errs.Error) *errs.Error {
	switch {
	case x.Weight < 0 || x.Weight > maxWeight:
		bad = bad.WithField("weight", "outcome.bad_weight", "max", maxWeight)
	case x.Context && x.Weight != 0:
		bad = bad.WithField("weight", "outcome.context_weight")
	case x.Source == Feed && !x.Context && speaks(x.named(), never):
		bad = bad.WithField("context", "outcome.never_judged")
	}
	if x.Source == Feed && speaks(x.named()+"\n"+x.Definition+"\n"+x.DefEN+"\n"+x.Denominator+"\n"+x.DenomEN, activity) {
		bad = bad.WithField("definition", "outcome.no_activity")
	}
	return bad
}

// named is its name and what it counts.
func (x Indicator) named() string {
	return x.Name + "\n" + x.NameEN + "\n" + x.Numerator + "\n" + x.NumEN
}

// ofResidents reports whether residents are its source.
func (x Indicator) ofResidents() bool {
	return x.Source == Confirmed || x.Source == Reopened || x.Source == Prompt
}

// speaks reports whether a text holds one of some words.
func speaks(text string, words []string) bool {
	text = strings.ToLower(norm.NFKC.String(text))
	joined := strings.ReplaceAll(text, " ", "") // 投 诉 is 投诉
	return slices.ContainsFunc(words, func(w string) bool {
		return strings.Contains(text, w) || w[0] >= utf8.RuneSelf && strings.Contains(joined, w)
	})
}

// Judged reports whether it gets lights.
func (x Indicator) Judged() bool { return !x.Context && !x.Retired }

// ManyIsWorse reports which side of the count is bad.
func (x Indicator) ManyIsWorse() bool { return x.Better == Lower }

// CheckCount judges what a source says of one village and quarter.
func (x Indicator) CheckCount(num, den int) error {
	switch {
	case num < 0 || den < 0 || num > MaxCount || den > MaxCount:
		return errs.E(errs.Invalid, "outcome.bad_count", "max", MaxCount)
	case x.Measure == Share && num > den:
		return errs.E(errs.Invalid, "outcome.more_than_all")
	case den == 0 && num > 0:
		return errs.E(errs.Invalid, "outcome.no_denominator")
	}
	return nil
}
