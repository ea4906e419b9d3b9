package outcome_test

import (
	"go/ast"
	"go/token"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"bilin/internal/arch"
	"bilin/internal/demand/figures"
	"bilin/internal/outcome"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// No activity of leads or villages (visits, tasks, notices, log-ins) can become
// an indicator: by no source, under no name, from no table, through no import,
// and by no field of what the demands tell.
func TestNoActivityCanBeWiredIn(t *testing.T) {
	files, err := arch.Load(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	t.Run("the sources are closed", func(t *testing.T) { sourcesAreClosed(t, files) })
	t.Run("no name lets one in", noNameLetsOneIn)
	t.Run("no other slice is known", func(t *testing.T) { noOtherSliceIsKnown(t, files) })
	t.Run("no other table is read", func(t *testing.T) { noOtherTableIsRead(t, files) })
	t.Run("residents alone are passed on", func(t *testing.T) { residentsAlone(t, files) })
}

func sourcesAreClosed(t *testing.T, files []arch.File) {
	want := []string{"confirmed", "feed", "prompt", "reopened"}
	var declared []string
	for _, f := range files {
		if f.Package != "outcome" || f.Test {
			continue
		}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Source" {
				for _, v := range spec.Values {
					text, _ := strconv.Unquote(v.(*ast.BasicLit).Value)
					declared = append(declared, text)
				}
			}
			return true
		})
	}
	var listed []string
	for _, s := range outcome.Sources() {
		listed = append(listed, string(s))
	}
	slices.Sort(declared)
	slices.Sort(listed)
	if !slices.Equal(declared, want) || !slices.Equal(listed, want) {
		t.Errorf("declared %v, listed %v", declared, listed)
	}
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := small(t, db)
		for _, source := range []string{"visits", "tasks", "notices", "log-ins", "orders", "meetings", ""} {
			x := fresh("平安")
			x.Source = outcome.Source(source)
			_, err := c.Svc.Put(t.Context(), c.Office, outcome.Put{Indicator: x})
			refused(t, source, err, "outcome.no_source")
			err = db.Write(t.Context(), func(tx *sqldb.Tx) error {
				_, err := tx.ExecContext(t.Context(), `UPDATE indicator SET source = $1 WHERE code = 'fires'`, source)
				return err
			})
			if err == nil {
				t.Errorf("the database takes the source %q", source)
			}
		}
	})
}

func noNameLetsOneIn(t *testing.T) {
	c := small(t, sqldbtest.Open(t, sqldb.SQLite))
	for _, name := range []string{"邻长走访次数", "每户走访", "任务完成率", "台账完整率", "签到率", "网格员巡查", "通知阅读率", "系统登录", "Visits by leads", "Tasks done", "Check-ins", "Log-ins of officials"} {
		for _, inNumerator := range []bool{false, true} {
			for _, context := range []bool{false, true} { // not even beside the others
				x := fresh(name)
				if inNumerator {
					x.Name, x.NameEN, x.Numerator, x.NumEN = "平安", "Safe", name, name
				}
				if x.Context = context; context {
					x.Weight = 0
				}
				_, err := c.Svc.Put(t.Context(), c.Office, outcome.Put{Indicator: x})
				refused(t, name, err, "outcome.no_activity")
			}
		}
	}
	if _, err := c.Svc.Put(t.Context(), c.Office, outcome.Put{Indicator: fresh("溺水")}); err != nil {
		t.Errorf("an outcome: %v", err)
	}
}

func noOtherSliceIsKnown(t *testing.T, files []arch.File) {
	seen := 0
	for _, f := range files {
		if f.Test || !strings.HasPrefix(f.Package, "outcome") {
			continue
		}
		seen++
		for _, path := range f.Imports() {
			for _, slice := range []string{"demand", "admission", "mobilise", "volunteer", "care", "outreach", "meeting", "honour", "programme"} {
				if rest, ok := strings.CutPrefix(path, "bilin/internal/"+slice); ok && (rest == "" || rest[0] == '/' || rest == "web" || strings.HasPrefix(rest, "web/")) {
					t.Errorf("%s imports %s", f.Path, path)
				}
			}
		}
	}
	if seen < 10 {
		t.Errorf("only %d files", seen)
	}
}

var table = regexp.MustCompile(`(?i)\b(?:FROM|JOIN|INTO|UPDATE)\s+([a-z_]+)`)

func noOtherTableIsRead(t *testing.T, files []arch.File) {
	seen := map[string]bool{}
	for _, f := range files {
		if f.Test || f.Package != "outcome" && !strings.HasPrefix(f.Package, "outcome/") && !strings.HasPrefix(f.Package, "outcomeweb") {
			continue
		}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			for _, m := range table.FindAllStringSubmatch(lit.Value, -1) {
				seen[m[1]] = true
				if m[1] != "indicator" && !strings.HasPrefix(m[1], "outcome_") && strings.Contains(lit.Value, "SELECT") {
					t.Errorf("%s reads %s", f.Path, m[1])
				}
			}
			return true
		})
	}
	if !seen["outcome_value"] || !seen["indicator"] {
		t.Errorf("seen %v", seen)
	}
}

// residentsAlone holds the one door between the demands and the outcomes: what
// is counted, how it is passed on, and that nothing else is.
func residentsAlone(t *testing.T, files []arch.File) {
	if got := fields(reflect.TypeFor[outcome.ResidentFigure]()); !slices.Equal(got, []string{"UnitID", "Resolved", "Confirmed", "Reopened", "Prompt"}) {
		t.Errorf("a resident's figure has %v", got)
	}
	if got := fields(reflect.TypeFor[figures.Quarterly]()); !slices.Equal(got, []string{"VillageID", "Resolved", "Confirmed", "Reopened", "Prompt"}) {
		t.Errorf("the demands tell %v", got)
	}
	built, taken := 0, 0
	for _, f := range files {
		if f.Test || strings.HasPrefix(f.Package, "outcome") {
			continue
		}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit:
				if sel, ok := n.Type.(*ast.SelectorExpr); ok && sel.Sel.Name == "ResidentFigure" {
					built++
					passedOn(t, f, n)
				}
			case *ast.SelectorExpr:
				if n.Sel.Name == "TakeResidents" {
					taken++
				}
			}
			return true
		})
	}
	if built != 1 || taken != 1 {
		t.Errorf("residents' figures are made at %d places and handed over at %d", built, taken)
	}
}

// passedOn checks that each field is the one of the same name.
func passedOn(t *testing.T, f arch.File, lit *ast.CompositeLit) {
	for _, e := range lit.Elts {
		kv, ok := e.(*ast.KeyValueExpr)
		if !ok {
			t.Errorf("%s: a figure without names", f.Path)
			continue
		}
		name := kv.Key.(*ast.Ident).Name
		sel, ok := kv.Value.(*ast.SelectorExpr)
		if !ok || sel.Sel.Name != name && (name != "UnitID" || sel.Sel.Name != "VillageID") {
			t.Errorf("%s: %s is something else", f.Path, name)
		}
	}
}

func fields(t reflect.Type) (names []string) {
	for i := range t.NumField() {
		names = append(names, t.Field(i).Name)
	}
	return names
}
