package outcome

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"

	"bilin/internal/errs"
)

// Difference is a cell that isn't what was published.
type Difference struct {
	UnitID, IndicatorID string
	Published, Now      string // JSON; "" where there is none
}

// Verified is what came of reckoning a published period again.
type Verified struct {
	Release *Release
	Cells   int
	Differ  []Difference
	Record  []string // what stands beside the lights and isn't what was signed: published, objections, deliveries
	Altered []string // indicators whose stored values aren't those it was reckoned from
	Signed  bool     // the signature is this city's
	Stored  bool     // the cells stored are those that were signed
}

// Identical reports that nothing differs.
func (v *Verified) Identical() bool {
	return v.Signed && v.Stored && len(v.Differ) == 0 && len(v.Altered) == 0 && len(v.Record) == 0
}

// Verify reckons a published period again from the stored values, and compares
// cell by cell.
func (s *Service) Verify(ctx context.Context, p Period) (*Verified, error) {
	r, err := s.published(ctx, p)
	if err != nil {
		return nil, err
	}
	j, _, err := s.judge(ctx, r)
	if err != nil {
		return nil, err
	}
	now, err := encode(r.Basis, j)
	if err != nil {
		return nil, err
	}
	kept, err := readCells(ctx, s.o.DB.Reader(), p)
	if err != nil {
		return nil, err
	}
	v := &Verified{Release: r, Cells: len(now), Signed: s.o.Signer.Signed(r.statement(), r.Signature) == nil}
	v.compare(kept, now)
	if err := v.recorded(ctx, s); err != nil {
		return nil, err
	}
	marks, err := s.inputs(ctx, r)
	for _, x := range r.Basis.Indicators {
		if marks[x.ID] != r.Basis.Inputs[x.ID] {
			v.Altered = append(v.Altered, x.ID)
		}
	}
	return v, err
}

// published is a release that everybody sees.
func (s *Service) published(ctx context.Context, p Period) (*Release, error) {
	r, err := s.Release(ctx, p)
	if err == nil && r.State != Published {
		err = errs.E(errs.Conflict, "outcome.not_published")
	}
	return r, err
}

// compare finds the cells that differ, are missing, or are too many.
func (v *Verified) compare(kept, now []stored) {
	before := map[[2]string]string{}
	for _, c := range kept {
		before[[2]string{c.unit, c.indicator}] = string(c.json)
	}
	inOrder := make([]stored, 0, len(now))
	for _, c := range now {
		key := [2]string{c.unit, c.indicator}
		was := before[key]
		inOrder = append(inOrder, stored{c.unit, c.indicator, []byte(was)})
		if was != string(c.json) {
			v.Differ = append(v.Differ, Difference{c.unit, c.indicator, was, string(c.json)})
		}
		delete(before, key)
	}
	for key, was := range before {
		v.Differ = append(v.Differ, Difference{key[0], key[1], was, ""})
	}
	slices.SortFunc(v.Differ, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(a.IndicatorID, b.IndicatorID), cmp.Compare(a.UnitID, b.UnitID))
	})
	v.Stored = len(before) == 0 && digestOf(inOrder) == v.Release.Digest
}

// inputs marks the true values that a release rests on, by indicator: another
// value, or another order, is another mark.
func (s *Service) inputs(ctx context.Context, r *Release) (map[string]string, error) {
	sums := make(map[string]hash.Hash, len(r.Basis.Indicators))
	for _, x := range r.Basis.Indicators {
		sums[x.ID] = sha256.New()
	}
	rows, err := s.o.DB.Reader().QueryContext(ctx, `SELECT indicator_id, period, unit_id, version, num, den, seq, turns FROM outcome_value
		WHERE period BETWEEN $1 AND $2 AND seq <= $3 ORDER BY indicator_id, period, unit_id, version`, int(r.Period-TrendQuarters+1), int(r.Period), r.AsOf)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var indicator, unit string
		var n [6]int64
		if err := rows.Scan(&indicator, &n[0], &unit, &n[1], &n[2], &n[3], &n[4], &n[5]); err != nil {
			return nil, err
		}
		if sum := sums[indicator]; sum != nil {
			fmt.Fprintln(sum, unit, n)
		}
	}
	marks := make(map[string]string, len(sums))
	for id, sum := range sums {
		marks[id] = s.o.Seal.Index("outcome-inputs", hex.EncodeToString(sum.Sum(nil)))
	}
	return marks, rows.Err()
}
