package alert_test

import (
	"testing"

	"bilin/internal/auth"
	"bilin/internal/cap"
	"bilin/internal/errs"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/alert"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// Only a real order that goes out uses an alert up: not a drill, not one that
// waits or is refused, and nobody's who may not see it.
func TestWhatUsesAnAlertUp(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		actual := w.take(w.alertOf("1", nil))
		exercise := w.take(w.alertOf("2", func(m *cap.Alert) { m.Status = cap.Exercise }))
		for name, who := range map[string]auth.Actor{"another town": actor(auth.TownOfficial, w.other), "its village": actor(auth.VillageOfficial, w.village)} {
			if err := w.use(who, mobilise.AlertUse{ID: actual.ID, Proposed: true, Issued: true}); err == nil {
				t.Errorf("%s makes an order of it", name)
			}
		}
		err := w.use(w.command(), mobilise.AlertUse{ID: exercise.ID, Proposed: true, Issued: true})
		if e := errs.As(err); e.Kind != errs.Invalid || len(e.Fields) != 1 || e.Fields[0].Name != "kind" || e.Fields[0].Code != "alert.only_drill" {
			t.Errorf("a real order of an exercise: %v", err)
		}
		ok(t, w.use(w.command(), mobilise.AlertUse{ID: exercise.ID, Drill: true, Proposed: true, Issued: true}))
		ok(t, w.use(w.command(), mobilise.AlertUse{ID: actual.ID, Drill: true, Proposed: true, Issued: true}))
		ok(t, w.use(actor(auth.TownOfficial, w.town), mobilise.AlertUse{ID: actual.ID, Proposed: true}))
		for name, id := range map[string]string{"actual": actual.ID, "exercise": exercise.ID} {
			if got := w.state(id); got != alert.Fresh {
				t.Errorf("%s, after drills and a proposal: %s", name, got)
			}
		}
		ok(t, w.use(actor(auth.TownOfficial, w.other), mobilise.AlertUse{ID: actual.ID, Issued: true})) // who approves needn't see it
		if got := w.state(actual.ID); got != alert.Used {
			t.Errorf("a real order that went out: %s", got)
		}
	})
}
