package outcome

import "testing"

func TestDirection(t *testing.T) {
	x, v := Indicator{ID: "a", Window: 4}, &View{trend: 0.001}
	for want, c := range map[string]Cell{
		"outcome.trend.worse":  {Den: 9, Trend: 1, TrendP: 0.001},
		"outcome.trend.better": {Den: 9, Trend: -1},
		"outcome.trend.level":  {Den: 9, Trend: 1, TrendP: 0.009},
	} {
		if got := v.Direction(x, c); got != want {
			t.Errorf("%v: %s", c, got)
		}
	}
	if got := v.Direction(x, Cell{Hidden: true, Den: 9, Trend: 1}); got != "outcome.trend.level" {
		t.Errorf("a hidden cell says %s", got)
	}
	x.Window = 1
	if got := v.Direction(x, Cell{Den: 9, Trend: 1}); got != "outcome.trend.same" {
		t.Errorf("the same children each quarter: %s", got)
	}
}

// Among thousands of level villages some forty have a trend with p < 0.01; none
// of them is spoken of, and one that is truly there is.
func TestTrendsAreCorrectedForManyLooks(t *testing.T) {
	list := []Indicator{{ID: "a", Window: 4}, {ID: "stock", Window: 1}}
	cells := map[string][]Cell{}
	for i := range 4170 {
		p := (float64(i) + 0.5) / 4170
		cells["a"] = append(cells["a"], Cell{Den: 9, TrendP: p})
		cells["stock"] = append(cells["stock"], Cell{Den: 9})
	}
	if limit := trendLimit(list, cells, 0.05); limit != 0 {
		t.Errorf("level villages: %g", limit)
	}
	cells["a"][7].TrendP = 1e-6
	if limit := trendLimit(list, cells, 0.05); limit != 1e-6 {
		t.Errorf("with one that is there: %g", limit)
	}
	cells["a"][9] = Cell{Hidden: true}
	if limit := trendLimit(list, cells, 0.05); limit != 1e-6 {
		t.Errorf("with a hidden one: %g", limit)
	}
}
