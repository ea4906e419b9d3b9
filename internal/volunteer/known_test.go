package volunteer_test

import (
	"context"
	"slices"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/volunteer"
	"bilin/internal/volunteer/volunteertest"
)

// A name and a number are no proof: with the key of a report-in that was taken
// for somebody whom the registry knew, a stranger sees how it stands and takes it
// back, and no more.
func TestAKeyDoesNotActForWhomTheRegistryKnew(t *testing.T) {
	each(t, func(c *volunteertest.City) {
		known := "p-旧相识"
		c.OK(c.Net.ImportChunk(c.Context(), auth.System("test"), network.Chunk{Persons: []network.NewPerson{{ID: known, Name: "旧相识", Phone: number}}}))
		themselves := auth.With(c.Context(), auth.Actor{AccountID: "a", PersonID: known, Name: "旧相识"})
		other := auth.With(c.Context(), c.Actor("邻长1"))
		c.OK(c.Reports.SetSkills(themselves, auth.From(themselves), "own", []volunteer.Skill{volunteer.Sign}))
		r := c.Confirmed("旧相识", number)
		v, err := c.Reports.ByKey(c.Context(), r.ID, r.Key)
		c.OK(err)
		if v.PersonID != known || !v.Linked || v.ActsFor(auth.Actor{}) || v.ActsFor(auth.From(other)) || !v.ActsFor(auth.From(themselves)) {
			t.Fatalf("%+v", v)
		}
		c.OK(second(c.Net.ReadPhone(c.Context(), c.Actor("村干部1"), network.PhoneOfPerson, known, "集合")))
		change := volunteer.Change{Key: "c", Offer: volunteer.Offer{Skills: []volunteer.Skill{volunteer.Boat}}, Version: v.Version}
		for name, ctx := range map[string]context.Context{"anybody": c.Context(), "somebody else": other} {
			if err := c.Reports.Change(ctx, r.ID, r.Key, change); errs.CodeOf(err) != "volunteer.log_in" || errs.KindOf(err) != errs.Forbidden {
				t.Errorf("%s changes it: %v", name, err)
			}
			if reads, err := c.Reports.Reads(ctx, v); err != nil || len(reads) != 0 {
				t.Errorf("%s sees who opened the number: %+v, %v", name, reads, err)
			}
		}
		c.OK(c.Reports.Change(themselves, r.ID, r.Key, change))
		if reads, err := c.Reports.Reads(themselves, v); err != nil || len(reads) != 1 {
			t.Errorf("%+v, %v", reads, err)
		}
		c.OK(c.Reports.Withdraw(c.Context(), r.ID, r.Key, "w"))
		if v, err = c.Reports.ByKey(c.Context(), r.ID, r.Key); err != nil || v.State != volunteer.Left || v.Name != "" {
			t.Errorf("%+v, %v", v, err)
		}
		if n := c.Count(`SELECT count(*) FROM person WHERE id = $1 AND phone IS NOT NULL`, known); n != 1 {
			t.Error("the registry's number is gone")
		}
		if left, err := c.Reports.SkillsOf(themselves, auth.From(themselves)); err != nil || !slices.Equal(left, []volunteer.Skill{volunteer.Sign}) {
			t.Errorf("what they can do: %v, %v", left, err)
		}
		again := c.Report("旧相识", number)
		again.Key = "again"
		r, err = c.Reports.Report(c.Context(), auth.Actor{}, again)
		c.OK(err)
		c.OK(c.Reports.Confirm(c.Context(), c.Actor("村干部1"), volunteer.Step{ID: r.ID, Version: 1}))
		c.OK(c.Reports.Withdraw(themselves, r.ID, r.Key, "x"))
		if n := c.Count(`SELECT count(*) FROM person WHERE id = $1 AND phone IS NULL`, known); n != 1 {
			t.Error("who withdraws themselves is kept")
		}
	})
}
