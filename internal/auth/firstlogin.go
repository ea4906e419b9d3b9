package auth

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// Told names what an account's owner is told, by the key of its words.
type Told string

// What owners are told: nothing that somebody else does with their account goes
// past them.
const (
	ToldAsked Told = "auth.told.asked"
	ToldReset Told = "auth.told.reset"
	ToldFirst Told = "auth.told.first"
)

// Messenger tells a person something on every channel that they have, if tx commits.
type Messenger interface {
	TellPerson(ctx context.Context, tx *sqldb.Tx, personID string, what Told, args ...any) error
}

func (s *Service) tellOwner(ctx context.Context, tx *sqldb.Tx, a Account, what Told, args ...any) error {
	if err := s.tell(ctx, tx, a.ID, "told"); err != nil {
		return err
	}
	if s.out == nil || a.PersonID == "" {
		return nil
	}
	return s.out.TellPerson(ctx, tx, a.PersonID, what, append([]any{"login", a.Login}, args...)...)
}

// Verdict is what a second person says of a new account's first log-in.
type Verdict string

// The verdicts.
const (
	Theirs    Verdict = "theirs"     // it was its owner
	NotTheirs Verdict = "not_theirs" // it wasn't: the account is closed
)

// FirstLogin is the first time that a new account was used. Whoever made it had
// a link to it, and might have used it themself; so somebody of the owner's
// line, who knows them, is told and says whether it was they.
type FirstLogin struct {
	AccountID string
	Name      string
	Login     string
	PersonID  string
	MadeBy    string // account id of who made it or its last link
	MadeName  string
	MadeAt    time.Time
	At        time.Time // zero while it wasn't used
	Device    string
	Verdict   Verdict // "" while nobody said
	SaidBy    string
	SaidAt    time.Time

	kind       Kind
	madePerson string
	waiting    int
}

// FirstCursor is where a list of first log-ins goes on; its zero value begins it.
type FirstCursor struct {
	At        int64 // in milliseconds
	AccountID string
}

// Cursor is where a list goes on behind f.
func (f FirstLogin) Cursor() FirstCursor { return FirstCursor{sqldb.Millis(f.At), f.AccountID} }

// Console reports whether the account was made from the command line.
func (f FirstLogin) Console() bool { return strings.HasPrefix(f.MadeBy, "system:") }

// awaitFirst keeps who made an account or its last link, until it is used.
func awaitFirst(ctx context.Context, tx *sqldb.Tx, actor Actor, a Account, now time.Time) error {
	if a.Kind == KindLead || a.Demo {
		return nil
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO first_login (account_id, made_by, made_name, made_at, device, outcome, decided_by, decided_name)
		VALUES ($1, $2, $3, $4, '', '', '', '')
		ON CONFLICT (account_id) DO UPDATE SET made_by = excluded.made_by, made_name = excluded.made_name, made_at = excluded.made_at
		WHERE first_login.at IS NULL`, a.ID, actor.ID(), actor.Name, sqldb.Millis(now))
	return err
}

// enterFirst tells the owner, and through [Service.FirstLogins] a second
// person, that a new account was used.
func (s *Service) enterFirst(ctx context.Context, tx *sqldb.Tx, a Account, from Origin) error {
	if !a.EnteredAt.IsZero() {
		return nil
	}
	res, err := tx.ExecContext(ctx, `UPDATE first_login SET at = $1, device = $2 WHERE account_id = $3 AND at IS NULL`,
		sqldb.Millis(s.now()), from.Device, a.ID)
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err != nil || n == 0 {
		return err
	}
	return s.tellOwner(ctx, tx, a, ToldFirst)
}

// FirstLogins lists those that wait for this very actor's word, the oldest
// first, and says how many do from there on. They wait until somebody says it.
func (s *Service) FirstLogins(ctx context.Context, actor Actor, after FirstCursor, limit int) (list []FirstLogin, waiting int, err error) {
	mine, err := s.waitingFor(ctx, actor, "f.made_by")
	if err != nil || mine == nil {
		return nil, 0, err
	}
	openers, err := openersOf(ctx, s.db.Reader(), actor, s.now())
	if err != nil {
		return nil, 0, err
	}
	for _, id := range openers {
		if id != "" {
			not := mine.arg(id)
			mine.where += " AND f.made_by <> " + not + " AND COALESCE((SELECT x.person_id FROM account x WHERE x.id = f.made_by), '') <> " + not
		}
	}
	query := `SELECT ` + firstColumns + ` WHERE f.outcome = '' AND f.at IS NOT NULL` + mine.where +
		` AND (f.at, f.account_id) > (` + mine.arg(after.At) + `, ` + mine.arg(after.AccountID) + `)
		ORDER BY f.at, f.account_id LIMIT ` + mine.arg(limit)
	list, err = sqldb.Collect(ctx, s.db.Reader(), scanFirst, query, mine.args...)
	if len(list) > 0 {
		waiting = list[0].waiting
	}
	return list, waiting, err
}

// FirstLoginOf returns an account's first log-in to its owner and to
// administrators; found is false where the account was there before first
// log-ins were kept, or comes in by cards.
func (s *Service) FirstLoginOf(ctx context.Context, actor Actor, accountID string) (f FirstLogin, found bool, err error) {
	if actor.AccountID != accountID {
		if err := s.policy.Can(actor, ActManage, Object{}); err != nil {
			return f, false, err
		}
	}
	f, err = firstByAccount(ctx, s.db.Reader(), accountID)
	if errors.Is(err, sql.ErrNoRows) {
		return f, false, nil
	}
	return f, err == nil, err
}

// JudgeFirst takes a second person's word on a first log-in. Where it wasn't
// the owner, the account closes at once and whoever came in is out.
func (s *Service) JudgeFirst(ctx context.Context, actor Actor, accountID string, verdict Verdict) error {
	if !s.policy.May(actor, ActVouch) {
		return s.policy.Denied(actor, ActVouch)
	}
	if verdict != Theirs && verdict != NotTheirs {
		return errs.E(errs.Invalid, "auth.invalid")
	}
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		f, err := firstByAccount(ctx, tx, accountID)
		if errors.Is(err, sql.ErrNoRows) || err == nil && (f.At.IsZero() || f.Verdict != "") {
			return errs.E(errs.Gone, "auth.first_over")
		}
		if err != nil {
			return err
		}
		if err := s.mayJudge(ctx, tx, actor, f); err != nil {
			return err
		}
		return s.judge(ctx, tx, actor, f, verdict)
	})
}

// ConfirmFirst takes the word of whoever has the server, by login: the first
// official of a city is confirmed by nobody else.
func (s *Service) ConfirmFirst(ctx context.Context, actor Actor, login string) (Account, error) {
	if !actor.System {
		return Account{}, Denied(actor)
	}
	a, err := accountByLogin(ctx, s.db.Reader(), FoldLogin(login))
	if err != nil {
		return a, err
	}
	return a, s.JudgeFirst(ctx, actor, a.ID, Theirs)
}

func (s *Service) judge(ctx context.Context, tx *sqldb.Tx, actor Actor, f FirstLogin, verdict Verdict) error {
	_, err := tx.ExecContext(ctx, `UPDATE first_login SET outcome = $1, decided_by = $2, decided_name = $3, decided_at = $4 WHERE account_id = $5`,
		string(verdict), actor.ID(), actor.Name, sqldb.Millis(s.now()), f.AccountID)
	if err != nil {
		return err
	}
	if verdict == Theirs {
		if err := confirm(ctx, tx, f.AccountID, s.now()); err != nil {
			return err
		}
	}
	if verdict == NotTheirs {
		if _, err := tx.ExecContext(ctx, `UPDATE account SET disabled = 1, confirmed_at = NULL WHERE id = $1`, f.AccountID); err != nil {
			return err
		}
		if err := s.empty(ctx, tx, f.AccountID); err != nil { // whoever came in has set a password, and may be a factor
			return err
		}
	}
	return s.record(ctx, tx, actor, "account.first_"+string(verdict), f.AccountID, map[string]any{"made_by": f.MadeBy})
}

// mayJudge keeps out who comes in by what the maker of the account handed out
// lately: whoever opens two accounts would confirm one by the other.
func (s *Service) mayJudge(ctx context.Context, tx *sqldb.Tx, actor Actor, f FirstLogin) error {
	err := s.mayVouchFor(ctx, actor, Account{ID: f.AccountID, Kind: f.kind, PersonID: f.PersonID}, f.MadeBy, f.madePerson)
	if err != nil {
		return err
	}
	return NotOpenedBy(ctx, tx, actor, s.now(), f.MadeBy, f.madePerson)
}

// settleFirst ends the wait for a word on a first log-in whose owner has just
// stood before who granted them a reset.
func settleFirst(ctx context.Context, tx *sqldb.Tx, actor Actor, accountID string, now time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE first_login SET outcome = $1, decided_by = $2, decided_name = $3, decided_at = $4
		WHERE account_id = $5 AND outcome = '' AND at IS NOT NULL`, string(Theirs), actor.ID(), actor.Name, sqldb.Millis(now), accountID)
	return err
}

const firstColumns = `f.account_id, a.name, a.login, COALESCE(a.person_id, ''), a.kind, f.made_by, f.made_name, f.made_at,
	COALESCE((SELECT x.person_id FROM account x WHERE x.id = f.made_by), ''), COALESCE(f.at, 0), f.device, f.outcome, f.decided_name, COALESCE(f.decided_at, 0), COUNT(*) OVER ()
	FROM first_login f JOIN account a ON a.id = f.account_id`

func firstByAccount(ctx context.Context, q sqldb.Querier, accountID string) (f FirstLogin, err error) {
	list, err := sqldb.Collect(ctx, q, scanFirst, `SELECT `+firstColumns+` WHERE f.account_id = $1`, accountID)
	if err == nil && len(list) == 0 {
		err = sql.ErrNoRows
	}
	if err != nil {
		return f, err
	}
	return list[0], nil
}

func scanFirst(rows *sql.Rows, f *FirstLogin) error {
	var made, at, said int64
	err := rows.Scan(&f.AccountID, &f.Name, &f.Login, &f.PersonID, &f.kind, &f.MadeBy, &f.MadeName, &made, &f.madePerson,
		&at, &f.Device, &f.Verdict, &f.SaidBy, &said, &f.waiting)
	f.MadeAt, f.At, f.SaidAt = sqldb.Time(made), whenever(at), whenever(said)
	return err
}

func whenever(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return sqldb.Time(ms)
}
