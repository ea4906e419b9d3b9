package volunteer

import (
	"context"
	"time"

	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

// Twin is an earlier report-in of the same name and number in the same village.
type Twin struct {
	ID    string
	Since time.Time
	Acts  bool // it stands; otherwise it waits too
}

// since is the day from which a report-in is known.
func (v *Volunteer) since() string { return v.ReportedAt.In(workday.City).Format(time.DateOnly) }

// markTwins notes which of those that wait are reported in, or wait, already.
func markTwins(ctx context.Context, q sqldb.Querier, list []*Volunteer) error {
	var indexes, villages []string
	for _, v := range list {
		if v.State == Pending && v.phoneIndex != "" {
			indexes, villages = append(indexes, v.phoneIndex), append(villages, v.VillageID)
		}
	}
	if len(indexes) == 0 {
		return nil
	}
	w := sqldb.Where{}
	w.Add(`v.state IN ('active', 'pending')`)
	w.In("v.village_id", villages)
	w.In("v.phone_index", indexes)
	same, err := sqldb.Collect(ctx, q, scan, selected+w.Text()+` ORDER BY v.reported_at, v.id`, w.Args...)
	for _, v := range list {
		for i := range same {
			if v.follows(&same[i]) && (v.Twin == nil || same[i].State == Active && !v.Twin.Acts) {
				v.Twin = &Twin{same[i].ID, same[i].ReportedAt, same[i].State == Active}
			}
		}
	}
	return err
}

// follows reports whether a report-in that waits says again what another says.
func (v *Volunteer) follows(first *Volunteer) bool {
	if v.State != Pending || v.ID == first.ID || v.Name != first.Name || v.phoneIndex != first.phoneIndex || v.VillageID != first.VillageID {
		return false
	}
	return first.State == Active || first.ReportedAt.Before(v.ReportedAt) || first.ReportedAt.Equal(v.ReportedAt) && first.ID < v.ID
}
