package roster

import (
	"cmp"
	"maps"
	"slices"

	"bilin/internal/sheet"
)

// Report is what a reading of a file found, and what an import did. Without
// Issues it holds no personal data.
type Report struct {
	Format   sheet.Format   `json:"format"`
	Encoding sheet.Encoding `json:"encoding,omitempty"`
	Sheet    string         `json:"sheet,omitempty"`
	Others   []string       `json:"others,omitempty"`  // sheets that weren't read
	Ignored  []string       `json:"ignored,omitempty"` // columns that weren't read

	Rows    int `json:"rows"`
	New     int `json:"new"`
	Changed int `json:"changed"`
	Same    int `json:"same"`
	Bad     int `json:"bad"`
	NoPhone int `json:"no_phone"` // households without a telephone number

	Areas     int `json:"areas"` // to be made
	Groups    int `json:"groups"`
	Cells     int `json:"cells"`
	Persons   int `json:"persons"`   // to be entered
	Appointed int `json:"appointed"` // posts to be filled
	Phones    int `json:"phones"`    // numbers of known people that change
	Kept      int `json:"kept"`      // posts whose holder isn't the one the roster names
	Claims    int `json:"claims"`    // households claimed by a second cell

	Wrong  map[string]int `json:"wrong,omitempty"` // rows by code of issue
	Issues []Issue        `json:"-"`
	Done   Done           `json:"done"`
}

// Done is what has been written so far.
type Done struct {
	New     int `json:"new"`
	Changed int `json:"changed"`
	Units   int `json:"units"`
	Persons int `json:"persons"`
	Claims  int `json:"claims"`
}

// Nothing reports whether an import would change nothing.
func (r *Report) Nothing() bool {
	return r.New+r.Changed+r.Areas+r.Groups+r.Cells+r.Persons+r.Appointed+r.Phones+r.Claims == 0
}

// Kind is a code of issue and how many rows have it.
type Kind struct {
	Code string
	Rows int
}

// Wrong returns the message key of what is wrong.
func (k Kind) Wrong() string { return "roster.kind." + k.Code }

// Kinds lists the issues by how often they occur.
func (r *Report) Kinds() []Kind {
	list := make([]Kind, 0, len(r.Wrong))
	for code, n := range maps.All(r.Wrong) {
		list = append(list, Kind{code, n})
	}
	slices.SortFunc(list, func(a, b Kind) int {
		return cmp.Or(cmp.Compare(b.Rows, a.Rows), cmp.Compare(a.Code, b.Code))
	})
	return list
}

func (r *Report) count(code string) {
	if r.Wrong == nil {
		r.Wrong = map[string]int{}
	}
	r.Wrong[code]++
}

func (r *Report) describe(src *source) {
	r.Format, r.Encoding = src.table.Format, src.table.Encoding
	r.Ignored = src.h.ignored()
	for i, name := range src.table.Sheets {
		if i == src.sheet {
			r.Sheet = name
		} else {
			r.Others = append(r.Others, name)
		}
	}
}

func (d *Done) add(o Done) {
	d.New += o.New
	d.Changed += o.Changed
	d.Units += o.Units
	d.Persons += o.Persons
	d.Claims += o.Claims
}
