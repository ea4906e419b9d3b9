package arch

import (
	"go/ast"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func load(t *testing.T) []File {
	t.Helper()
	files, err := Load(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 50 {
		t.Fatalf("only %d files found", len(files))
	}
	return files
}

func TestImportsPointDownwards(t *testing.T) {
	for _, f := range load(t) {
		if f.Test || !strings.HasPrefix(f.Path, "internal/") {
			continue
		}
		for _, path := range f.Imports() {
			if to, ok := strings.CutPrefix(path, "bilin/internal/"); ok && to != f.Package {
				if fault := importFault(f.Package, to); fault != "" {
					t.Errorf("%s: %s", f.Path, fault)
				}
			}
		}
	}
}

func TestImportFault(t *testing.T) {
	for _, c := range []struct {
		from, to string
		fine     bool
	}{
		{"demand", "network", true},
		{"demandweb", "demand", true},
		{"demandweb", "web", true},
		{"app", "demandweb", true},
		{"network", "demand", false},
		{"sqldb", "network", false},
		{"auth", "network", false},
		{"demand", "web", false},
		{"demand", "networkweb", false},
		{"demand", "nowhere", false},
	} {
		if got := importFault(c.from, c.to); (got == "") != c.fine {
			t.Errorf("%s → %s: %q", c.from, c.to, got)
		}
	}
}

// Rules are pure: given the same input they decide the same, so a table can
// test them.
func TestRulesKnowNoDatabaseNoWebNoClock(t *testing.T) {
	forbidden := []string{"database/sql", "net/http", "os", "math/rand", "math/rand/v2", "context",
		"bilin/internal/sqldb", "bilin/internal/web", "bilin/internal/job", "bilin/internal/live"}
	seen := 0
	for _, f := range load(t) {
		if filepath.Base(f.Path) != "rules.go" || strings.HasPrefix(f.Path, "internal/auth/") {
			continue
		}
		seen++
		for _, path := range f.Imports() {
			if slices.Contains(forbidden, path) {
				t.Errorf("%s imports %s", f.Path, path)
			}
		}
		if line := callsClock(f); line != 0 {
			t.Errorf("%s:%d asks the clock; take the time as a parameter", f.Path, line)
		}
	}
	if seen == 0 {
		t.Error("no rules.go found")
	}
}

// callsClock returns the line of a time.Now, Since or Until call, or 0.
func callsClock(f File) int {
	line := 0
	ast.Inspect(f.AST, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		pkg, ok := sel.X.(*ast.Ident)
		if ok && pkg.Name == "time" && slices.Contains([]string{"Now", "Since", "Until"}, sel.Sel.Name) {
			line = f.Set.Position(sel.Pos()).Line
		}
		return true
	})
	return line
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	documented := map[string]bool{}
	for _, f := range load(t) {
		if f.Test {
			continue
		}
		documented[f.Package] = documented[f.Package] || f.AST.Doc != nil
	}
	for pkg, ok := range documented {
		if !ok {
			t.Errorf("package %s has no comment", pkg)
		}
	}
}

const (
	longestFile     = 500
	longestFunction = 80
)

func TestNothingGrowsTooLong(t *testing.T) {
	for _, f := range load(t) {
		if f.Lines > longestFile {
			t.Errorf("%s has %d lines: look for the seam that was missed", f.Path, f.Lines)
		}
		for _, decl := range f.AST.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			n := f.Set.Position(fn.End()).Line - f.Set.Position(fn.Pos()).Line + 1
			if n > longestFunction {
				t.Errorf("%s: %s has %d lines", f.Path, fn.Name.Name, n)
			}
		}
	}
}

// SQL that means different things on the two engines stays out, DESIGN.md "Data".
func TestSQLIsPortable(t *testing.T) {
	forbidden := []string{" ILIKE ", "= ANY(", " LATERAL ", "SKIP LOCKED", "CURRENT_TIMESTAMP", " OFFSET ", "STRING_AGG(", "GROUP_CONCAT("}
	for _, f := range load(t) {
		if f.Test || strings.HasPrefix(f.Path, "internal/sqldb") || strings.HasPrefix(f.Path, "internal/arch") || strings.HasPrefix(f.Path, "bench/") {
			continue
		}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok {
				return true
			}
			text := strings.ToUpper(strings.Join(strings.Fields(lit.Value), " "))
			if !strings.Contains(text, "SELECT ") && !strings.Contains(text, "UPDATE ") && !strings.Contains(text, "INSERT ") {
				return true
			}
			for _, bad := range forbidden {
				if strings.Contains(text, bad) {
					t.Errorf("%s:%d uses%s", f.Path, f.Set.Position(lit.Pos()).Line, bad)
				}
			}
			return true
		})
	}
}

func TestNoGlobalDatabase(t *testing.T) {
	for _, f := range load(t) {
		for _, decl := range f.AST.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok || gen.Tok.String() != "var" || f.Test {
				continue
			}
			for _, spec := range gen.Specs {
				value, ok := spec.(*ast.ValueSpec)
				if ok && mentionsDB(value.Type) {
					t.Errorf("%s: a database in a package variable", f.Path)
				}
			}
		}
	}
}

func mentionsDB(e ast.Expr) bool {
	star, ok := e.(*ast.StarExpr)
	if !ok {
		return false
	}
	sel, ok := star.X.(*ast.SelectorExpr)
	return ok && sel.Sel.Name == "DB"
}
