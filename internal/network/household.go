package network

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// Household is one household as the registry has it, without its telephone
// number, which only ReadPhone opens.
type Household struct {
	ID        string
	UnitID    string
	Ref       string // the roster's own number for it, or ""
	Door      string // the random code on its door card
	Address   string
	Head      string // whom to ask for; masked for those without a task
	Size      int
	HasPhone  bool
	Left      bool
	Version   int
	RosterKey string // its identity in rosters
}

// MaskName hides the middle of a name: 王*明, 李*.
func MaskName(name string) string {
	r := []rune(name)
	switch len(r) {
	case 0:
		return ""
	case 1, 2:
		return string(r[0]) + "*"
	}
	return string(r[0]) + strings.Repeat("*", len(r)-2) + string(r[len(r)-1])
}

const (
	doorAlphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ" // 32, none like another
	doorLength   = 10
)

// NewDoor returns a fresh random code for a door card.
func NewDoor() string {
	var b [doorLength]byte
	_, _ = rand.Read(b[:]) // never fails
	for i := range b {
		b[i] = doorAlphabet[b[i]%byte(len(doorAlphabet))]
	}
	return string(b[:])
}

// FoldDoor brings a code as typed into the form it is stored in.
func FoldDoor(typed string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r == ' ' || r == '-':
			return -1
		}
		return r
	}, strings.TrimSpace(typed))
}

const householdColumns = `h.id, h.unit_id, h.ref, h.door, h.address, h.head, h.size, h.phone IS NOT NULL, h.state, h.version, h.roster_key`

func scanHousehold(row scanner) (Household, error) {
	var h Household
	var state string
	err := row.Scan(&h.ID, &h.UnitID, &h.Ref, &h.Door, &h.Address, &h.Head, &h.Size, &h.HasPhone, &state, &h.Version, &h.RosterKey)
	h.Left = state != stateActive
	return h, err
}

func householdsWhere(ctx context.Context, q sqldb.Querier, where string, args ...any) ([]Household, error) {
	var out []Household
	err := each(ctx, q, func(rows *sql.Rows) error {
		h, err := scanHousehold(rows)
		out = append(out, h)
		return err
	}, `SELECT `+householdColumns+` FROM household h `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("network: read households: %w", err)
	}
	return out, nil
}

func householdWhere(ctx context.Context, q sqldb.Querier, where string, arg any) (Household, error) {
	h, err := scanHousehold(q.QueryRowContext(ctx, `SELECT `+householdColumns+` FROM household h WHERE `+where, arg))
	if errors.Is(err, sql.ErrNoRows) {
		return h, errs.E(errs.NotFound, "network.no_household")
	}
	return h, err
}

// maskFor hides the names the actor has no task with.
func (s *Service) maskFor(actor auth.Actor, rows []Household) {
	for i := range rows {
		if s.policy.Can(actor, ActNames, auth.Object{UnitID: rows[i].UnitID}) != nil {
			rows[i].Head = MaskName(rows[i].Head)
		}
	}
}

// HouseholdsOf lists the active households directly in a unit, in the order
// they were entered. cursor is "" or what the page before returned; the cursor
// returned is "" at the end.
func (s *Service) HouseholdsOf(ctx context.Context, actor auth.Actor, unitID, cursor string, limit int) ([]Household, string, error) {
	if err := s.policy.Can(actor, ActHouseholds, auth.Object{UnitID: unitID}); err != nil {
		return nil, "", err
	}
	rows, err := householdsWhere(ctx, s.db.Reader(),
		`WHERE h.unit_id = $1 AND h.state = 'active' AND h.id > $2 ORDER BY h.id LIMIT $3`, unitID, cursor, limit+1)
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(rows) > limit {
		rows, next = rows[:limit], rows[limit-1].ID
	}
	s.maskFor(actor, rows)
	return rows, next, nil
}

// Household returns one household.
func (s *Service) Household(ctx context.Context, actor auth.Actor, id string) (Household, error) {
	return s.HouseholdIn(ctx, s.db.Reader(), actor, id)
}

// HouseholdIn is Household as part of a command.
func (s *Service) HouseholdIn(ctx context.Context, q sqldb.Querier, actor auth.Actor, id string) (Household, error) {
	h, err := householdWhere(ctx, q, `h.id = $1`, id)
	if err != nil {
		return h, err
	}
	if err := s.policy.Can(actor, ActHouseholds, auth.Object{UnitID: h.UnitID}); err != nil {
		return Household{}, err
	}
	rows := []Household{h}
	s.maskFor(actor, rows)
	return rows[0], nil
}

// Home is where a household is and whom to ask for.
type Home struct{ Address, Head string }

// HomesOf names households, for a slice that has checked whom it tells.
func (s *Service) HomesOf(ctx context.Context, q sqldb.Querier, ids []string) (map[string]Home, error) {
	out := map[string]Home{}
	if len(ids) == 0 {
		return out, nil
	}
	var args []any
	err := each(ctx, q, func(rows *sql.Rows) error {
		var id string
		var h Home
		err := rows.Scan(&id, &h.Address, &h.Head)
		out[id] = h
		return err
	}, `SELECT id, address, head FROM household WHERE id IN (`+list(&args, ids)+`)`, args...)
	return out, err
}

// DoorOf says to which household and unit a door card's code leads. It is
// public, and gives nothing that is on nobody's door.
func (s *Service) DoorOf(ctx context.Context, door string) (householdID string, unit *Unit, err error) {
	h, err := householdWhere(ctx, s.db.Reader(), `h.door = $1`, FoldDoor(door))
	if err != nil || h.Left {
		return "", nil, errs.Wrap(err, errs.KindOf(orNotFound(err)), "network.no_door")
	}
	t := s.Tree()
	return h.ID, t.Current(t.ByID(h.UnitID)), nil
}

// HouseholdByDoor returns the unit a door card's code leads to, never the household.
func (s *Service) HouseholdByDoor(ctx context.Context, door string) (*Unit, error) {
	_, u, err := s.DoorOf(ctx, door)
	return u, err
}

func orNotFound(err error) error {
	if err == nil {
		return errs.E(errs.NotFound, "network.no_household")
	}
	return err
}

// holeHouseholds reads a page of households in units, in the order of the
// units' codes, from behind (code, id) on.
func holeHouseholds(ctx context.Context, q sqldb.Querier, units []string, claimed bool, code, id string, limit int) ([]Household, error) {
	if len(units) == 0 {
		return nil, nil
	}
	args := []any{code, id, limit}
	where := `JOIN unit u ON u.id = h.unit_id
		WHERE (u.code, h.id) > ($1, $2) AND h.state = 'active' AND h.unit_id IN (` + list(&args, units) + `)`
	if claimed {
		where += ` AND EXISTS (SELECT 1 FROM household_claim c WHERE c.household_id = h.id)`
	}
	return householdsWhere(ctx, q, where+` ORDER BY u.code, h.id LIMIT $3`, args...)
}

// claimsOf returns, by household, the other units that claim it.
func claimsOf(ctx context.Context, q sqldb.Querier, households []Household) (map[string][]string, error) {
	claims := map[string][]string{}
	if len(households) == 0 {
		return claims, nil
	}
	ids := make([]string, len(households))
	for i, h := range households {
		ids[i] = h.ID
	}
	var args []any
	err := each(ctx, q, func(rows *sql.Rows) error {
		var household, unit string
		err := rows.Scan(&household, &unit)
		claims[household] = append(claims[household], unit)
		return err
	}, `SELECT household_id, unit_id FROM household_claim WHERE household_id IN (`+list(&args, ids)+`) ORDER BY id`, args...)
	return claims, err
}

// list appends values to a statement's arguments and returns their placeholders.
func list(args *[]any, values []string) string {
	var b strings.Builder
	for i, v := range values {
		if i > 0 {
			b.WriteByte(',')
		}
		*args = append(*args, v)
		fmt.Fprintf(&b, "$%d", len(*args))
	}
	return b.String()
}
