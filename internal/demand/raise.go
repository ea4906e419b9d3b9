package demand

import (
	"context"
	"fmt"
	"unicode/utf8"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/sqldb"
)

// Raise is a matter somebody brings. It names a unit by its code or a household
// by the code on its door.
type Raise struct {
	Kind      Kind
	Text      string
	UnitCode  string
	DoorCode  string
	Contact   string // how to reach the resident, in their own words; may be empty
	Anonymous bool   // with a door code: don't say which household
	Key       string // idempotency key
}

// Receipt is what the resident takes home. Track opens their demand and is
// shown once: only its hash is kept.
type Receipt struct {
	ID     string
	Number string
	Track  string
}

// kept is a Receipt as the idempotency table keeps it for a repeat: sealed.
type kept struct {
	ID     string
	Number string
	Sealed string
}

// origin is where a demand comes from.
type origin struct {
	unit      *network.Unit
	household string
}

// Raise brings a matter to the network. It needs no account.
func (s *Service) Raise(ctx context.Context, actor auth.Actor, r Raise) (Receipt, error) {
	if err := s.opt.Policy.Can(actor, ActRaise, auth.Object{}); err != nil {
		return Receipt{}, err
	}
	from, err := s.origin(ctx, r)
	if err != nil {
		return Receipt{}, err
	}
	d, track, err := s.draft(ctx, from, r)
	if err != nil {
		return Receipt{}, err
	}
	asked := r // what a repeat is compared with; a digest of a bare telephone number would give it away
	asked.Contact = s.opt.Sealer.Index("demand/contact", r.Contact)
	var result kept
	err = s.opt.DB.Write(ctx, func(tx *sqldb.Tx) error {
		result, err = once.Do(ctx, tx, "demand.raise."+actor.ID(), r.Key, asked, d.RaisedAt, func() (kept, error) {
			return s.insert(ctx, tx, actor, *d, track)
		})
		return err
	})
	if err != nil {
		return Receipt{}, err
	}
	track, err = s.opt.Sealer.Open(result.Sealed, trackBinding(result.ID))
	if err != nil {
		return Receipt{}, fmt.Errorf("demand: open the kept receipt: %w", err)
	}
	return Receipt{ID: result.ID, Number: result.Number, Track: track}, nil
}

// draft makes the demand that Raise stores, with its rules applied.
func (s *Service) draft(ctx context.Context, from origin, r Raise) (*Demand, string, error) {
	now, tree := s.now(), s.tree()
	d := &Demand{ID: sqldb.NewID(), Kind: r.Kind, Text: r.Text}
	if err := d.place(tree, from.unit); err != nil {
		return nil, "", err
	}
	if !r.Anonymous {
		d.HouseholdID = from.household
	}
	to, why := Route(d.Kind, complaintChain(tree, from.unit, d.AboutID), d.AboutID)
	if err := d.Begin(By{Side: Resident, ActorID: "anonymous"}, to, why, now); err != nil {
		return nil, "", err
	}
	if err := s.sealContact(d, r.Contact); err != nil {
		return nil, "", err
	}
	number, err := s.numbers.take(ctx, s.opt.DB, now)
	if err != nil {
		return nil, "", err
	}
	track := newTrack()
	d.Number, d.trackHash = number, hashTrack(track)
	return d, track, nil
}

// insert stores a drafted demand, passed by value because a transaction may run again.
func (s *Service) insert(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, d Demand, track string) (kept, error) {
	if err := insert(ctx, tx, &d); err != nil {
		return kept{}, err
	}
	if err := s.record(ctx, tx, actor, &d, string(ActRaise)); err != nil {
		return kept{}, err
	}
	sealed, err := s.opt.Sealer.Seal(track, trackBinding(d.ID))
	return kept{ID: d.ID, Number: d.Number, Sealed: sealed}, err
}

// origin finds the unit, and with a door code the household.
func (s *Service) origin(ctx context.Context, r Raise) (origin, error) {
	tree := s.tree()
	var from origin
	switch {
	case r.DoorCode != "":
		household, unit, err := s.opt.Network.DoorOf(ctx, r.DoorCode)
		if err != nil && errs.KindOf(err) == errs.NotFound {
			return from, errs.Wrap(err, errs.Invalid, "demand.check").WithField("door", "demand.door_unknown")
		}
		if err != nil {
			return from, err
		}
		from.household, from.unit = household, unit
	case r.UnitCode != "":
		from.unit = tree.ByCode(r.UnitCode)
	default:
		return from, errs.E(errs.Invalid, "demand.check").WithField("unit", "demand.unit_missing")
	}
	if from.unit != nil {
		from.unit = tree.Current(from.unit)
	}
	if from.unit == nil {
		return from, errs.E(errs.Invalid, "demand.check").WithField("unit", "demand.unit_unknown")
	}
	return from, nil
}

// Destination says who would get a demand of a kind from a unit or door, so that
// the form can tell before anything is sent.
func (s *Service) Destination(ctx context.Context, kind Kind, unitCode, doorCode string) (from *network.Unit, to Stop, why Reason, err error) {
	o, err := s.origin(ctx, Raise{UnitCode: unitCode, DoorCode: doorCode})
	if err != nil {
		return nil, Stop{}, "", err
	}
	d := &Demand{Kind: kind}
	if err := d.place(s.tree(), o.unit); err != nil {
		return nil, Stop{}, "", err
	}
	to, why = Route(kind, complaintChain(s.tree(), o.unit, d.AboutID), d.AboutID)
	return o.unit, to, why, nil
}

func (s *Service) sealContact(d *Demand, contact string) error {
	contact = Clean(contact)
	if contact == "" {
		return nil
	}
	if utf8.RuneCountInString(contact) > MaxContact {
		return errs.E(errs.Invalid, "demand.check").WithField("contact", "demand.contact_long", "max", MaxContact)
	}
	sealed, err := s.opt.Sealer.Seal(contact, contactBinding(d.ID))
	d.contact, d.HasContact = sealed, true
	return err
}

func contactBinding(id string) string { return "demand/contact/" + id }
func trackBinding(id string) string   { return "demand/track/" + id }
