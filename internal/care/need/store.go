package need

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

func readRev(ctx context.Context, q sqldb.Querier) (rev int64, err error) {
	err = q.QueryRowContext(ctx, `SELECT rev FROM care_rev WHERE id = 1`).Scan(&rev)
	return rev, err
}

// nextRev numbers a change. The row serialises commands on the catalogue.
func nextRev(ctx context.Context, tx *sqldb.Tx) error {
	_, err := tx.ExecContext(ctx, `UPDATE care_rev SET rev = rev + 1 WHERE id = 1`)
	return err
}

// seed writes the built-in needs into an empty table. Two replicas that do so at
// once write the same rows.
func seed(ctx context.Context, db *sqldb.DB) error {
	var n int
	if err := db.Reader().QueryRowContext(ctx, `SELECT count(*) FROM care_need`).Scan(&n); err != nil || n > 0 {
		return err
	}
	return db.Write(ctx, func(tx *sqldb.Tx) error {
		for i, n := range Default() {
			n.Version = 1
			if err := put(ctx, tx, n, i); err != nil {
				return err
			}
		}
		return nextRev(ctx, tx)
	})
}

// put writes a need; one that there is keeps its place.
func put(ctx context.Context, tx *sqldb.Tx, n Need, sort int) error {
	content, err := json.Marshal(n)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO care_need (code, sort, content, off, version, off_on, off_why) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (code) DO UPDATE SET content = excluded.content, off = excluded.off, version = excluded.version,
		off_on = excluded.off_on, off_why = excluded.off_why`, n.Code, sort, string(content), sqldb.Flag(n.Off), n.Version, n.OffOn, n.OffWhy)
	return err
}

func readCatalog(ctx context.Context, q sqldb.Querier) (*Catalog, error) {
	list, err := sqldb.Collect(ctx, q, func(r *sql.Rows, n *Need) error {
		var content string
		var off, version int
		if err := r.Scan(&content, &off, &version, &n.OffOn, &n.OffWhy); err != nil {
			return err
		}
		err := json.Unmarshal([]byte(content), n)
		n.Off, n.Version = off == 1, version
		return err
	}, `SELECT content, off, version, off_on, off_why FROM care_need ORDER BY sort, code`)
	if err != nil {
		return nil, fmt.Errorf("need: read the catalogue: %w", err)
	}
	return newCatalog(list), nil
}

const proposalColumns = `id, is_new, content, state, proposed_by, proposer, at, approvals, notice_to, decided_at, reason, version, off, why`

func proposals(ctx context.Context, q sqldb.Querier, where string, args ...any) ([]Proposal, error) {
	return sqldb.Collect(ctx, q, func(r *sql.Rows, p *Proposal) error {
		var content, approvals string
		var at, decided, off int64
		err := r.Scan(&p.ID, &p.New, &content, &p.State, &p.ProposedBy, &p.Proposer, &at, &approvals, &p.NoticeTo, &decided, &p.Reason, &p.Version, &off, &p.Why)
		if err != nil {
			return err
		}
		p.At, p.Off = sqldb.Time(at), off == 1
		if decided != 0 {
			p.DecidedAt = sqldb.Time(decided)
		}
		if err := json.Unmarshal([]byte(content), &p.Need); err != nil {
			return err
		}
		return json.Unmarshal([]byte(approvals), &p.Approvals)
	}, `SELECT `+proposalColumns+` FROM care_proposal WHERE `+where, args...)
}

func proposal(ctx context.Context, q sqldb.Querier, id string) (*Proposal, error) {
	found, err := proposals(ctx, q, `id = $1`, id)
	if err == nil && len(found) == 0 {
		err = errs.E(errs.NotFound, "need.no_proposal")
	}
	if err != nil {
		return nil, err
	}
	return &found[0], nil
}

// store writes a proposal as it is now.
func (p *Proposal) store(ctx context.Context, tx *sqldb.Tx) error {
	content, err := json.Marshal(p.Need)
	if err != nil {
		return err
	}
	if p.Approvals == nil {
		p.Approvals = []Approval{}
	}
	approvals, err := json.Marshal(p.Approvals)
	if err != nil {
		return err
	}
	decided := int64(0)
	if !p.DecidedAt.IsZero() {
		decided = sqldb.Millis(p.DecidedAt)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO care_proposal (code, `+proposalColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
		ON CONFLICT (id) DO UPDATE SET state = excluded.state, approvals = excluded.approvals, notice_to = excluded.notice_to,
		decided_at = excluded.decided_at, reason = excluded.reason, version = excluded.version`,
		p.Need.Code, p.ID, sqldb.Flag(p.New), string(content), string(p.State), p.ProposedBy, p.Proposer, sqldb.Millis(p.At), string(approvals), p.NoticeTo, decided, p.Reason, p.Version, sqldb.Flag(p.Off), p.Why)
	return err
}
