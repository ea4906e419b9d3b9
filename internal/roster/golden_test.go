package roster_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"bilin/internal/errs"
	"bilin/internal/roster"

	"golang.org/x/text/encoding/simplifiedchinese"
)

var update = flag.Bool("update", false, "write what the dirty files give into testdata/dirty.txt")

// TestDirtyFiles reads testdata/dirty.txt: after each "== name", a file as it
// might come, and after "--", what its sender is told.
func TestDirtyFiles(t *testing.T) {
	c := sqlite(t)
	if _, err := c.svc.Import(context.Background(), system, file(sound), roster.Options{}); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile("testdata/dirty.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for i, part := range strings.Split(string(raw), "== ") {
		if i == 0 {
			out.WriteString(part)
			continue
		}
		name, rest, _ := strings.Cut(part, "\n")
		input, want, _ := strings.Cut(rest, "--\n")
		got := c.told(t, name, input)
		if got != want && !*update {
			t.Errorf("%s:\n got:\n%s\nwant:\n%s", name, got, want)
		}
		fmt.Fprintf(&out, "== %s\n%s--\n%s", name, input, got)
	}
	if *update {
		if err := os.WriteFile("testdata/dirty.txt", []byte(out.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// told says what the sender of a file is told, a line for each thing.
func (c *town) told(t *testing.T, name, input string) string {
	t.Helper()
	if strings.Contains(name, "GB18030") {
		var err error
		if input, err = simplifiedchinese.GB18030.NewEncoder().String(input); err != nil {
			t.Fatal(err)
		}
	}
	input = strings.NewReplacer("<TAB>", "\t", "<BAD>", "\xe5\xb0").Replace(input)
	r, err := c.svc.Check(context.Background(), system, file(input), roster.Options{})
	var b strings.Builder
	if err != nil {
		e := errs.As(err)
		fmt.Fprintln(&b, "!", c.t(e.Code, e.Args...))
		for _, f := range e.Fields {
			fmt.Fprintln(&b, "!  ", c.t(f.Code, f.Args...))
		}
		return b.String()
	}
	fmt.Fprintf(&b, "%d 行：新 %d，改 %d，同 %d，错 %d", r.Rows, r.New, r.Changed, r.Same, r.Bad)
	if len(r.Ignored) > 0 {
		fmt.Fprintf(&b, "；没有读：%s", strings.Join(r.Ignored, "、"))
	}
	b.WriteString("\n")
	for _, i := range r.Issues {
		wrong, expected := i.Say(c.t)
		fmt.Fprintf(&b, "第 %d 行 %s %s「%s」%s 应填：%s\n", i.Row, i.Letter, i.Column, i.Value, wrong, expected)
		if strings.Contains(wrong+expected, "{") || strings.Contains(wrong+expected, "⟦") {
			t.Errorf("%s: %s: a placeholder is left: %s %s", name, i.Code, wrong, expected)
		}
	}
	return b.String()
}

func TestEveryIssueHasItsWords(t *testing.T) {
	for key := range roster.Messages {
		code, ok := strings.CutPrefix(key, "roster.wrong.")
		if !ok {
			continue
		}
		for _, prefix := range []string{"roster.expected.", "roster.kind."} {
			if _, ok := roster.Messages[prefix+code]; !ok {
				t.Error(errors.New(prefix + code + " is missing"))
			}
		}
	}
	for _, f := range roster.Fields() {
		if _, ok := roster.Messages[f.Key()]; !ok {
			t.Errorf("%s has no title", f)
		}
	}
}
