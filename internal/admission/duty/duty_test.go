package duty_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"bilin/internal/admission/duty"
	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/seal"
	"bilin/internal/sheet"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// world is a small city with its functions and duty lists.
type world struct {
	*duty.Service
	net         *network.Service
	root        string
	water, aid  string // departments
	reopenedFor func() (*duty.Service, error)
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newWorld(t *testing.T, db *sqldb.DB) *world {
	t.Helper()
	dir := t.TempDir()
	log, err := audit.Open(db, audit.Options{Dir: dir})
	ok(t, err)
	keys, err := seal.Open(dir)
	ok(t, err)
	net, err := network.Open(t.Context(), db, network.Options{Audit: log, Seal: keys})
	ok(t, err)
	w := &world{net: net, root: sqldb.NewID(), water: sqldb.NewID(), aid: sqldb.NewID()}
	ok(t, net.ImportChunk(t.Context(), auth.System("test"), network.Chunk{
		Units:       []network.NewUnit{{ID: w.root, Code: "430182000000", Name: "宁乡市", Level: network.City}},
		Departments: []network.Department{{ID: w.water, Code: "SL", Name: "市水利局"}, {ID: w.aid, Code: "MZ", Name: "市民政局"}},
	}))
	ok(t, net.Refresh(t.Context()))
	w.reopenedFor = func() (*duty.Service, error) {
		return duty.Open(t.Context(), duty.Options{DB: db, Network: net, Policy: auth.NewPolicy(net, duty.Rules), Audit: log})
	}
	w.Service, err = w.reopenedFor()
	ok(t, err)
	return w
}

func actor(role auth.Role, unitID, departmentID string) auth.Actor {
	return auth.Actor{AccountID: "a-" + string(role), Name: string(role), Grants: []auth.Grant{{Role: role, UnitID: unitID, DepartmentID: departmentID}}}
}

func (w *world) office() auth.Actor { return actor(auth.CityOffice, w.root, "") }

func TestOpenSeedsOnce(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		c, functions := w.Catalog(), 0
		for _, category := range c.Functions() {
			functions += len(c.Children(category.ID))
		}
		if len(c.Functions()) != 4 || functions != 12 || len(c.Fields()) < 20 {
			t.Errorf("%d categories, %d functions, %d kinds of data", len(c.Functions()), functions, len(c.Fields()))
		}
		if f, _ := c.FieldByCode("allowance"); f.DepartmentID != w.aid {
			t.Errorf("a department that is there already holds its data: %+v", f)
		}
		_, err := w.RetireFunction(t.Context(), w.office(), duty.Retire{ID: "safety-home", Version: 1})
		ok(t, err)
		again, err := w.reopenedFor()
		ok(t, err)
		if again.Catalog().Usable("safety-home") || again.Catalog().Path("safety-home", "zh-CN") != "排查安全隐患 · 用电用气与消防" {
			t.Error("opening wrote the built-in functions over the city's, or a name is lost")
		}
	})
}

func TestFunctions(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		put := duty.PutFunction{Key: "k", ParentID: "service", Name: " 送餐  上门 "}
		first, err := w.PutFunction(t.Context(), w.office(), put)
		ok(t, err)
		if again, err := w.PutFunction(t.Context(), w.office(), put); err != nil || again != first {
			t.Errorf("pressed twice: %+v, %v", again, err)
		}
		if first.Code != "service-1" || first.Name != "送餐 上门" || first.Sort != 40 || !w.Catalog().Usable(first.ID) {
			t.Errorf("%+v", first)
		}
		for name, tt := range map[string]struct {
			cmd  duty.PutFunction
			code string
		}{
			"no name":     {duty.PutFunction{Name: " "}, "duty.missing"},
			"third level": {duty.PutFunction{ParentID: "safety-home", Name: "x"}, "duty.no_function"},
			"code taken":  {duty.PutFunction{Code: "safety", Name: "x"}, "duty.code_taken"},
			"name taken":  {duty.PutFunction{ParentID: "service", Name: "走访看望"}, "duty.name_taken"},
			"unknown":     {duty.PutFunction{ID: "nothing", Name: "x"}, "duty.no_function"},
			"stale":       {duty.PutFunction{ID: "safety", Name: "x", Version: 9}, "duty.changed_since"},
		} {
			if _, err := w.PutFunction(t.Context(), w.office(), tt.cmd); errs.CodeOf(err) != tt.code {
				t.Errorf("%s: %v", name, err)
			}
		}
		for i, root := range duty.Default().Functions() {
			_, err := w.RetireFunction(t.Context(), w.office(), duty.Retire{ID: root.ID, Version: 1})
			if last := i == 3; (errs.CodeOf(err) == "duty.last_category") != last {
				t.Errorf("%s: %v", root.Code, err)
			}
		}
	})
}

func TestDutiesAndFields(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		cmd := duty.PutDuty{Code: "SL-01", DepartmentID: w.water, List: duty.TakenBack, Title: "河道采砂执法", Basis: "《中华人民共和国水法》第三十九条"}
		d, err := w.PutDuty(t.Context(), w.office(), cmd)
		ok(t, err)
		if got := w.Catalog().Duties(w.water); !slices.Equal(got, []duty.Duty{d}) || len(w.Catalog().Duties(w.aid)) != 0 {
			t.Errorf("%+v", got)
		}
		if _, err = w.PutDuty(t.Context(), w.office(), cmd); errs.CodeOf(err) != "duty.code_taken" {
			t.Errorf("a code twice: %v", err)
		}
		for field, wrong := range map[string]duty.PutDuty{
			"basis":      {Code: "X", DepartmentID: w.water, List: duty.Own, Title: "x"},
			"department": {Code: "X", DepartmentID: "nobody", List: duty.Own, Title: "x", Basis: "x"},
			"list":       {Code: "X", DepartmentID: w.water, List: "other", Title: "x", Basis: "x"},
			"function":   {Code: "X", DepartmentID: w.water, List: duty.Own, Title: "x", Basis: "x", FunctionID: "safety"},
		} {
			if _, err := w.PutDuty(t.Context(), w.office(), wrong); len(errs.As(err).Fields) == 0 || errs.As(err).Fields[0].Name != field {
				t.Errorf("%s: %v", field, err)
			}
		}
		_, err = w.RetireDuty(t.Context(), w.office(), duty.Retire{ID: d.ID, Version: 1})
		ok(t, err)
		if _, known := w.Catalog().Duty(d.ID); !known || len(w.Catalog().Duties("")) != 0 {
			t.Error("a retired item is still on the list, or forgotten")
		}
		f, err := w.PutField(t.Context(), w.office(), duty.PutField{Name: "宠物登记", Place: "养犬管理系统", Words: []string{"犬证", " 犬证", ""}})
		if err != nil || !slices.Equal(f.Words, []string{"犬证"}) || f.Code != "data-1" {
			t.Errorf("%+v, %v", f, err)
		}
		if found := w.Catalog().FieldsIn("请登记各户犬证和低保情况"); len(found) != 2 {
			t.Errorf("%+v", found)
		}
		if _, err = w.PutField(t.Context(), w.office(), duty.PutField{Name: "x", Place: "x", Words: []string{"户"}}); errs.CodeOf(err) != "duty.short_word" {
			t.Errorf("a word that is everywhere: %v", err)
		}
	})
}

func TestWhoMayEdit(t *testing.T) {
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite))
	for _, role := range auth.Roles() {
		a := actor(role, w.root, "")
		_, function := w.PutFunction(t.Context(), a, duty.PutFunction{Name: "新类" + string(role)})
		_, item := w.PutDuty(t.Context(), a, duty.PutDuty{Code: string(role[:3]) + "-1", DepartmentID: w.water, List: duty.Own, Title: "x", Basis: "x"})
		_, field := w.PutField(t.Context(), a, duty.PutField{Name: string(role), Place: "x"})
		_, dry := w.ImportDuties(t.Context(), a, duty.Import{DryRun: true})
		_, table := w.ImportDuties(t.Context(), a, duty.Import{})
		for _, err := range []error{function, item, field, dry, table} {
			if may := role == auth.CityOffice || role == auth.Admin; (err == nil) != may {
				t.Errorf("%s: %v", role, err)
			}
		}
	}
}

// tableOf writes a table as the format and reads it back.
func tableOf(t *testing.T, format sheet.Format, rows ...string) []duty.Row {
	t.Helper()
	var file bytes.Buffer
	out, err := sheet.NewWriter(&file, format)
	ok(t, err)
	for _, row := range rows {
		ok(t, out.Write(strings.Split(row, "|")))
	}
	ok(t, out.Close())
	read, err := duty.ReadTable(bytes.NewReader(file.Bytes()), int64(file.Len()))
	ok(t, err)
	return read
}

func TestImport(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		for _, format := range []sheet.Format{sheet.CSV, sheet.XLSX} {
			rows := tableOf(t, format, "备注|部门|编号|清单类别|事项|依据|职能", "x|市水利局|SL-01|收回|河道采砂执法|《水法》第三十九条|",
				"|MZ|MZ-01|部门主责|低保审核|《社会救助暂行办法》第十一条|走访看望", "|市民政局|MZ-02|配合|低保公示|《社会救助暂行办法》第十一条|service-voice")
			first := format == sheet.CSV
			dry, err := w.ImportDuties(t.Context(), w.office(), duty.Import{Rows: rows, DryRun: true})
			if err != nil || len(dry.Problems) != 0 || (dry.New == 3) != first || len(w.Catalog().Duties("")) == 0 != first {
				t.Fatalf("%s dry: %+v, %v", format, dry, err)
			}
			done, err := w.ImportDuties(t.Context(), w.office(), duty.Import{Rows: rows})
			if err != nil || done.Rows != 3 || (done.New == 3) != first || (done.Same == 3) == first {
				t.Fatalf("%s: %+v, %v", format, done, err)
			}
		}
		d, _ := w.Catalog().DutyByCode("MZ-02")
		if d.List != duty.Assist || d.DepartmentID != w.aid || d.FunctionID != "service-voice" || d.Version != 1 {
			t.Errorf("%+v", d)
		}
		_, err := w.RetireDuty(t.Context(), w.office(), duty.Retire{ID: d.ID, Version: 1})
		ok(t, err)
		back, err := w.ImportDuties(t.Context(), w.office(), duty.Import{Rows: []duty.Row{{Number: 2, Code: "MZ-02", Department: "MZ", List: "own", Title: "低保公示", Basis: "x"}}})
		if now, _ := w.Catalog().Duty(d.ID); err != nil || back.Changed != 1 || now.Retired || now.List != duty.Own || now.Version != 3 {
			t.Errorf("%+v, %v: %+v", back, err, now)
		}
	})
}

func TestImportSaysWhatIsWrong(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		rows := tableOf(t, sheet.CSV, "编号|部门|清单|事项|法定依据|职能", "SL-01|市水利局|部门主责|防汛|《防洪法》|",
			"SL-01|水务集团|部门主责|防汛|《防洪法》|", "SL-03|市水利局|随便|防汛|《防洪法》|", "SL-04|市水利局|部门主责||《防洪法》|", "SL-05|市水利局|部门主责|防汛||跳舞")
		report, err := w.ImportDuties(t.Context(), w.office(), duty.Import{Rows: rows, DryRun: true})
		ok(t, err)
		var got []string
		for _, p := range report.Problems {
			got = append(got, p.Column+" "+p.Code)
			if p.Row < 3 || p.Row > 6 {
				t.Errorf("row %d", p.Row)
			}
		}
		want := []string{"code duty.twice", "department duty.department_unknown", "list duty.no_list", "title duty.missing", "function duty.function_unknown", "basis duty.missing"}
		if !slices.Equal(got, want) {
			t.Errorf("%q", got)
		}
		if _, err = w.ImportDuties(t.Context(), w.office(), duty.Import{Rows: rows}); errs.CodeOf(err) != "duty.has_problems" || len(w.Catalog().Duties("")) != 0 {
			t.Errorf("imported in spite of them: %v", err)
		}
		text := "编号,部门,事项\nA,B,C\n"
		if _, err = duty.ReadTable(strings.NewReader(text), int64(len(text))); errs.CodeOf(err) != "duty.no_column" {
			t.Errorf("columns are missing: %v", err)
		}
	})
}
