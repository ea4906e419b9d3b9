package demand_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"bilin/internal/demand"
	"bilin/internal/demand/demandtest"
	"bilin/internal/errs"
)

// failTwice lets the village say twice that it is done, and the resident that it isn't.
func failTwice(t *testing.T, c *demandtest.City) demand.Receipt {
	t.Helper()
	r := c.Raise(t, demand.Help, demandtest.CellCode, "水管漏水")
	for range 2 {
		ok(t)(c.Demand.Accept(ctx, c.Village, r.Number, note("")))
		ok(t)(c.Demand.Resolve(ctx, c.Village, r.Number, note("修好了")))
		c.Clock.Add(time.Hour)
		ok(t)(c.Demand.Reopen(ctx, r.Number, r.Track, note("还漏")))
	}
	tick(t, c)
	return r
}

// TestOwedAfterTwoReopenings: the town's official owes an answer by a date, the
// resident sees the promise, and only that official can keep it.
func TestOwedAfterTwoReopenings(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		r := failTwice(t, c)
		mine, err := c.Demand.ByTrack(ctx, r.Number, r.Track)
		if err != nil || !mine.Owed.Exists() || mine.Owing.Name != "杨丽" || mine.Owed.Why != demand.ReasonReopened {
			t.Fatalf("%+v by %+v, %v", mine.Owed, mine.Owing, err)
		}
		if days := mine.Owed.DueAt.Sub(c.Clock.Now()); days < 5*24*time.Hour || days > 12*24*time.Hour {
			t.Errorf("owed within %s", days)
		}
		if got := queued(t, c, c.Town, demand.Filter{Tab: demand.TabOwed}); !slices.Equal(got, []string{"水管漏水"}) {
			t.Errorf("the town's list: %v", got)
		}
		if n, err := c.Demand.Counts(ctx, c.Town, ""); err != nil || n.Owed != 1 {
			t.Errorf("counted %d, %v", n.Owed, err)
		}
		for _, other := range []struct {
			who  string
			kind errs.Kind
		}{{"何勇", errs.Forbidden}, {"罗平", errs.Forbidden}} {
			_, err := c.Demand.AnswerOwed(ctx, c.Actor(other.who), r.Number, note("知道了"))
			wantCode(t, err, other.kind, "demand.not_yours")
		}
		ok(t)(c.Demand.AnswerOwed(ctx, c.Town, r.Number, note("周五换新管")))
		if got := queued(t, c, c.Town, demand.Filter{Tab: demand.TabOwed}); len(got) != 0 {
			t.Errorf("answered, and still on the list: %v", got)
		}
		f := get(t, c, c.Town, r.Number)
		if !f.Owed.Exists() || f.Owed.AnsweredAt.IsZero() {
			t.Errorf("an answer ended it: %+v", f.Owed)
		}
		ok(t)(c.Demand.Accept(ctx, c.Village, r.Number, note("")))
		ok(t)(c.Demand.Resolve(ctx, c.Village, r.Number, note("换了")))
		ok(t)(c.Demand.Confirm(ctx, r.Number, r.Track, demand.Rating{}, note("")))
		if f := get(t, c, c.Town, r.Number); f.Owed.Exists() || !strings.HasSuffix(steps(f), "confirmed owed_ended") {
			t.Errorf("%+v: %s", f.Owed, steps(f))
		}
	})
}

// TestOwedClimbs: a date that passes goes to the city office, and there it stays late.
func TestOwedClimbs(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		r := failTwice(t, c)
		c.Clock.Add(20 * 24 * time.Hour)
		tick(t, c)
		f := get(t, c, c.Office, r.Number)
		if f.Owing.Name != "罗平" || !f.Owed.Passed || !f.Owed.Late(c.Clock.Now()) || !f.May.AnswerOwed {
			t.Fatalf("%+v by %+v", f.Owed, f.Owing)
		}
		c.Clock.Add(40 * 24 * time.Hour)
		tick(t, c)
		if f := get(t, c, c.Office, r.Number); f.Owing.Name != "罗平" || strings.Count(steps(f), "owed_late") != 1 {
			t.Errorf("%+v: %s", f.Owing, steps(f))
		}
	})
}

// TestOwedThirtyDaysLate: nobody does anything.
func TestOwedThirtyDaysLate(t *testing.T) {
	each(t, func(t *testing.T, c *demandtest.City) {
		r := c.Raise(t, demand.Report, demandtest.CellCode, "路灯坏了")
		c.Clock.Add(26 * time.Hour)
		tick(t, c)
		c.Clock.Add(29 * 24 * time.Hour)
		tick(t, c)
		if f := get(t, c, c.Office, r.Number); f.Owed.Exists() {
			t.Fatalf("after 29 days: %+v", f.Owed)
		}
		c.Clock.Add(24 * time.Hour)
		tick(t, c)
		f := get(t, c, c.Office, r.Number)
		if f.Owed.Why != demand.ReasonLate || f.Owing.PersonID == "" {
			t.Errorf("after 30 days: %+v by %+v", f.Owed, f.Owing)
		}
		other := c.Raise(t, demand.Report, demandtest.CellCode, "路灯又坏了")
		_, err := c.Demand.Merge(ctx, c.Office, r.Number, other.Number, note(""))
		wantCode(t, err, errs.Conflict, "demand.merge_owed")
	})
}

// The two tests that follow read the program itself.

const house = "../.."

// TestNobodyElseMakesObligations: the fields of what is owed are written by the
// clock's rules and by the row that is read back, and by nothing else.
func TestNobodyElseMakesObligations(t *testing.T) {
	writers := map[string][]string{"owe": nil, "passOn": nil, "endOwed": nil, "AnswerOwed": nil}
	eachFunc(t, func(path, name string, body ast.Node) {
		inside := filepath.Base(filepath.Dir(path)) == "demand"
		ast.Inspect(body, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				if pkg, is := n.X.(*ast.Ident); is && pkg.Name == "demand" && n.Sel.Name == "Obligation" && !inside {
					t.Errorf("%s: %s makes one by itself", path, name)
				}
			case *ast.AssignStmt:
				for _, left := range n.Lhs {
					if touchesOwed(left, inside) {
						if _, known := writers[name]; !known {
							t.Errorf("%s: %s writes what is owed", path, name)
						}
						writers[name] = append(writers[name], path)
					}
				}
			case *ast.BasicLit:
				if regexp.MustCompile(`(?i)(update|insert into)\s+demand\b[^_].*owed_`).MatchString(n.Value) {
					t.Errorf("%s: %s writes it by SQL", path, name)
				}
			}
			return true
		})
	})
	for name, paths := range writers {
		if len(paths) == 0 {
			t.Errorf("%s writes nothing: this test has lost what it watches", name)
		}
	}
	for _, tr := range demand.Transitions() {
		if machine := tr.Side == demand.Machine; strings.HasPrefix(string(tr.Step), "owed") && machine == (tr.Step == demand.StepOwedAnswered) {
			t.Errorf("%s is the %s's", tr.Step, tr.Side)
		}
	}
}

// touchesOwed reports whether an expression is a field of x.Owed, or within the
// package x.Owed itself; pages elsewhere have fields of that name.
func touchesOwed(e ast.Expr, whole bool) bool {
	for {
		sel, is := e.(*ast.SelectorExpr)
		if !is {
			return false
		}
		if sel.Sel.Name == "Owed" && whole {
			return true
		}
		e, whole = sel.X, true
	}
}

// byWhom are the columns that say whose demand it is.
var byWhom = regexp.MustCompile(`\b(household_id|author_id|claim_id|contact|contact_index|track_hash)\b`)

// looksUp are the indexes that find the demands of one household: for its own
// view of what is held about it, for whoever has open work there, and for the
// household that an entry waits for.
var looksUp = []string{"demand_household", "claim_id <> ''"}

// TestDemandsAreNotListedByPeople: no statement groups, orders or counts demands
// by whose they are, and no index would help one to.
func TestDemandsAreNotListedByPeople(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		files, err := filepath.Glob(house + "/internal/sqldb/migrations/" + engine + "/*.sql")
		if err != nil || len(files) == 0 {
			t.Fatal(files, err)
		}
		for _, f := range files {
			raw, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, index := range regexp.MustCompile(`(?i)create\s+(unique\s+)?index\s+\w+\s+on\s+demand\s*\([^;]*;`).FindAllString(string(raw), -1) {
				if byWhom.MatchString(strings.ReplaceAll(index, "track_hash", "")) && !slices.ContainsFunc(looksUp, func(name string) bool { return strings.Contains(index, name) }) {
					t.Errorf("%s: %s", f, index)
				}
			}
		}
	}
	seen := 0
	eachFunc(t, func(path, name string, body ast.Node) {
		ast.Inspect(body, func(n ast.Node) bool {
			lit, is := n.(*ast.BasicLit)
			if !is || lit.Kind != token.STRING || !regexp.MustCompile(`(?i)\b(from|join)\s+demand\b`).MatchString(lit.Value) {
				return true
			}
			seen++
			low := strings.ToLower(lit.Value)
			for _, clause := range []string{"group by", "order by"} {
				if _, after, has := strings.Cut(low, clause); has && byWhom.MatchString(after) {
					t.Errorf("%s: %s sorts or sums demands by whose they are: %s", path, name, lit.Value)
				}
			}
			if select1, _, _ := strings.Cut(low, " from "); strings.Contains(low, "count(") && byWhom.MatchString(strings.ReplaceAll(low, select1, "")) {
				t.Errorf("%s: %s counts somebody's demands: %s", path, name, lit.Value)
			}
			return true
		})
	})
	if seen < 10 {
		t.Errorf("only %d statements over demands: this test has lost what it watches", seen)
	}
}

// eachFunc visits every function of the program, tests apart.
func eachFunc(t *testing.T, visit func(path, name string, body ast.Node)) {
	t.Helper()
	err := filepath.WalkDir(house+"/internal", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			if f, is := decl.(*ast.FuncDecl); is && f.Body != nil {
				visit(path, f.Name.Name, f.Body)
			} else if !is {
				visit(path, "a declaration", decl)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
