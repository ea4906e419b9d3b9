// Package find leads from what people know of a place, its address, a name or a code, to the unit that serves it.
//
// Units are found in memory. Addresses are found through two tables: place
// holds what each cell's places are called, place_gram the pairs of characters
// of those names. Both are kept in the transactions that change households.
package find

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"bilin/internal/address"
	"bilin/internal/i18n"
	"bilin/internal/sqldb"
)

//go:embed messages.json
var rawMessages []byte

// Messages are this package's words.
var Messages = i18n.MustParse(rawMessages)

// Place is a named place in a unit: how many of the unit's households are
// there, and between which house numbers.
type Place struct {
	UnitID     string
	Stem       string
	Households int
	Low, High  int // 0 where no household has a number
}

// Index keeps the tables. It may be used by several goroutines.
type Index struct {
	mu    sync.Mutex
	known map[string]struct{} // stems whose grams are stored for certain
}

// NewIndex returns an Index.
func NewIndex() *Index { return &Index{known: map[string]struct{}{}} }

// The cache of known stems only saves work; a city has some ten thousand.
const maxKnown = 200_000

// Gather counts folded addresses into places, for Add.
type Gather struct {
	at    map[Place]int // by unit and stem
	order []Place
}

// Put adds a household's folded address.
func (g *Gather) Put(unitID, key string) {
	if g.at == nil {
		g.at = map[Place]int{}
	}
	name, number := Place{UnitID: unitID, Stem: address.Stem(key)}, address.Number(key)
	i, ok := g.at[name]
	if !ok {
		i = len(g.order)
		g.at[name] = i
		g.order = append(g.order, name)
	}
	p := &g.order[i]
	p.Households++
	p.Low, p.High = widen(p.Low, p.High, number)
}

func widen(low, high, n int) (int, int) {
	if n == 0 {
		return low, high
	}
	if low == 0 || n < low {
		low = n
	}
	return low, max(high, n)
}

// Places returns what was gathered.
func (g *Gather) Places() []Place { return g.order }

// Add counts new households in. It is part of the command that adds them.
func (x *Index) Add(ctx context.Context, tx *sqldb.Tx, places []Place) error {
	rows := make([][]any, len(places))
	for i, p := range places {
		rows[i] = []any{p.UnitID, p.Stem, p.Households, p.Low, p.High}
	}
	err := sqldb.InsertMany(ctx, tx, "place", []string{"unit_id", "stem", "households", "low", "high"}, rows,
		`ON CONFLICT (unit_id, stem) DO UPDATE SET households = place.households + excluded.households,
		low = CASE WHEN place.low = 0 OR excluded.low > 0 AND excluded.low < place.low THEN excluded.low ELSE place.low END,
		high = CASE WHEN excluded.high > place.high THEN excluded.high ELSE place.high END`)
	if err != nil {
		return fmt.Errorf("find: add places: %w", err)
	}
	return x.addGrams(ctx, tx, places)
}

// addGrams stores the grams of stems not seen before.
func (x *Index) addGrams(ctx context.Context, tx *sqldb.Tx, places []Place) error {
	fresh := x.unknown(places)
	if len(fresh) == 0 {
		return nil
	}
	var rows [][]any
	for _, stem := range fresh {
		for _, gram := range address.Grams(stem) {
			rows = append(rows, []any{gram, stem})
		}
	}
	if err := sqldb.InsertMany(ctx, tx, "place_gram", []string{"gram", "stem"}, rows, "ON CONFLICT (gram, stem) DO NOTHING"); err != nil {
		return fmt.Errorf("find: add grams: %w", err)
	}
	tx.OnCommit(func() { x.remember(fresh) })
	return nil
}

// unknown returns the stems of places that aren't in the cache, each once, in order.
func (x *Index) unknown(places []Place) []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	var stems []string
	for _, p := range places {
		if _, ok := x.known[p.Stem]; !ok && p.Stem != "" {
			stems = append(stems, p.Stem)
		}
	}
	slices.Sort(stems)
	return slices.Compact(stems)
}

func (x *Index) remember(stems []string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, s := range stems {
		if len(x.known) < maxKnown {
			x.known[s] = struct{}{}
		}
	}
}

// Touch derives the places of units anew from their households. Every command
// that moved, changed or removed households of a unit calls it, in its
// transaction. The grams of a stem that is no longer used stay: they lead to
// no place.
func (x *Index) Touch(ctx context.Context, tx *sqldb.Tx, unitIDs []string) error {
	for part := range slices.Chunk(unitIDs, 500) {
		var gather Gather
		if err := eachAddress(ctx, tx, part, gather.Put); err != nil {
			return err
		}
		var args []any
		if _, err := tx.ExecContext(ctx, `DELETE FROM place WHERE unit_id IN (`+list(&args, part)+`)`, args...); err != nil {
			return fmt.Errorf("find: drop places: %w", err)
		}
		if err := x.Add(ctx, tx, gather.Places()); err != nil {
			return err
		}
	}
	return nil
}

// Rebuild derives all places anew, some units to a transaction. It is for
// databases that were filled without Add. progress may be nil.
func (x *Index) Rebuild(ctx context.Context, db *sqldb.DB, progress func(done, total int)) error {
	var units []string
	err := each(ctx, db.Reader(), func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		units = append(units, id)
		return err
	}, `SELECT id FROM unit WHERE households > 0 ORDER BY code`)
	if err != nil {
		return fmt.Errorf("find: read units: %w", err)
	}
	done := 0
	for part := range slices.Chunk(units, 400) {
		if err := db.Write(ctx, func(tx *sqldb.Tx) error { return x.Touch(ctx, tx, part) }); err != nil {
			return err
		}
		if done += len(part); progress != nil {
			progress(done, len(units))
		}
	}
	return nil
}

func eachAddress(ctx context.Context, q sqldb.Querier, unitIDs []string, put func(unitID, key string)) error {
	var args []any
	query := `SELECT unit_id, address_key FROM household WHERE state = 'active' AND unit_id IN (` + list(&args, unitIDs) + `) ORDER BY unit_id, id`
	var unitID, key string
	err := each(ctx, q, func(rows *sql.Rows) error {
		if err := rows.Scan(&unitID, &key); err != nil {
			return err
		}
		put(unitID, key)
		return nil
	}, query, args...)
	if err != nil {
		return fmt.Errorf("find: read addresses: %w", err)
	}
	return nil
}

// each calls fn for every row of a query.
func each(ctx context.Context, q sqldb.Querier, fn func(*sql.Rows) error, query string, args ...any) (err error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := fn(rows); err != nil {
			return err
		}
	}
	return rows.Err()
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
