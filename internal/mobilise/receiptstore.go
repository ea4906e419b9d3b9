package mobilise

import (
	"context"
	"database/sql"
	"strings"

	"bilin/internal/network"
	"bilin/internal/sqldb"
)

const receiptColumns = `order_id, n, person_id, unit_id, village_id, role, team_id, standing, told, told_by, fresh_by, refused_by, tried, due,
	handed_at, delivered_at, seen_at, answered_at, arrived_at, released_at, knock_at, reason, way, entered_by`

var receiptCols = strings.Split(strings.Join(strings.Fields(receiptColumns), ""), ",")

// ReadReceipts returns the receipts of a condition on call_receipt.
func ReadReceipts(ctx context.Context, q sqldb.Querier, where string, args ...any) ([]Receipt, error) {
	return sqldb.Collect(ctx, q, scanReceipt, `SELECT `+receiptColumns+` FROM call_receipt WHERE `+where, args...)
}

func scanReceipt(rows *sql.Rows, r *Receipt) error {
	return rows.Scan(&r.OrderID, &r.N, &r.PersonID, &r.UnitID, &r.VillageID, &r.Role, &r.TeamID, &r.Standing, &r.Told, &r.ToldBy, &r.Fresh, &r.Refused, &r.Tried, &r.Due,
		&r.HandedAt, &r.DeliveredAt, &r.SeenAt, &r.AnsweredAt, &r.ArrivedAt, &r.ReleasedAt, &r.KnockAt, &r.Reason, &r.Way, &r.EnteredBy)
}

// onReceipt has a row that is there replaced in all that rules change.
var onReceipt = func() string {
	var sets []string
	for _, c := range receiptCols[7:] {
		sets = append(sets, c+" = excluded."+c)
	}
	return "ON CONFLICT (order_id, n) DO UPDATE SET " + strings.Join(sets, ", ")
}()

// SaveReceipts writes receipts that were changed.
func SaveReceipts(ctx context.Context, tx *sqldb.Tx, list []Receipt) error {
	rows := make([][]any, len(list))
	for i := range list {
		r := &list[i]
		rows[i] = []any{r.OrderID, r.N, r.PersonID, r.UnitID, r.VillageID, r.Role, r.TeamID, int(r.Standing), r.Told, int(r.ToldBy), int(r.Fresh), int(r.Refused), r.Tried, r.Due,
			r.HandedAt, r.DeliveredAt, r.SeenAt, r.AnsweredAt, r.ArrivedAt, r.ReleasedAt, r.KnockAt, string(r.Reason), string(r.Way), r.EnteredBy}
	}
	return sqldb.InsertMany(ctx, tx, "call_receipt", receiptCols, rows, onReceipt)
}

// insertReceipts writes one for each person called, due at once. What a new
// receipt doesn't have yet is left to the columns' defaults.
func insertReceipts(ctx context.Context, tx *sqldb.Tx, tree *network.Tree, o *Order, list []Called) error {
	rows, due := make([][]any, len(list)), sqldb.Millis(o.IssuedAt)
	for i, c := range list {
		rows[i] = []any{o.ID, i + 1, c.PersonID, c.UnitID, villageOf(tree, tree.ByID(c.UnitID)), c.Role, c.TeamID, due}
	}
	return sqldb.InsertMany(ctx, tx, "call_receipt", []string{"order_id", "n", "person_id", "unit_id", "village_id", "role", "team_id", "due"}, rows, "")
}

// Tally counts an order's people, in one pass over them.
func (s *Service) Tally(ctx context.Context, orderID string) (Tally, error) {
	t := Tally{Villages: map[string]*VillageTally{}, At: s.o.Now()}
	type row struct {
		village       string
		standing      Standing
		knock, people int
	}
	rows, err := sqldb.Collect(ctx, s.o.DB.Reader(), func(r *sql.Rows, x *row) error {
		return r.Scan(&x.village, &x.standing, &x.knock, &x.people)
	}, `SELECT village_id, standing, CASE WHEN knock_at > 0 AND standing < $1 AND way = '' THEN 1 ELSE 0 END AS knock, count(*)
		FROM call_receipt WHERE order_id = $2 GROUP BY village_id, standing, knock`, int(Cant), orderID)
	for _, x := range rows {
		v := t.Villages[x.village]
		if v == nil {
			v = &VillageTally{}
			t.Villages[x.village] = v
		}
		t.add(v, x.standing, x.knock == 1, x.people)
	}
	return t, err
}

func (t *Tally) add(v *VillageTally, s Standing, knock bool, n int) {
	t.People += n
	v.People += n
	t.By[s] += n
	if s >= Delivered {
		t.Reached += n
		v.Reached += n
	}
	if s >= Cant {
		t.Answered += n
		v.Answered += n
	}
	switch s {
	case Coming:
		v.Coming += n
	case Arrived, Released:
		v.Arrived += n
	case Queued, Handed, Delivered, Seen, Cant:
	}
	if knock {
		t.Knock += n
		v.Knock += n
	}
}
