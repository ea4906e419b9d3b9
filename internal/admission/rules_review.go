package admission

import (
	"slices"
	"strings"
	"unicode/utf8"

	"bilin/internal/admission/duty"
	"bilin/internal/network"
)

// Facts are what a matter is examined against.
type Facts struct {
	Duties  *duty.Catalog
	Tree    *network.Tree
	Running []*Matter // admitted, while this one would be
	Over    []Place   // leads past their budget if it is admitted
	OverOld int       // of these, how many were before
}

// telltale is what a form asks for beside the work: the words that give it away.
// Each is a ground to refuse: what Bilin refuses, and what the rules against
// formalism at the grassroots and on government apps forbid.
type telltale struct {
	code, law string
	declared  func(Demanded) bool
	words     []string
}

var telltales = []telltale{
	{"check_ins", "matter.law.formalism", func(d Demanded) bool { return d.CheckIns }, []string{"签到", "打卡", "在线时长", "登录次数", "check in", "check-in"}},
	{"photos", "matter.law.formalism", func(d Demanded) bool { return d.Photos }, []string{"拍照", "照片佐证", "现场照片", "留痕", "截图", "上传照片", "photo"}},
	{"tracks", "matter.law.apps", func(d Demanded) bool { return d.Tracks }, []string{"轨迹", "实时定位", "位置上报", "gps"}},
	{"quotas", "matter.law.formalism", func(d Demanded) bool { return d.Quotas }, []string{"不少于", "至少上报", "每日上报", "每周上报", "任务数", "排名", "通报", "quota"}},
	{"installs", "matter.law.apps", func(d Demanded) bool { return d.Installs }, []string{"下载app", "安装app", "下载安装", "注册率", "关注公众号", "激活率", "install"}},
}

// negations before a word turn it round: "不需要拍照" asks for no photo.
var negations = []string{"不需要", "无需", "不用", "不要求", "不得要求", "不必", "不再", "不", "禁止", "勿", "no ", "without "}

// wordsIn lists the words that the text holds and doesn't turn down.
func wordsIn(text string, words []string) (found []string) {
	text = strings.ToLower(text)
	for _, word := range words {
		for at, rest := 0, text; ; {
			i := strings.Index(rest, word)
			if i < 0 {
				break
			}
			at += i
			if !negated(text[:at]) {
				found = append(found, word)
				break
			}
			at += len(word)
			rest = text[at:]
		}
	}
	return found
}

// negated reports whether what comes next is turned down: a negation stands
// right before it, or before a list that it belongs to.
func negated(before string) bool {
	if i := strings.LastIndexAny(before, "。；;.!！?？\n"); i >= 0 {
		_, size := utf8.DecodeRuneInString(before[i:])
		before = before[i+size:]
	}
	if slices.ContainsFunc(negations, func(n string) bool { return strings.HasSuffix(before, n) }) {
		return true
	}
	i := strings.LastIndex(before, "、")
	return i >= 0 && len([]rune(before[i:])) <= 8 && negated(strings.TrimRight(cutWord(before[:i]), " "))
}

// cutWord drops the last word, at most eight characters back to a negation.
func cutWord(s string) string {
	for _, n := range negations {
		if i := strings.LastIndex(s, n); i >= 0 && len([]rune(s[i+len(n):])) <= 24 {
			return s[:i+len(n)]
		}
	}
	return s
}

// Examine says what the rules have to say about a matter, the gravest first.
func Examine(m *Matter, f Facts) []Finding {
	var out []Finding
	add := func(g Finding) { out = append(out, g) }
	text := strings.Join([]string{m.Title, m.Ask, m.OtherData, m.Support}, "\n")
	for _, t := range telltales {
		if words := wordsIn(text, t.words); t.declared(m.Demanded) || len(words) > 0 {
			add(Finding{Code: t.code, Severity: Ground, Law: t.law, Words: words})
		}
	}
	out = append(out, onDuty(m, f.Duties)...)
	if strings.TrimSpace(m.Responsible) == "" {
		add(Finding{Code: "no_responsible", Severity: Doubt, Law: "matter.law.duties"})
	}
	if strings.TrimSpace(m.Support) == "" {
		add(Finding{Code: "no_support", Severity: Note, Law: "matter.law.duties"})
	}
	out = append(out, onData(m, f)...)
	out = append(out, onOthers(m, f)...)
	if n := len(f.Over); n > f.OverOld {
		units := make([]string, 0, 10)
		for _, p := range f.Over[:min(n, 10)] {
			units = append(units, p.UnitID)
		}
		add(Finding{Code: "over_budget", Severity: Ground, Law: "matter.law.budget", Units: units, Count: n})
	}
	weight := []Severity{Ground, Doubt, Note}
	slices.SortStableFunc(out, func(a, b Finding) int { return slices.Index(weight, a.Severity) - slices.Index(weight, b.Severity) })
	return out
}

// onDuty compares it with the duty lists.
func onDuty(m *Matter, duties *duty.Catalog) (out []Finding) {
	list := m.Duty
	if d, ok := duties.Duty(m.DutyID); ok {
		list = DutyList(d.List)
	}
	switch list {
	case TakenBack:
		out = append(out, Finding{Code: "taken_back", Severity: Ground, Law: "matter.law.duties"})
	case Own:
		out = append(out, Finding{Code: "own_duty", Severity: Doubt, Law: "matter.law.duties"})
	}
	if m.DutyID == "" {
		out = append(out, Finding{Code: "no_duty", Severity: Doubt, Law: "matter.law.duties"})
	}
	if strings.TrimSpace(m.Basis) == "" {
		out = append(out, Finding{Code: "no_basis", Severity: Ground, Law: "matter.law.basis"})
	}
	return out
}

// onData says where data it asks for can be had without asking anybody.
func onData(m *Matter, f Facts) (out []Finding) {
	fields := slices.Clone(m.FieldIDs)
	for _, field := range f.Duties.FieldsIn(m.OtherData + "\n" + m.Ask) {
		if !slices.Contains(fields, field.ID) {
			fields = append(fields, field.ID)
		}
	}
	if len(fields) > 0 {
		severity := Doubt
		if strings.TrimSpace(m.WhyNot) == "" {
			severity = Ground
		}
		var codes []string
		for _, id := range fields {
			if field, ok := f.Duties.Field(id); ok {
				codes = append(codes, field.Code)
			}
		}
		out = append(out, Finding{Code: "data_held", Severity: severity, Law: "matter.law.once", Fields: codes})
	}
	if strings.TrimSpace(m.OtherData) != "" && strings.TrimSpace(m.WhyNot) == "" {
		out = append(out, Finding{Code: "no_reason", Severity: Doubt, Law: "matter.law.privacy"})
	}
	return out
}

// onOthers names admitted matters that ask the same people for the same thing.
func onOthers(m *Matter, f Facts) (out []Finding) {
	var same, data []string
	for _, o := range f.Running {
		if o.ID == m.ID || o.Emergency || !together(f.Tree, &m.Content, &o.Content) {
			continue
		}
		if o.FunctionID == m.FunctionID && o.Way == m.Way {
			same = append(same, o.Number)
		}
		if slices.ContainsFunc(m.FieldIDs, func(id string) bool { return slices.Contains(o.FieldIDs, id) }) {
			data = append(data, o.Number)
		}
	}
	if len(data) > 0 {
		out = append(out, Finding{Code: "data_asked", Severity: Ground, Law: "matter.law.once", Matters: data})
	}
	if len(same) > 0 {
		out = append(out, Finding{Code: "overlap", Severity: Doubt, Law: "matter.law.duties", Matters: same})
	}
	return out
}

// together reports whether two matters ever reach the same lead in the same month.
func together(tree *network.Tree, a, b *Content) bool {
	if a.Level != b.Level || a.From > b.Until || b.From > a.Until {
		return false
	}
	if len(a.Months) > 0 && len(b.Months) > 0 && !slices.ContainsFunc(a.Months, func(m int) bool { return slices.Contains(b.Months, m) }) {
		return false
	}
	if len(a.UnitIDs) == 0 || len(b.UnitIDs) == 0 {
		return true
	}
	return slices.ContainsFunc(a.UnitIDs, func(x string) bool {
		return slices.ContainsFunc(b.UnitIDs, func(y string) bool { return tree.Contains(x, y) || tree.Contains(y, x) })
	})
}
