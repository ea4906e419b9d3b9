package mode_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/live"
	"bilin/internal/mobilise/mode"
	"bilin/internal/network"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// world is a city of two towns, the first with a village.
type world struct {
	*mode.Service
	testing.TB
	now                          time.Time
	root, town, village, another string
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newWorld(t *testing.T, db *sqldb.DB) *world {
	dir := t.TempDir()
	log, err := audit.Open(db, audit.Options{Dir: dir})
	ok(t, err)
	keys, err := seal.Open(dir)
	ok(t, err)
	net, err := network.Open(t.Context(), db, network.Options{Audit: log, Seal: keys})
	ok(t, err)
	w := &world{TB: t, now: time.Date(2026, 12, 1, 2, 0, 0, 0, time.UTC), root: sqldb.NewID(), town: sqldb.NewID(), village: sqldb.NewID(), another: sqldb.NewID()}
	ok(t, net.ImportChunk(t.Context(), auth.System("test"), network.Chunk{Units: []network.NewUnit{
		{ID: w.root, Code: "430182000000", Name: "宁乡市", Level: network.City},
		{ID: w.town, Code: "430182001000", Name: "玉潭街道", ParentID: w.root, Level: network.Town},
		{ID: w.another, Code: "430182002000", Name: "白马桥街道", ParentID: w.root, Level: network.Town},
		{ID: w.village, Code: "430182001001", Name: "花明村", ParentID: w.town, Level: network.Village},
	}}))
	ok(t, net.Refresh(t.Context()))
	w.Service, err = mode.Open(t.Context(), mode.Options{DB: db, Network: net, Policy: auth.NewPolicy(net, mode.Rules), Audit: log, Live: live.NewHub(db, nil), Now: func() time.Time { return w.now }})
	ok(t, err)
	return w
}

func actor(role auth.Role, unitID string) auth.Actor {
	return auth.Actor{AccountID: "a-" + string(role), Name: "某某", Grants: []auth.Grant{{Role: role, UnitID: unitID}}}
}

func (w *world) start(who auth.Actor, key, unitID string, hours int) (string, error) {
	return w.Declare(w.Context(), who, mode.Declare{Key: key, UnitID: unitID, Reason: "冰灾断电", Hours: hours})
}

func TestModeCoversASubtreeAndEnds(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		command := actor(auth.Command, w.root)
		id, err := w.start(command, "k", w.town, 24)
		ok(t, err)
		if again, err := w.start(command, "k", w.town, 24); err != nil || again != id {
			t.Errorf("pressed twice: %s, %v", again, err)
		}
		for unit, want := range map[string]bool{w.town: true, w.village: true, w.another: false, w.root: false} {
			if w.Paused(unit) != want {
				t.Errorf("%s paused: %v", unit, !want)
			}
		}
		if _, err := w.start(command, "l", w.village, 24); errs.CodeOf(err) != "mode.on_already" {
			t.Errorf("a second one below: %v", err)
		}
		if _, err := w.start(command, "m", w.root, 24); err != nil {
			t.Errorf("one above: %v", err)
		}
		if !w.Paused(w.another) || len(w.Active()) != 2 {
			t.Errorf("%d on", len(w.Active()))
		}
		if err := w.End(t.Context(), command, mode.End{Key: "e0", ID: id, Note: "通电了", Version: 9}); errs.KindOf(err) != errs.Stale {
			t.Errorf("ended unseen: %v", err)
		}
		ok(t, w.End(t.Context(), command, mode.End{Key: "e", ID: id, Note: "通电了", Version: 1}))
		if err := w.End(t.Context(), command, mode.End{Key: "f", ID: id, Note: "再来一次"}); errs.CodeOf(err) != "mode.over" {
			t.Errorf("ended twice: %v", err)
		}
		if !w.Paused(w.village) {
			t.Error("the city's mode doesn't cover the village")
		}
		past, err := w.Past(t.Context())
		if err != nil || len(past) != 1 || past[0].Note != "通电了" || past[0].EndedBy != "某某" {
			t.Errorf("%+v, %v", past, err)
		}
	})
}

func TestModeIsSetByThoseOverThePlace(t *testing.T) {
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite))
	for name, c := range map[string]struct {
		who  auth.Actor
		unit string
		code errs.Kind
	}{
		"the town of itself":    {actor(auth.TownOfficial, w.town), w.village, 0},
		"the town of another":   {actor(auth.TownOfficial, w.town), w.another, errs.Forbidden},
		"a village":             {actor(auth.VillageOfficial, w.village), w.village, errs.Forbidden},
		"a lead":                {actor(auth.Lead, w.village), w.village, errs.Forbidden},
		"somebody":              {auth.Actor{}, w.village, errs.Unauthenticated},
		"a place that is none":  {actor(auth.Command, w.root), "nowhere", errs.Invalid},
		"the command elsewhere": {actor(auth.Command, w.root), w.another, 0},
	} {
		_, err := w.start(c.who, name, c.unit, 1)
		if (err == nil) != (c.code == 0) || err != nil && errs.KindOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, hours := range []int{0, -1, 337} {
		if _, err := w.start(actor(auth.Command, w.root), "h", w.root, hours); errs.CodeOf(err) != "mode.bad_hours" {
			t.Errorf("%d hours: %v", hours, err)
		}
	}
}

func TestTimeEndsItAndWhatWaitedComesBack(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		_, err := w.start(actor(auth.Command, w.root), "k", w.town, 2)
		ok(t, err)
		var back []string
		fails := true
		restore := func(_ context.Context, unitID string) error {
			if fails {
				return errors.New("not now")
			}
			back = append(back, unitID)
			return nil
		}
		ok(t, w.Tick(t.Context(), restore))
		if !w.Paused(w.village) {
			t.Error("over before its time")
		}
		w.now = w.now.Add(2 * time.Hour)
		if err := w.Tick(t.Context(), restore); err == nil {
			t.Error("that nothing came back isn't said")
		}
		if w.Paused(w.village) {
			t.Error("on after its time")
		}
		fails = false
		ok(t, w.Tick(t.Context(), restore))
		ok(t, w.Tick(t.Context(), restore))
		if len(back) != 1 || back[0] != w.town {
			t.Errorf("brought back: %v", back)
		}
	})
}
