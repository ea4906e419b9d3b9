package programme

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/live"
	"bilin/internal/network"
	"bilin/internal/number"
	"bilin/internal/once"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/ticket"
	"bilin/internal/workday"
)

// Options are what a Service works with. Live may be left out.
type Options struct {
	DB      *sqldb.DB
	Network *network.Service
	Policy  *auth.Policy
	Audit   *audit.Log
	Live    *live.Hub
	Seal    *seal.Sealer
	Vault   *seal.Vault
	Now     func() time.Time
}

// Service runs programmes.
type Service struct{ o Options }

// New returns a Service.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Service{o}
}

// Topic is the live topic of a programme's pages.
func Topic(programmeID string) string { return "programme:" + programmeID }

func (s *Service) tree() *network.Tree { return s.o.Network.Tree() }
func (s *Service) now() time.Time      { return s.o.Now().UTC().Truncate(time.Millisecond) }
func (s *Service) today() string       { return s.o.Now().In(workday.City).Format(time.DateOnly) }

func nameBinding(id string) string { return "programme_member/name/" + id }
func keyBinding(id string) string  { return "programme_member/key/" + id }
func codeBinding(id string) string { return "programme_fetch/code/" + id }

// finish writes the audit row of a command, which never names a member, and tells the open pages.
func (s *Service) finish(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, action, kind, id string, p *Programme) error {
	err := s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: action, ObjectKind: kind, ObjectID: id, UnitID: p.UnitID})
	if err != nil || s.o.Live == nil {
		return err
	}
	return s.o.Live.Publish(ctx, tx, Topic(p.ID), "")
}

// Define makes a programme, as a draft, or changes one. It returns its id.
func (s *Service) Define(ctx context.Context, actor auth.Actor, cmd Define) (id string, err error) {
	if cmd.ID != "" {
		return cmd.ID, s.change(ctx, actor, "programme.define", cmd.Key, cmd.ID, cmd.Version, cmd, func(tx *sqldb.Tx, p *Programme) error { return s.redefine(ctx, tx, p, cmd) })
	}
	unit := s.tree().Current(s.tree().ByCode(cmd.UnitCode))
	if unit == nil || unit.Level != network.Town && unit.Level != network.Village {
		return "", errs.Refuse("unit", "programme.no_unit")
	}
	if err := s.o.Policy.Can(actor, ActDefine, auth.Object{UnitID: unit.ID}); err != nil {
		return "", err
	}
	if cmd, err = cmd.check(); err != nil {
		return "", err
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		id, err = once.Do(ctx, tx, "programme.define/"+actor.ID(), cmd.Key, cmd, s.now(), func() (string, error) { return s.make(ctx, tx, actor, unit.ID, cmd) })
		return err
	})
	return id, err
}

func (s *Service) make(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, unitID string, cmd Define) (string, error) {
	now := s.now()
	n, err := reserve(ctx, tx, now.In(workday.City).Year(), 1)
	if err != nil {
		return "", err
	}
	p := &Programme{ID: sqldb.NewID(), Number: numbered("P", now.In(workday.City).Year(), n), UnitID: unitID, Name: cmd.Name, Text: cmd.Text, State: Draft,
		Formulas: cmd.Formulas, Edition: 1, Budget: cmd.Budget, MadeAt: now, Version: 1}
	if err := insertProgramme(ctx, tx, p); err != nil {
		return "", fmt.Errorf("programme: make: %w", err)
	}
	if err := move(ctx, tx, p.ID, Fund, "", p.Budget, p.ID, "", now); err != nil {
		return "", err
	}
	return p.ID, s.finish(ctx, tx, actor, "programme.define", "programme", p.ID, p)
}

func (s *Service) redefine(ctx context.Context, tx *sqldb.Tx, p *Programme, cmd Define) error {
	cmd, err := cmd.check()
	if err != nil {
		return err
	}
	was := p.Budget
	if err := p.Change(cmd); err != nil {
		return err
	}
	switch {
	case p.Budget > was:
		return move(ctx, tx, p.ID, Fund, "", p.Budget-was, p.ID, "", s.now())
	case p.Budget < was:
		return move(ctx, tx, p.ID, Unfund, "", was-p.Budget, p.ID, "", s.now())
	}
	return nil
}

// change runs a command on one programme.
func (s *Service) change(ctx context.Context, actor auth.Actor, action, key, id string, version int, request any, do func(tx *sqldb.Tx, p *Programme) error) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, action+"/"+actor.ID(), key, request, s.now(), func() (bool, error) {
			p, err := s.own(ctx, tx, actor, id)
			if err != nil {
				return false, err
			}
			if err := shown(p.Version, version); err != nil {
				return false, err
			}
			if err := do(tx, p); err != nil {
				return false, err
			}
			if err := updateProgramme(ctx, tx, p); err != nil {
				return false, fmt.Errorf("programme: change: %w", err)
			}
			return true, s.finish(ctx, tx, actor, action, "programme", p.ID, p)
		})
		return err
	})
}

// own reads a programme that the actor defines.
func (s *Service) own(ctx context.Context, q sqldb.Querier, actor auth.Actor, id string) (*Programme, error) {
	p, err := programmeByID(ctx, q, id)
	if err != nil {
		return nil, err
	}
	return p, s.o.Policy.Can(actor, ActDefine, auth.Object{UnitID: p.UnitID})
}

// Start opens a programme to members.
func (s *Service) Start(ctx context.Context, actor auth.Actor, key, id string, version int) error {
	return s.change(ctx, actor, "programme.start", key, id, version, id, func(_ *sqldb.Tx, p *Programme) error { return p.Start() })
}

// End closes a programme to new members and acts.
func (s *Service) End(ctx context.Context, actor auth.Actor, key, id string, version int) error {
	return s.change(ctx, actor, "programme.end", key, id, version, id, func(_ *sqldb.Tx, p *Programme) error { return p.End() })
}

// SetReward makes a reward or changes one.
func (s *Service) SetReward(ctx context.Context, actor auth.Actor, cmd Offer) error {
	cmd, err := cmd.check()
	if err != nil {
		return err
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, "programme.reward/"+actor.ID(), cmd.Key, cmd, s.now(), func() (bool, error) {
			p, err := s.own(ctx, tx, actor, cmd.ProgrammeID)
			if err != nil {
				return false, err
			}
			id, err := s.putReward(ctx, tx, cmd)
			if err != nil {
				return false, err
			}
			return true, s.finish(ctx, tx, actor, "programme.reward", "programme_reward", id, p)
		})
		return err
	})
}

func (s *Service) putReward(ctx context.Context, tx *sqldb.Tx, cmd Offer) (string, error) {
	if cmd.ID == "" {
		id := sqldb.NewID()
		_, err := tx.ExecContext(ctx, `INSERT INTO programme_reward (`+rewardColumns+`) VALUES ($1, $2, $3, $4, $5, $6, 1)`,
			id, cmd.ProgrammeID, cmd.Name, cmd.Price, cmd.Stock, sqldb.Flag(cmd.Off))
		return id, err
	}
	w, err := rewardByID(ctx, tx, cmd.ProgrammeID, cmd.ID)
	if err != nil {
		return "", err
	}
	if err := shown(w.Version, cmd.Version); err != nil {
		return "", err
	}
	_, err = tx.ExecContext(ctx, `UPDATE programme_reward SET name = $1, price = $2, stock = $3, off = $4, version = version + 1 WHERE id = $5`,
		cmd.Name, cmd.Price, cmd.Stock, sqldb.Flag(cmd.Off), cmd.ID)
	return cmd.ID, err
}

// kept is what a repeated form is answered with; the key is sealed.
type kept struct{ ID, Number, Sealed string }

// Join takes somebody in who lives where the programme is. It returns their receipt.
func (s *Service) Join(ctx context.Context, actor auth.Actor, cmd Join) (Receipt, error) {
	name, err := text("name", cmd.Name, MaxName, true)
	if err != nil {
		return Receipt{}, err
	}
	household, unit, err := s.o.Network.DoorOf(ctx, cmd.DoorCode)
	if errs.KindOf(err) == errs.NotFound && err != nil {
		return Receipt{}, errs.Refuse("door", "programme.no_door")
	}
	if err != nil {
		return Receipt{}, err
	}
	m := &Member{ID: sqldb.NewID(), ProgrammeID: cmd.ProgrammeID, HouseholdID: household, JoinedAt: s.now(), Version: 1}
	m.UnitID = s.tree().At(unit, network.Village).ID
	key := ticket.New()
	m.keyHash = ticket.Hash(key)
	made, out := kept{ID: m.ID}, kept{}
	if m.name, err = s.o.Vault.Seal(ctx, m.ID, name, nameBinding(m.ID)); err != nil {
		return Receipt{}, err
	}
	if made.Sealed, err = s.o.Vault.Seal(ctx, m.ID, key, keyBinding(m.ID)); err != nil {
		return Receipt{}, err
	}
	asked := [...]string{cmd.ProgrammeID, household, s.o.Seal.Index("programme/member", cmd.ProgrammeID+"\x00"+name)}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		out, err = once.Do(ctx, tx, "programme.join", cmd.Key, asked, s.now(), func() (kept, error) { return s.join(ctx, tx, actor, m, made) })
		return err
	})
	if err != nil {
		return Receipt{}, err
	}
	key, err = s.o.Vault.Open(ctx, out.ID, out.Sealed, keyBinding(out.ID))
	if errors.Is(err, seal.ErrErased) {
		return Receipt{}, errs.E(errs.Gone, "programme.left")
	}
	return Receipt{out.ID, out.Number, key}, err
}

func (s *Service) join(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, m *Member, out kept) (kept, error) {
	p, err := programmeByID(ctx, tx, m.ProgrammeID)
	if err != nil {
		return out, err
	}
	switch {
	case p.State != Running:
		return out, errs.E(errs.Conflict, "programme.not_running")
	case !s.tree().Contains(p.UnitID, m.UnitID):
		return out, errs.Refuse("door", "programme.not_here")
	}
	year := s.o.Now().In(workday.City).Year()
	n, err := reserve(ctx, tx, year, 1)
	if err != nil {
		return out, err
	}
	m.Number = numbered("M", year, n)
	out.Number = m.Number
	if err := insertMembers(ctx, tx, []*Member{m}); err != nil {
		return out, err
	}
	return out, s.finish(ctx, tx, actor, "programme.join", "programme", p.ID, p)
}

// Record writes down a member's act and what it earned by today's formulas.
func (s *Service) Record(ctx context.Context, actor auth.Actor, cmd Record) (out Awarded, err error) {
	if cmd, err = cmd.check(s.today()); err != nil {
		return out, err
	}
	member, ok := number.Parse("M", cmd.Member)
	if !ok {
		return out, errs.Refuse("member", "programme.bad_member")
	}
	cmd.Member = member
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		out, err = once.Do(ctx, tx, "programme.record/"+actor.ID(), cmd.Key, cmd, s.now(), func() (Awarded, error) { return s.record(ctx, tx, actor, cmd) })
		return err
	})
	return out, err
}

func (s *Service) record(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, cmd Record) (out Awarded, err error) {
	p, m, err := s.recorded(ctx, tx, actor, cmd)
	if err != nil {
		return out, err
	}
	nth, quarters, err := done(ctx, tx, m.ID, cmd.Kind, cmd.Day)
	if err != nil {
		return out, err
	}
	if float64(quarters)/4+cmd.Hours > MaxHours {
		return out, errs.Refuse("hours", "programme.long_day", "max", MaxHours)
	}
	earner, err := NewEarner(p.Formulas)
	if err != nil {
		return out, err
	}
	a := &Act{ID: sqldb.NewID(), ProgrammeID: p.ID, MemberID: m.ID, Kind: cmd.Kind, Hours: cmd.Hours, People: cmd.People, Day: cmd.Day, Edition: p.Edition, By: actor.ID(), At: s.now()}
	a.Points, out.Short = p.grants(earner.Points(a.Kind, Deed{a.Hours, a.People, nth + 1, weekend(a.Day)}))
	if err := insertAct(ctx, tx, a); err != nil {
		return out, fmt.Errorf("programme: act: %w", err)
	}
	if a.Points > 0 {
		if err := move(ctx, tx, p.ID, Award, m.ID, a.Points, a.ID, string(a.Kind), a.At); err != nil {
			return out, err
		}
		p.Given += a.Points
		if _, err := tx.ExecContext(ctx, `UPDATE programme SET given = $1 WHERE id = $2`, p.Given, p.ID); err != nil { // no new version: nobody edits it
			return out, err
		}
	}
	out.Points = a.Points
	return out, s.finish(ctx, tx, actor, "programme.record", "programme_act", a.ID, p)
}

// recorded reads the programme and the member of an act that the actor may write down.
func (s *Service) recorded(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, cmd Record) (*Programme, *Member, error) {
	p, err := programmeByID(ctx, tx, cmd.ProgrammeID)
	if err != nil {
		return nil, nil, err
	}
	if !s.records(actor, p) {
		return nil, nil, auth.Denied(actor)
	}
	m, err := oneMember(ctx, tx, `programme_id = $1 AND number = $2`, p.ID, cmd.Member)
	switch {
	case errs.KindOf(err) == errs.NotFound && err != nil:
		return nil, nil, errs.Refuse("member", "programme.bad_member")
	case err != nil:
		return nil, nil, err
	case p.State != Running:
		return nil, nil, errs.E(errs.Conflict, "programme.not_running")
	case !m.LeftAt.IsZero():
		return nil, nil, errs.Refuse("member", "programme.left")
	}
	own, err := network.HomeOf(ctx, tx, actor.PersonID)
	if err == nil && own != "" && own == m.HouseholdID {
		err = errs.Refuse("member", "programme.own_household")
	}
	return p, m, err
}

// records reports whether the actor writes down acts of a programme: at its
// unit, over it, or at a unit within it.
func (s *Service) records(actor auth.Actor, p *Programme) bool {
	return s.o.Policy.Can(actor, ActRecord, auth.Object{UnitID: p.UnitID}) == nil ||
		slices.ContainsFunc(s.o.Policy.Scope(actor, ActRecord), func(unit string) bool { return s.tree().Contains(p.UnitID, unit) })
}

// Hand hands a chosen reward out against the member's code. It returns its name.
func (s *Service) Hand(ctx context.Context, actor auth.Actor, key, programmeID, code string) (reward string, err error) {
	digits, ok := number.Digits(strings.TrimSpace(code))
	if !ok || !number.Right(digits) {
		return "", errs.Refuse("code", "programme.bad_code")
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		reward, err = once.Do(ctx, tx, "programme.hand/"+actor.ID(), key, [...]string{programmeID, ticket.Hash(digits)}, s.now(), func() (string, error) {
			return s.hand(ctx, tx, actor, programmeID, digits)
		})
		return err
	})
	return reward, err
}

func (s *Service) hand(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, programmeID, code string) (string, error) {
	p, err := programmeByID(ctx, tx, programmeID)
	if err != nil {
		return "", err
	}
	if err := s.o.Policy.Can(actor, ActHand, auth.Object{UnitID: p.UnitID}); err != nil {
		return "", err
	}
	list, err := fetches(ctx, tx, `f.programme_id = $1 AND f.code_hash = $2`, p.ID, ticket.Hash(code))
	if err != nil {
		return "", err
	}
	if len(list) == 0 {
		return "", errs.Refuse("code", "programme.bad_code")
	}
	f := &list[0]
	if err := f.fetch(s.now()); err != nil {
		return "", err
	}
	if err := updateFetch(ctx, tx, f); err != nil {
		return "", err
	}
	return f.Reward, s.finish(ctx, tx, actor, "programme.hand", "programme_reward", f.RewardID, p)
}
