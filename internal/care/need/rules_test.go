package need_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bilin/internal/care/need"
	"bilin/internal/errs"
)

func TestDefaultIsSixteenAndKeepsItsOwnRules(t *testing.T) {
	all := need.Default()
	if len(all) != 16 {
		t.Fatalf("%d needs", len(all))
	}
	var codes []string
	for i := range all {
		n := all[i]
		if err := n.Check(all); err != nil {
			t.Errorf("%s: %v", n.Code, err)
		}
		if n.LongDays > need.Longest || n.Law == "" || n.Benefit == "" {
			t.Errorf("%s: %+v", n.Code, n)
		}
		codes = append(codes, n.Code)
	}
	slices.Sort(codes)
	if len(slices.Compact(codes)) != 16 {
		t.Error("codes repeat")
	}
}

// Whatever a lead is asked to do, three needs at least are asked just so.
func TestWhatALeadSeesGivesNoNeedAway(t *testing.T) {
	alike := map[need.Obligation]int{}
	for _, n := range need.Default() {
		alike[n.Seen()]++
	}
	for seen, n := range alike {
		if n < need.Alike {
			t.Errorf("%+v is asked for %d needs only", seen, n)
		}
	}
}

// Each sentence that a lead reads, of the obligation or of an emergency, is shared
// by three needs at least that aren't all of somebody's health.
func TestNoSentenceOfALeadTellsOfHealth(t *testing.T) {
	health := []need.Ground{need.Illness, need.Treatment, need.Disability}
	shared := map[any][]need.Need{}
	for _, n := range need.Default() {
		for _, sentence := range []any{n.Seen(), n.Action, n.Who, n.Do, n.EveryDays} {
			shared[sentence] = append(shared[sentence], n)
		}
	}
	for sentence, needs := range shared {
		other := slices.ContainsFunc(needs, func(n need.Need) bool {
			return slices.ContainsFunc(n.Grounds, func(g need.Ground) bool { return !slices.Contains(health, g) })
		})
		if len(needs) < need.Alike || !other {
			t.Errorf("%v is said of %d needs; of other than health: %v", sentence, len(needs), other)
		}
	}
	three := func(g need.Ground) (list []need.Need) {
		for _, code := range []string{"a", "b", "c"} {
			list = append(list, need.Need{Code: code, Name: "名称", NameEN: "Name", Law: "某法", Benefit: "补贴", Grounds: []need.Ground{g}, LongDays: 30, Consent: true,
				Obligation: need.Obligation{EveryDays: 7, Who: need.ByOfficial, Do: need.Call, Action: need.Power}})
		}
		return list
	}
	if all := three(need.Treatment); errs.CodeOf(all[0].Check(all)) != "need.check" {
		t.Error("three needs that are all of health hide nothing")
	}
	if all := three(need.Age); all[0].Check(all) != nil {
		t.Error("three others are refused")
	}
}

// The words for leads name no need: neither its name nor what it is told by.
func TestWordsForLeadsNameNoNeed(t *testing.T) {
	telling := []string{"老", "残", "病", "氧", "透析", "孩", "儿童", "孕", "低保", "特困", "危房", "退役", "old", "illness", "child", "oxygen", "disab", "poor", "veteran", "dialysis"}
	for _, n := range need.Default() {
		telling = append(telling, n.Name, strings.ToLower(n.NameEN))
	}
	seen := 0
	for key, words := range need.Messages {
		if !strings.HasPrefix(key, "need.do.") && !strings.HasPrefix(key, "need.action.") {
			continue
		}
		for _, text := range words {
			seen++
			for _, word := range telling {
				if strings.Contains(strings.ToLower(text), word) {
					t.Errorf("%s says %q", key, word)
				}
			}
		}
	}
	if seen != 2*(len(need.Dos())+len(need.Actions())) {
		t.Errorf("%d texts were looked at", seen)
	}
}

func TestForbiddenGroundsAreRefused(t *testing.T) {
	for text, want := range map[string]need.Forbidden{
		"重点关注人员":              need.Conduct,
		"爱闹事的邻居":              need.Conduct,
		"Troublemakers":       need.Conduct,
		"Persons of interest": need.Conduct,
		"长期上访人员":              need.Petition,
		"信 访 重点户":             need.Petition,
		"多次投诉的住户":             need.Complaint,
		"言论偏激人员":              need.Opinion,
		"信教家庭":                need.Faith,
		"刑满释放人员":              need.Criminal,
		"社区矫正对象":              need.Criminal,
		"精神障碍患者":              need.Psychiatry,
		"社会关系复杂":              need.Relations,
		"稳控对象":                need.Conduct,
		"Petitioners":         need.Petition,
		"mental illness":      need.Psychiatry,
		"独居老人":                "",
	} {
		if got, word := need.Names(text); got != want {
			t.Errorf("%s: %q by %q, want %q", text, got, word, want)
		}
		n := need.Default()[0]
		n.Code = ""
		n.Name = text
		err := n.Check(need.Default())
		if (want == "") != (err == nil) {
			t.Errorf("%s as a name: %v", text, err)
		}
		if want != "" && !strings.Contains(errs.CodeOf(err)+fields(err), "need.forbidden."+string(want)) {
			t.Errorf("%s: the reason isn't said: %v %s", text, err, fields(err))
		}
	}
}

func fields(err error) string {
	var out []string
	for _, f := range errs.As(err).Fields {
		out = append(out, f.Code)
	}
	return strings.Join(out, " ")
}

// A proposal comes into force only after two people other than its proposer
// agreed and ten whole days of notice passed.
func TestProposalNeedsTwoOthersAndTenDays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := need.Proposal{State: need.Asked, ProposedBy: "a"}
		people := map[string]bool{}
		for range rapid.IntRange(0, 6).Draw(t, "tries") {
			who := rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "who")
			if p.Approve(need.Approval{ActorID: who}, "2027-03-01") == nil {
				people[who] = true
			}
		}
		if people["a"] {
			t.Fatal("approved one's own")
		}
		if (p.State == need.Notice) != (len(people) == need.Approvers) {
			t.Fatalf("%s with %d", p.State, len(people))
		}
		day := rapid.SampledFrom([]string{"2027-03-01", "2027-03-10", "2027-03-11", "2027-03-12"}).Draw(t, "day")
		if p.Ripe(day) != (p.State == need.Notice && day == "2027-03-12") {
			t.Fatalf("ripe on %s: %v", day, p.Ripe(day))
		}
	})
}
