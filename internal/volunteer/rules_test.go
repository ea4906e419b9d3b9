package volunteer

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bilin/internal/errs"
)

func fine() Report {
	return Report{Name: "刘 小 明", Phone: " １２９-0000 0001 ", Kind: Party, Offer: Offer{Skills: []Skill{Truck, FirstAid, Truck}, Pledge: " 下雪天\n帮忙 ", Hours: 4}}
}

func TestReportIsCleaned(t *testing.T) {
	got, err := fine().check()
	if err != nil || got.Name != "刘 小 明" || got.Phone != "12900000001" || got.Pledge != "下雪天 帮忙" || !slices.Equal(got.Skills, []Skill{FirstAid, Truck}) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestEverythingWrongIsSaidAtOnce(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Report)
		fields []string
	}{
		"nothing":       {func(*Report) {}, nil},
		"no name":       {func(r *Report) { r.Name = " \x80 " }, []string{"name"}},
		"long name":     {func(r *Report) { r.Name = strings.Repeat("刘", MaxName+1) }, []string{"name"}},
		"no number":     {func(r *Report) { r.Phone = "" }, []string{"phone"}},
		"a short one":   {func(r *Report) { r.Phone = "110" }, []string{"phone"}},
		"words":         {func(r *Report) { r.Phone = "找我老婆" }, []string{"phone"}},
		"no kind":       {func(r *Report) { r.Kind = "" }, []string{"kind"}},
		"unknown skill": {func(r *Report) { r.Skills = append(r.Skills, "magic") }, []string{"skills"}},
		"long pledge":   {func(r *Report) { r.Pledge = strings.Repeat("字", MaxPledge+1) }, []string{"pledge"}},
		"no time":       {func(r *Report) { r.Hours = -1 }, []string{"hours"}},
		"all time":      {func(r *Report) { r.Hours = MaxHours + 1 }, []string{"hours"}},
		"all of it":     {func(r *Report) { *r = Report{Offer: Offer{Hours: -1}} }, []string{"name", "phone", "kind", "hours"}},
	} {
		r := fine()
		c.change(&r)
		_, err := r.check()
		var got []string
		if err != nil {
			for _, f := range errs.As(err).Fields {
				got = append(got, f.Name)
			}
		}
		if !slices.Equal(got, c.fields) {
			t.Errorf("%s: %v, want %v", name, got, c.fields)
		}
	}
}

// Whatever happens to a report-in, once it is over it holds nothing that was told.
func TestWhatIsOverHoldsNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := &Volunteer{State: Pending, Name: "刘小明", HasPhone: true, phone: "sealed", phoneIndex: "index", HouseholdID: "h",
			Offer: Offer{Skills: []Skill{Boat}, Pledge: "字", Hours: 3}}
		now := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
		for range rapid.IntRange(1, 8).Draw(t, "steps") {
			before := v.State
			var err error
			switch rapid.IntRange(0, 3).Draw(t, "step") {
			case 0:
				err = v.Confirm("p", now)
			case 1:
				err = v.Refuse(rapid.SampledFrom(append(Reasons(), "")).Draw(t, "why"), now)
			case 2:
				err = v.Leave(now)
			default:
				err = v.Change(Offer{Skills: []Skill{Drone}, Pledge: "新的", Hours: 1})
			}
			over := before == Left || before == Refused
			if over && (err == nil || v.State != before) {
				t.Fatalf("%s goes on as %s", before, v.State)
			}
			if before == Active && v.State == Refused || before == Active && v.State == Pending {
				t.Fatalf("active becomes %s", v.State)
			}
		}
		if v.State == Left || v.State == Refused {
			if v.Name != "" || v.HasPhone || v.phone != "" || v.phoneIndex != "" || v.HouseholdID != "" || v.Pledge != "" || v.Hours != 0 || len(v.Skills) != 0 {
				t.Fatalf("%+v", v)
			}
		}
	})
}

func TestTheCatalogueIsClosed(t *testing.T) {
	if n := len(CallSkills()); n != 14 {
		t.Errorf("%d skills", n)
	}
	for _, s := range Skills() {
		if !s.Valid() || Messages["volunteer.skill."+string(s)][0] == "" {
			t.Errorf("%s has no name", s)
		}
	}
	if Skill("").Valid() || Skill("score").Valid() {
		t.Error("anything is a skill")
	}
}
