package network

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// Chunk is a pile of new rows for the registry, all or none of which go in.
// Ids are made by the caller (sqldb.NewID), so that rows can refer to each
// other and a repeated chunk fails instead of counting twice; a missing id is
// filled in by Prepare. Parents come before their children.
type Chunk struct {
	UnitID       string // everything lies at or under it; "" is the city
	Source       string // for the record: "demo", "roster 2026-03", an import's id
	Departments  []Department
	Units        []NewUnit
	Persons      []NewPerson
	Posts        []NewPost
	Appointments []NewAppointment
	Households   []NewHousehold
	Updates      []NewHousehold // known households as they are now; ID and UnitID required, Door ignored
	Claims       []NewClaim
}

// NewUnit is a unit to insert. Code must extend the parent's.
type NewUnit struct {
	ID, Code, Name, ParentID string
	Level                    Level
	Lon, Lat                 float64
	Placed, Approx           bool
	StartedOn                string // "" is today
}

// NewPerson is a person to insert. Phone is plain; it is sealed on the way in.
type NewPerson struct {
	ID, Name, Phone, HouseholdID string
	ShowPhone                    bool // may the public see the number
}

// NewPost is a post to insert.
type NewPost struct {
	ID, UnitID, DepartmentID, Name string
	Role                           auth.Role
}

// NewAppointment puts a person in a post.
type NewAppointment struct {
	ID, PostID, PersonID string
	Acting               bool
	From, Until          string // From "" is today; Until "" is open
}

// NewHousehold is a household to insert. Phone is plain; it is sealed on the
// way in. RosterKey must be unique; see RosterKey.
type NewHousehold struct {
	ID, UnitID, Ref, Door string
	Address, AddressKey   string
	Head, Phone           string
	Size                  int
	RosterKey             string
}

// NewClaim says that another cell claims a household.
type NewClaim struct {
	HouseholdID, UnitID, Source string
}

// Prepared is a chunk whose numbers are sealed and whose gaps are filled, ready
// to be written. Preparing needs no database, so it can run beside the writing
// of the chunk before.
type Prepared struct {
	chunk               Chunk
	at                  time.Time
	persons, households []sealed
	updates             []sealed
}

type sealed struct{ phone, index any } // nil or string

// Prepare fills in missing ids, door codes and dates and seals the numbers.
// Households' keys are durable when it returns, and harmless should the chunk
// never be written.
func (s *Service) Prepare(ctx context.Context, c Chunk) (*Prepared, error) {
	p := &Prepared{chunk: c, at: s.now()}
	p.fill(s.today())
	var err error
	if p.persons, err = s.sealPersons(c.Persons); err != nil {
		return nil, err
	}
	if p.households, err = s.sealHouseholds(ctx, c.Households); err != nil {
		return nil, err
	}
	p.updates, err = s.sealHouseholds(ctx, c.Updates)
	return p, err
}

func (p *Prepared) fill(today string) {
	for i := range p.chunk.Units {
		u := &p.chunk.Units[i]
		u.ID, u.StartedOn = orID(u.ID), or(u.StartedOn, today)
	}
	for i := range p.chunk.Departments {
		p.chunk.Departments[i].ID = orID(p.chunk.Departments[i].ID)
	}
	for i := range p.chunk.Persons {
		p.chunk.Persons[i].ID = orID(p.chunk.Persons[i].ID)
	}
	for i := range p.chunk.Posts {
		p.chunk.Posts[i].ID = orID(p.chunk.Posts[i].ID)
	}
	for i := range p.chunk.Appointments {
		a := &p.chunk.Appointments[i]
		a.ID, a.From = orID(a.ID), or(a.From, today)
	}
	for i := range p.chunk.Households {
		h := &p.chunk.Households[i]
		h.ID = orID(h.ID)
		if h.Door == "" {
			h.Door = NewDoor()
		}
	}
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func orID(id string) string {
	if id == "" {
		return sqldb.NewID()
	}
	return id
}

// ImportChunk writes a chunk in a transaction of its own. It doesn't refresh
// the tree; call Refresh after the last one.
func (s *Service) ImportChunk(ctx context.Context, actor auth.Actor, c Chunk) error {
	p, err := s.Prepare(ctx, c)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *sqldb.Tx) error { return s.WriteChunk(ctx, tx, actor, p) })
}

// WriteChunk writes a prepared chunk in tx: multi-row statements, the units'
// counters, one audit row. The tree follows within a second, or at Refresh.
// The actor needs ActRoster at the chunk's unit; only a system actor may add
// anything but households and claims.
func (s *Service) WriteChunk(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, p *Prepared) error {
	c := &p.chunk
	if err := s.mayBulk(actor, c); err != nil {
		return err
	}
	rev, err := nextRev(ctx, tx)
	if err != nil {
		return err
	}
	if err := neverUsed(ctx, tx, c.Units); err != nil {
		return err
	}
	counts := counters{}
	if err := counts.forget(ctx, tx, c.Updates); err != nil {
		return err
	}
	counts.add(c.Households)
	counts.add(c.Updates)
	if err := p.insertFrame(ctx, tx, rev, counts); err != nil {
		return err
	}
	if err := apartInChunk(ctx, tx, c, s.today()); err != nil {
		return err
	}
	if err := p.insertHouseholds(ctx, tx); err != nil {
		return err
	}
	if err := insertClaims(ctx, tx, c.Claims, counts, sqldb.Millis(s.now())); err != nil {
		return err
	}
	if err := counts.store(ctx, tx, rev); err != nil {
		return err
	}
	if err := s.publish(ctx, tx, ""); err != nil {
		return err
	}
	return s.audit.Append(ctx, tx, audit.Entry{
		ActorID: actor.ID(), ActorName: actor.Name, Action: string(ActRoster), ObjectKind: "chunk", UnitID: c.UnitID,
		Detail: map[string]any{"source": c.Source, "units": len(c.Units), "persons": len(c.Persons), "posts": len(c.Posts),
			"appointments": len(c.Appointments), "households": len(c.Households), "updates": len(c.Updates), "claims": len(c.Claims)},
	})
}

// neverUsed refuses codes that lead to a unit which has moved or ended.
func neverUsed(ctx context.Context, q sqldb.Querier, units []NewUnit) error {
	for part := range slices.Chunk(units, 500) {
		codes := make([]string, len(part))
		for i := range part {
			codes[i] = part[i].Code
		}
		var args []any
		var code sql.NullString
		err := q.QueryRowContext(ctx, `SELECT min(code) FROM unit_code WHERE code IN (`+list(&args, codes)+`)`, args...).Scan(&code)
		if err != nil {
			return fmt.Errorf("network: codes in use: %w", err)
		}
		if code.Valid {
			return errs.E(errs.Conflict, "network.code_taken", "code", code.String)
		}
	}
	return nil
}

func (s *Service) mayBulk(actor auth.Actor, c *Chunk) error {
	if actor.System {
		return nil
	}
	if err := s.policy.Can(actor, ActRoster, auth.Object{UnitID: c.UnitID}); err != nil {
		return err
	}
	if len(c.Units)+len(c.Persons)+len(c.Posts)+len(c.Appointments)+len(c.Departments) > 0 {
		return auth.Denied(actor)
	}
	t, root := s.Tree(), or(c.UnitID, s.RootID())
	outside := func(h NewHousehold) bool { return !t.Contains(root, h.UnitID) }
	if slices.ContainsFunc(c.Households, outside) || slices.ContainsFunc(c.Updates, outside) {
		return errs.E(errs.Forbidden, "network.outside_unit")
	}
	return nil
}

// insertFrame inserts everything but households. Units of the chunk get their
// counters at once.
func (p *Prepared) insertFrame(ctx context.Context, tx *sqldb.Tx, rev int64, counts counters) error {
	c := &p.chunk
	err := insert(ctx, tx, "department", []string{"id", "code", "name", "rev"}, c.Departments,
		func(_ int, d *Department) []any { return []any{d.ID, d.Code, d.Name, rev} })
	if err != nil {
		return err
	}
	err = insert(ctx, tx, "unit", unitInsertColumns, c.Units, func(_ int, u *NewUnit) []any {
		n := counts.take(u.ID)
		return unitRow(u, n, rev)
	})
	if err != nil {
		return err
	}
	now := sqldb.Millis(p.at)
	err = insert(ctx, tx, "person", []string{"id", "name", "phone", "phone_index", "show_phone", "household_id", "created_at", "rev"}, c.Persons,
		func(i int, n *NewPerson) []any {
			return []any{n.ID, n.Name, p.persons[i].phone, p.persons[i].index, bit(n.ShowPhone), null(n.HouseholdID), now, rev}
		})
	if err != nil {
		return err
	}
	err = insert(ctx, tx, "post", []string{"id", "unit_id", "department_id", "role", "name", "rev"}, c.Posts,
		func(_ int, n *NewPost) []any {
			return []any{n.ID, n.UnitID, null(n.DepartmentID), string(n.Role), n.Name, rev}
		})
	if err != nil {
		return err
	}
	return insert(ctx, tx, "appointment", []string{"id", "post_id", "person_id", "acting", "starts_on", "until_on", "rev"}, c.Appointments,
		func(_ int, a *NewAppointment) []any {
			return []any{a.ID, a.PostID, a.PersonID, bit(a.Acting), a.From, null(a.Until), rev}
		})
}

var unitInsertColumns = []string{"id", "code", "name", "level", "parent_id", "lon", "lat", "approx", "households", "residents", "started_on", "rev"}

func unitRow(u *NewUnit, n counter, rev int64) []any {
	var lon, lat any
	if u.Placed {
		lon, lat = u.Lon, u.Lat
	}
	return []any{u.ID, u.Code, u.Name, int(u.Level), null(u.ParentID), lon, lat, bit(u.Approx), n.households, n.residents, u.StartedOn, rev}
}

var householdInsertColumns = []string{"id", "unit_id", "ref", "door", "address", "address_key", "head", "phone", "phone_index", "size", "roster_key"}

func householdRow(h *NewHousehold, phone sealed) []any {
	return []any{h.ID, h.UnitID, h.Ref, h.Door, h.Address, h.AddressKey, h.Head, phone.phone, phone.index, h.Size, h.RosterKey}
}

func (p *Prepared) insertHouseholds(ctx context.Context, tx *sqldb.Tx) error {
	err := insert(ctx, tx, "household", householdInsertColumns, p.chunk.Households,
		func(i int, h *NewHousehold) []any { return householdRow(h, p.households[i]) })
	if err != nil {
		return err
	}
	for i := range p.chunk.Updates {
		h, phone := &p.chunk.Updates[i], p.updates[i]
		_, err := tx.ExecContext(ctx, `UPDATE household SET unit_id = $1, ref = $2, address = $3, address_key = $4, head = $5,
			phone = COALESCE($6, phone), phone_index = COALESCE($7, phone_index), size = $8, state = 'active', version = version + 1,
			roster_key = COALESCE($9, roster_key) WHERE id = $10`,
			h.UnitID, h.Ref, h.Address, h.AddressKey, h.Head, phone.phone, phone.index, h.Size, null(h.RosterKey), h.ID)
		if err != nil {
			return fmt.Errorf("network: update household: %w", err)
		}
	}
	return nil
}

func insert[T any](ctx context.Context, tx *sqldb.Tx, table string, cols []string, items []T, row func(int, *T) []any) error {
	if len(items) == 0 {
		return nil
	}
	rows := make([][]any, len(items))
	for i := range items {
		rows[i] = row(i, &items[i])
	}
	return sqldb.InsertMany(ctx, tx, table, cols, rows, "")
}

func null(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// counter is how a unit's counters change.
type counter struct {
	households, residents int
	recount               bool // claims or claimed households came or went
}

type counters map[string]counter

func (c counters) change(unitID string, households, residents int) {
	n := c[unitID]
	n.households += households
	n.residents += residents
	c[unitID] = n
}

// recount has a unit's overlaps counted again.
func (c counters) recount(unitID string) {
	n := c[unitID]
	n.recount = true
	c[unitID] = n
}

func (c counters) add(households []NewHousehold) {
	for i := range households {
		c.change(households[i].UnitID, 1, households[i].Size)
	}
}

// forget takes off what known households counted so far.
func (c counters) forget(ctx context.Context, q sqldb.Querier, updates []NewHousehold) error {
	for part := range slices.Chunk(updates, 500) {
		to := make(map[string]string, len(part))
		ids := make([]string, len(part))
		for i := range part {
			ids[i], to[part[i].ID] = part[i].ID, part[i].UnitID
		}
		var args []any
		old, err := householdsWhere(ctx, q, `WHERE h.state = 'active' AND h.id IN (`+list(&args, ids)+`)`, args...)
		if err != nil {
			return err
		}
		for i := range old {
			c.change(old[i].UnitID, -1, -old[i].Size)
			if moved := to[old[i].ID]; moved != old[i].UnitID {
				c.recount(old[i].UnitID)
				c.recount(moved)
			}
		}
	}
	return nil
}

// take removes and returns a unit's counter.
func (c counters) take(unitID string) counter {
	n := c[unitID]
	delete(c, unitID)
	return n
}

// store adds the changes to the units, in order of id so that two commands
// never wait for each other.
func (c counters) store(ctx context.Context, q sqldb.Querier, rev int64) error {
	for _, id := range slices.Sorted(maps.Keys(c)) {
		n := c[id]
		_, err := q.ExecContext(ctx, `UPDATE unit SET households = households + $1, residents = residents + $2, rev = $3 WHERE id = $4`,
			n.households, n.residents, rev, id)
		if err == nil && n.recount {
			_, err = q.ExecContext(ctx, `UPDATE unit SET overlapping = (SELECT count(*) FROM household h
				WHERE h.unit_id = $1 AND h.state = 'active'
				AND EXISTS (SELECT 1 FROM household_claim c WHERE c.household_id = h.id)) WHERE id = $2`, id, id)
		}
		if err != nil {
			return fmt.Errorf("network: count households: %w", err)
		}
	}
	return nil
}

// insertClaims records claims of second cells. A cell can't claim what it has.
func insertClaims(ctx context.Context, tx *sqldb.Tx, claims []NewClaim, counts counters, at int64) error {
	for _, n := range claims {
		h, err := householdWhere(ctx, tx, `h.id = $1`, n.HouseholdID)
		if err != nil {
			return err
		}
		if h.UnitID == n.UnitID {
			continue
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO household_claim (id, household_id, unit_id, source, at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (household_id, unit_id) DO NOTHING`, sqldb.NewID(), n.HouseholdID, n.UnitID, n.Source, at)
		if err != nil {
			return fmt.Errorf("network: claim: %w", err)
		}
		counts.recount(h.UnitID)
	}
	return nil
}

// KnownHouseholds returns those of the roster keys that the registry has, by
// key: what an import asks before it decides between new and known.
func KnownHouseholds(ctx context.Context, q sqldb.Querier, keys []string) (map[string]Household, error) {
	out := make(map[string]Household, len(keys))
	for part := range slices.Chunk(keys, 500) {
		args := []any{}
		err := each(ctx, q, func(rows *sql.Rows) error {
			h, err := scanHousehold(rows)
			out[h.RosterKey] = h
			return err
		}, `SELECT `+householdColumns+` FROM household h WHERE h.roster_key IN (`+list(&args, part)+`)`, args...)
		if err != nil {
			return nil, fmt.Errorf("network: known households: %w", err)
		}
	}
	return out, nil
}

// RosterKey is a household's identity in rosters: the roster's own number
// within the village, else the folded address.
func RosterKey(villageCode, ref, addressKey string) string {
	return villageCode + "/" + or(ref, addressKey)
}
