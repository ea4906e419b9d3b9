package feed

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"slices"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/outcome"
	"bilin/internal/seal"
)

// Options are what a Service works with.
type Options struct {
	Outcome *outcome.Service
	Tree    func() *network.Tree
	Seal    *seal.Sealer
	Now     func() time.Time // default time.Now
}

// Service takes departments' files.
type Service struct{ o Options }

// New returns the service.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Service{o}
}

// Report says what a table would come to, or what is wrong with it.
type Report struct {
	File     File
	Problems []Problem // while there is one, nothing is taken
	outcome.Foreseen
	Running bool   // some are of the quarter that isn't over
	Staged  string // the rows, for Confirm: sealed, so that they stay what was checked
	Bad     string // the rows with problems, for BadRows
}

// DryRun checks a table, and stores nothing.
func (s *Service) DryRun(ctx context.Context, actor auth.Actor, x outcome.Indicator, f File) (Report, error) {
	report := Report{File: f}
	if err := s.o.Outcome.MayFeed(actor, x); err != nil {
		return report, err
	}
	rows, problems := Check(s.o.Tree(), x, outcome.PeriodOf(s.o.Now()), f.Rows)
	report.Problems = problems
	if len(problems) > 0 {
		bad, err := s.seal(actor, x, staged{File: f, Problems: problems, At: s.o.Now()})
		report.Bad = bad
		return report, err
	}
	now := outcome.PeriodOf(s.o.Now())
	report.Running = slices.ContainsFunc(rows, func(r outcome.Row) bool { return r.Period == now })
	var err error
	if report.Foreseen, err = s.o.Outcome.Foresee(ctx, actor, outcome.Delivery{Indicator: x.Code, Rows: rows}); err != nil {
		return report, err
	}
	report.Staged, err = s.seal(actor, x, staged{File: File{Name: f.Name, SHA256: f.SHA256, Way: f.Way}, Good: rows, At: s.o.Now()})
	return report, err
}

// Confirm takes what DryRun staged.
func (s *Service) Confirm(ctx context.Context, actor auth.Actor, key string, x outcome.Indicator, text string) (outcome.Taken, error) {
	got, err := s.open(actor, x, text)
	if err != nil {
		return outcome.Taken{}, err
	}
	return s.o.Outcome.Take(ctx, actor, outcome.Delivery{Key: key, Indicator: x.Code, Way: got.File.Way, Name: got.File.Name, SHA256: got.File.SHA256, Rows: got.Good})
}

// Take checks rows that a program sent, and stores them unless there is a problem
// or it is a dry run.
func (s *Service) Take(ctx context.Context, actor auth.Actor, key string, x outcome.Indicator, f File, dryRun bool) (Report, outcome.Taken, error) {
	report := Report{File: f}
	if err := s.o.Outcome.MayFeed(actor, x); err != nil {
		return report, outcome.Taken{}, err
	}
	rows, problems := Check(s.o.Tree(), x, outcome.PeriodOf(s.o.Now()), f.Rows)
	report.Problems = problems
	d := outcome.Delivery{Key: key, Indicator: x.Code, Way: f.Way, Name: f.Name, SHA256: f.SHA256, Rows: rows}
	switch {
	case len(problems) > 0:
		return report, outcome.Taken{}, nil
	case dryRun:
		var err error
		report.Foreseen, err = s.o.Outcome.Foresee(ctx, actor, d)
		return report, outcome.Taken{Rows: len(rows), New: report.New + len(report.Changed), Changed: len(report.Changed)}, err
	}
	taken, err := s.o.Outcome.Take(ctx, actor, d)
	return report, taken, err
}

// BadRow is a row that isn't right, with what is wrong with it.
type BadRow struct {
	Row
	Problems []Problem
}

// BadRows opens the rows with problems of a dry run, to be taken away: they hold
// exact figures, so that is noted.
func (s *Service) BadRows(ctx context.Context, actor auth.Actor, x outcome.Indicator, text string) ([]BadRow, error) {
	got, err := s.open(actor, x, text)
	if err != nil {
		return nil, err
	}
	var out []BadRow
	of := map[int][]Problem{}
	for _, p := range got.Problems {
		of[p.Row] = append(of[p.Row], p)
	}
	for _, r := range got.File.Rows {
		if len(of[r.Number]) > 0 {
			out = append(out, BadRow{r, of[r.Number]})
		}
	}
	return out, s.o.Outcome.Downloaded(ctx, actor, "indicator", x.ID, map[string]any{"as": "bad rows", "rows": len(out)})
}

// staged is what a page keeps between a dry run and what follows.
type staged struct {
	File     File
	Good     []outcome.Row
	Problems []Problem
	At       time.Time
}

// staysStaged is how long a checked table can be confirmed.
const staysStaged = 12 * time.Hour

// maxStaged bounds what is unpacked of a page.
const maxStaged = 32 << 20

func binding(actor auth.Actor, x outcome.Indicator) string {
	return "outcome_feed/" + x.ID + "/" + actor.ID()
}

func (s *Service) seal(actor auth.Actor, x outcome.Indicator, v staged) (string, error) {
	if len(v.Problems) > 0 { // only what is asked for again
		bad := map[int]bool{}
		for _, p := range v.Problems {
			bad[p.Row] = true
		}
		var rows []Row
		for _, r := range v.File.Rows {
			if bad[r.Number] {
				rows = append(rows, r)
			}
		}
		v.File.Rows = rows
	}
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	if err := json.NewEncoder(zip).Encode(v); err != nil {
		return "", err
	}
	if err := zip.Close(); err != nil {
		return "", err
	}
	return s.o.Seal.Seal(base64.StdEncoding.EncodeToString(packed.Bytes()), binding(actor, x))
}

func (s *Service) open(actor auth.Actor, x outcome.Indicator, text string) (v staged, err error) {
	late := func(cause error) error { return errs.Wrap(cause, errs.Conflict, "outcome.feed.check_again") }
	plain, err := s.o.Seal.Open(text, binding(actor, x))
	if err != nil || plain == "" {
		return v, late(err)
	}
	packed, err := base64.StdEncoding.DecodeString(plain)
	if err != nil {
		return v, late(err)
	}
	zip, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return v, late(err)
	}
	if err := json.NewDecoder(io.LimitReader(zip, maxStaged)).Decode(&v); err != nil {
		return v, late(err)
	}
	if s.o.Now().Sub(v.At) > staysStaged {
		return v, late(nil)
	}
	return v, nil
}
