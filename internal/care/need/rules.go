package need

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"bilin/internal/errs"
)

// Bounds of texts, in characters.
const (
	MaxName = 60
	MaxText = 200
	minWhy  = 4
)

// Alike is how many needs at least are owed the same, so that what a lead is
// asked to do doesn't give away why.
const Alike = 3

// Forbidden is a ground by which no need can be defined, whoever approves it.
type Forbidden string

// The forbidden grounds.
const (
	Conduct    Forbidden = "conduct"
	Opinion    Forbidden = "opinion"
	Complaint  Forbidden = "complaint"
	Petition   Forbidden = "petition"
	Faith      Forbidden = "faith"
	Criminal   Forbidden = "criminal"
	Psychiatry Forbidden = "psychiatry"
	Relations  Forbidden = "relations"
)

// forbidden are the words by which such a ground is told, in the order in which
// they are looked for.
var forbidden = []struct {
	ground Forbidden
	words  []string
}{
	{Petition, []string{"信访", "上访", "访民", "缠访", "闹访", "非访", "petition"}},
	{Complaint, []string{"投诉", "举报", "热线", "诉求", "差评", "complain", "hotline"}},
	{Opinion, []string{"言论", "思想", "政治", "舆情", "观点", "意见领袖", "维权", "不满", "opinion", "political"}},
	{Faith, []string{"宗教", "信教", "教徒", "信仰", "邪教", "基督", "伊斯兰", "穆斯林", "佛教", "天主", "道教", "religio", "faith", "church"}},
	{Criminal, []string{"刑满", "刑释", "前科", "犯罪", "社区矫正", "吸毒", "戒毒", "涉毒", "涉黑", "拘留", "案底", "服刑", "criminal", "offender", "convict", "drug"}},
	{Psychiatry, []string{"精神病", "精神障碍", "精神残疾", "精神分裂", "抑郁", "躁狂", "心理疾病", "肇事肇祸", "psychiatr", "mental"}},
	{Relations, []string{"亲属关系", "社会关系", "关系人", "交往", "同住人", "家属是", "海外关系", "relations", "relatives", "associate"}},
	{Conduct, []string{"行为", "表现", "重点关注", "关注对象", "特殊人群", "问题户", "问题人员", "敏感人", "闹事", "滋事", "惹事", "难缠", "不听话", "不配合", "钉子户", "重点人", "重点人员", "稳控", "维稳", "涉稳", "不稳定", "不放心", "可疑", "失信", "违规", "违章", "赌博", "积分", "评分", "conduct", "behavio", "suspici", "stability", "score", "troublemak", "trouble-mak", "persons of interest", "person of interest", "nuisance", "watchlist", "watch list"}},
}

// Names returns the forbidden ground that a text names, and the word by which, or "".
func Names(text string) (ground Forbidden, word string) {
	text = strings.ToLower(strings.Join(strings.Fields(text), " "))
	close := strings.ReplaceAll(text, " ", "") // 信 访 is 信访
	for _, f := range forbidden {
		for _, w := range f.words {
			if strings.Contains(text, w) || strings.Contains(close, w) {
				return f.ground, w
			}
		}
	}
	return "", ""
}

// Check returns why a need can't be part of a catalogue, field by field, or nil.
func (n *Need) Check(others []Need) error {
	bad := errs.E(errs.Invalid, "need.check")
	for _, f := range []struct {
		name, text string
		most       int
	}{{"name", n.Name, MaxName}, {"name_en", n.NameEN, MaxName}, {"law", n.Law, MaxText}, {"benefit", n.Benefit, MaxText}} {
		switch n := utf8.RuneCountInString(strings.TrimSpace(f.text)); {
		case n == 0:
			bad = bad.WithField(f.name, "need.missing")
		case n > f.most:
			bad = bad.WithField(f.name, "need.long", "max", f.most)
		}
		if ground, word := Names(f.text); ground != "" {
			bad = bad.WithField(f.name, "need.forbidden."+string(ground), "word", word)
		}
	}
	bad = n.checkObligation(bad, others)
	if len(n.Grounds) == 0 || slices.ContainsFunc(n.Grounds, func(g Ground) bool { return !slices.Contains(Grounds(), g) }) {
		bad = bad.WithField("grounds", "need.no_ground")
	}
	if !n.Consent && slices.ContainsFunc(n.Grounds, func(g Ground) bool { return g == Illness || g == Treatment }) {
		bad = bad.WithField("consent", "need.health_consent")
	}
	if n.LongDays < 1 || n.LongDays > Longest {
		bad = bad.WithField("long", "need.bad_term", "max", Longest)
	}
	if len(bad.Fields) == 0 {
		return nil
	}
	return bad
}

func (n *Need) checkObligation(bad *errs.Error, others []Need) *errs.Error {
	switch {
	case !slices.Contains(Everies(), n.EveryDays):
		return bad.WithField("every", "need.bad_every")
	case !slices.Contains(Whos(), n.Who):
		return bad.WithField("who", "need.missing")
	case !slices.Contains(Dos(), n.Do):
		return bad.WithField("do", "need.missing")
	case !slices.Contains(Actions(), n.Action):
		return bad.WithField("action", "need.missing")
	}
	alike := []Need{*n}
	for _, o := range others {
		if o.Code != n.Code && o.Seen() == n.Seen() {
			alike = append(alike, o)
		}
	}
	if tells(alike) {
		return bad.WithField("every", "need.telling", "least", Alike)
	}
	return bad
}

// tells reports whether needs that are owed the same give each other away: they
// are too few, or all are of somebody's health.
func tells(alike []Need) bool {
	return len(alike) < Alike || !slices.ContainsFunc(alike, func(n Need) bool { return !n.ofHealth() })
}

// ofHealth reports whether a need is defined by nothing but somebody's health.
func (n *Need) ofHealth() bool {
	return !slices.ContainsFunc(n.Grounds, func(g Ground) bool { return g != Illness && g != Treatment && g != Disability })
}

// leaves reports whether, if a need changed to n, the needs that were owed the
// same as it before would be too few to hide each other.
func leaves(n *Need, others []Need) bool {
	i := slices.IndexFunc(others, func(o Need) bool { return o.Code == n.Code })
	if i < 0 || others[i].Seen() == n.Seen() {
		return false
	}
	var left []Need
	for _, o := range others {
		if o.Code != n.Code && o.Seen() == others[i].Seen() {
			left = append(left, o)
		}
	}
	return len(left) > 0 && tells(left)
}

// Approve adds a person's yes. The second one puts it on public notice.
func (p *Proposal) Approve(a Approval, today string) error {
	switch {
	case p.State != Asked:
		return errs.E(errs.Conflict, "need.not_now")
	case a.ActorID == p.ProposedBy:
		return errs.E(errs.Forbidden, "need.own")
	case slices.ContainsFunc(p.Approvals, func(o Approval) bool { return o.ActorID == a.ActorID }):
		return errs.E(errs.Conflict, "need.twice")
	}
	p.Approvals = append(p.Approvals, a)
	p.Version++
	if len(p.Approvals) >= p.Wants() {
		p.State, p.NoticeTo = Notice, addDays(today, NoticeDays)
	}
	return nil
}

// Refuse ends it, before or during the notice.
func (p *Proposal) Refuse(reason string, now time.Time) error {
	switch {
	case p.State != Asked && p.State != Notice:
		return errs.E(errs.Conflict, "need.not_now")
	case strings.TrimSpace(reason) == "":
		return errs.E(errs.Invalid, "need.check").WithField("reason", "need.missing")
	case utf8.RuneCountInString(reason) > MaxText:
		return errs.E(errs.Invalid, "need.check").WithField("reason", "need.long", "max", MaxText)
	}
	p.State, p.Reason, p.DecidedAt = Refused, strings.TrimSpace(reason), now
	p.Version++
	return nil
}

// checkWhy says what is wrong with the reason for taking a need out of use.
func checkWhy(why string) error {
	bad := errs.E(errs.Invalid, "need.check")
	switch n := utf8.RuneCountInString(why); {
	case n < minWhy:
		return bad.WithField("why", "need.why_missing")
	case n > MaxText:
		return bad.WithField("why", "need.long", "max", MaxText)
	}
	return nil
}

// LeftAlike is how many needs in use are owed the same as one, without it.
func LeftAlike(n *Need, used []Need) (left int) {
	for _, o := range used {
		if o.Code != n.Code && o.Seen() == n.Seen() {
			left++
		}
	}
	return left
}

// Ripe reports whether its notice is over: ten whole days have passed.
func (p *Proposal) Ripe(today string) bool { return p.State == Notice && today > p.NoticeTo }

// addDays is a day so many days later.
func addDays(day string, n int) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return t.AddDate(0, 0, n).Format(time.DateOnly)
}
