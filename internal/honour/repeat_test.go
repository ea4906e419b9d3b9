package honour_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/honour"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// twice sends a form twice, which is done once, and then another under its key,
// which has to be refused: it would be lost otherwise.
func (w *world) twice(name string, form, other func() error) {
	w.t.Helper()
	w.OK(form())
	if err := form(); err != nil {
		w.t.Errorf("%s, sent twice: %v", name, err)
	}
	if err := other(); err == nil {
		w.t.Errorf("%s: another under the same key was answered as done", name)
	} else {
		wantCode(w.t, err, "once.key_reused")
	}
}

func TestOtherWordsUnderAUsedKey(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		ctx, office := t.Context(), w.Actor("市办")
		var n honour.Receipt
		nominate := func(words string) func() error {
			return func() error {
				got, err := w.Nominate(ctx, auth.Actor{}, honour.Nominate{Key: "k", RoundID: w.id, Category: "c1", Kind: honour.OfPost, NomineeID: "p-邻长1", Citation: words, Door: "AAAA222233"})
				if err == nil {
					n = got
				}
				return err
			}
		}
		w.twice("a nomination", nominate(citation), nominate(citation+"又送了一个月。"))
		check := func(words, praise string) func() error {
			return func() error {
				return w.Check(ctx, w.Actor("村干部1"), honour.Check{Key: "k", ID: n.ID, True: true, Words: words, Praise: praise, Version: 1})
			}
		}
		w.twice("a check", check("问过三户。", "送菜送水"), check("问过五户。", "送菜送水"))
		wantCode(t, check("问过三户。", "送水")(), "once.key_reused")
		consent := func(agrees bool) func() error {
			return func() error {
				return w.Consent(ctx, w.Actor("邻长1"), honour.Consent{Key: "k", ID: n.ID, Agrees: agrees, Version: 2})
			}
		}
		w.twice("a consent", consent(true), consent(false))
		second := w.stand("邻长2", "村干部2")
		w.voting()
		w.twiceCast(n.ID, second)
		for _, who := range judges[1:3] {
			w.OK(w.cast(who, n.ID))
		}
		w.OK(w.cast("村干部1"))
		w.OK(w.cast("村干部2"))
		w.twiceObjected(n.ID)
		w.Clock = w.round().PublishUntil
		version := w.round().Version
		w.OK(w.Award(ctx, office, "k", w.id, version))
		w.OK(w.Award(ctx, office, "k", w.id, version))
		wantCode(t, w.Award(ctx, office, "k", "another", version), "once.key_reused")
	})
}

func (w *world) twiceCast(a, b string) {
	w.t.Helper()
	cast := func(yes, relatives []string) func() error {
		return func() error {
			return w.Cast(w.t.Context(), w.Actor("市办"), honour.Ballot{Key: "k", RoundID: w.id, Yes: yes, Relatives: relatives})
		}
	}
	w.twice("a ballot", cast([]string{a}, nil), cast([]string{b}, nil))
	wantCode(w.t, cast([]string{a}, []string{b})(), "once.key_reused")
	wantCode(w.t, cast(nil, nil)(), "once.key_reused")
}

func (w *world) twiceObjected(id string) {
	w.t.Helper()
	var o honour.Receipt
	object := func(words, from string) func() error {
		return func() (err error) {
			got, err := w.Object(w.t.Context(), auth.Actor{}, honour.Object{Key: "k", NominationID: id, Words: words, From: from})
			if err == nil {
				o = got
			}
			return err
		}
	}
	w.twice("an objection", object("冰冻那几天他不在村里。", "老王"), object("冰冻那几天他在城里。", "老王"))
	wantCode(w.t, object("冰冻那几天他不在村里。", "老李")(), "once.key_reused")
	answer := func(words string) func() error {
		return func() error {
			return w.AnswerObjection(w.t.Context(), w.Actor("指挥"), honour.Answer{Key: "k", ID: o.ID, Words: words, Version: 1})
		}
	}
	w.twice("an answer", answer("查了值班表，他都在村里。"), answer("查了签到表，他都在村里。"))
}

// stolen is what a backup of the voting days holds.
type stolen struct{ person, ballot string }

func (w *world) ballots() (out []stolen) {
	w.t.Helper()
	rows, err := w.DB.Reader().QueryContext(w.t.Context(), `SELECT person_id, ballot FROM honour_panel WHERE ballot <> ''`)
	w.OK(err)
	defer rows.Close()
	for rows.Next() {
		var s stolen
		w.OK(rows.Scan(&s.person, &s.ballot))
		out = append(out, s)
	}
	w.OK(rows.Err())
	return out
}

// opens reports how a ballot of a backup opens with the vault of now.
func (w *world) opens(s stolen) error {
	_, err := w.Vault.Open(w.t.Context(), w.id, s.ballot, "honour_panel/ballot/"+w.id+"/"+s.person)
	return err
}

// TestACountedBallotCantBeOpened: the key of the ballots ends with the count, and
// isn't made anew by whoever comes too late; a backup of the voting days tells
// nobody how anybody voted, and lets the panel vote anew.
func TestACountedBallotCantBeOpened(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		a := w.stand("邻长1", "村干部1")
		w.voting()
		for _, who := range judges[:4] {
			yes := []string{a}
			if who == "村干部1" {
				yes = nil
			}
			w.OK(w.cast(who, yes...))
		}
		old := w.ballots()
		if len(old) != 4 || w.opens(old[0]) != nil {
			t.Fatalf("%d ballots, the first: %v", len(old), w.opens(old[0]))
		}
		last := honour.Ballot{Key: "last", RoundID: w.id, Yes: []string{a}}
		w.OK(w.Cast(t.Context(), w.Actor("村干部2"), last))
		wantCode(t, w.Cast(t.Context(), w.Actor("村干部2"), last), "honour.counted")
		wantCode(t, w.cast("指挥", a), "honour.no_vote")
		for _, s := range old {
			if err := w.opens(s); !errors.Is(err, seal.ErrErased) {
				t.Errorf("the ballot of %s: %v", s.person, err)
			}
		}
		if n := w.Count(`SELECT COUNT(*) FROM erasure WHERE subject = $1 AND why = 'honour.counted'`, w.id); n != 1 {
			t.Errorf("%d lines in the ledger", n)
		}
		w.settled()
		w.restored(old)
		for _, who := range judges {
			w.OK(w.cast(who))
		}
		if w.round().State != honour.Published || !errors.Is(w.opens(old[0]), seal.ErrErased) {
			t.Errorf("voted anew: %s, the ballot of before: %v", w.round().State, w.opens(old[0]))
		}
	})
}

// settled waits until ended keys are gone: the clock here stands still, so one made
// meanwhile looks as old as those.
func (w *world) settled() {
	w.t.Helper()
	for end := time.Now().Add(30 * time.Second); w.Count(`SELECT COUNT(*) FROM erasure WHERE done = 0`) > 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatal("keys are still there")
		}
	}
}

// restored lays the round down as it was in the voting days, and has the ledger
// replayed on it, as a start with an older backup does.
func (w *world) restored(old []stolen) {
	w.t.Helper()
	w.OK(w.DB.Write(w.t.Context(), func(tx *sqldb.Tx) error {
		for _, s := range old {
			if _, err := tx.ExecContext(w.t.Context(), `UPDATE honour_panel SET ballot = $1, voted_at = 1 WHERE round_id = $2 AND person_id = $3`, s.ballot, w.id, s.person); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(w.t.Context(), `UPDATE honour_round SET state = 'voting', ended = 0 WHERE id = $1`, w.id); err != nil {
			return err
		}
		return w.EndAgain(w.t.Context(), tx, w.id)
	}))
	if n := len(w.ballots()); n != 0 {
		w.t.Errorf("%d ballots are left that nobody can open", n)
	}
}

// TestTheKeyOfARunOff lasts until the run-off is counted, and that of a vote that
// was counted before counting ended keys ends at the next turn.
func TestTheKeyOfARunOff(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		a, b := w.stand("邻长1", "村干部1"), w.stand("邻长2", "村干部2")
		w.voting()
		var old []stolen
		for range 2 {
			for _, who := range judges[:3] {
				w.OK(w.cast(who, a, b))
			}
			if old = w.ballots(); w.opens(old[0]) != nil {
				t.Fatal(w.opens(old[0]))
			}
			w.Clock = w.round().VoteUntil
			w.OK(w.Tick(t.Context()))
		}
		if err := w.opens(old[0]); w.round().State != honour.Published || !errors.Is(err, seal.ErrErased) {
			t.Fatalf("%s: %v", w.round().State, err)
		}
		w.OK(w.Vault.Ensure(t.Context(), w.id)) // as older releases left it
		w.OK(db.Write(t.Context(), func(tx *sqldb.Tx) error {
			_, err := tx.ExecContext(t.Context(), `UPDATE honour_round SET ended = 0`)
			return err
		}))
		w.OK(w.Tick(t.Context()))
		if err := w.opens(old[0]); !errors.Is(err, seal.ErrErased) {
			t.Errorf("a key that was kept: %v", err)
		}
	})
}

// within knows one team, of which 村干部1 is a member, and notes who asks beside a
// command's transaction.
type within struct {
	unit   string
	in     []string // who came in with an account
	beside int
}

func (k *within) neverIn(_ context.Context, ids []string) ([]string, error) {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return slices.Contains(k.in, id) }), nil
}

func (*within) Find(context.Context, auth.Actor, string, int) ([]honour.Nominee, error) {
	return nil, nil
}

func (k *within) Nominee(_ context.Context, kind honour.Kind, id string) (honour.Nominee, bool, error) {
	return honour.Nominee{Kind: kind, ID: id, UnitID: k.unit, Name: "先锋队"}, kind == honour.OfTeam && id == "team", nil
}

func (k *within) People(_ context.Context, q sqldb.Querier, ids []string) (map[string][]string, error) {
	if _, in := q.(*sqldb.Tx); !in {
		k.beside++
	}
	return map[string][]string{"team": {"p-村干部1"}}, nil
}

// TestCommandsReadWithinTheirTransaction: a second connection in the middle of a
// write is one of the same pool, and twenty at once would wait for each other.
func TestCommandsReadWithinTheirTransaction(t *testing.T) {
	t.Parallel()
	k := &within{}
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite), k)
	id := w.team()
	w.standing(id, "镇干部")
	_ = w.round()
	k.beside = 0
	w.voting()
	w.OK(w.cast("市办", id))
	if k.beside != 0 {
		t.Errorf("commands read beside their transaction %d times", k.beside)
	}
}
