package volunteer

import (
	"context"
	"slices"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/live"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/plaintext"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/ticket"
)

// Needed says whether somebody is reached for something else, such as a team,
// so that their number stays in the registry when they leave.
type Needed func(ctx context.Context, q sqldb.Querier, personID string) (bool, error)

// Gone is told of a report-in that ended, so that what hung on it ends too.
type Gone func(ctx context.Context, tx *sqldb.Tx, volunteerID string) error

// Options are what a Service works with. Live, Needed and Gone may be left out.
type Options struct {
	DB      *sqldb.DB
	Network *network.Service
	Policy  *auth.Policy
	Audit   *audit.Log
	Live    *live.Hub
	Seal    *seal.Sealer
	Needed  Needed
	Gone    Gone
	Now     func() time.Time
}

// Service takes report-ins.
type Service struct{ o Options }

// New returns a Service.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Service{o}
}

// Topic is the live topic on which pages hear of report-ins in a village.
func Topic(villageID string) string { return "volunteers:" + villageID }

func (s *Service) tree() *network.Tree { return s.o.Network.Tree() }

func phoneBinding(id string) string { return "volunteer/phone/" + id }
func keyBinding(id string) string   { return "volunteer/key/" + id }

// kept is what a repeated form is answered with; the key is sealed.
type kept struct{ ID, Sealed string }

// Report stores a report-in and returns its receipt. One that an official
// enters for somebody is confirmed at once.
func (s *Service) Report(ctx context.Context, actor auth.Actor, cmd Report) (Receipt, error) {
	household, unit, err := s.lives(ctx, cmd)
	if err != nil {
		return Receipt{}, err
	}
	action := ActReport
	if cmd.For {
		action = ActConfirm
	}
	if err := s.o.Policy.Can(actor, action, auth.Object{UnitID: unit.ID}); err != nil {
		return Receipt{}, err
	}
	if cmd, err = cmd.check(); err != nil {
		return Receipt{}, err
	}
	asked := cmd // a digest of a bare number would give it away
	asked.Phone = s.o.Seal.Index("phone", cmd.Phone)
	var out kept
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
		out, err = once.Do(ctx, tx, "volunteer.report/"+actor.ID(), cmd.Key, asked, s.o.Now(), func() (kept, error) {
			return s.take(ctx, tx, actor, cmd, household, unit)
		})
		return err
	})
	if err != nil {
		return Receipt{}, err
	}
	key, err := s.o.Seal.Open(out.Sealed, keyBinding(out.ID))
	return Receipt{out.ID, key}, err
}

// lives is where somebody lives.
func (s *Service) lives(ctx context.Context, cmd Report) (household string, unit *network.Unit, err error) {
	if cmd.DoorCode != "" {
		household, unit, err = s.o.Network.DoorOf(ctx, cmd.DoorCode)
		if errs.KindOf(err) == errs.NotFound && err != nil {
			return "", nil, errs.Refuse("door", "volunteer.no_door")
		}
		return household, unit, err
	}
	unit = s.tree().Current(s.tree().ByCode(cmd.UnitCode))
	if unit == nil || unit.Level < network.Village {
		return "", nil, errs.Refuse("unit", "volunteer.no_unit")
	}
	return "", unit, nil
}

func (s *Service) take(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, cmd Report, household string, unit *network.Unit) (kept, error) {
	v := &Volunteer{ID: sqldb.NewID(), State: Pending, Kind: cmd.Kind, Name: cmd.Name, HasPhone: true, UnitID: unit.ID,
		VillageID: s.tree().At(unit, network.Village).ID, HouseholdID: household, Offer: cmd.Offer, ReportedAt: s.o.Now(), Version: 1}
	key := ticket.New()
	v.keyHash, v.phoneIndex = ticket.Hash(key), s.o.Seal.Index("phone", cmd.Phone)
	var out kept
	var err error
	if v.phone, err = s.o.Seal.Seal(cmd.Phone, phoneBinding(v.ID)); err != nil {
		return out, err
	}
	if out.Sealed, err = s.o.Seal.Seal(key, keyBinding(v.ID)); err != nil {
		return out, err
	}
	out.ID = v.ID
	if cmd.For {
		v.EnteredBy = actor.ID()
	}
	if err := insert(ctx, tx, []*Volunteer{v}); err != nil {
		return out, err
	}
	if cmd.For {
		if err := s.confirm(ctx, tx, actor, v); errs.CodeOf(err) != "volunteer.elsewhere" {
			return out, err
		} // it waits until the other one ends
	}
	return out, s.finish(ctx, tx, actor, "volunteer.report", v)
}

// finish writes the audit row of a step and tells the open pages.
func (s *Service) finish(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, action string, v *Volunteer) error {
	err := s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: action,
		ObjectKind: "volunteer", ObjectID: v.ID, UnitID: v.VillageID})
	if err == nil && v.State == Left && s.o.Gone != nil {
		err = s.o.Gone(ctx, tx, v.ID)
	}
	if err != nil || s.o.Live == nil {
		return err
	}
	return s.o.Live.Publish(ctx, tx, Topic(v.VillageID), "")
}

// step runs an official's step on a report-in that the actor decides on.
func (s *Service) step(ctx context.Context, actor auth.Actor, name string, cmd Step, do func(tx *sqldb.Tx, v *Volunteer) error) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, name+"/"+actor.ID(), cmd.Key, cmd, s.o.Now(), func() (bool, error) {
			v, err := s.decided(ctx, tx, actor, cmd.ID)
			if err != nil {
				return false, err
			}
			if err := v.shown(cmd.Version); err != nil {
				return false, err
			}
			return true, do(tx, v)
		})
		return err
	})
}

// decided reads a report-in on which the actor decides.
func (s *Service) decided(ctx context.Context, q sqldb.Querier, actor auth.Actor, id string) (*Volunteer, error) {
	v, err := readOne(ctx, q, id)
	if err != nil {
		return nil, err
	}
	return v, s.o.Policy.Can(actor, ActConfirm, auth.Object{UnitID: v.VillageID})
}

// Confirm takes somebody in: whoever the registry knows by name and number, or
// as somebody new.
func (s *Service) Confirm(ctx context.Context, actor auth.Actor, cmd Step) error {
	return s.step(ctx, actor, "volunteer.confirm", cmd, func(tx *sqldb.Tx, v *Volunteer) error { return s.confirm(ctx, tx, actor, v) })
}

func (s *Service) confirm(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, v *Volunteer) error {
	if v.State != Pending {
		return v.Confirm("", s.o.Now()) // which says why not
	}
	person, known, err := s.person(ctx, tx, v)
	if err != nil {
		return err
	}
	if err := s.alone(ctx, tx, person, v.VillageID); err != nil {
		return err
	}
	v.Linked = known
	if err := v.Confirm(person, s.o.Now()); err != nil {
		return err
	}
	if err := update(ctx, tx, v); err != nil {
		return err
	}
	if err := addSkills(ctx, tx, person, v.UnitID, v.Skills); err != nil {
		return err
	}
	return s.finish(ctx, tx, actor, "volunteer.confirm", v)
}

// person is whom the registry knows by that name and number, or a new entry.
// known says that it isn't new.
func (s *Service) person(ctx context.Context, tx *sqldb.Tx, v *Volunteer) (id string, known bool, err error) {
	found, err := network.RosterPersonsByPhone(ctx, tx, []string{v.phoneIndex})
	if err != nil {
		return "", false, err
	}
	if p, ok := found[v.phoneIndex+"\x00"+v.Name]; ok && v.phoneIndex != "" {
		return p.ID, true, nil
	}
	phone, err := s.o.Seal.Open(v.phone, phoneBinding(v.ID))
	if err != nil {
		return "", false, err
	}
	person := network.NewPerson{ID: sqldb.NewID(), Name: v.Name, Phone: phone, HouseholdID: v.HouseholdID}
	chunk, err := s.o.Network.Prepare(ctx, network.Chunk{UnitID: v.VillageID, Source: "report-in", Persons: []network.NewPerson{person}})
	if err != nil {
		return "", false, err
	}
	return person.ID, false, s.o.Network.WriteChunk(ctx, tx, auth.System("volunteer"), chunk)
}

// alone refuses whoever is reported in already: a name and a number prove nothing,
// so the first one goes on, with its key and all that hangs on it, until the person
// or its village ends it.
func (s *Service) alone(ctx context.Context, tx *sqldb.Tx, personID, villageID string) error {
	before, err := activeOf(ctx, tx, personID)
	if err != nil || len(before) == 0 {
		return err
	}
	first, tree := before[0], s.tree()
	at, here := tree.Current(tree.ByID(first.VillageID)), tree.Current(tree.ByID(villageID))
	if at != nil && at != here {
		return errs.E(errs.Conflict, "volunteer.elsewhere", "village", at.Name)
	}
	return errs.E(errs.Conflict, "volunteer.here_already", "day", first.since())
}

// Refuse turns a report-in down, and erases what was told.
func (s *Service) Refuse(ctx context.Context, actor auth.Actor, cmd Step) error {
	return s.step(ctx, actor, "volunteer.refuse", cmd, func(tx *sqldb.Tx, v *Volunteer) error {
		if err := v.Refuse(cmd.Reason, s.o.Now()); err != nil {
			return err
		}
		if err := update(ctx, tx, v); err != nil {
			return err
		}
		return s.finish(ctx, tx, actor, "volunteer.refuse", v)
	})
}

// End lets somebody leave who told the village so.
func (s *Service) End(ctx context.Context, actor auth.Actor, cmd Step) error {
	return s.step(ctx, actor, "volunteer.end", cmd, func(tx *sqldb.Tx, v *Volunteer) error { return s.leave(ctx, tx, actor, v) })
}

// leave erases what was told: here, and in the registry what nobody else needs.
func (s *Service) leave(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, v *Volunteer) error {
	if err := v.Leave(s.o.Now()); err != nil {
		return err
	}
	if err := update(ctx, tx, v); err != nil {
		return err
	}
	if v.PersonID != "" {
		if err := s.forget(ctx, tx, v.PersonID); err != nil {
			return err
		}
	}
	return s.finish(ctx, tx, actor, "volunteer.leave", v)
}

func (s *Service) forget(ctx context.Context, tx *sqldb.Tx, personID string) error {
	if err := dropSkills(ctx, tx, personID); err != nil {
		return err
	}
	if len(s.tree().PostsOf(personID)) > 0 {
		return nil
	}
	if s.o.Needed != nil {
		needed, err := s.o.Needed(ctx, tx, personID)
		if err != nil || needed {
			return err
		}
	}
	return network.DropPhone(ctx, tx, personID)
}

const actReadPhone = "volunteer.read_phone"

// ReadPhone opens the number of a report-in for a purpose, to ask back before
// deciding. The log row is part of the same transaction.
func (s *Service) ReadPhone(ctx context.Context, actor auth.Actor, id, purpose string) (phone string, err error) {
	if purpose = plaintext.OneLine(purpose); purpose == "" || len([]rune(purpose)) > MaxPledge {
		return "", errs.Refuse("purpose", "volunteer.missing")
	}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		v, err := s.decided(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		if v.phone == "" {
			return errs.E(errs.NotFound, "volunteer.no_phone")
		}
		if phone, err = s.o.Seal.Open(v.phone, phoneBinding(v.ID)); err != nil {
			return err
		}
		return s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: actReadPhone,
			ObjectKind: "volunteer", ObjectID: v.ID, UnitID: v.VillageID, Purpose: purpose})
	})
	return phone, err
}

// ReachOf lets the village of whoever reported in open their number.
func (s *Service) ReachOf(ctx context.Context, q sqldb.Querier, personID string) (network.Reached, error) {
	list, err := activeOf(ctx, q, personID)
	var r network.Reached
	for _, v := range list {
		r.UnitIDs = append(r.UnitIDs, v.VillageID)
	}
	return r, err
}

// MayEnter lists the villages in which the actor may report somebody in.
func (s *Service) MayEnter(actor auth.Actor) (villages []*network.Unit) {
	tree := s.tree()
	for _, root := range s.o.Policy.Scope(actor, ActConfirm) {
		for _, u := range tree.Subtree(tree.ByID(root)) {
			if u.Level == network.Village && !slices.Contains(villages, u) {
				villages = append(villages, u)
			}
		}
	}
	return villages
}
