// Package feed reads departments' figures as people write them, says what is wrong with them, and hands over what is right.
package feed

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"io"

	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/outcome"
	"bilin/internal/sheet"
)

//go:embed messages.json
var raw []byte

// Messages are this package's words.
var Messages = i18n.MustParse(raw)

// MaxRows is how many rows one file or call brings: a large city's villages over
// many quarters.
const MaxRows = 20_000

// Row is one line as it was written. A village is named by its code, or by its
// name with or without the town's.
type Row struct {
	Number              int // as the spreadsheet numbers it; from 1 for others
	Code, Town, Village string
	Period              string
	Num, Den            string
}

// The columns of a table; a column's name is the message "outcome.feed.column."
// and this.
const (
	ColCode    = "code"
	ColTown    = "town"
	ColVillage = "village"
	ColPeriod  = "period"
	ColNum     = "numerator"
	ColDen     = "denominator"
)

// Columns lists them in the order in which we write them.
func Columns() []string { return []string{ColCode, ColTown, ColVillage, ColPeriod, ColNum, ColDen} }

// headings are how people call the columns.
var headings = map[string]string{
	"代码": ColCode, "村社区代码": ColCode, "区划代码": ColCode, "统计代码": ColCode, "行政区划代码": ColCode, "code": ColCode, "village code": ColCode,
	"镇街": ColTown, "镇": ColTown, "乡镇": ColTown, "街道": ColTown, "乡镇街道": ColTown, "镇（街）": ColTown, "town": ColTown,
	"村社区": ColVillage, "村": ColVillage, "社区": ColVillage, "村（社区）": ColVillage, "村(社区)": ColVillage, "村/社区": ColVillage, "村名": ColVillage, "名称": ColVillage, "单位": ColVillage, "village": ColVillage,
	"季度": ColPeriod, "时间": ColPeriod, "期": ColPeriod, "期间": ColPeriod, "所属季度": ColPeriod, "period": ColPeriod, "quarter": ColPeriod,
	"分子": ColNum, "数量": ColNum, "件数": ColNum, "起数": ColNum, "人数": ColNum, "次数": ColNum, "numerator": ColNum, "count": ColNum,
	"分母": ColDen, "总数": ColDen, "基数": ColDen, "denominator": ColDen, "total": ColDen,
}

// File is a table that somebody brought.
type File struct {
	Name   string
	SHA256 string
	Way    outcome.Way
	Rows   []Row
}

// Digest is the SHA-256 of what came, as it is kept.
func Digest(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// maxName bounds a file's name, in bytes.
const maxName = 200

// ReadFile reads the first sheet of a CSV or XLSX file, whose first row names the
// columns in any order; others are passed over. An indicator's own words for what
// it counts are taken for names of columns too.
func ReadFile(x outcome.Indicator, name string, src io.ReaderAt, size int64) (File, error) {
	names := make(map[string]string, len(headings)+4)
	for column, words := range map[string][]string{ColDen: {x.Denominator, x.DenomEN}, ColNum: {x.Numerator, x.NumEN}} {
		for _, w := range words {
			names[sheet.Fold(w)] = column
		}
	}
	for word, column := range headings {
		names[word] = column
	}
	columns := sheet.Columns{Names: names, Need: []string{ColPeriod, ColNum, ColDen}, Max: MaxRows,
		NoRows: "outcome.feed.no_rows", NoColumn: "outcome.feed.no_column", Formula: "outcome.feed.formula", ManyRows: "outcome.feed.many_rows"}
	f, named := File{Name: clip(name), Way: outcome.File}, false
	err := columns.Read(src, size, func(number int, cell func(string) string) error {
		f.Rows = append(f.Rows, Row{number, cell(ColCode), cell(ColTown), cell(ColVillage), cell(ColPeriod), cell(ColNum), cell(ColDen)})
		named = named || cell(ColCode) != "" || cell(ColVillage) != ""
		return nil
	})
	if err == nil && !named {
		err = errs.E(errs.Invalid, "outcome.feed.no_column").WithField("file", "outcome.feed.no_column")
	}
	if err != nil {
		return File{}, err
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(src, 0, size)); err != nil {
		return File{}, err
	}
	f.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return f, nil
}

func clip(name string) string {
	for len(name) > maxName {
		runes := []rune(name)
		name = string(runes[1:]) // its end tells more
	}
	return name
}
