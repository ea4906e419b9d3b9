package meeting_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/meeting"
	"bilin/internal/network"
)

func (w *world) invitation(num string, version int) meeting.Invite {
	return meeting.Invite{Key: "i", Number: num, Title: "屋场会", Words: "来商量。", Households: 1, Version: version}
}

// TestAnInvitationSaysWhatIs: one that was shown before the place changed isn't sent.
func TestAnInvitationSaysWhatIs(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		num := w.called()
		w.OK(w.Move(ctx, w.lead(), meeting.Move{Key: "m", Number: num, Place: "村部", StartsAt: w.Clock.Add(54 * time.Hour), Why: "下雨", Version: 1}))
		w.kind(w.Invite(ctx, w.lead(), w.invitation(num, 1)), errs.Stale)
		if len(w.invited) != 0 {
			w.Errorf("told %+v", w.invited)
		}
		w.OK(w.Invite(ctx, w.lead(), w.invitation(num, 2)))
	})
}

// TestAnInvitationGoesOutOnce: two of those who hold the meeting can't both send
// one; after a failure it goes out later, in the words and the name that were
// written down, and nothing changes about the meeting meanwhile.
func TestAnInvitationGoesOutOnce(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		num := w.called()
		w.refuse = errors.New("no disk")
		if err := w.Invite(ctx, w.lead(), w.invitation(num, 1)); err == nil {
			w.Error("a failure is kept quiet")
		}
		other := w.invitation(num, 1)
		other.Words = "来玩。"
		w.code(w.Invite(ctx, w.lead(), other), "meeting.inviting")
		other.Key = "j"
		w.code(w.Invite(ctx, w.village(), other), "meeting.inviting")
		w.code(w.Move(ctx, w.lead(), meeting.Move{Number: num, Place: "村部", StartsAt: w.Clock.Add(54 * time.Hour), Why: "下雨", Version: 1}), "meeting.inviting")
		w.code(w.Cancel(ctx, w.lead(), meeting.Cancel{Number: num, Why: "下雨", Version: 1}), "meeting.inviting")
		cmd := w.call()
		cmd.Number, cmd.Version = num, 1
		_, err := w.Call(ctx, w.lead(), cmd)
		w.code(err, "meeting.inviting")
		if !w.sheet(w.lead(), num).Inviting || w.sheet(auth.Actor{}, num).Inviting {
			w.Error("whoever holds it doesn't see that it is on its way")
		}
		w.refuse = nil
		w.Clock = w.Clock.Add(2 * time.Minute)
		w.OK(w.Tick(ctx))
		if m := w.sheet(w.lead(), num); m.Inviting || m.Notice == "" || len(w.invited) != 1 || w.invited[0].Words != "来商量。" || w.invited[0].Key != "meeting/"+m.ID+"/i" || w.by[0].ID() != w.lead().ID() {
			w.Errorf("%+v, told %+v by %+v", m.Meeting, w.invited, w.by)
		}
		w.OK(w.Tick(ctx))
		w.code(w.Invite(ctx, w.lead(), w.invitation(num, 1)), "meeting.invited_already")
		if n := w.Count(`SELECT COUNT(*) FROM meeting_invitation`); n != 0 || len(w.invited) != 1 {
			w.Errorf("%d left, told %d times", n, len(w.invited))
		}
	})
}

// TestWhatCantGoOutIsPutOtherwise, and what is too late isn't sent any more.
func TestWhatCantGoOutIsPutOtherwise(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		num := w.called()
		w.refuse = errs.E(errs.Stale, "outreach.other_audience")
		w.kind(w.Invite(ctx, w.lead(), w.invitation(num, 1)), errs.Stale)
		w.refuse = nil
		named := w.invitation(num, 1)
		named.Words = "周桂英来讲。"
		w.code(w.Invite(ctx, w.lead(), named), "meeting.check")
		w.refuse = errs.E(errs.Unavailable, "x")
		w.kind(w.Invite(ctx, w.lead(), w.invitation(num, 1)), errs.Unavailable)
		w.refuse = nil
		w.Clock = w.Clock.Add(31 * time.Hour)
		w.OK(w.Tick(ctx))
		if n := w.Count(`SELECT COUNT(*) FROM meeting_invitation`); n != 0 || len(w.invited) != 0 {
			w.Errorf("%d left, told %+v", n, w.invited)
		}
	})
}

// TestOneFailureHoldsUpNothing: those invited to the others are told, promises
// climb; what was dissolved with nobody left is no failure at all.
func TestOneFailureHoldsUpNothing(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		var nums []string
		for range 3 {
			nums = append(nums, w.called())
		}
		w.Clock = w.Clock.Add(30 * time.Hour)
		w.resolveBoth(nums[0])
		w.Clock = time.Date(2026, 12, 20, 2, 0, 0, 0, time.UTC)
		for i := range 23 { // more than are read at once
			cmd := w.call()
			cmd.StartsAt = w.Clock.Add(time.Duration(40+i) * time.Hour)
			num, err := w.Call(ctx, w.lead(), cmd)
			w.OK(err)
			w.OK(w.Invite(ctx, w.lead(), meeting.Invite{Number: num, Title: "屋场会", Words: "来商量。", Households: 1, Version: 1}))
			w.refuse = errs.E(errs.Unavailable, "x")
			if err := w.Cancel(ctx, w.lead(), meeting.Cancel{Number: num, Why: "下雨", Version: 2}); err == nil {
				w.Error("a failure to tell is kept quiet")
			}
			w.refuse = nil
		}
		w.invited, w.fails = nil, 1
		if err := w.Tick(ctx); err == nil || !strings.Contains(err.Error(), "Y26") {
			w.Errorf("the failure: %v", err)
		}
		if n := w.Count(`SELECT COUNT(*) FROM meeting WHERE untold = 1`); n != 1 || len(w.invited) != 22 {
			w.Errorf("%d untold, %d told", n, len(w.invited))
		}
		if list, err := w.Mine(ctx, w.Actor("镇干部"), 9); err != nil || len(list) != 1 {
			w.Errorf("the promise didn't climb: %+v %v", list, err)
		}
		w.OK(w.Tick(ctx))
	})
}

// TestAMeetingOfADissolvedUnit has nobody left to be told.
func TestAMeetingOfADissolvedUnit(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.Context()
		cell := w.Net.Tree().ByID(w.Cells[1])
		cmd := w.call()
		cmd.UnitCode = cell.Code
		num, err := w.Call(ctx, w.Actor("邻长2"), cmd)
		w.OK(err)
		w.OK(w.Invite(ctx, w.Actor("邻长2"), w.invitation(num, 1)))
		w.refuse = errs.E(errs.Unavailable, "x")
		if err := w.Cancel(ctx, w.Actor("邻长2"), meeting.Cancel{Number: num, Why: "下雨", Version: 2}); err == nil {
			w.Error("a failure to tell is kept quiet")
		}
		w.OK(w.Net.EndUnit(ctx, auth.System("test"), network.EndUnit{UnitID: cell.ID}))
		w.OK(w.Tick(ctx))
		if n := w.Count(`SELECT COUNT(*) FROM meeting WHERE untold = 1`); n != 0 {
			w.Errorf("%d untold", n)
		}
	})
}
