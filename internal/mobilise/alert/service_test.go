package alert_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/cap"
	"bilin/internal/errs"
	"bilin/internal/live"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/alert"
	"bilin/internal/network"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// world is a city of two towns: the first with two villages, the second with one.
type world struct {
	*alert.Service
	testing.TB
	db                      *sqldb.DB
	tree                    func() *network.Tree
	now                     time.Time
	root, town, other       string
	village, second, beyond string
	options                 alert.Options
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newWorld(t testing.TB, db *sqldb.DB, feeds ...string) *world {
	t.Helper()
	dir := t.TempDir()
	log, err := audit.Open(db, audit.Options{Dir: dir})
	ok(t, err)
	keys, err := seal.Open(dir)
	ok(t, err)
	net, err := network.Open(t.Context(), db, network.Options{Audit: log, Seal: keys})
	ok(t, err)
	w := &world{TB: t, db: db, tree: net.Tree, now: time.Date(2026, 1, 23, 12, 0, 0, 0, time.UTC), root: sqldb.NewID(), town: sqldb.NewID(), other: sqldb.NewID(),
		village: sqldb.NewID(), second: sqldb.NewID(), beyond: sqldb.NewID()}
	ok(t, net.ImportChunk(t.Context(), auth.System("test"), network.Chunk{Units: []network.NewUnit{
		{ID: w.root, Code: "430182000000", Name: "宁乡市", Level: network.City},
		{ID: w.town, Code: "430182001000", Name: "玉潭街道", ParentID: w.root, Level: network.Town},
		{ID: w.other, Code: "430182002000", Name: "白马桥街道", ParentID: w.root, Level: network.Town},
		{ID: w.village, Code: "430182001001", Name: "花明村", ParentID: w.town, Level: network.Village, Placed: true, Lon: 112.5, Lat: 28.2},
		{ID: w.second, Code: "430182001002", Name: "东沩社区", ParentID: w.town, Level: network.Village, Placed: true, Lon: 112.55, Lat: 28.25},
		{ID: w.beyond, Code: "430182002001", Name: "白马村", ParentID: w.other, Level: network.Village, Placed: true, Lon: 112.7, Lat: 28.3},
	}}))
	ok(t, net.Refresh(t.Context()))
	w.options = alert.Options{DB: db, Tree: net.Tree, Policy: auth.NewPolicy(net, alert.Rules), Audit: log, Live: live.NewHub(db, nil), Now: func() time.Time { return w.now }, Feeds: feeds}
	w.open()
	return w
}

func (w *world) open() {
	w.Helper()
	var err error
	w.Service, err = alert.New(w.options)
	ok(w, err)
}

func actor(role auth.Role, unitID string) auth.Actor {
	return auth.Actor{AccountID: "a-" + string(role) + unitID, Name: "某某", Grants: []auth.Grant{{Role: role, UnitID: unitID}}}
}

func (w *world) command() auth.Actor { return actor(auth.Command, w.root) }

// alertOf is an ice alert for a village, sent ten minutes ago.
func (w *world) alertOf(id string, change func(*cap.Alert)) *cap.Alert {
	a := &cap.Alert{Identifier: id, Sender: "qxj@hn.example", Sent: w.now.Add(-10 * time.Minute), Status: cap.Actual, MsgType: cap.NewAlert, Scope: "Public",
		Infos: []cap.Info{{Language: "zh-CN", Categories: []string{"Met"}, Event: "道路结冰", Urgency: "Expected", Severity: "Severe", Certainty: "Likely",
			Expires: w.now.Add(12 * time.Hour), SenderName: "省气象台", Headline: "道路结冰橙色预警", Description: "未来12小时路面结冰。", Instruction: "减少出行，组织铲冰。",
			Areas: []cap.Area{{Desc: "花明村", Geocodes: []cap.Value{{Name: "code", Value: "430182001001"}}}}}}}
	if change != nil {
		change(a)
	}
	return a
}

func written(t testing.TB, a *cap.Alert) []byte {
	t.Helper()
	var b bytes.Buffer
	ok(t, cap.Write(&b, a))
	return b.Bytes()
}

func (w *world) take(a *cap.Alert) alert.Alert {
	w.Helper()
	got, err := w.Take(w.Context(), w.command(), alert.FromAPI, written(w, a))
	ok(w, err)
	return got
}

func (w *world) use(who auth.Actor, u mobilise.AlertUse) error {
	w.Helper()
	return w.db.Write(w.Context(), func(tx *sqldb.Tx) error { return w.Use(w.Context(), tx, who, u) })
}

func (w *world) state(id string) alert.State {
	w.Helper()
	d, err := w.Get(w.Context(), w.command(), id)
	ok(w, err)
	return d.State
}

func naming(m *cap.Alert, kind cap.MsgType, earlier ...*cap.Alert) {
	m.MsgType = kind
	for _, e := range earlier {
		m.References = append(m.References, cap.Reference{Sender: e.Sender, Identifier: e.Identifier, Sent: e.Sent})
	}
}

func TestAnAlertSuggestsAnOrder(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		a := w.take(w.alertOf("1", nil))
		if a.State != alert.Fresh || a.Known || a.Villages != 1 || a.Hazard != mobilise.Ice || a.Suggests == nil {
			t.Fatalf("%+v", a)
		}
		s, err := w.Suggest(t.Context(), w.command(), a.ID)
		ok(t, err)
		if s.AlertID != a.ID || s.Drill || s.Title != "道路结冰橙色预警" || s.What != "未来12小时路面结冰。" || s.Do != "减少出行，组织铲冰。" || !s.Until.Equal(w.now.Add(12*time.Hour)) ||
			!slices.Equal(s.UnitIDs, []string{w.village}) || !slices.Equal(s.UnitIDs, a.Suggests.UnitIDs) {
			t.Errorf("%+v", s)
		}
		waiting, err := w.Waiting(t.Context(), w.command())
		if err != nil || len(waiting) != 1 || waiting[0].ID != a.ID {
			t.Errorf("%+v, %v", waiting, err)
		}
		d, err := w.Get(t.Context(), w.command(), a.ID)
		ok(t, err)
		if d.Info.Event != "道路结冰" || !strings.Contains(d.XML, "qxj@hn.example") || len(d.Areas) != 1 || !d.May.Dismiss || !d.May.Suggest {
			t.Errorf("%+v", d)
		}
		w.now = w.now.Add(12 * time.Hour)
		if waiting, err := w.Waiting(t.Context(), w.command()); err != nil || len(waiting) != 0 {
			t.Errorf("after it ran out: %d, %v", len(waiting), err)
		}
		if _, err := w.Suggest(t.Context(), w.command(), a.ID); errs.CodeOf(err) != "alert.why.expired" {
			t.Errorf("after it ran out: %v", err)
		}
	})
}

func TestWholeUnitsAreNamedOnce(t *testing.T) {
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite))
	for name, c := range map[string]struct {
		codes []string
		want  []string
	}{
		"a town": {[]string{"430182001000"}, []string{w.town}}, "both villages of a town": {[]string{"430182001001", "430182001002"}, []string{w.town}},
		"the city": {[]string{"430182000000"}, []string{w.root}}, "village by village": {[]string{"430182001001", "430182001002", "430182002001"}, []string{w.root}},
		"parts": {[]string{"430182001002", "430182002000"}, []string{w.second, w.other}},
	} {
		a := w.take(w.alertOf(strings.ReplaceAll(name, " ", "-"), func(a *cap.Alert) {
			a.Infos[0].Areas[0].Geocodes = nil
			for _, code := range c.codes {
				a.Infos[0].Areas[0].Geocodes = append(a.Infos[0].Areas[0].Geocodes, cap.Value{Name: "code", Value: code})
			}
		}))
		if !slices.Equal(a.Suggests.UnitIDs, c.want) {
			t.Errorf("%s: %v, want %v", name, a.Suggests.UnitIDs, c.want)
		}
	}
}

func TestTheSameAgainChangesNothing(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		m := w.alertOf("1", nil)
		first := w.take(m)
		again := w.take(m)
		if !again.Known || again.ID != first.ID || again.Version != first.Version {
			t.Errorf("%+v", again)
		}
		laidOut := bytes.ReplaceAll(written(t, m), []byte("\n"), []byte("\r\n"))
		if again, err := w.Take(t.Context(), w.command(), alert.FromFile, append([]byte("\xEF\xBB\xBF"), laidOut...)); err != nil || !again.Known || again.Source != alert.FromAPI {
			t.Errorf("laid out otherwise: %+v, %v", again, err)
		}
		m.Infos[0].Headline = "别的话"
		_, err := w.Take(t.Context(), w.command(), alert.FromAPI, written(t, m))
		if errs.CodeOf(err) != "alert.other_words" || errs.KindOf(err) != errs.Conflict {
			t.Errorf("other words: %v", err)
		}
		m.Sent = m.Sent.Add(time.Second)
		if next := w.take(m); next.Known || next.ID == first.ID {
			t.Errorf("a second later: %+v", next)
		}
		ok(t, w.Dismiss(t.Context(), w.command(), alert.Dismiss{Key: "k", ID: first.ID, Note: "路面干燥"}))
		m = w.alertOf("1", nil)
		if again := w.take(m); again.State != alert.Dismissed {
			t.Errorf("a repeat brought it back: %s", again.State)
		}
	})
}

func TestUpdatesAndCancels(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		m1 := w.alertOf("1", nil)
		m2 := w.alertOf("2", func(m *cap.Alert) { m.Sent = w.now.Add(-5 * time.Minute); naming(m, cap.Update, m1) })
		a1, a2 := w.take(m1), w.take(m2)
		if w.state(a1.ID) != alert.Superseded || w.state(a2.ID) != alert.Fresh {
			t.Errorf("%s, %s", w.state(a1.ID), w.state(a2.ID))
		}
		if _, err := w.Suggest(t.Context(), w.command(), a1.ID); errs.CodeOf(err) != "alert.why.superseded" {
			t.Errorf("a superseded one: %v", err)
		}
		ok(t, w.use(w.command(), mobilise.AlertUse{ID: a2.ID, Proposed: true, Issued: true}))
		if w.state(a2.ID) != alert.Used {
			t.Errorf("used: %s", w.state(a2.ID))
		}
		w.options.OrdersFrom = func(_ context.Context, id string) ([]alert.OrderRef, error) {
			return []alert.OrderRef{{Number: "1", Title: "铲冰 " + id}}, nil
		}
		w.open()
		c := w.take(w.alertOf("3", func(m *cap.Alert) { m.Sent = w.now; naming(m, cap.Cancel, m2); m.Infos = nil }))
		if c.State != alert.Kept || c.Reason != "alert.why.cancel" || c.Suggests != nil {
			t.Errorf("the cancel itself: %+v", c)
		}
		d, err := w.Get(t.Context(), w.command(), a2.ID)
		ok(t, err)
		if d.State != alert.Withdrawn || d.By == nil || d.By.ID != c.ID || d.UsedAt.IsZero() || len(d.Orders) != 1 || len(d.Earlier) != 1 || d.Earlier[0].ID != a1.ID || d.May.Suggest {
			t.Errorf("%+v", d)
		}
		st, err := w.StandingOf(t.Context(), a2.ID)
		if err != nil || st.Reason != "alert.why.withdrawn" || st.ByID != c.ID {
			t.Errorf("%+v, %v", st, err)
		}
		if st, err := w.StandingOf(t.Context(), "none"); err != nil || st.ID != "" {
			t.Errorf("%+v, %v", st, err)
		}
		if err := w.use(w.command(), mobilise.AlertUse{ID: a2.ID, Proposed: true, Issued: true}); errs.CodeOf(err) != "alert.why.withdrawn" {
			t.Errorf("used after it was withdrawn: %v", err)
		}
		ok(t, w.use(w.command(), mobilise.AlertUse{ID: a2.ID, Issued: true})) // approved all the same
		if w.state(a2.ID) != alert.Withdrawn {
			t.Errorf("an order that waited brought it back: %s", w.state(a2.ID))
		}
		if lost := w.take(w.alertOf("4", func(m *cap.Alert) { naming(m, cap.Update, w.alertOf("never", nil)) })); lost.State != alert.Fresh {
			t.Errorf("an update of what never came: %s", lost.State)
		}
	})
}

// In whatever order messages come, and however often each, the end is the same.
func TestOrderAndRepeatsMakeNoDifference(t *testing.T) {
	db := sqldbtest.Open(t, sqldb.SQLite)
	w := newWorld(t, db)
	run := 0
	rapid.Check(t, func(t *rapid.T) {
		run++
		sender := "s" + string(rune('a'+run%26)) + time.Duration(run).String()
		var list []*cap.Alert
		for i := range rapid.IntRange(2, 6).Draw(t, "messages") {
			m := w.alertOf(string(rune('a'+i)), func(m *cap.Alert) { m.Sender = sender; m.Sent = w.now.Add(time.Duration(i-10) * time.Minute) })
			switch rapid.SampledFrom([]cap.MsgType{cap.NewAlert, cap.Update, cap.Cancel}).Draw(t, "type") {
			case cap.Update:
				naming(m, cap.Update, some(t, list)...)
			case cap.Cancel:
				naming(m, cap.Cancel, some(t, list)...)
			}
			list = append(list, m)
		}
		straight := w.end(sender, list)
		for _, m := range list {
			m.Sender += "'"
			for i := range m.References {
				m.References[i].Sender += "'"
			}
		}
		mixed := append(slices.Clone(list), some(t, list)...)
		if again := w.end(sender+"'", rapid.Permutation(mixed).Draw(t, "order")); !slices.Equal(straight, again) {
			t.Fatalf("in order %v, mixed %v", straight, again)
		}
	})
}

func some(t *rapid.T, list []*cap.Alert) (out []*cap.Alert) {
	for _, m := range list {
		if rapid.Bool().Draw(t, "one of them") {
			out = append(out, m)
		}
	}
	return out
}

// end takes messages and returns how each of them ended, by its identifier.
func (w *world) end(sender string, list []*cap.Alert) (out []string) {
	ids := map[string]string{}
	for _, m := range list {
		ids[m.Identifier] = w.take(m).ID
	}
	for identifier, id := range ids {
		d, err := w.Get(w.Context(), w.command(), id)
		ok(w, err)
		by := ""
		if d.By != nil {
			by = d.By.Identifier
		}
		out = append(out, identifier+" "+string(d.State)+" "+by)
	}
	slices.Sort(out)
	return out
}

func TestWhoMayDoWhat(t *testing.T) {
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite))
	raw := written(t, w.alertOf("1", nil))
	for role, may := range map[auth.Role]bool{
		auth.Command: true, auth.CityOffice: true, auth.Admin: true, auth.Hotline: true,
		auth.TownOfficial: false, auth.VillageOfficial: false, auth.Lead: false, auth.Department: false, auth.Auditor: false, auth.PrivacyOfficer: false,
	} {
		if _, err := w.Take(t.Context(), actor(role, w.root), alert.FromAPI, raw); (err == nil) != may || err != nil && errs.KindOf(err) != errs.Forbidden {
			t.Errorf("%s takes: %v", role, err)
		}
	}
	if _, err := w.Take(t.Context(), auth.Actor{}, alert.FromAPI, raw); errs.KindOf(err) != errs.Unauthenticated {
		t.Errorf("somebody takes: %v", err)
	}
	a := w.take(w.alertOf("1", nil))
	for name, c := range map[string]struct {
		who          auth.Actor
		sees, decide bool
	}{
		"command":   {w.command(), true, true},
		"its town":  {actor(auth.TownOfficial, w.town), true, false},
		"another":   {actor(auth.TownOfficial, w.other), false, false},
		"a village": {actor(auth.VillageOfficial, w.village), false, false},
		"hotline":   {actor(auth.Hotline, w.root), false, false},
		"admin":     {actor(auth.Admin, w.root), true, false},
	} {
		_, err := w.Get(t.Context(), c.who, a.ID)
		list, _, listErr := w.List(t.Context(), c.who, nil, 10)
		if (err == nil) != c.sees || (listErr == nil && len(list) == 1) != c.sees {
			t.Errorf("%s sees: %v, %d %v", name, err, len(list), listErr)
		}
		if _, err := w.Suggest(t.Context(), c.who, a.ID); (err == nil) != c.sees {
			t.Errorf("%s asks for a suggestion: %v", name, err)
		}
		if err := w.Dismiss(t.Context(), c.who, alert.Dismiss{Key: name, ID: a.ID, Note: "不需要", Version: 99}); (errs.KindOf(err) == errs.Stale) != c.decide {
			t.Errorf("%s decides: %v", name, err)
		}
	}
}

func TestATownOrdersInItsOwnPart(t *testing.T) {
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite))
	a := w.take(w.alertOf("1", func(m *cap.Alert) {
		m.Infos[0].Areas = []cap.Area{{Desc: "全市", Polygons: [][]cap.Point{{{Lat: 28, Lon: 112}, {Lat: 28, Lon: 113}, {Lat: 29, Lon: 113}, {Lat: 29, Lon: 112}, {Lat: 28, Lon: 112}}}}}
	}))
	if whole := *a.Suggests; !slices.Equal(whole.UnitIDs, []string{w.root}) || len(whole.Polygon) != 4 {
		t.Errorf("%+v", whole)
	}
	s, err := w.Suggest(t.Context(), actor(auth.TownOfficial, w.other), a.ID)
	if err != nil || !slices.Equal(s.UnitIDs, []string{w.other}) || s.Polygon != nil {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestDismiss(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		a := w.take(w.alertOf("1", nil))
		for note, code := range map[string]string{"": "alert.missing", " \n ": "alert.missing", strings.Repeat("字", alert.MaxNote+1): "alert.too_long"} {
			err := w.Dismiss(t.Context(), w.command(), alert.Dismiss{Key: note, ID: a.ID, Note: note})
			if e := errs.As(err); e.Kind != errs.Invalid || len(e.Fields) != 1 || e.Fields[0].Code != code {
				t.Errorf("%q: %v", note, err)
			}
		}
		cmd := alert.Dismiss{Key: "k", ID: a.ID, Note: "路面干燥", Version: a.Version}
		ok(t, w.Dismiss(t.Context(), w.command(), cmd))
		ok(t, w.Dismiss(t.Context(), w.command(), cmd)) // pressed twice
		cmd.Key = "l"
		if err := w.Dismiss(t.Context(), w.command(), cmd); errs.KindOf(err) != errs.Stale {
			t.Errorf("again: %v", err)
		}
		d, err := w.Get(t.Context(), w.command(), a.ID)
		if err != nil || d.State != alert.Dismissed || d.Note != "路面干燥" || d.DecidedBy != "某某" || d.May.Dismiss || !d.May.Suggest {
			t.Errorf("%+v, %v", d, err)
		}
	})
}

func TestListPagesAreWhole(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		for i := range 7 {
			w.take(w.alertOf(string(rune('a'+i)), nil)) // all at one moment
		}
		var seen []string
		var after []string
		for range 4 {
			list, more, err := w.List(t.Context(), w.command(), after, 2)
			ok(t, err)
			for _, a := range list {
				seen = append(seen, a.Identifier)
			}
			if after = list[len(list)-1].Cursor(); !more {
				break
			}
		}
		if strings.Join(seen, "") != "gfedcba" {
			t.Errorf("%v", seen)
		}
	})
}

func TestWhatIsRefusedLeavesNothing(t *testing.T) {
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite))
	good := string(written(t, w.alertOf("1", nil)))
	for name, c := range map[string]struct {
		text string
		kind errs.Kind
		code string
	}{
		"nothing":       {"", errs.Invalid, "cap.no_alert"},
		"DOCTYPE":       {strings.Replace(good, "<alert", `<!DOCTYPE x SYSTEM "file:///etc/passwd"><alert`, 1), errs.Invalid, "cap.doctype"},
		"CAP 1.1":       {strings.Replace(good, "cap:1.2", "cap:1.1", 1), errs.Invalid, "cap.namespace"},
		"two senders":   {strings.Replace(good, "<sender>", "<sender>x</sender><sender>", 1), errs.Invalid, "cap.twice"},
		"a megabyte":    {strings.Replace(good, "减少", strings.Repeat("减", cap.MaxBytes/3), 1), errs.TooLarge, "cap.too_large"},
		"an endless id": {strings.Replace(good, "<identifier>1", "<identifier>"+strings.Repeat("1", 2000), 1), errs.Invalid, "alert.long_name"},
	} {
		if _, err := w.Take(t.Context(), w.command(), alert.FromFile, []byte(c.text)); errs.KindOf(err) != c.kind || errs.CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	if list, _, err := w.List(t.Context(), w.command(), nil, 10); err != nil || len(list) != 0 {
		t.Errorf("%d kept, %v", len(list), err)
	}
}
