package georeport_test

import (
	"context"
	"math"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demand/catalog"
	"bilin/internal/demand/demandtest"
	"bilin/internal/demand/georeport"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// shown is a public board that shows some demands.
type shown map[string]georeport.Published

// Published implements georeport.Words.
func (s shown) Published(context.Context, []string) (map[string]georeport.Published, error) {
	return s, nil
}

func setup(t *testing.T, db *sqldb.DB) (*demandtest.City, *georeport.Service, shown) {
	c, words := demandtest.New(t, db), shown{}
	return c, georeport.New(georeport.Options{DB: db, Tree: c.Net.Tree, Words: words,
		Catalog: func() *catalog.Catalog { return c.Demand.Terms().Catalog }}), words
}

func raise(t *testing.T, c *demandtest.City, r demand.Raise) demand.Receipt {
	t.Helper()
	r.UnitCode = demandtest.CellCode
	receipt, err := c.Demand.Raise(t.Context(), auth.Actor{}, r)
	if err != nil {
		t.Fatal(err)
	}
	return receipt
}

func TestWhatEverybodyMayKnow(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c, s, words := setup(t, db)
		lon, lat := 112.55461, 28.27771
		open := raise(t, c, demand.Raise{Kind: demand.Report, Text: "桥头路灯不亮", Lon: lon, Lat: lat})
		asked := raise(t, c, demand.Raise{Kind: demand.Question, Text: "问一件事", Lon: lon, Lat: lat})
		raise(t, c, demand.Raise{Kind: demand.Help, Text: "家里有难处"})
		raise(t, c, demand.Raise{Kind: demand.Report, Text: "私事", Private: true})
		raise(t, c, demand.Raise{Kind: demand.Complaint, Text: "投诉邻长"})
		told := raise(t, c, demand.Raise{Kind: demand.Report, Text: "井盖松了", Lon: lon, Lat: lat})
		words[told.ID] = georeport.Published{Question: "井盖", Answer: "换了", Place: "城郊街道"}

		list, err := s.List(t.Context(), georeport.Filter{Limit: 10})
		if err != nil || len(list) != 3 {
			t.Fatalf("%+v %v", list, err)
		}
		byNumber := map[string]georeport.Report{}
		for _, r := range list {
			byNumber[r.Number] = r
		}
		r := byNumber[open.Number]
		if !r.Open || r.Unit.Code != demandtest.VillageCode || r.Question != "" || r.Raised.Minute() != 0 || !r.Raised.Equal(c.Clock.Now().Truncate(time.Hour)) {
			t.Errorf("%+v", r)
		}
		if off := math.Hypot((r.Lon-lon)*math.Cos(lat*math.Pi/180), r.Lat-lat) * 111195; off > 400 || r.Lon == lon || r.Lat == lat {
			t.Errorf("%v,%v is %.0f m away", r.Lon, r.Lat, off)
		}
		if r := byNumber[asked.Number]; r.Lon != 0 || r.Lat != 0 {
			t.Errorf("a question's place is somebody's: %+v", r)
		}
		r = byNumber[told.Number]
		if r.Question != "井盖" || r.Unit != nil || r.Lon != 0 || r.Place != "城郊街道" || r.Raised.Format("15:04") != "00:00" {
			t.Errorf("with words: %+v", r)
		}
	})
}

// Points of one square are shown as one point, so that asking often tells no more.
func TestPointsOfOneSquareAreOne(t *testing.T) {
	c, s, _ := setup(t, sqldbtest.Open(t, sqldb.SQLite))
	for _, p := range [][2]float64{{112.5541, 28.2771}, {112.5545, 28.2775}, {112.5543, 28.2772}} {
		raise(t, c, demand.Raise{Kind: demand.Report, Text: "路灯", Lon: p[0], Lat: p[1]})
	}
	list, err := s.List(t.Context(), georeport.Filter{Limit: 10})
	if err != nil || len(list) != 3 || list[0].Lon != list[1].Lon || list[1].Lat != list[2].Lat || list[0].Lat != list[1].Lat {
		t.Errorf("%+v %v", list, err)
	}
}

func TestFilters(t *testing.T) {
	c, s, _ := setup(t, sqldbtest.Open(t, sqldb.SQLite))
	cat := c.Demand.Terms().Catalog.Roots()[0]
	first := raise(t, c, demand.Raise{Kind: demand.Report, Text: "一", Category: cat.Code})
	at := c.Clock.Now()
	c.Clock.Add(48 * time.Hour)
	raise(t, c, demand.Raise{Kind: demand.Report, Text: "二"})
	for i, f := range []struct {
		georeport.Filter
		want int
	}{
		{georeport.Filter{}, 1}, {georeport.Filter{Limit: 5}, 2}, {georeport.Filter{Limit: 5, Open: true}, 2}, {georeport.Filter{Limit: 5, Closed: true}, 0},
		{georeport.Filter{Limit: 5, Open: true, Closed: true}, 2}, {georeport.Filter{Limit: 5, Categories: []string{cat.ID}}, 1},
		{georeport.Filter{Limit: 5, Numbers: []string{first.Number}}, 1}, {georeport.Filter{Limit: 5, To: at}, 1},
		{georeport.Filter{Limit: 5, From: at}, 2}, {georeport.Filter{Limit: 5, From: at.Add(time.Hour)}, 1},
		{georeport.Filter{Limit: 5, From: at.Add(time.Minute)}, 2}, // the hour counts, not the minute
	} {
		if list, err := s.List(t.Context(), f.Filter); err != nil || len(list) != f.want {
			t.Errorf("%d: %d, want %d, %v", i, len(list), f.want, err)
		}
	}
	if r, err := s.Get(t.Context(), demand.Spoken(first.Number)); err != nil || r.Category.ID != cat.ID {
		t.Errorf("%+v %v", r, err)
	}
	for _, number := range []string{"", "x", "260000999"} {
		if _, err := s.Get(t.Context(), number); errs.KindOf(err) != errs.NotFound {
			t.Errorf("%q: %v", number, err)
		}
	}
}
