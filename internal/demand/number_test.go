package demand

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bilin/internal/errs"
)

func TestNumber(t *testing.T) {
	n := NumberOf(2026, 12)
	if len(n) != 9 || !strings.HasPrefix(n, "26000012") {
		t.Errorf("number %q", n)
	}
	if Spoken(n) != n[:3]+" "+n[3:6]+" "+n[6:] {
		t.Errorf("spoken %q", Spoken(n))
	}
	full := strings.Map(func(r rune) rune { return r - '0' + '０' }, n)
	for _, written := range []string{n, Spoken(n), " " + n[:2] + "-" + n[2:], full} {
		if got, err := ParseNumber(written); err != nil || got != n {
			t.Errorf("%q read as %q, %v", written, got, err)
		}
	}
	for _, bad := range []string{"", "abc", "12345678901234567890", "26 000 01x"} {
		if _, err := ParseNumber(bad); errs.CodeOf(err) != "demand.number_wrong" {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestNumberNoticesSlips(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := []byte(NumberOf(rapid.IntRange(2000, 2099).Draw(rt, "year"), rapid.IntRange(1, 9_999_999).Draw(rt, "n")))
		if _, err := ParseNumber(string(n)); err != nil {
			rt.Fatal(err)
		}
		i := rapid.IntRange(0, len(n)-1).Draw(rt, "at")
		d := byte('0' + rapid.IntRange(0, 9).Draw(rt, "digit"))
		if d == n[i] {
			return
		}
		n[i] = d
		if _, err := ParseNumber(string(n)); errs.CodeOf(err) != "demand.number_mistyped" {
			rt.Fatalf("%s passed", n)
		}
	})
}

func TestRoute(t *testing.T) {
	at := func(id, person string) Stop { return Stop{UnitID: id, PersonID: person} }
	cases := []struct {
		name  string
		kind  Kind
		chain []Stop
		skip  string
		unit  string
		why   Reason
	}{
		{"the lead", Help, []Stop{at("c", "p1"), at("g", "p2"), at("v", "p3")}, "", "c", ReasonLead},
		{"no lead", Help, []Stop{at("c", ""), at("g", "p2"), at("v", "p3")}, "", "g", ReasonNoLead},
		{"nobody in the group either", Help, []Stop{at("c", ""), at("g", ""), at("v", "p3")}, "", "v", ReasonNoLead},
		{"nobody at all", Help, []Stop{at("c", ""), at("g", ""), at("v", "")}, "", "v", ReasonNoLead},
		{"complaint", Complaint, []Stop{at("c", "p1"), at("g", "p2"), at("v", "p3")}, "p1", "g", ReasonComplaint},
		{"complaint of one who leads the group too", Complaint, []Stop{at("c", "p1"), at("g", "p1"), at("v", "p3")}, "p1", "v", ReasonComplaint},
		{"complaint, no lead now", Complaint, []Stop{at("c", ""), at("g", "p2"), at("v", "p3")}, "", "g", ReasonComplaint},
		{"complaint, no group lead", Complaint, []Stop{at("c", "p1"), at("g", ""), at("v", "p3")}, "p1", "v", ReasonComplaint},
		{"straight to the village", Complaint, []Stop{at("v", "p3")}, "", "v", ReasonLead},
		{"nowhere", Help, nil, "", "", ReasonLead},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, why := Route(c.kind, c.chain, c.skip)
			if got.UnitID != c.unit || why != c.why {
				t.Errorf("%s, %s; want %s, %s", got.UnitID, why, c.unit, c.why)
			}
		})
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"  路灯\r\n\r\n\r\n\r\n坏了 ": "路灯\n\n坏了",
		"a\x00b\u202ec\xff\tok":   "abc\tok",
	} {
		if got := Clean(in); got != want {
			t.Errorf("%q became %q", in, got)
		}
	}
}
