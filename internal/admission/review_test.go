package admission_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"bilin/internal/admission"
	"bilin/internal/admission/duty"
	"bilin/internal/errs"
	"bilin/internal/network"
)

func good() admission.Content {
	return admission.Content{DepartmentID: "d", FunctionID: "f", DutyID: "", Duty: admission.Assist, Title: "防汛转移路线告知", Ask: "把转移路线告诉住户。",
		Basis: "《防洪法》第七条", Responsible: "市水利局", Support: "路线卡", Way: admission.Tell, Level: network.Cell, Minutes: 20,
		FirstDay: 1, LastDay: 28, From: "2026-11-01", Until: "2027-10-31"}
}

func codesOf(t *testing.T, c admission.Content, running ...*admission.Matter) (grounds, others []string) {
	t.Helper()
	for _, f := range admission.Examine(&admission.Matter{ID: "m", Content: c}, admission.Facts{Duties: duty.Default(), Tree: &network.Tree{}, Running: running}) {
		if f.Severity == admission.Ground {
			grounds = append(grounds, f.Code)
		} else {
			others = append(others, f.Code)
		}
	}
	return grounds, others
}

func TestGroundsToRefuse(t *testing.T) {
	for name, x := range map[string]struct {
		change func(*admission.Content)
		want   []string
	}{
		"nothing":                  {func(*admission.Content) {}, nil},
		"check-ins in words":       {func(c *admission.Content) { c.Ask = "每天上午到点打卡，下午再签到一次。" }, []string{"check_ins"}},
		"photos declared":          {func(c *admission.Content) { c.Demanded.Photos = true }, []string{"photos"}},
		"photos turned down":       {func(c *admission.Content) { c.Ask = "看一看就行，不需要拍照，也无需打卡。" }, nil},
		"a list turned down":       {func(c *admission.Content) { c.Ask = "不要求打卡、拍照、定位轨迹。" }, nil},
		"one turned down, one not": {func(c *admission.Content) { c.Ask = "不用打卡。完成后上传照片。" }, []string{"photos"}},
		"tracks":                   {func(c *admission.Content) { c.Ask = "全程开启实时定位" }, []string{"tracks"}},
		"quotas":                   {func(c *admission.Content) { c.Ask = "每周上报不少于五条" }, []string{"quotas"}},
		"installs":                 {func(c *admission.Content) { c.Ask = "动员住户下载APP" }, []string{"installs"}},
		"taken back":               {func(c *admission.Content) { c.Duty = admission.TakenBack }, []string{"taken_back"}},
		"no basis":                 {func(c *admission.Content) { c.Basis = "  " }, []string{"no_basis"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := good()
			x.change(&c)
			if got, _ := codesOf(t, c); !slices.Equal(got, x.want) {
				t.Errorf("grounds %v, want %v", got, x.want)
			}
		})
	}
}

func TestOverlapNamesTheMatters(t *testing.T) {
	other := good()
	c := good()
	c.FieldIDs, other.FieldIDs = []string{"x"}, []string{"x"}
	grounds, others := codesOf(t, c, &admission.Matter{ID: "o", Number: "M26000018", Content: other})
	if !slices.Contains(grounds, "data_asked") || !slices.Contains(others, "overlap") {
		t.Errorf("grounds %v, others %v", grounds, others)
	}
	other.Months, c.Months = []int{1}, []int{7}
	if _, others := codesOf(t, c, &admission.Matter{ID: "o", Content: other}); slices.Contains(others, "overlap") {
		t.Error("January overlaps with July")
	}
}

func TestCheckNamesEachField(t *testing.T) {
	for name, x := range map[string]struct {
		change func(*admission.Content)
		field  string
	}{
		"title":       {func(c *admission.Content) { c.Title = "" }, "title"},
		"costs":       {func(c *admission.Content) { c.Minutes = 0 }, "minutes"},
		"ends first":  {func(c *admission.Content) { c.Until = "2026-10-01" }, "until"},
		"three years": {func(c *admission.Content) { c.Until = "2029-11-02" }, "until"},
		"bad day":     {func(c *admission.Content) { c.From = "soon" }, "from"},
		"window":      {func(c *admission.Content) { c.FirstDay = 20; c.LastDay = 10 }, "last_day"},
		"level": {func(c *admission.Content) {
			c.Way, c.HomeMinutes, c.Rotation, c.Level = admission.Visit, 5, 1, network.Group
		}, "level"},
	} {
		c := good()
		x.change(&c)
		err := errs.As(c.Check())
		if len(err.Fields) != 1 || err.Fields[0].Name != x.field {
			t.Errorf("%s: %+v", name, err.Fields)
		}
	}
	c := good()
	if err := c.Check(); err != nil {
		t.Errorf("a good form: %v", err)
	}
}

// However steps follow on each other: only the review admits, each decision has
// a reason, and nothing leaves Refused, Revoked or Expired.
func TestMattersWalk(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &admission.Matter{State: admission.Draft, Content: good()}
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			before := m.State
			kind := rapid.SampledFrom([]string{"submitted", "admitted", "returned", "refused", "revoked"}).Draw(t, "kind")
			reason := rapid.SampledFrom([]string{"", "有依据"}).Draw(t, "reason")
			var err error
			if kind == "submitted" {
				err = m.Submit(m.CreatedAt, m.CreatedAt)
			} else {
				err = m.Decide(kind, reason, m.CreatedAt)
			}
			switch {
			case err != nil && m.State != before:
				t.Fatalf("%s failed and moved %s to %s", kind, before, m.State)
			case err == nil && kind != "submitted" && reason == "":
				t.Fatalf("%s without a reason", kind)
			case err == nil && slices.Contains([]admission.State{admission.Refused, admission.Revoked, admission.Expired}, before):
				t.Fatalf("%s out of %s", kind, before)
			case err == nil && m.State == admission.Admitted && before != admission.Submitted:
				t.Fatalf("admitted out of %s", before)
			}
		}
	})
}

// The households of all months of a rotation are all households, each once.
func TestEachHouseholdHasItsTurn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := good()
		c.Way, c.Rotation = admission.Visit, rapid.IntRange(1, 24).Draw(t, "rotation")
		households := rapid.IntRange(0, 60).Draw(t, "households")
		month, total := admission.Month("2026-11"), 0
		seen := map[int]int{}
		for range c.Rotation {
			n := 0
			for h := range households {
				if c.Turn(h, month) {
					seen[h]++
					n++
				}
			}
			if got := c.Homes(households, month); got != n {
				t.Fatalf("%s: %d homes, counted %d", month, got, n)
			}
			total += n
			month = month.Next()
		}
		if total != households || len(seen) != households {
			t.Fatalf("%d turns of %d households", total, households)
		}
	})
}
