package copytext_test

import (
	"bytes"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"bilin/internal/copytext"
)

// Whatever is written reads back, on one line, field by field.
func TestWhatIsWrittenReadsBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(rapid.OneOf(rapid.String(), rapid.StringMatching(`[\\\t\n\rNxa]*`)), 1, 5).Draw(t, "texts")
		raw := rapid.SliceOf(rapid.Byte()).Draw(t, "raw")
		var line []byte
		for _, text := range texts {
			line = append(copytext.AppendText(line, text), '\t')
		}
		line = append(copytext.AppendNull(line), '\t')
		line = copytext.AppendBytes(line, raw)
		if bytes.IndexByte(line, '\n') >= 0 {
			t.Fatalf("two lines: %q", line)
		}
		fields := slices.Collect(copytext.Fields(line))
		if len(fields) != len(texts)+2 {
			t.Fatalf("%d fields of %d: %q", len(fields), len(texts)+2, line)
		}
		for i, text := range texts {
			if got, err := copytext.Text(fields[i]); err != nil || got != text || copytext.IsNull(fields[i]) {
				t.Fatalf("%q for %q, %v", got, text, err)
			}
		}
		if !copytext.IsNull(fields[len(texts)]) {
			t.Fatal("nothing became something")
		}
		if got, err := copytext.Bytes(fields[len(texts)+1]); err != nil || !bytes.Equal(got, raw) {
			t.Fatalf("%x for %x, %v", got, raw, err)
		}
	})
}

func TestMalformed(t *testing.T) {
	t.Parallel()
	for _, field := range []string{`\`, `a\`, `\q`, `\N`} {
		if got, err := copytext.Text([]byte(field)); err == nil {
			t.Errorf("%q reads as %q", field, got)
		}
	}
	for _, field := range []string{``, `\x00`, `\\x0`, `\\xzz`, `00`} {
		if got, err := copytext.Bytes([]byte(field)); err == nil {
			t.Errorf("%q reads as %x", field, got)
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add([]byte(`a\tb\\`))
	f.Add([]byte(`\N`))
	f.Fuzz(func(t *testing.T, field []byte) {
		text, err := copytext.Text(field)
		if err != nil {
			return
		}
		again, err := copytext.Text(copytext.AppendText(nil, text))
		if err != nil || again != text {
			t.Errorf("%q became %q, %v", text, again, err)
		}
	})
}
