package care_test

import (
	"context"
	"database/sql"
	"fmt"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"bilin/internal/care"
	"bilin/internal/sqldb"
)

type rows = sql.Rows

// dump is everything a table holds, as text.
func dump(ctx context.Context, q sqldb.Querier, table string) (string, error) {
	found, err := q.QueryContext(ctx, `SELECT * FROM "`+table+`"`)
	if err != nil {
		return "", err
	}
	defer found.Close()
	cols, err := found.Columns()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for found.Next() {
		values := make([]any, len(cols))
		for i := range values {
			values[i] = new(any)
		}
		if err := found.Scan(values...); err != nil {
			return "", err
		}
		for _, v := range values {
			switch v := (*v.(*any)).(type) {
			case []byte:
				b.Write(v)
			default:
				fmt.Fprint(&b, v)
			}
			b.WriteByte(' ')
		}
	}
	return b.String(), found.Err()
}

// What an entry holds are codes and a day: there is no field for free words, so
// nobody can be judged in one.
func TestAnEntryHasNoFreeWords(t *testing.T) {
	codes := map[reflect.Type]bool{reflect.TypeFor[care.Basis](): true, reflect.TypeFor[care.Agreed](): true}
	content := reflect.TypeFor[care.Content]()
	for i := range content.NumField() {
		f := content.Field(i)
		if f.Name != "Need" && f.Name != "AgreedOn" && !codes[f.Type] {
			t.Errorf("%s could hold anything", f.Name)
		}
	}
	for _, cmd := range []reflect.Type{reflect.TypeFor[care.Enter](), reflect.TypeFor[care.Renew](), reflect.TypeFor[care.End]()} {
		for i := range cmd.NumField() {
			name := strings.ToLower(cmd.Field(i).Name)
			for _, word := range []string{"note", "text", "words", "remark", "comment", "score", "level", "risk"} {
				if strings.Contains(name, word) {
					t.Errorf("%s has a field %s", cmd.Name(), cmd.Field(i).Name)
				}
			}
		}
	}
}

// There is no way to take the list away in bulk: nothing of care writes a table,
// and its lists come in pages that a limit bounds.
func TestThereIsNoBulkExport(t *testing.T) {
	for _, dir := range []string{".", "need", "../careweb"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no files in %s, %v", dir, err)
		}
		for _, name := range files {
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range file.Imports {
				switch strings.Trim(i.Path.Value, `"`) {
				case "encoding/csv", "bilin/internal/sheet", "github.com/xuri/excelize/v2":
					t.Errorf("%s imports %s", name, i.Path.Value)
				}
			}
		}
	}
}
