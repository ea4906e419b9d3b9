package mediation_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/mediation"
	"bilin/internal/network/networktest"
	"bilin/internal/quiet"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// ears are who was told since they were asked last.
type ears map[string]quiet.News

func (e ears) tell(_ context.Context, _ *sqldb.Tx, list ...quiet.News) error {
	for _, n := range list {
		if !n.Morning {
			return errors.New("the record's times would say which quarrel it was about")
		}
		e[n.To.Household+n.To.Person+" "+n.About] = n
	}
	return nil
}

func (e ears) said() string {
	out := strings.Join(slices.Sorted(maps.Keys(e)), ", ")
	clear(e)
	return out
}

// TestWhoWishesIsTold: of each step whoever didn't make it, if they wish it; the
// mediator when called; nobody of what they have opened since; and of the day on
// which both are asked whether it holds, once.
func TestWhoWishesIsTold(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w, heard, ctx := newWorld(t, db), ears{}, t.Context()
		w.Service = mediation.New(mediation.Options{DB: db, Network: w.Net, Policy: w.Policy, Audit: w.Audit, Seal: w.Seal, Vault: w.Vault, Tell: heard.tell, Numbers: true, Now: w.City.Now})
		step := func(what, want string, err error) {
			t.Helper()
			w.OK(err)
			if got := heard.said(); got != want {
				t.Errorf("%s: told %q, want %q", what, got, want)
			}
			w.Clock = w.Clock.Add(1e9)
		}
		m := w.mediator("m", doorFar)
		a, err := w.Bring(ctx, mediation.Bring{Kind: mediation.Noise, Name: "王甲", DoorCode: networktest.Door, Words: "吵。", Tell: true})
		step("brought", "", err)
		invite := w.open(a.ID, a.Key).Invite
		w.Clock = w.Clock.Add(1e9)
		b, err := w.Accept(ctx, a.ID, invite, mediation.Answer{Name: "李乙", DoorCode: doorB})
		news := heard["h-1 open"]
		step("accepted", "h-1 open", err)
		unread := func(n quiet.News) bool {
			yes, err := w.Unread(ctx, n)
			w.OK(err)
			return yes
		}
		if !unread(news) {
			t.Error("what wasn't opened is read")
		}
		w.open(a.ID, a.Key)
		w.Clock = w.Clock.Add(1e9)
		if unread(news) {
			t.Error("what was opened is unread")
		}
		step("picked by one", "", w.Pick(ctx, a.ID, a.Key, "", m.ID, 0))
		step("wished", "", w.SetTell(ctx, a.ID, b.Key, "", true))
		step("picked by both", "h-1 open, h-3 open", w.Pick(ctx, a.ID, b.Key, "", m.ID, 0))
		step("taken", "h-1 open, h-2 open", w.Take(ctx, a.ID, m.Key, "", true))
		step("drafted", "h-1 open, h-2 open", w.Draft(ctx, a.ID, m.Key, "", "十点以后不打牌。", "2026-12-20", 0))
		step("unwished", "", w.SetTell(ctx, a.ID, b.Key, "", false))
		step("confirmed", "h-3 open", w.Confirm(ctx, a.ID, a.Key, "", 1))
		step("agreed", "h-1 open, h-3 open", w.Confirm(ctx, a.ID, b.Key, "", 1))
		w.Clock = w.Clock.AddDate(0, 0, 19)
		for _, want := range []string{"h-1 open, h-3 open", ""} {
			_, err = w.Tick(ctx)
			step("on the day", want, err)
		}
		w.code(w.SetTell(ctx, a.ID, m.Key, "", true), "mediation.not_now")
		heard.said()
		step("ended", "h-1 over, h-3 over", w.Stop(ctx, a.ID, b.Key, ""))
		if !unread(quiet.News{What: mediation.Told, About: "over"}) {
			t.Error("an end can't be read")
		}
		_, err = w.Offer(ctx, auth.Actor{}, mediation.Offer{Name: "何公道", DoorCode: doorFar})
		step("offered", "", err)
	})
}
