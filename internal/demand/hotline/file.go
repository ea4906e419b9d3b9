package hotline

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/sheet"
	"bilin/internal/sqldb"
)

// File is a table of work orders as it came.
type File struct {
	Size int64
	io.ReaderAt
}

// ImportOptions say how a file is imported.
type ImportOptions struct {
	DryRun   bool // check only
	SkipBad  bool // leave bad rows out and take the others
	Limits   sheet.Limits
	Progress func(share float64) // of the whole, from 0 to 1; may be nil
}

// Report is what a file holds and what became of it.
type Report struct {
	Rows    int      // that say something
	New     int      // orders taken, or to be taken
	Known   int      // taken before; nothing changes for them
	Bad     int      // rows that can't be taken
	Ignored []string // titles of columns that aren't read
	Issues  []Issue  // the first MaxIssues, in the order of the rows
	Hidden  int      // issues beyond them
}

// MaxIssues is how many issues a report lists.
const MaxIssues = 1000

// takers is how many orders are written at a time; they share commits.
const takers = 8

// Import checks a file of orders and takes them. With a bad row nothing is taken
// unless SkipBad. Stopped halfway, it is simply run again: what was taken is known.
func (s *Service) Import(ctx context.Context, actor auth.Actor, f File, opt ImportOptions) (Report, error) {
	if err := s.may(actor); err != nil {
		return Report{}, err
	}
	src, err := s.open(f, opt.Limits)
	if err != nil {
		return Report{}, err
	}
	if opt.Progress == nil {
		opt.Progress = func(float64) {}
	}
	r, bad, err := s.check(ctx, src, func(share float64) { opt.Progress(share / 5) })
	switch {
	case err != nil || opt.DryRun:
		return r, err
	case r.Bad > 0 && !opt.SkipBad:
		return r, errs.E(errs.Invalid, "hotline.has_bad", "bad", r.Bad)
	}
	return s.takeAll(ctx, actor, src, r, bad, func(share float64) { opt.Progress(0.2 + share*0.8) })
}

// source is a file whose header was found.
type source struct {
	table *sheet.Table
	sheet int
	h     *header
	at    *places
}

func (s *Service) open(f File, limits sheet.Limits) (*source, error) {
	table, err := sheet.Open(f, f.Size, limits)
	if err != nil {
		return nil, err
	}
	at, h, err := findHeader(table)
	if err != nil {
		return nil, err
	}
	return &source{table, at, h, newPlaces(s.opt.Tree())}, nil
}

// each calls fn with every row below the header that says something.
func (src *source) each(ctx context.Context, fn func(row sheet.Row, share float64) error) (err error) {
	rows, err := src.table.Rows(src.sheet)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // only read from
	for {
		row, err := rows.Next()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		if row.Number <= src.h.row || row.Blank() {
			continue
		}
		if err := fn(row, rows.Share()); err != nil {
			return err
		}
	}
}

// sending is an order of the file, as far as sendings are compared.
type sending struct {
	row    int
	digest string
}

// check reads the whole file and writes nothing. bad names the rows not to be taken.
func (s *Service) check(ctx context.Context, src *source, progress func(float64)) (r Report, bad map[int]bool, err error) {
	r.Ignored = src.h.ignored()
	bad = map[int]bool{}
	seen := map[string]sending{}
	rd := &reader{h: src.h, places: src.at}
	now := s.now()
	err = src.each(ctx, func(row sheet.Row, share float64) error {
		progress(share)
		r.Rows++
		o, issues := rd.read(row, now)
		if _, ok := s.category(o.Category); !ok {
			rd.issue(fieldCategory, true, "hotline.category_unknown")
			issues = rd.issues
		}
		if before, ok := seen[o.No]; ok && o.No != "" {
			if before.digest != o.digest() {
				rd.wrong(fieldNo, "hotline.twice", "row", before.row)
				issues = rd.issues
			}
		} else if !serious(issues) {
			seen[o.No] = sending{row.Number, o.digest()}
		}
		r.add(issues)
		if serious(issues) {
			r.Bad++
			bad[row.Number] = true
		}
		return nil
	})
	if err != nil {
		return r, bad, err
	}
	known, err := s.compare(ctx, src, &r, seen, bad)
	slices.SortStableFunc(r.Issues, func(a, b Issue) int { return a.Row - b.Row })
	r.New = len(seen) - known
	r.Known = r.Rows - r.Bad - r.New
	return r, bad, err
}

func serious(issues []Issue) bool {
	return slices.ContainsFunc(issues, func(i Issue) bool { return !i.Note })
}

func (r *Report) add(issues []Issue) {
	for _, i := range issues {
		if len(r.Issues) == MaxIssues {
			r.Hidden++
			continue
		}
		r.Issues = append(r.Issues, i)
	}
}

// compareBatch bounds how many orders are looked up at once.
const compareBatch = 200

// compare finds what was taken before; of the same number with other words it
// says so. known is how many of the file's numbers needn't be taken.
func (s *Service) compare(ctx context.Context, src *source, r *Report, seen map[string]sending, bad map[int]bool) (known int, err error) {
	numbers := make([]string, 0, len(seen))
	for no := range seen {
		numbers = append(numbers, no)
	}
	slices.SortFunc(numbers, func(a, b string) int { return seen[a].row - seen[b].row })
	for batch := range slices.Chunk(numbers, compareBatch) {
		before, err := digestsOf(ctx, s.opt.DB.Reader(), batch)
		if err != nil {
			return known, err
		}
		for _, no := range batch {
			digest, ok := before[no]
			if !ok {
				continue
			}
			known++
			if digest == seen[no].digest || bad[seen[no].row] {
				continue
			}
			rd := &reader{h: src.h, row: sheet.Row{Number: seen[no].row}}
			rd.wrong(fieldNo, "hotline.other_text_before", "order", no)
			r.add(rd.issues)
			r.Bad++
			bad[seen[no].row] = true
		}
	}
	return known, nil
}

// digestsOf returns the digests of those orders that were taken before.
func digestsOf(ctx context.Context, q sqldb.Querier, numbers []string) (map[string]string, error) {
	marks, args := make([]string, len(numbers)), make([]any, len(numbers))
	for i, no := range numbers {
		marks[i], args[i] = "$"+strconv.Itoa(i+1), no
	}
	rows, err := q.QueryContext(ctx, `SELECT order_no, digest FROM demand_hotline WHERE order_no IN (`+strings.Join(marks, ", ")+`)`, args...)
	if err != nil {
		return nil, fmt.Errorf("hotline: digests: %w", err)
	}
	defer rows.Close()
	found := map[string]string{}
	for rows.Next() {
		var no, digest string
		if err := rows.Scan(&no, &digest); err != nil {
			return nil, fmt.Errorf("hotline: digests: %w", err)
		}
		found[no] = digest
	}
	return found, rows.Err()
}

// takeAll takes every row that isn't bad, several at a time.
func (s *Service) takeAll(ctx context.Context, actor auth.Actor, src *source, r Report, bad map[int]bool, progress func(float64)) (Report, error) {
	r.New, r.Known = 0, 0
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(takers)
	rd := &reader{h: src.h, places: src.at}
	now := s.now()
	err := src.each(ctx, func(row sheet.Row, share float64) error {
		progress(share)
		if bad[row.Number] {
			return nil
		}
		o, _ := rd.read(row, now)
		group.Go(func() error {
			taken, err := s.Take(ctx, actor, o)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil && taken.Known:
				r.Known++
			case err == nil:
				r.New++
			}
			return err
		})
		return nil
	})
	if stopped := group.Wait(); stopped != nil {
		err = stopped
	}
	return r, err
}
