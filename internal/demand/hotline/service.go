package hotline

import (
	"context"
	"errors"
	"slices"
	"time"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demand/catalog"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// Options are what a Service needs.
type Options struct {
	DB     *sqldb.DB
	Demand *demand.Service
	Policy *auth.Policy
	Tree   func() *network.Tree
	Now    func() time.Time // default time.Now
}

// Service carries out what the hotline does.
type Service struct{ opt Options }

// New returns the service, which from then on keeps what becomes of the
// hotline's demands. It is called before the first change of a demand.
func New(opt Options) *Service {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	s := &Service{opt: opt}
	opt.Demand.Observe(s)
	return s
}

func (s *Service) now() time.Time { return s.opt.Now().UTC().Truncate(time.Millisecond) }

// may refuses whoever isn't the hotline.
func (s *Service) may(actor auth.Actor) error {
	return s.opt.Policy.Can(actor, demand.ActIntake, auth.Object{})
}

// errKnown ends the raising of a demand whose order came in at the same moment.
var errKnown = errors.New("hotline: the order is known")

// Take brings an order in, once: sent again, it is answered with the same
// demand. The same number with other words is a Conflict.
func (s *Service) Take(ctx context.Context, actor auth.Actor, o Order) (Taken, error) {
	if err := s.may(actor); err != nil {
		return Taken{}, err
	}
	o, err := o.clean(s.now())
	if err != nil {
		return Taken{}, err
	}
	unit, err := s.unit(o.UnitCode)
	if err != nil {
		return Taken{}, err
	}
	known, err := known(ctx, s.opt.DB.Reader(), o)
	if err != nil || known.Known {
		return known, err
	}
	for range tries {
		taken, err := s.raise(ctx, actor, o, unit)
		if !errors.Is(err, errKnown) {
			return taken, err
		}
		if taken, err = s.other(ctx, o); err != nil || taken.Known {
			return taken, err
		}
	} // the other one's transaction failed after all
	return Taken{}, errs.E(errs.Unavailable, "hotline.busy")
}

// tries is how often an order is taken against another one with its number that
// keeps failing.
const tries = 5

// other says what the same order became that came in at the same moment. It asks
// in a transaction: what that one wrote may not be committed yet.
func (s *Service) other(ctx context.Context, o Order) (taken Taken, err error) {
	err = s.opt.DB.Write(ctx, func(tx *sqldb.Tx) error {
		taken, err = known(ctx, tx, o)
		return err
	})
	return taken, err
}

// raise makes the order's demand; the order is written in the same transaction,
// and its number decides between two that come at once.
func (s *Service) raise(ctx context.Context, actor auth.Actor, o Order, unit *network.Unit) (Taken, error) {
	category, ok := s.category(o.Category)
	about, private := o.about(unit)
	receipt, err := s.opt.Demand.Raise(ctx, actor, demand.Raise{
		Kind: o.Kind, Category: category.ID, Urgency: o.Urgency, Text: o.Text, UnitCode: unit.Code, Place: o.Place, Lon: o.Lon, Lat: o.Lat,
		About: about, Contact: o.Contact, Private: o.Private || private, Source: demand.FromHotline,
		Along: func(ctx context.Context, tx *sqldb.Tx, d *demand.Demand) error {
			return insert(ctx, tx, o, d.ID, s.now())
		},
	})
	taken := Taken{Number: receipt.Number}
	if !ok {
		taken.Unknown = o.Category
	}
	return taken, err
}

// known says what an order that was taken before became.
func known(ctx context.Context, q sqldb.Querier, o Order) (Taken, error) {
	before, err := byNo(ctx, q, o.No)
	switch {
	case errs.KindOf(err) == errs.NotFound:
		return Taken{}, nil
	case err != nil:
		return Taken{}, err
	case before.digest != o.digest():
		return Taken{}, errs.E(errs.Conflict, "hotline.other_text", "order", o.No, "number", demand.Spoken(before.Number))
	}
	return Taken{Number: before.Number, Known: true}, nil
}

// unit is where an order is: the city for one that doesn't say.
func (s *Service) unit(code string) (*network.Unit, error) {
	tree := s.opt.Tree()
	unit := tree.Root()
	if code != "" {
		unit = tree.Current(tree.ByCode(code))
	}
	if unit == nil {
		return nil, errs.E(errs.Invalid, "hotline.check").WithField("unit", "hotline.unit_unknown", "code", code)
	}
	return unit, nil
}

// category finds one in use by its code, or by its name, of which the lower
// level's counts first. ok is false for one that nobody knows.
func (s *Service) category(said string) (c catalog.Category, ok bool) {
	if said == "" {
		return c, true
	}
	all := s.opt.Demand.Terms().Catalog
	if c, ok = all.ByCode(said); ok && all.Usable(c.ID) {
		return c, true
	}
	var found []catalog.Category
	for _, c := range all.All() {
		if all.Usable(c.ID) && (c.Name == said || c.NameEN == said) {
			found = append(found, c)
		}
	}
	slices.SortStableFunc(found, func(a, b catalog.Category) int { return len(b.ParentID) - len(a.ParentID) })
	if len(found) == 0 {
		return catalog.Category{}, false
	}
	return found[0], true
}

// Vouch records what the caller says who was called back: that it is solved,
// or not. Whoever handled it can't.
func (s *Service) Vouch(ctx context.Context, actor auth.Actor, no string, solved bool, r demand.Rating, cmd demand.Command) (demand.Outcome, error) {
	number, err := s.number(ctx, actor, no)
	if err != nil {
		return demand.Outcome{}, err
	}
	return s.opt.Demand.Vouch(ctx, actor, number, solved, r, cmd)
}

// Told records that the caller was told what was done and hasn't said yet
// whether it is solved; from then on their silence counts.
func (s *Service) Told(ctx context.Context, actor auth.Actor, no string, cmd demand.Command) (demand.Outcome, error) {
	number, err := s.number(ctx, actor, no)
	if err != nil {
		return demand.Outcome{}, err
	}
	return s.opt.Demand.TellInPerson(ctx, actor, number, cmd)
}

func (s *Service) number(ctx context.Context, actor auth.Actor, no string) (string, error) {
	if err := s.may(actor); err != nil {
		return "", err
	}
	o, err := byNo(ctx, s.opt.DB.Reader(), no)
	return o.Number, err
}

// Order returns where an order stands, with everything that went back so far.
func (s *Service) Order(ctx context.Context, actor auth.Actor, no string) (Standing, error) {
	if err := s.may(actor); err != nil {
		return Standing{}, err
	}
	o, err := byNo(ctx, s.opt.DB.Reader(), no)
	if err != nil {
		return Standing{}, err
	}
	st := o.Standing
	st.With = s.owner(o.ownerID, o.ownerDept)
	st.Answers, err = answersOf(ctx, s.opt.DB.Reader(), o.demandID)
	return st, err
}

func (s *Service) owner(unitID, departmentID string) string {
	tree := s.opt.Tree()
	if departmentID != "" {
		if d := tree.Department(departmentID); d != nil {
			return d.Name
		}
	}
	if u := tree.ByID(unitID); u != nil {
		return u.Name
	}
	return ""
}
