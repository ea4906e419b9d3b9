package sheet_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"bilin/internal/errs"
	"bilin/internal/sheet"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// read returns the rows as lines of "number: a|b|c", formulas marked with {=}.
func read(t *testing.T, raw []byte, limits sheet.Limits) ([]string, error) {
	t.Helper()
	table, err := sheet.Open(bytes.NewReader(raw), int64(len(raw)), limits)
	if err != nil {
		return nil, err
	}
	rows, err := table.Rows(0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var lines []string
	for {
		row, err := rows.Next()
		if err == io.EOF {
			return lines, nil
		}
		if err != nil {
			return lines, err
		}
		cells := append([]string(nil), row.Cells...)
		for _, i := range row.Formulas {
			cells[i] = "{=}" + cells[i]
		}
		lines = append(lines, strings.Join(cells, "|"))
	}
}

const text = "户主,地址\r\n王小明,花明北路12号\r\n李四,\"李家湾,12号\"\r\n"

func TestEncodings(t *testing.T) {
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(text)
	le, err2 := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(text)
	be, err3 := unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewEncoder().String(text)
	if err := errors.Join(err, err2, err3); err != nil {
		t.Fatal(err)
	}
	for name, raw := range map[string]string{
		"utf-8": text, "bom": "\ufeff" + text, "gb18030": gb, "utf-16le bom": le, "utf-16be": be,
		"tabs":                 strings.NewReplacer("\"李家湾,12号\"", "李家湾,12号", ",", "\t").Replace(text),
		"late chinese gb18030": gb,
	} {
		got, err := read(t, []byte(raw), sheet.Limits{})
		want := "户主|地址\n王小明|花明北路12号\n李四|李家湾,12号"
		if err != nil || strings.Join(got, "\n") != want {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}

func TestOneBrokenCharacterStaysUTF8(t *testing.T) {
	got, err := read(t, []byte(strings.Repeat("花明北路,李家湾\n", 50)+"王\xe5\xb0,x\n"), sheet.Limits{})
	if err != nil || got[0] != "花明北路|李家湾" {
		t.Fatalf("got %q, %v", got, err)
	}
}

func TestRefuses(t *testing.T) {
	zeros := func(name string, n int) []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for _, f := range []string{"xl/workbook.xml", name} {
			w, err := z.Create(f)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(bytes.Repeat([]byte(" "), n)); err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	tests := map[string]struct {
		raw  []byte
		code string
	}{
		"empty":      {nil, "sheet.empty"},
		"big":        {bytes.Repeat([]byte("a,b\n"), 3<<20), "sheet.too_large"},
		"old xls":    {[]byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), "sheet.old_xls"},
		"html":       {[]byte("<html><table><tr><td>户主"), "sheet.html"},
		"pdf":        {[]byte("%PDF-1.7 "), "sheet.not_a_table"},
		"binary":     {[]byte("a\x00\x00\x00b\x00\x01\x02\x00"), "sheet.not_a_table"},
		"noise":      {[]byte("\xff\xfa\x80\x81\xff\x01\xff\xff\xfe\xff"), "sheet.encoding"},
		"bomb":       {zeros("xl/worksheets/sheet1.xml", 33<<20), "sheet.bomb"},
		"ods":        {zeros("content.xml", 10), "sheet.ods"},
		"other zip":  {[]byte("PK\x05\x06" + strings.Repeat("\x00", 18)), "sheet.not_a_table"},
		"broken zip": {[]byte("PK\x03\x04 rest"), "sheet.damaged"},
		"quote":      {[]byte("a,b\n\"x,y\nz,1\n"), "sheet.quote"},
	}
	for name, tt := range tests {
		_, err := read(t, tt.raw, sheet.Limits{})
		if errs.CodeOf(err) != tt.code {
			t.Errorf("%s: got %v, want %s", name, err, tt.code)
		}
		if _, ok := sheet.Messages[tt.code]; !ok {
			t.Errorf("%s has no message", tt.code)
		}
	}
	// However much is allowed, a bomb is known by its ratio.
	_, err := read(t, zeros("xl/worksheets/sheet1.xml", 40<<20), sheet.Limits{Unzipped: 8 << 30})
	if errs.CodeOf(err) != "sheet.bomb_ratio" {
		t.Errorf("large bomb: %v", err)
	}
}

func TestWorkbook(t *testing.T) {
	f := excelize.NewFile()
	set := func(cell string, v any) {
		if err := f.SetCellValue("Sheet1", cell, v); err != nil {
			t.Fatal(err)
		}
	}
	set("A1", "花名册")
	set("A2", "片")
	set("B2", "户数")
	set("A3", "一片 & <二>")
	set("B3", 430182001001)
	set("B4", 3)
	set("D4", "x")
	set("B6", 1.5)
	err := errors.Join(
		f.MergeCell("Sheet1", "A1", "C1"), f.MergeCell("Sheet1", "A3", "A4"),
		f.SetCellFormula("Sheet1", "C3", "=SUM(B3:B4)"),
		f.SetCellRichText("Sheet1", "C4", []excelize.RichTextRun{{Text: "富"}, {Text: "文本"}}))
	var b bytes.Buffer
	if err := errors.Join(err, f.Write(&b)); err != nil {
		t.Fatal(err)
	}
	got, err := read(t, b.Bytes(), sheet.Limits{})
	want := []string{"花名册", "片|户数", "一片 & <二>|430182001001|{=}", "一片 & <二>|3|富文本|x", "|1.5"}
	if err != nil || strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Fatalf("got %q, %v", got, err)
	}
}

func TestRoundTrip(t *testing.T) {
	lines := [][]string{{"片", "电话"}, {"=cmd()", "+86 138"}, {"-1", "@x"}, {"'=a", "平常\"引号\""}, {"a,b", "两\n行"}, {"'", "＝全角"}}
	for _, format := range []sheet.Format{sheet.CSV, sheet.XLSX} {
		var b bytes.Buffer
		w, err := sheet.NewWriter(&b, format)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range lines {
			if err := w.Write(line); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		got, err := read(t, b.Bytes(), sheet.Limits{})
		if err != nil || len(got) != len(lines) {
			t.Fatalf("%s: got %q, %v", format, got, err)
		}
		for i, line := range got {
			for j, cell := range strings.Split(line, "|") {
				if j == 0 && i == 1 && cell != "'=cmd()" {
					t.Errorf("%s: formula not escaped: %q", format, cell)
				}
				if sheet.Unescape(cell) != lines[i][j] {
					t.Errorf("%s: got %q, want %q", format, sheet.Unescape(cell), lines[i][j])
				}
			}
		}
	}
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte(text))
	f.Add([]byte("PK\x03\x04"))
	f.Add([]byte("\xff\xfea\x00,\x00"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, err := read(t, raw, sheet.Limits{Bytes: 1 << 20, Unzipped: 4 << 20})
		if err != nil && errs.KindOf(err) == errs.Internal {
			t.Fatalf("unclassified: %v", err)
		}
	})
}

// FuzzWorksheet feeds the XML of a worksheet inside a sound workbook.
func FuzzWorksheet(f *testing.F) {
	f.Add(`<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><f>A1</f><v>4.3E+11</v></c></row></sheetData><mergeCells><mergeCell ref="A1:A9"/></mergeCells></worksheet>`)
	f.Add(`<x:row r="3"><x:c t="inlineStr"><x:is><x:t>a&#x4e00;&amp;<![CDATA[<b>]]></x:t></x:is></x:c></x:row>`)
	f.Add(`<!-- c --><row r='1048577'/><c r="XFD1"/><!DOCTYPE x>`)
	f.Fuzz(func(t *testing.T, part string) {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for name, body := range map[string]string{
			"xl/workbook.xml":            `<workbook xmlns:r="r"><sheets><sheet name="S" r:id="r1"/></sheets></workbook>`,
			"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>`,
			"xl/sharedStrings.xml":       `<sst><si><t>共享</t></si></sst>`,
			"xl/worksheets/sheet1.xml":   part,
		} {
			w, err := z.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(w, body); err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := read(t, b.Bytes(), sheet.Limits{}); err != nil && errs.KindOf(err) == errs.Internal {
			t.Fatalf("unclassified: %v", err)
		}
	})
}

// TestDiscardLeavesNothing writes more than is held in memory and gives up.
func TestDiscardLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	w, err := sheet.NewWriter(io.Discard, sheet.XLSX)
	if err != nil {
		t.Fatal(err)
	}
	row := []string{strings.Repeat("花明北路", 2000)}
	left := func() int {
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		return len(files)
	}
	for n := 0; left() == 0 && n < 2000; n++ {
		if err := w.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	if left() == 0 {
		t.Fatal("everything was held in memory")
	}
	if w.Discard(); left() != 0 {
		t.Error("a temporary file with the rows was left behind")
	}
}
