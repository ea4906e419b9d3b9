package programme

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"math/big"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/number"
	"bilin/internal/once"
	"bilin/internal/sqldb"
	"bilin/internal/ticket"
)

// Mine is what a member sees with their key, and nobody else.
type Mine struct {
	Member    Member
	Programme Programme
	Balance   int64
	Moves     []Move // newest first
	Rewards   []Reward
	Waiting   []Fetch // with their codes
}

// Move is an entry of a member's own account.
type Move struct {
	Seq    int64
	At     time.Time
	Kind   EntryKind
	Label  string
	Points int64 // below nothing for what was spent
}

// ownMoves is how many a member's page shows.
const ownMoves = 50

// byKey loads a member with their key. A wrong id and a wrong key get the same answer.
func (s *Service) byKey(ctx context.Context, q sqldb.Querier, id, key string) (*Member, error) {
	m, err := oneMember(ctx, q, `id = $1`, id)
	if err == nil && (!ticket.Opens(key, m.keyHash) || !m.LeftAt.IsZero()) {
		err = errs.E(errs.NotFound, "programme.no_member")
	}
	return m, err
}

// Mine returns what a member's key opens.
func (s *Service) Mine(ctx context.Context, id, key string) (*Mine, error) {
	q := s.o.DB.Reader()
	m, err := s.byKey(ctx, q, id, key)
	if err != nil {
		return nil, err
	}
	if m.Name, err = s.o.Vault.Open(ctx, m.ID, m.name, nameBinding(m.ID)); err != nil {
		return nil, err
	}
	p, err := programmeByID(ctx, q, m.ProgrammeID)
	if err != nil {
		return nil, err
	}
	mine := &Mine{Member: *m, Programme: *p}
	if mine.Balance, err = balance(ctx, q, p.ID, m.ID); err != nil {
		return nil, err
	}
	if mine.Moves, err = moves(ctx, q, p.ID, m.ID); err != nil {
		return nil, err
	}
	if mine.Rewards, err = rewardsWhere(ctx, q, `programme_id = $1 AND off = 0 AND stock > 0 ORDER BY price, id`, p.ID); err != nil {
		return nil, err
	}
	mine.Waiting, err = fetches(ctx, q, `f.member_id = $1 AND f.state = 'waiting' ORDER BY f.id`, m.ID)
	for i, f := range mine.Waiting {
		if mine.Waiting[i].Code, err = s.o.Vault.Open(ctx, m.ID, f.code, codeBinding(f.ID)); err != nil {
			return nil, err
		}
	}
	return mine, err
}

func moves(ctx context.Context, q sqldb.Querier, programmeID, memberID string) ([]Move, error) {
	return sqldb.Collect(ctx, q, func(r *sql.Rows, m *Move) error {
		var at int64
		err := r.Scan(&m.Seq, &at, &m.Kind, &m.Label, &m.Points)
		m.At = sqldb.Time(at)
		return err
	}, `SELECT e.seq, e.at, e.kind, e.label, p.points FROM programme_posting p JOIN programme_entry e ON e.programme_id = p.programme_id AND e.seq = p.seq
		WHERE p.account = $1 AND p.programme_id = $2 ORDER BY p.seq DESC LIMIT $3`, memberID, programmeID, ownMoves)
}

// by is the member as the record knows them: by no name.
func by(m *Member) auth.Actor { return auth.Actor{AccountID: "programme-member"} }

// Choose spends points on a reward, which then waits to be fetched.
func (s *Service) Choose(ctx context.Context, id, key, formKey, rewardID string) error {
	return s.spend(ctx, id, key, "programme.choose", formKey, rewardID, func(tx *sqldb.Tx, m *Member, p *Programme) error {
		w, err := rewardByID(ctx, tx, p.ID, rewardID)
		if err != nil {
			return err
		}
		if w.Off {
			return errs.E(errs.Conflict, "programme.sold_out")
		}
		if err := stock(ctx, tx, w.ID, -1); err != nil {
			return err
		}
		now := s.now()
		f := &Fetch{ID: sqldb.NewID(), ProgrammeID: p.ID, MemberID: m.ID, RewardID: w.ID, Price: w.Price, State: Waiting, At: now, Until: addDays(s.today(), waitDays)}
		code := newCode()
		f.codeHash = ticket.Hash(code)
		if f.code, err = s.o.Vault.Seal(ctx, m.ID, code, codeBinding(f.ID)); err != nil {
			return err
		}
		if err := insertFetch(ctx, tx, f); err != nil {
			return fmt.Errorf("programme: choose: %w", err)
		}
		return move(ctx, tx, p.ID, Spend, m.ID, w.Price, f.ID, w.Name, now)
	})
}

// newCode is eight digits, the last of which is the check digit.
func newCode() string {
	n, err := rand.Int(rand.Reader, big.NewInt(10_000_000))
	if err != nil {
		panic(err) // the runtime ends the program first
	}
	body := fmt.Sprintf("%07d", n)
	return body + string(rune('0'+number.CheckDigit(body)))
}

// GiveBack undoes a choice that wasn't fetched: the points come back.
func (s *Service) GiveBack(ctx context.Context, id, key, formKey, fetchID string) error {
	return s.spend(ctx, id, key, "programme.give_back", formKey, fetchID, func(tx *sqldb.Tx, m *Member, _ *Programme) error {
		list, err := fetches(ctx, tx, `f.id = $1 AND f.member_id = $2`, fetchID, m.ID)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return errs.E(errs.NotFound, "programme.no_reward")
		}
		return s.giveBack(ctx, tx, &list[0])
	})
}

func (s *Service) giveBack(ctx context.Context, tx *sqldb.Tx, f *Fetch) error {
	if err := f.giveBack(s.now()); err != nil {
		return err
	}
	if err := updateFetch(ctx, tx, f); err != nil {
		return err
	}
	if err := stock(ctx, tx, f.RewardID, 1); err != nil {
		return err
	}
	return move(ctx, tx, f.ProgrammeID, Return, f.MemberID, f.Price, f.ID, f.Reward, s.now())
}

// spend runs one of a member's own commands.
func (s *Service) spend(ctx context.Context, id, key, action, formKey string, request any, do func(tx *sqldb.Tx, m *Member, p *Programme) error) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		m, err := s.byKey(ctx, tx, id, key)
		if err != nil {
			return err
		}
		_, err = once.Do(ctx, tx, action+"/"+m.ID, formKey, request, s.now(), func() (bool, error) {
			p, err := programmeByID(ctx, tx, m.ProgrammeID)
			if err != nil {
				return false, err
			}
			if err := do(tx, m, p); err != nil {
				return false, err
			}
			return true, s.finish(ctx, tx, by(m), action, "programme", p.ID, p)
		})
		return err
	})
}

// ErasedPrefix begins why a member's key was destroyed.
const ErasedPrefix = "programme."

// EndAgain takes a member out of data that came from a backup, who had left since.
func (s *Service) EndAgain(ctx context.Context, tx *sqldb.Tx, memberID string) error {
	found, err := members(ctx, tx, `id = $1 AND left_at = 0`, memberID)
	if err != nil || len(found) == 0 {
		return err
	}
	return s.leave(ctx, tx, &found[0], ErasedPrefix+"left")
}

// Leave ends taking part: what waits is given back, the name and the key's
// secrets are destroyed. The account stays in the ledger as one of nobody.
func (s *Service) Leave(ctx context.Context, id, key, formKey string) error {
	// afterwards nobody holds the key, so that a second tap is known by its form
	if _, left, err := once.Look(ctx, s.o.DB.Reader(), "programme.leave/"+id, formKey); err != nil || left {
		return err
	}
	return s.spend(ctx, id, key, "programme.leave", formKey, "leave", func(tx *sqldb.Tx, m *Member, _ *Programme) error {
		return s.leave(ctx, tx, m, ErasedPrefix+"left")
	})
}

func (s *Service) leave(ctx context.Context, tx *sqldb.Tx, m *Member, why string) error {
	waiting, err := fetches(ctx, tx, `f.member_id = $1 AND f.state = 'waiting'`, m.ID)
	if err != nil {
		return err
	}
	for i := range waiting {
		if err := s.giveBack(ctx, tx, &waiting[i]); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, `UPDATE programme_member SET name = '', household_id = '', key_hash = '', left_at = $1, version = version + 1 WHERE id = $2`,
		sqldb.Millis(s.now()), m.ID)
	if err != nil {
		return fmt.Errorf("programme: leave: %w", err)
	}
	return s.o.Vault.EraseIn(ctx, tx, why, s.now(), m.ID)
}

// Held is what programmes hold of a household's members, for the household.
type Held struct {
	ID        string
	Programme string // its name
	Number    string // the member's
	Name      string
	JoinedAt  time.Time
}

// HeldOf lists what is held about a household.
func (s *Service) HeldOf(ctx context.Context, q sqldb.Querier, householdID string) (list []Held, err error) {
	found, err := members(ctx, q, `household_id = $1 AND household_id <> '' ORDER BY id`, householdID)
	if err != nil {
		return nil, err
	}
	for _, m := range found {
		p, err := programmeByID(ctx, q, m.ProgrammeID)
		if err != nil {
			return nil, err
		}
		name, err := s.o.Vault.Open(ctx, m.ID, m.name, nameBinding(m.ID))
		if err != nil {
			return nil, err
		}
		list = append(list, Held{ID: m.ID, Programme: p.Name, Number: m.Number, Name: name, JoinedAt: m.JoinedAt})
	}
	return list, nil
}

// Erase takes a household's members out, on the person's request.
func (s *Service) Erase(ctx context.Context, tx *sqldb.Tx, householdID string) error {
	found, err := members(ctx, tx, `household_id = $1 AND household_id <> ''`, householdID)
	for i := range found {
		if err == nil {
			err = s.leave(ctx, tx, &found[i], ErasedPrefix+"erased")
		}
	}
	return err
}

// tickBatch bounds what one transaction gives back.
const tickBatch = 100

// Tick gives back what wasn't fetched in time. It returns how many.
func (s *Service) Tick(ctx context.Context) (n int, err error) {
	for {
		var batch []Fetch
		err := s.o.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
			if batch, err = fetches(ctx, tx, `f.state = 'waiting' AND f.until_on < $1 ORDER BY f.until_on, f.id LIMIT $2`, s.today(), tickBatch); err != nil {
				return err
			}
			for i := range batch {
				if err := s.giveBack(ctx, tx, &batch[i]); err != nil {
					return err
				}
			}
			return nil
		})
		if n += len(batch); err != nil || len(batch) < tickBatch {
			return n, err
		}
	}
}
