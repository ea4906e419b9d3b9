package privacy_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/privacy"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// drawer is a holder that nothing ends by itself, and that erases all or nothing.
type drawer struct{ gone []string }

func (*drawer) Name() string { return "demand" }
func (*drawer) Held(context.Context, sqldb.Querier, string, bool) ([]privacy.Item, error) {
	return []privacy.Item{{Title: privacy.Words{Text: "诉求"}, Asks: []privacy.Kind{privacy.Object, privacy.Erase}}}, nil
}
func (d *drawer) Erase(_ context.Context, _ *sqldb.Tx, home string) error {
	d.gone = append(d.gone, home)
	return nil
}

// grant answers a request as its desk does: it looks, confirms what goes, and grants it.
func (w *world) grant(by auth.Actor, number string) error {
	w.Helper()
	f, err := w.Get(w.Context(), by, number)
	w.OK(err)
	a := privacy.Answer{Number: number, Version: f.Version, Outcome: privacy.Granted, Words: "照办，已经核对"}
	if f.Plan != nil {
		a.Plan = f.Plan.Mark
	}
	return w.Reply(w.Context(), by, a)
}

// Whoever asks for one of two gets that one erased, is shown that one, and after a
// restore that one goes again.
func TestOneOfTwoIsErased(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w, ctx, d := newWorld(t, db), t.Context(), &drawer{}
		w.Ask(d)
		out, err := w.Send(ctx, w.paper(), privacy.Ask{Kind: privacy.Erase, Holder: "care", Item: "e1"})
		w.OK(err)
		f, err := w.Get(ctx, w.officer(), out.Number)
		w.OK(err)
		if f.About == nil || f.About.Title.Text != "独居老人" || len(f.Plan.Goes) != 1 || f.Plan.Goes[0].What.Text != "独居老人" || len(f.Plan.Stays) != 0 {
			t.Errorf("the desk is shown %+v, and %+v", f.About, f.Plan)
		}
		w.OK(w.grant(w.officer(), out.Number))
		if !slices.Equal(slices.Compact(w.shelf.gone), []string{"erase h-1 e1"}) || len(d.gone) != 0 {
			t.Fatalf("erased %v and %v", w.shelf.gone, d.gone)
		}
		if f, err = w.Follow(ctx, out.Number, out.Key); err != nil || f.Item != privacy.Dropped || f.Holder != "care" {
			t.Errorf("answered, it still names what was erased: %+v, %v", f.Request, err)
		}
		w.shelf.gone = nil
		w.OK(w.Vault.Settle(ctx))
		w.OK(db.Write(ctx, func(tx *sqldb.Tx) error { // the data is of a time before
			_, err := tx.ExecContext(ctx, `DELETE FROM erasure`)
			return err
		}))
		_, err = w.Vault.Replay(ctx)
		w.OK(err)
		w.OK(w.Vault.Forget(ctx, func(ctx context.Context, tx *sqldb.Tx, lines []seal.Erased) error {
			if !strings.HasPrefix(lines[0].Subject, "care/h-1/") || strings.Contains(lines[0].Subject, "/e1") {
				t.Errorf("the ledger says which: %q", lines[0].Subject)
			}
			return w.EraseAgain(ctx, tx, lines[0].Subject)
		}))
		if !slices.Equal(slices.Compact(w.shelf.gone), []string{"erase h-1 e1"}) || len(d.gone) != 0 {
			t.Errorf("after a restore: erased %v and %v", w.shelf.gone, d.gone)
		}
	})
}

// Only what the household's page offers can be asked.
func TestOnlyWhatIsOfferedIsAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite))
	w.Ask(&drawer{})
	who := w.paper()
	for name, a := range map[string]privacy.Ask{
		"an erasure of what only ends":   {Kind: privacy.Erase, Holder: "care", Item: "e2"},
		"one that isn't there":           {Kind: privacy.Erase, Holder: "care", Item: "e9"},
		"an objection to everything":     {Kind: privacy.Object},
		"one piece of what has no piece": {Kind: privacy.Erase, Holder: "demand", Item: "d1"},
	} {
		if _, err := w.Send(t.Context(), who, a); errs.CodeOf(err) != "privacy.not_offered" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// An objection that nothing ends is upheld when the village has done what the
// officer decided, and not before.
func TestAnUpheldObjectionIsDone(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w, ctx := newWorld(t, db), t.Context()
		w.Ask(&drawer{})
		out, err := w.Send(ctx, w.paper(), privacy.Ask{Kind: privacy.Object, Holder: "demand", Words: "不要打这个电话"})
		w.OK(err)
		village := w.Actor("村干部1")
		if _, err := w.Get(ctx, village, out.Number); errs.KindOf(err) != errs.NotFound {
			t.Errorf("the village sees it before it was decided: %v", err)
		}
		w.OK(w.grant(w.officer(), out.Number))
		f, err := w.Get(ctx, village, out.Number)
		w.OK(err)
		if !f.IsOpen() || f.Ordered != privacy.Granted || f.Desk != privacy.Village || !f.ClimbAt.After(w.Clock) || f.Answer == "" {
			t.Fatalf("upheld, and with no date: %+v", f.Request)
		}
		if list, _, err := w.List(ctx, village, privacy.Open, ""); err != nil || len(list) != 1 {
			t.Errorf("on the village's desk: %v, %v", list, err)
		}
		if err := w.grant(w.officer(), out.Number); errs.CodeOf(err) != "privacy.with_village" {
			t.Errorf("the officer says done for the village: %v", err)
		}
		w.Clock = f.ClimbAt
		w.OK(w.Tick(ctx))
		if f, err = w.Get(ctx, w.officer(), out.Number); err != nil || f.Desk != privacy.Officer || !f.IsOpen() {
			t.Errorf("left lying: %+v, %v", f.Request, err)
		}
		w.OK(w.grant(w.officer(), out.Number)) // isn't ordered over and over
		if f, err = w.Follow(ctx, out.Number, out.Key); err != nil || f.IsOpen() || f.Outcome != privacy.Granted || f.Role != auth.PrivacyOfficer {
			t.Errorf("the officer ends it: %+v, %v", f.Request, err)
		}
		out, err = w.Send(ctx, w.paper(), privacy.Ask{Kind: privacy.Object, Holder: "demand", Words: "不要打这个电话"})
		w.OK(err)
		w.OK(w.grant(w.officer(), out.Number))
		w.OK(w.Reply(ctx, village, privacy.Answer{Number: out.Number}))
		if f, err = w.Follow(ctx, out.Number, out.Key); err != nil || f.IsOpen() || f.Outcome != privacy.Granted || f.Role != auth.VillageOfficial || f.AnsweredAt.Before(w.Clock.Add(-time.Minute)) {
			t.Errorf("done: %+v, %v", f.Request, err)
		}
	})
}
