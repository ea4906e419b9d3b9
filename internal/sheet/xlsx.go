package sheet

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"slices"
	"strings"

	"bilin/internal/errs"
)

// workbook is an XLSX file: its visible sheets, and the strings they share.
type workbook struct {
	zip    *zip.Reader
	paths  []string // of the visible sheets, in the order of the tabs
	shared []string
	merges map[int][]merge // by sheet, as far as read
	limit  int64           // on what one part unfolds to
}

// openXLSX lists the sheets and reads the shared strings.
func (t *Table) openXLSX() error {
	z, err := zip.NewReader(t.src, t.size)
	if err != nil {
		return damaged(err)
	}
	book := &workbook{zip: z, limit: t.limits.Unzipped, merges: map[int][]merge{}}
	if err := book.check(); err != nil {
		return err
	}
	names, err := book.readSheets()
	if err != nil {
		return err
	}
	if err := book.readShared(); err != nil {
		return err
	}
	t.Format, t.Sheets, t.book = XLSX, names, book
	return nil
}

// A large part that folds to less than a sixtieth holds the same thing over and
// over: rosters fold to a tenth or so.
const (
	suspectSize  = 32 * mib
	suspectRatio = 60
)

// check refuses what isn't a workbook, and one that would unfold to more than
// the limit. The sizes in the directory may lie, so open counts again.
func (b *workbook) check() error {
	var total uint64
	for _, f := range b.zip.File {
		if f.Name == "mimetype" || f.Name == "content.xml" {
			return errs.E(errs.Unsupported, "sheet.ods")
		}
		if total += f.UncompressedSize64; total > uint64(b.limit) || f.UncompressedSize64 > uint64(b.limit) {
			return b.bomb()
		}
		if f.UncompressedSize64 > suspectSize && f.UncompressedSize64 > suspectRatio*f.CompressedSize64 {
			return errs.E(errs.TooLarge, "sheet.bomb_ratio", "ratio", f.UncompressedSize64/max(1, f.CompressedSize64))
		}
	}
	if b.find("xl/workbook.xml") == nil {
		return errs.E(errs.Unsupported, "sheet.not_a_table")
	}
	return nil
}

func (b *workbook) bomb() error {
	return errs.E(errs.TooLarge, "sheet.bomb", "limit", Size(b.limit))
}

func (b *workbook) find(name string) *zip.File {
	for _, f := range b.zip.File {
		if strings.EqualFold(strings.TrimPrefix(f.Name, "/"), name) {
			return f
		}
	}
	return nil
}

// open reads a part of the workbook, up to the limit. A part that isn't there is empty.
func (b *workbook) open(name string) (io.ReadCloser, error) {
	f := b.find(name)
	if f == nil {
		return io.NopCloser(strings.NewReader("")), nil
	}
	r, err := f.Open()
	if err != nil {
		return nil, damaged(err)
	}
	return &limited{ReadCloser: r, left: b.limit, limit: b.limit, size: f.UncompressedSize64, over: b.bomb()}, nil
}

// limited stops reading, with an error of its own, where the limit is passed.
type limited struct {
	io.ReadCloser
	left, limit int64
	size        uint64
	over        error
}

func (l *limited) share() float64 { return min(1, float64(l.limit-l.left)/float64(max(1, l.size))) }

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.ReadCloser.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return 0, l.over
	}
	return n, err
}

// partError keeps an error that is already classified and calls any other damage.
func partError(err error) error {
	if known, ok := errors.AsType[*errs.Error](err); ok {
		return known
	}
	return damaged(err)
}

func (b *workbook) decode(name string, into any) error {
	r, err := b.open(name)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }() // only read from
	if err := xml.NewDecoder(r).Decode(into); err != nil && err != io.EOF {
		return partError(err)
	}
	return nil
}

// readSheets finds the visible sheets and where they lie.
func (b *workbook) readSheets() ([]string, error) {
	var book struct {
		Sheets []struct {
			Name  string     `xml:"name,attr"`
			State string     `xml:"state,attr"`
			Attrs []xml.Attr `xml:",any,attr"`
		} `xml:"sheets>sheet"`
	}
	var rels struct {
		List []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	if err := errors.Join(b.decode("xl/workbook.xml", &book), b.decode("xl/_rels/workbook.xml.rels", &rels)); err != nil {
		return nil, partError(err)
	}
	var names []string
	for _, s := range book.Sheets {
		id := slices.IndexFunc(s.Attrs, func(a xml.Attr) bool { return a.Name.Local == "id" })
		if s.State == "hidden" || s.State == "veryHidden" || id < 0 {
			continue
		}
		for _, rel := range rels.List {
			if rel.ID == s.Attrs[id].Value {
				names = append(names, s.Name)
				b.paths = append(b.paths, partPath(rel.Target))
			}
		}
	}
	if len(names) == 0 {
		return nil, errs.E(errs.Invalid, "sheet.no_sheet")
	}
	return names, nil
}

func partPath(target string) string {
	if abs, ok := strings.CutPrefix(target, "/"); ok {
		return abs
	}
	return path.Join("xl", target)
}

// readShared loads the texts that cells refer to by number into one string.
func (b *workbook) readShared() error {
	r, err := b.open("xl/sharedStrings.xml")
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }() // only read from
	var all []byte
	var ends []int
	s := newScanner(r)
	for phonetic := false; ; {
		err := s.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return partError(err)
		}
		switch {
		case string(s.name) == "rPh":
			phonetic = !s.end
		case s.ends("t") && !phonetic:
			all = unescape(all, s.text)
		case s.ends("si") || s.is("si") && s.void:
			ends = append(ends, len(all))
		}
	}
	b.shared = cut(string(all), ends)
	return nil
}

func cut(all string, ends []int) []string {
	list := make([]string, len(ends))
	from := 0
	for i, end := range ends {
		list[i] = unescapeControls(all[from:end])
		from = end
	}
	return list
}
