package demand

import (
	"context"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"bilin/internal/auth"
	"bilin/internal/demand/catalog"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/number"
	"bilin/internal/once"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/ticket"
	"bilin/internal/workday"
)

// Raise is a matter somebody brings. It names a unit by its code or a household
// by the code on its door.
type Raise struct {
	Kind      Kind
	Category  string // id or code; may be empty
	Urgency   catalog.Urgency
	Text      string
	UnitCode  string
	DoorCode  string
	Place     string  // in words, at most MaxPlace characters
	Lon, Lat  float64 // WGS 84 degrees; both 0: no point
	About     string  // complaint: the role of whom it is about; empty: whoever answers for the unit; AboutMatter: nobody
	Contact   string  // how to reach the resident, in their own words; may be empty
	Channel   Channel // empty: ByPage
	Anonymous bool    // with a door code: don't say which household
	Private   bool    // only whoever has it may read it
	Publish   bool    // the answer may be shown to everybody
	Pictures  []Picture
	Source    Source // empty: FromResident; others only by whom it behoves
	Proved    bool   // whoever raises it has proved to be of the household of the door code; the caller has made sure
	OnBehalf  bool   // by somebody of the network for a household, which has to say that it is theirs
	Key       string // idempotency key
	// Along stores what goes with the demand, in the same transaction; an error from it takes the demand back.
	Along func(ctx context.Context, tx *sqldb.Tx, d *Demand) error `json:"-"`
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

// Raise brings a matter to the network. It needs no account, but for what is
// raised for somebody else.
func (s *Service) Raise(ctx context.Context, actor auth.Actor, r Raise) (Receipt, error) {
	if err := s.opt.Policy.Can(actor, ActRaise, auth.Object{}); err != nil {
		return Receipt{}, err
	}
	if r.Source == FromHotline { // nobody there could take it out
		r.Text = number.MaskPrivate(r.Text)
	}
	from, err := s.origin(ctx, r)
	if err != nil {
		return Receipt{}, err
	}
	if err := s.entitled(actor, r, from.unit); err != nil {
		return Receipt{}, err
	}
	d, track, err := s.draft(ctx, actor, from, r, s.now())
	if err != nil {
		return Receipt{}, err
	}
	asked := r // what a repeat is compared with; a digest of a bare telephone number would give it away
	asked.Contact, asked.Pictures = s.opt.Sealer.Index("demand/contact", r.Contact), nil
	var result kept
	err = s.opt.DB.Write(ctx, func(tx *sqldb.Tx) error {
		result, err = once.Do(ctx, tx, "demand.raise."+actor.ID(), r.Key, asked, d.RaisedAt, func() (kept, error) {
			result, err := s.insert(ctx, tx, actor, *d, r.Pictures, track)
			if err == nil && r.Along != nil {
				err = r.Along(ctx, tx, d)
			}
			return result, err
		})
		return err
	})
	if err != nil {
		return Receipt{}, err
	}
	track, err = s.opt.Sealer.Open(result.Sealed, TrackBinding(result.ID))
	if err != nil {
		return Receipt{}, fmt.Errorf("demand: open the kept receipt: %w", err)
	}
	return Receipt{ID: result.ID, Number: result.Number, Track: track}, nil
}

// entitled checks who may say that a demand comes from somebody else.
func (s *Service) entitled(actor auth.Actor, r Raise, u *network.Unit) error {
	switch r.Source {
	case "", FromResident, FromOpen311:
		if !r.OnBehalf {
			return nil
		}
		return s.opt.Policy.Can(actor, ActEnter, auth.Object{UnitID: u.ID})
	case FromHotline:
		return s.opt.Policy.Can(actor, ActIntake, auth.Object{UnitID: u.ID})
	}
	return s.opt.Policy.Can(actor, ActEnter, auth.Object{UnitID: u.ID})
}

// draft makes the demand that Raise stores, with its rules applied.
func (s *Service) draft(ctx context.Context, actor auth.Actor, from origin, r Raise, now time.Time) (*Demand, string, error) {
	d, err := s.compose(actor, from, r, now)
	if err != nil {
		return nil, "", err
	}
	passed, err := d.about(s.tree(), from.unit, r.About)
	if err != nil {
		return nil, "", err
	}
	to, why := d.first(s.tree(), from.unit, passed, d.Own)
	if err := d.Begin(s.author(actor, d), to, why, now); err != nil {
		return nil, "", err
	}
	if err := s.sealContact(ctx, d, r.Contact); err != nil {
		return nil, "", err
	}
	number, err := s.numbers.take(ctx, s.opt.DB, now)
	if err != nil {
		return nil, "", err
	}
	track := ticket.New()
	d.Number, d.trackHash = number, ticket.Hash(track)
	if d.Channel == BySMS {
		d.track, err = s.opt.Sealer.Seal(track, TrackBinding(d.ID))
	}
	return d, track, err
}

// compose checks what was filled in and makes a demand of it.
func (s *Service) compose(actor auth.Actor, from origin, r Raise, now time.Time) (*Demand, error) {
	if err := s.checkRaise(r); err != nil {
		return nil, err
	}
	d := &Demand{ID: sqldb.NewID(), Kind: r.Kind, Urgency: r.Urgency, Text: r.Text, Place: Clean(r.Place), Lon: r.Lon, Lat: r.Lat,
		Private: r.Private, Confined: r.Private, Publish: r.Publish && !r.Private, Channel: ByPage, Source: FromResident,
		Day: now.In(workday.City).Format(time.DateOnly)}
	d.Under(s.Terms())
	d.place(s.tree(), from.unit)
	if r.Channel != "" {
		d.Channel = r.Channel
	}
	if r.Source != "" {
		d.Source = r.Source
	}
	if c, ok := s.category(r.Category); ok {
		d.CategoryID = c.ID
	}
	if r.OnBehalf || d.Source == FromLead || d.Source == FromOfficial {
		d.AuthorID, d.Own = actor.PersonID, !r.OnBehalf
		if d.Source == FromResident {
			d.Source = sourceOf(actor)
		}
	}
	switch {
	case r.Anonymous:
	case r.OnBehalf:
		d.ClaimID = from.household
	default:
		d.HouseholdID, d.Proved = from.household, r.Proved && r.DoorCode != ""
	}
	return d, nil
}

func (s *Service) checkRaise(r Raise) error {
	bad := func(field, code string, kv ...any) error {
		return errs.E(errs.Invalid, "demand.check").WithField(field, code, kv...)
	}
	contact := Clean(r.Contact)
	switch {
	case r.Urgency < catalog.Normal || r.Urgency > catalog.Critical:
		return bad("urgency", "demand.urgency_wrong")
	case utf8.RuneCountInString(Clean(r.Place)) > MaxPlace:
		return bad("place", "demand.place_long", "max", MaxPlace)
	case !(r.Lon >= -180 && r.Lon <= 180 && r.Lat >= -90 && r.Lat <= 90): // NaN is on no side of anything
		return bad("place", "demand.point_wrong")
	case len(r.Pictures) > MaxPictures:
		return bad("photos", "demand.too_many_photos", "max", MaxPictures)
	case r.Channel == BySMS && !Mobile(contact):
		return bad("contact", "demand.mobile_needed")
	case r.Channel != "" && r.Channel != ByPage && r.Channel != BySMS:
		return bad("channel", "demand.channel_wrong")
	case r.Source != "" && !slices.Contains(Sources(), r.Source):
		return bad("source", "demand.source_wrong")
	}
	if _, ok := s.category(r.Category); r.Category != "" && !ok {
		return bad("category", "demand.category_wrong")
	}
	return nil
}

// category finds a category in use by id or code.
func (s *Service) category(idOrCode string) (catalog.Category, bool) {
	all := s.opt.Catalog()
	c, ok := all.Category(idOrCode)
	if !ok {
		c, ok = all.ByCode(idOrCode)
	}
	return c, ok && all.Usable(c.ID)
}

// author is whose doing the first entry of the timeline is.
func (s *Service) author(actor auth.Actor, d *Demand) By {
	if d.AuthorID == "" {
		return By{Side: Resident, ActorID: "anonymous"}
	}
	by := s.authority().by(actor, &Demand{OwnerID: d.UnitID, UnitID: d.UnitID})
	by.Side = Resident
	return by
}

func sourceOf(actor auth.Actor) Source {
	if actor.Has(auth.VillageOfficial) || actor.Has(auth.TownOfficial) || actor.Has(auth.CityOffice) || actor.Has(auth.LinkedOfficial) {
		return FromOfficial
	}
	return FromLead
}

// insert stores a drafted demand, passed by value because a transaction may run again.
func (s *Service) insert(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, d Demand, pictures []Picture, track string) (kept, error) {
	events := d.News()
	d.Photos = len(pictures)
	if err := insert(ctx, tx, &d); err != nil {
		return kept{}, err
	}
	if err := s.savePictures(ctx, tx, &d, pictures, 1, Resident, d.RaisedAt); err != nil {
		return kept{}, err
	}
	if err := s.record(ctx, tx, actor, &d, string(ActRaise), events); err != nil {
		return kept{}, err
	}
	sealed, err := s.opt.Sealer.Seal(track, TrackBinding(d.ID))
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
	case r.Source == FromHotline:
		from.unit = tree.Root()
	default:
		return from, errs.E(errs.Invalid, "demand.check").WithField("unit", "demand.unit_missing")
	}
	if from.unit != nil {
		from.unit = tree.Current(from.unit)
	}
	if from.unit == nil {
		return from, errs.E(errs.Invalid, "demand.check").WithField("unit", "demand.unit_unknown")
	}
	if from.unit.Level < network.Village && r.Source != FromHotline {
		return from, errs.E(errs.Invalid, "demand.check").WithField("unit", "demand.unit_too_big")
	}
	return from, nil
}

// Destination says who would get such a demand, so that the form can tell before
// anything is sent.
func (s *Service) Destination(ctx context.Context, r Raise) (from *network.Unit, to Stop, why Reason, err error) {
	o, err := s.origin(ctx, r)
	if err != nil {
		return nil, Stop{}, "", err
	}
	d := &Demand{Kind: r.Kind}
	d.place(s.tree(), o.unit)
	passed, err := d.about(s.tree(), o.unit, r.About)
	if err != nil {
		return nil, Stop{}, "", err
	}
	to, why = d.first(s.tree(), o.unit, passed, false)
	return o.unit, to, why, nil
}

// sealContact seals how to reach the resident: with the household's own key, so
// that it goes with the household; with the city's for whom no household is known.
func (s *Service) sealContact(ctx context.Context, d *Demand, contact string) error {
	contact = Clean(contact)
	if contact == "" {
		return nil
	}
	if utf8.RuneCountInString(contact) > MaxContact {
		return errs.E(errs.Invalid, "demand.check").WithField("contact", "demand.contact_long", "max", MaxContact)
	}
	d.HasContact = true
	var err error
	if d.HouseholdID == "" || s.opt.Vault == nil {
		d.contact, err = s.opt.Sealer.Seal(contact, ContactBinding(d.ID))
	} else {
		d.contact, err = s.opt.Vault.Seal(ctx, d.HouseholdID, contact, ContactBinding(d.ID))
	}
	return err
}

// OpenContact opens what was sealed under the household's own key, or, where a
// demand had no household when it was raised, under the city's.
func OpenContact(ctx context.Context, city *seal.Sealer, vault *seal.Vault, householdID, sealed, binding string) (string, error) {
	if vault == nil || householdID == "" {
		return city.Open(sealed, binding)
	}
	return vault.Open(ctx, householdID, sealed, binding)
}

// ContactBinding ties the sealed contact to its demand.
func ContactBinding(id string) string { return "demand/contact/" + id }

// TrackBinding ties a sealed tracking key to its demand.
func TrackBinding(id string) string { return "demand/track/" + id }

// FollowBinding ties the sealed contact of somebody who follows to their entry.
func FollowBinding(id string) string { return "demand/follow/" + id }

// Mobile reports whether a contact is a mobile telephone number of the mainland, which gets short messages.
func Mobile(contact string) bool {
	digits := fold(contact)
	if len(digits) != 11 || digits[0] != '1' || digits[1] < '2' {
		return false
	}
	for _, r := range digits {
		if r < '0' || r > '9' {
			return false
		}
	}
	return true
}
