package arch

import (
	"go/ast"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// mayDial are the packages that open connections to the outside themselves, and why.
var mayDial = map[string]string{
	"gateway":          "the guard: everything outgoing goes through its client or its dialer",
	"gateway/loopback": "the trial gateway, which answers this machine only; it is handed its client",
	"rehearsal":        "people played by the program ask this very server",
	"sqldb":            "the city's own database, named by whoever runs it",
}

// outgoing are what opens a connection, by package and name.
var outgoing = map[string][]string{
	"net/http":   {"Client", "Transport", "DefaultClient", "DefaultTransport", "Get", "Post", "PostForm", "Head"},
	"net":        {"Dial", "DialTimeout", "DialTCP", "DialUDP", "DialIP", "DialUnix", "Dialer"},
	"crypto/tls": {"Dial", "DialWithDialer", "Dialer"},
	"net/smtp":   {"Dial", "NewClient", "SendMail"},
	"net/rpc":    {"Dial", "DialHTTP"},
}

// All that goes out goes through the guarded client: no other package makes a
// client, a transport or a dialer, nor asks with the usual ones.
func TestOnlyTheGuardGoesOut(t *testing.T) {
	used := map[string]bool{}
	for _, f := range load(t) {
		if f.Test || !strings.HasPrefix(f.Path, "internal/") && !strings.HasPrefix(f.Path, "cmd/") || strings.HasSuffix(f.Package, "test") {
			continue
		}
		for line, what := range calls(f, outgoing) {
			if mayDial[f.Package] == "" {
				t.Errorf("%s:%d uses %s: go out through gateway.Guard", f.Path, line, what)
			}
			used[f.Package] = true
		}
	}
	if !used["gateway"] {
		t.Error("the guard itself isn't seen: does the search still fit?")
	}
}

// calls finds what a file says of packages, by line.
func calls(f File, of map[string][]string) map[int]string {
	names := map[string]string{} // local name → path
	for _, spec := range f.AST.Imports {
		path := strings.Trim(spec.Path.Value, `"`)
		name := path[strings.LastIndex(path, "/")+1:]
		if name == "v2" {
			name = "rand"
		}
		if spec.Name != nil {
			name = spec.Name.Name
		}
		names[name] = path
	}
	found := map[int]string{}
	ast.Inspect(f.AST, func(n ast.Node) bool {
		if _, pointer := n.(*ast.StarExpr); pointer {
			return false // a type that one is handed
		}
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		pkg, ok := sel.X.(*ast.Ident)
		if ok && slices.Contains(of[names[pkg.Name]], sel.Sel.Name) {
			found[f.Set.Position(sel.Pos()).Line] = names[pkg.Name] + "." + sel.Sel.Name
		}
		return true
	})
	return found
}

// mayThrowDice are the packages for which math/rand is good enough, and why.
var mayThrowDice = map[string]string{
	"demo":               "a story, the same for the same seed",
	"app":                "stories of the demo city",
	"rehearsal":          "a story",
	"outcome/method":     "a simulation that can be repeated",
	"roster/rosterbench": "a benchmark",
	"gateway/loopback":   "how a trial gateway fails",
	"job":                "jitter of a repeat",
	"demand/tell":        "jitter of a repeat",
	"live":               "jitter of a reconnection",
	"sqldb":              "jitter of a repeat",
}

// Keys, codes, links and cookies come from the system's generator: math/rand is
// for stories and for jitter.
func TestSecretsAreDrawnFromTheSystem(t *testing.T) {
	for _, f := range load(t) {
		if f.Test || !strings.HasPrefix(f.Path, "internal/") {
			continue
		}
		for _, path := range f.Imports() {
			if (path == "math/rand" || path == "math/rand/v2") && mayThrowDice[f.Package] == "" {
				t.Errorf("%s throws dice", f.Path)
			}
		}
	}
	for _, secret := range []string{"auth", "seal", "web", "network", "mobilise", "privacy", "audit", "audit/witness", "backup"} {
		if mayThrowDice[secret] != "" {
			t.Errorf("%s may throw dice", secret)
		}
	}
}

// mayOpenFiles are the packages that open files by name. None of them is given
// a name by a request: pages and interfaces hand over bytes.
var mayOpenFiles = map[string]string{
	"audit": "keys, checkpoints and witnesses below DATA/audit", "audit/witness": "the witness's own files",
	"backup": "a backup's file and the data directory", "recovery": "the directory of backups",
	"cli": "files that whoever runs a command names", "config": "the settings", "demo": "the note of what was made",
	"mobilise/push": "keys below DATA/keys", "seal": "keys below DATA/keys", "seal/keep": "copies of the keys", "sqldb": "the database",
	"rehearsal": "a lock below DATA", "roster": "a lock below DATA", "workday": "the calendar's file", "app": "the data directory",
	"outcome/pull": "SQLite files below DATA/pull, links resolved", "gateway/loopback": "its own log",
}

// No handler opens a file by a name that came with a request.
func TestFilesAreNamedByConstants(t *testing.T) {
	opening := map[string][]string{"os": {"Open", "OpenFile", "Create", "CreateTemp", "ReadFile", "WriteFile", "Remove", "RemoveAll", "Rename", "Mkdir", "MkdirAll", "ReadDir"}}
	for _, f := range load(t) {
		if f.Test || !strings.HasPrefix(f.Path, "internal/") || strings.HasSuffix(top(f.Package), "test") ||
			slices.Contains([]string{"arch", "sqldbtest", "webtest", "roster/rosterbench", "mirror"}, f.Package) {
			continue
		}
		for line, what := range calls(f, opening) {
			if mayOpenFiles[f.Package] == "" {
				t.Errorf("%s:%d uses %s", f.Path, line, what)
			}
			if isWeb(f.Package) || top(f.Package) == "api" {
				t.Errorf("%s:%d: pages open no files", f.Path, line)
			}
		}
	}
}

// Nothing is run, loaded or pointed at past the language's rules.
func TestNothingIsRunOrLoaded(t *testing.T) {
	for _, f := range load(t) {
		if f.Test || !strings.HasPrefix(f.Path, "internal/") || strings.HasPrefix(f.Path, "internal/sqldbtest/") {
			continue
		}
		for _, path := range f.Imports() {
			if slices.Contains([]string{"os/exec", "plugin", "unsafe", "C", "text/template", "encoding/gob", "net/http/pprof", "expvar"}, path) {
				t.Errorf("%s imports %s", f.Path, path)
			}
		}
	}
}

// Every table that leaves is written by sheet, which escapes what a spreadsheet
// would take for a formula.
func TestEveryTableGoesThroughTheSheet(t *testing.T) {
	writers := map[string][]string{"encoding/csv": {"NewWriter"}, "github.com/xuri/excelize/v2": {"NewFile"}}
	answers, files := 0, load(t)
	for _, f := range files {
		if f.Test || !strings.HasPrefix(f.Path, "internal/") || f.Package == "sheet" {
			continue
		}
		for line, what := range calls(f, writers) {
			t.Errorf("%s:%d uses %s: write tables with sheet", f.Path, line, what)
		}
		sends := false
		ast.Inspect(f.AST, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			sends = sends || ok && strings.Contains(lit.Value, "text/csv; charset")
			return true
		})
		if sends && !knowsSheet(files, f.Package) {
			t.Errorf("%s answers with a table that sheet didn't write", f.Path)
		}
		if sends {
			answers++
		}
	}
	if answers < 8 {
		t.Errorf("only %d tables found: does the search still fit?", answers)
	}
}

// knowsSheet says whether some file of a package, which may write for the one that sends, imports sheet.
func knowsSheet(files []File, pkg string) bool {
	return slices.ContainsFunc(files, func(f File) bool {
		return f.Package == pkg && slices.Contains(f.Imports(), "bilin/internal/sheet")
	})
}

// functions returns the text of a file's functions by name.
func functions(f File) map[string]string {
	raw, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(f.Path)))
	if err != nil {
		return nil
	}
	out := map[string]string{}
	for _, decl := range f.AST.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil {
			out[fn.Name.Name] = string(raw[f.Set.Position(fn.Pos()).Offset:f.Set.Position(fn.End()).Offset])
		}
	}
	return out
}
