package outcome

import (
	"context"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// ResidentFigure is what residents of one village said of the demands that were
// first said to be resolved in a quarter. There are no other figures of demands
// here, and none of what anybody did about them.
type ResidentFigure struct {
	UnitID    string
	Resolved  int // said to be resolved by whoever handled it
	Confirmed int // of Resolved: confirmed by whoever raised it
	Reopened  int // of Resolved: re-opened by whoever raised it
	Prompt    int // of Confirmed: first said to be resolved within PromptDays of asking
}

// of is a figure as a source's indicator counts it.
func (f ResidentFigure) of(source Source) (num, den int) {
	switch source {
	case Confirmed:
		return f.Confirmed, f.Resolved
	case Reopened:
		return f.Reopened, f.Resolved
	case Prompt:
		return f.Prompt, f.Confirmed
	case Feed:
	}
	return 0, 0
}

// TakeResidents stores what residents said of a quarter, all of it or nothing.
// It is the system's alone: nobody hands such figures in.
func (s *Service) TakeResidents(ctx context.Context, p Period, figures []ResidentFigure) error {
	system, catalog := auth.System("residents"), s.Catalog()
	var deliveries []Delivery
	for _, source := range []Source{Confirmed, Reopened, Prompt} {
		x, known := catalog.ByID(catalog.from(source))
		if !known || x.Retired {
			continue
		}
		d := Delivery{Indicator: x.Code, Way: Demand, Name: p.String()}
		for _, f := range figures {
			if f.Confirmed > f.Resolved || f.Reopened > f.Resolved || f.Prompt > f.Confirmed {
				return errs.E(errs.Invalid, "outcome.more_than_all")
			}
			num, den := f.of(source)
			d.Rows = append(d.Rows, Row{f.UnitID, p, num, den})
		}
		if err := s.checkRows(x, d.Rows); err != nil {
			return err
		}
		d.SHA256 = digest(d.Rows)
		deliveries = append(deliveries, d)
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		for _, d := range deliveries {
			x, err := catalog.Find(d.Indicator)
			if err != nil {
				return err
			}
			if _, err := s.take(ctx, tx, system, x, d); err != nil {
				return err
			}
		}
		return nil
	})
}
