// Package arch holds the rules of the house as tests: who may import whom, what
// a rules.go may know, how long things may grow.
package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// File is one parsed Go file of the repository.
type File struct {
	Path    string // from the repository's root, with slashes
	Package string // directory below internal/, or the directory for others
	Test    bool
	Lines   int
	AST     *ast.File
	Set     *token.FileSet
}

// Imports lists the import paths of the file.
func (f File) Imports() []string {
	out := make([]string, 0, len(f.AST.Imports))
	for _, spec := range f.AST.Imports {
		if path, err := strconv.Unquote(spec.Path.Value); err == nil {
			out = append(out, path)
		}
	}
	return out
}

// Load parses every Go file below root, except what npm and builds bring.
func Load(root string) ([]File, error) {
	var out []File
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != root && skipDir(d.Name()) {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") {
			return nil
		}
		f, err := parse(root, path)
		if err == nil {
			out = append(out, f)
		}
		return err
	})
	return out, err
}

func skipDir(name string) bool {
	return name == "node_modules" || name == "testdata" || name == "dist" || name == "data" ||
		(strings.HasPrefix(name, ".") && name != ".")
}

func parse(root, path string) (File, error) {
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, path, nil, parser.ParseComments)
	if err != nil {
		return File{}, err
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return File{}, err
	}
	rel, err := filepath.Rel(root, path)
	if err != nil {
		return File{}, err
	}
	rel = filepath.ToSlash(rel)
	pkg := strings.TrimPrefix(filepath.ToSlash(filepath.Dir(rel)), "internal/")
	return File{
		Path: rel, Package: pkg, Test: strings.HasSuffix(rel, "_test.go"),
		Lines: strings.Count(string(raw), "\n"), AST: tree, Set: set,
	}, nil
}
