package monthly_test

import (
	"fmt"
	"testing"
	"time"

	"bilin/internal/admission"
	"bilin/internal/admission/duty"
	"bilin/internal/admission/monthly"
	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/live"
	"bilin/internal/network"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

const (
	now     = "2026-11-24 10:00"
	nextMon = admission.Month("2026-12")
)

// world is a city of two villages with two cells each; three have a lead.
type world struct {
	*monthly.Service
	matters       *admission.Service
	t             *testing.T
	db            *sqldb.DB
	now           time.Time
	root, dept    string
	villages      [2]string
	cells         [4]string
	homes         []string // of the first cell, in order of id
	function      string
	paused        map[string]bool
	office, water auth.Actor
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func at(t testing.TB, text string) time.Time {
	t.Helper()
	when, err := time.ParseInLocation("2006-01-02 15:04", text, workday.City)
	ok(t, err)
	return when
}

func newWorld(t *testing.T, db *sqldb.DB) *world {
	t.Helper()
	dir := t.TempDir()
	log, err := audit.Open(db, audit.Options{Dir: dir})
	ok(t, err)
	keys, err := seal.Open(dir)
	ok(t, err)
	hub := live.NewHub(db, nil)
	w := &world{t: t, db: db, now: at(t, now), root: sqldb.NewID(), dept: sqldb.NewID(), paused: map[string]bool{}}
	clock := func() time.Time { return w.now }
	net, err := network.Open(t.Context(), db, network.Options{Audit: log, Live: hub, Seal: keys, Now: clock})
	ok(t, err)
	ok(t, net.ImportChunk(t.Context(), auth.System("test"), w.chunk()))
	ok(t, net.Refresh(t.Context()))
	policy := auth.NewPolicy(net, network.Rules, admission.Rules, duty.Rules)
	duties, err := duty.Open(t.Context(), duty.Options{DB: db, Network: net, Policy: policy, Audit: log, Live: hub, Now: clock})
	ok(t, err)
	w.function = duties.Catalog().Children(duties.Catalog().Functions()[0].ID)[0].ID
	w.matters = admission.New(admission.Options{DB: db, Network: net, Policy: policy, Audit: log, Live: hub, Duties: duties.Catalog, Now: clock})
	w.Service = monthly.New(monthly.Options{DB: db, Network: net, Policy: policy, Audit: log, Live: hub, Admission: w.matters, Now: clock,
		Paused: func(id string) bool { return w.paused[id] }})
	w.matters.Observe(w.Service)
	w.office = actor("office", auth.CityOffice, w.root, "")
	w.water = actor("water", auth.Department, w.root, w.dept)
	return w
}

func (w *world) chunk() network.Chunk {
	town := sqldb.NewID()
	c := network.Chunk{
		Units: []network.NewUnit{
			{ID: w.root, Code: "430182000000", Name: "宁乡市", Level: network.City},
			{ID: town, Code: "430182001000", Name: "玉潭街道", ParentID: w.root, Level: network.Town},
		},
		Departments: []network.Department{{ID: w.dept, Code: "SL", Name: "市水利局"}},
	}
	for v := range w.villages {
		w.villages[v] = sqldb.NewID()
		area, group := sqldb.NewID(), sqldb.NewID()
		code := fmt.Sprintf("43018200100%d", v+1)
		c.Units = append(c.Units,
			network.NewUnit{ID: w.villages[v], Code: code, Name: fmt.Sprintf("第%d村", v+1), ParentID: town, Level: network.Village},
			network.NewUnit{ID: area, Code: code + "01", Name: "片", ParentID: w.villages[v], Level: network.Area},
			network.NewUnit{ID: group, Code: code + "0101", Name: "组", ParentID: area, Level: network.Group})
		for i := range 2 {
			cell := 2*v + i
			w.cells[cell] = sqldb.NewID()
			c.Units = append(c.Units, network.NewUnit{ID: w.cells[cell], Code: fmt.Sprintf("%s01010%d", code, i+1), Name: "邻", ParentID: group, Level: network.Cell})
			post, person := sqldb.NewID(), fmt.Sprintf("p-lead%d", cell)
			c.Posts = append(c.Posts, network.NewPost{ID: post, UnitID: w.cells[cell], Role: auth.Lead, Name: "邻长"})
			if cell < 3 {
				c.Persons = append(c.Persons, network.NewPerson{ID: person, Name: fmt.Sprintf("邻长%d", cell)})
				c.Appointments = append(c.Appointments, network.NewAppointment{PostID: post, PersonID: person})
			}
			for h := range 6 {
				id := sqldb.NewID()
				if cell == 0 {
					w.homes = append(w.homes, id)
				}
				c.Households = append(c.Households, network.NewHousehold{ID: id, UnitID: w.cells[cell], Address: fmt.Sprintf("第%d村%d号", v+1, 10*i+h), RosterKey: id, Size: 2})
			}
		}
	}
	return c
}

func actor(id string, role auth.Role, unitID, departmentID string) auth.Actor {
	return auth.Actor{AccountID: id, PersonID: "p-" + id, Name: "刘" + id, Grants: []auth.Grant{{Role: role, UnitID: unitID, DepartmentID: departmentID}}}
}

func (w *world) lead(cell int) auth.Actor {
	return actor(fmt.Sprintf("lead%d", cell), auth.Lead, w.cells[cell], "")
}

// content is a matter of 20 minutes for each neighbour lead.
func (w *world) content() admission.Content {
	return admission.Content{DepartmentID: w.dept, FunctionID: w.function, Duty: admission.Assist, Title: "防汛转移路线告知", Ask: "把转移路线告诉住户。",
		Basis: "《防洪法》第七条", Responsible: "市水利局防御科", Support: "发放路线卡", Way: admission.Tell, Level: network.Cell, Minutes: 20,
		FirstDay: 1, LastDay: 28, From: "2026-11-01", Until: "2027-10-31"}
}

// visiting goes to each household each month: 6 × (10+5) minutes.
func (w *world) visiting() admission.Content {
	c := w.content()
	c.Title, c.Way, c.Minutes, c.HomeMinutes, c.Rotation = "入户查看用水设施", admission.Visit, 0, 10, 1
	return c
}

// admitted walks a matter to its permit.
func (w *world) admitted(c admission.Content) string {
	w.t.Helper()
	ctx := w.t.Context()
	out, err := w.matters.Put(ctx, w.water, admission.Put{Key: sqldb.NewID(), Content: c})
	ok(w.t, err)
	_, err = w.matters.Submit(ctx, w.water, out.Number, admission.Command{Key: sqldb.NewID()})
	ok(w.t, err)
	_, err = w.matters.Admit(ctx, w.office, out.Number, admission.Decision{Command: admission.Command{Key: sqldb.NewID(), Note: "依据充分，时间可行。"}, Priority: 5})
	ok(w.t, err)
	return out.Number
}

func (w *world) publish(month admission.Month) {
	w.t.Helper()
	_, err := w.Compose(w.t.Context(), w.office, month)
	ok(w.t, err)
	ok(w.t, w.Publish(w.t.Context(), w.office, month, monthly.Command{Key: sqldb.NewID()}))
}

// count answers a query for one number.
func (w *world) count(query string, args ...any) (n int) {
	w.t.Helper()
	ok(w.t, w.db.Reader().QueryRowContext(w.t.Context(), query, args...).Scan(&n))
	return n
}
