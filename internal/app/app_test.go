package app_test

import (
	"context"
	"go/ast"
	"go/token"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"bilin/internal/app"
	"bilin/internal/arch"
	"bilin/internal/auth"
	"bilin/internal/cli"
	"bilin/internal/config"
	"bilin/internal/demo"
	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/rehearsal"
	"bilin/internal/seal"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

// city opens an empty city with the whole house on it.
func city(t *testing.T) (*app.App, *web.Server) {
	t.Helper()
	cfg := config.Default()
	cfg.Dir = t.TempDir()
	a, err := app.Open(context.Background(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	server, err := a.Server()
	if err != nil {
		t.Fatal(err)
	}
	return a, server
}

func TestEveryRouteAsksForAKnownRight(t *testing.T) {
	a, server := city(t)
	routes := server.Access()
	if len(routes) < 60 {
		t.Fatalf("only %d routes", len(routes))
	}
	for pattern, access := range routes {
		if access != web.Public && !a.Policy.Knows(auth.Action(access)) {
			t.Errorf("%s asks for %q, which no rule grants", pattern, access)
		}
	}
}

func TestEveryPageFitsItsStruct(t *testing.T) {
	_, server := city(t)
	webtest.CheckTemplates(t, server)
}

func catalog(t *testing.T) *i18n.Catalog {
	t.Helper()
	c, err := app.Catalog(cli.Messages, rehearsal.Messages)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var inTemplate = regexp.MustCompile(`[({]t "([a-z][a-z0-9_.]*)"`)

func TestEveryWordOfATemplateIsTranslated(t *testing.T) {
	c, seen := catalog(t), 0
	var pages []string
	for _, depth := range []string{"*", "*/*"} { // boardweb lies in demandweb
		found, err := filepath.Glob(filepath.Join("..", depth, "templates", "*.html"))
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, found...)
	}
	for _, page := range pages {
		raw, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range inTemplate.FindAllStringSubmatch(string(raw), -1) {
			seen++
			if !strings.HasSuffix(m[1], ".") && !c.Has(m[1]) {
				t.Errorf("%s says %q, which nobody translated", page, m[1])
			}
		}
	}
	if seen < 300 {
		t.Errorf("only %d words found: does the pattern still fit?", seen)
	}
}

// carriers are the calls that take a message key, and which argument it is.
var carriers = map[string]int{"E": 1, "Wrap": 2, "WithField": 1, "Base": 1, "SeeOther": 3, "Fail": 1, "printf": 0, "t": 0}

func TestEveryWordOfTheCodeIsTranslated(t *testing.T) {
	c, seen := catalog(t), 0
	files, err := arch.Load(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f.Test || !strings.HasPrefix(f.Path, "internal/") {
			continue
		}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			if key, ok := keyOf(n); ok {
				seen++
				if !c.Has(key) {
					t.Errorf("%s says %q, which nobody translated", f.Path, key)
				}
			}
			return true
		})
	}
	if seen < 300 {
		t.Errorf("only %d words found: do the calls still fit?", seen)
	}
}

var messageKey = regexp.MustCompile(`^[a-z]+(\.[a-z0-9_]+)+$`)

// keyOf returns the literal message key that a call carries.
func keyOf(n ast.Node) (string, bool) {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return "", false
	}
	name := ""
	switch fn := call.Fun.(type) {
	case *ast.SelectorExpr:
		name = fn.Sel.Name
	case *ast.Ident:
		name = fn.Name
	}
	at, ok := carriers[name]
	if !ok || at >= len(call.Args) {
		return "", false
	}
	lit, ok := call.Args[at].(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	key, err := strconv.Unquote(lit.Value)
	return key, err == nil && messageKey.MatchString(key)
}

// A lost key directory is not quietly replaced by fresh keys.
func TestOtherKeysAreRefused(t *testing.T) {
	cfg := config.Default()
	cfg.Dir = t.TempDir()
	open := func() error {
		a, err := app.Open(context.Background(), cfg, slog.New(slog.DiscardHandler))
		if err != nil {
			return err
		}
		return a.Close(context.Background())
	}
	if err := open(); err != nil {
		t.Fatal(err)
	}
	if err := open(); err != nil {
		t.Fatalf("the same keys: %v", err)
	}
	cfg.KeysDir = t.TempDir()
	if err := open(); errs.CodeOf(err) != "app.keys_gone" {
		t.Errorf("no keys: %v", err)
	}
	if _, err := seal.Open(cfg.KeysDir); err != nil {
		t.Fatal(err)
	}
	if err := open(); errs.CodeOf(err) != "app.other_keys" {
		t.Errorf("other keys: %v", err)
	}
}

// The demo city adds up at every level, as its own coverage page would show it.
func TestTheDemoCityAddsUp(t *testing.T) {
	a, _ := city(t)
	made, err := a.BuildDemo(context.Background(), demo.Options{Dir: a.Config.Dir, Seed: 1, Scale: 0.001})
	if err != nil {
		t.Fatal(err)
	}
	tree := a.Network.Tree()
	if len(made.Logins) != 12 || made.Households != tree.Coverage("").Households {
		t.Errorf("made %+v", made)
	}
	for _, u := range tree.Subtree(tree.Root()) {
		whole := tree.Coverage(u.ID)
		sum := u.Households
		for _, child := range tree.Children(u) {
			sum += tree.Coverage(child.ID).Households
		}
		if whole.Households != sum || whole.Covered+whole.Uncovered != whole.Households {
			t.Fatalf("%s: %+v, its parts hold %d", u.Code, whole, sum)
		}
	}
}
