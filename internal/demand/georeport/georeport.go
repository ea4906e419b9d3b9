// Package georeport shows of each demand what everybody may know: what sort of matter, where roughly, and whether it is done.
//
// It is what the open interface (Open311 GeoReport v2) publishes. Nobody must be
// recognised in it: places are coarse, times are to the hour, and words appear
// only if they are on the public board.
package georeport

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"bilin/internal/demand"
	"bilin/internal/demand/catalog"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

// Words returns what the public board shows of demands, by their ids.
type Words interface {
	Published(ctx context.Context, demandIDs []string) (map[string]Published, error)
}

// Published is a demand as the public board shows it: without what gives anybody away.
type Published struct{ Question, Answer, Place string }

// Report is one demand as everybody may see it.
type Report struct {
	Number   string
	Category catalog.Category // the zero value: nobody has said yet
	Open     bool
	State    demand.State
	Raised   time.Time     // to the hour
	Changed  time.Time     // to the hour
	Unit     *network.Unit // the village, or the town where no more is known; nil with words: their place is the board's
	Lon, Lat float64       // to about 500 m; both 0: no point, or none that may be shown
	Published
}

// Filter narrows what is listed. Zero fields don't.
type Filter struct {
	Numbers    []string
	Categories []string // ids
	Open       bool     // with Closed false: only open ones
	Closed     bool
	From, To   time.Time // of raising, both hours included
	Limit      int
}

// Options are what a Service needs.
type Options struct {
	DB      *sqldb.DB
	Tree    func() *network.Tree
	Catalog func() *catalog.Catalog
	Words   Words // nil: no words are shown
}

// Service reads what everybody may know.
type Service struct{ opt Options }

// New returns the service.
func New(opt Options) *Service { return &Service{opt} }

// MaxLimit is how many reports come at once.
const MaxLimit = 1000

// List returns reports, the latest first. Confined demands are never among them,
// nor is help for a household, nor what only follows another.
func (s *Service) List(ctx context.Context, f Filter) ([]Report, error) {
	where := f.where()
	query := `SELECT id, number, kind, category_id, state, stage, raised_at, state_since, village_id, town_id, lon, lat FROM demand
		WHERE ` + where.Text() + ` ORDER BY raised_at DESC, id DESC LIMIT ` +
		strconv.Itoa(min(max(f.Limit, 1), MaxLimit))
	rows, err := s.opt.DB.Reader().QueryContext(ctx, query, where.Args...)
	if err != nil {
		return nil, fmt.Errorf("georeport: list: %w", err)
	}
	defer rows.Close()
	var list []Report
	var ids []string
	for rows.Next() {
		id, r, err := s.scan(rows)
		if err != nil {
			return nil, fmt.Errorf("georeport: list: %w", err)
		}
		list, ids = append(list, r), append(ids, id)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("georeport: list: %w", err)
	}
	return list, s.addWords(ctx, list, ids)
}

// Get returns one report. A confined demand isn't told from one that doesn't exist.
func (s *Service) Get(ctx context.Context, number string) (Report, error) {
	none := errs.E(errs.NotFound, "demand.none")
	number, err := demand.ParseNumber(number)
	if err != nil {
		return Report{}, none
	}
	list, err := s.List(ctx, Filter{Numbers: []string{number}, Limit: 1})
	switch {
	case err != nil:
		return Report{}, err
	case len(list) == 0:
		return Report{}, none
	}
	return list[0], nil
}

// where is the filter in SQL; it begins with AND. Times count to the hour, as
// they are shown: nothing finer can be asked for.
func (f Filter) where() *sqldb.Where {
	var w sqldb.Where
	w.Add("confined = 0 AND kind <> 'help' AND stage < 3")
	if len(f.Numbers) > 0 {
		w.In("number", f.Numbers)
	}
	if len(f.Categories) > 0 {
		w.In("category_id", f.Categories)
	}
	switch {
	case f.Open && !f.Closed:
		w.Add("stage < ?", int(demand.Closed))
	case f.Closed && !f.Open:
		w.Add("stage = ?", int(demand.Closed))
	}
	if !f.From.IsZero() {
		from := f.From.Truncate(time.Hour)
		w.Add("raised_at >= ?", sqldb.Millis(from))
		w.Add("day >= ?", from.In(workday.City).Format(time.DateOnly))
	}
	if !f.To.IsZero() {
		w.Add("raised_at < ?", sqldb.Millis(f.To.Truncate(time.Hour).Add(time.Hour)))
	}
	return &w
}

func (s *Service) scan(row interface{ Scan(...any) error }) (id string, r Report, err error) {
	var kind demand.Kind
	var category, village, town string
	var stage demand.Stage
	var raised, changed int64
	var lon, lat *float64
	if err := row.Scan(&id, &r.Number, &kind, &category, &r.State, &stage, &raised, &changed, &village, &town, &lon, &lat); err != nil {
		return "", r, err
	}
	r.Category, _ = s.opt.Catalog().Category(category)
	r.Open = stage < demand.Closed
	r.Raised, r.Changed = sqldb.Time(raised).Truncate(time.Hour), sqldb.Time(changed).Truncate(time.Hour)
	r.Unit = s.opt.Tree().ByID(cmp.Or(village, town))
	if kind == demand.Report && lon != nil && lat != nil { // others are somebody's, who may live there
		r.Lon, r.Lat = coarse(*lon, *lat)
	}
	return id, r, nil
}

// day is the beginning of a moment's day in the city.
func day(at time.Time) time.Time {
	y, m, d := at.In(workday.City).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, workday.City)
}

// grid is the side of the squares that places are moved to the middle of, in
// degrees of latitude: about 500 m.
const grid = 0.0045

// coarse moves a point to the middle of its square.
func coarse(lon, lat float64) (float64, float64) {
	middle := func(v, side float64) float64 { return math.Round((math.Floor(v/side)+0.5)*side*1e4) / 1e4 }
	lat = middle(lat, grid)
	return middle(lon, grid/math.Max(0.1, math.Cos(lat*math.Pi/180))), lat
}

func (s *Service) addWords(ctx context.Context, list []Report, ids []string) error {
	if s.opt.Words == nil || len(ids) == 0 {
		return nil
	}
	words, err := s.opt.Words.Published(ctx, ids)
	for i, id := range ids {
		p, ok := words[id]
		if !ok {
			continue
		}
		// Who reads the words learns no more of the place than the board tells, and only the days.
		r := &list[i]
		r.Published, r.Unit, r.Lon, r.Lat = p, nil, 0, 0
		r.Raised, r.Changed = day(r.Raised), day(r.Changed)
	}
	return err
}
