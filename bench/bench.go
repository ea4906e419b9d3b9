// Package bench measures the program on the whole demo city, each figure beside the bare limit of the same run.
//
// A timing is never a test: a row that misses its budget says so, and only
// what is broken is an error. Load comes from a process of its own.
package bench

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Row is one line of the table.
type Row struct {
	Work     string
	Measured string
	Bare     string // the physical limit, measured in the same run
	Ratio    string
	Budget   string
	Met      bool
}

// Options choose what is measured and how thoroughly.
type Options struct {
	Rows    []string      // names of Works; empty: all
	Scale   float64       // share of the city's true size
	Data    string        // where the city is kept from run to run
	City    string        // an existing demo city, which is copied; "" makes one in Data
	Program string        // the program that is measured
	Round   time.Duration // length of one measurement; each is repeated
	Rest    time.Duration // how long a server is left alone before its memory is looked at
	Screens int           // open pages
	Out     io.Writer     // the table
	Log     io.Writer     // progress
	Format  Format
}

// Work is something that is measured and gives rows of the table.
type Work struct {
	Name    string
	About   string
	measure func(context.Context, *run) ([]Row, error)
}

// Works are all there are, in the order of the table.
func Works() []Work {
	return []Work{
		{"import", "a whole city's roster from CSV", measureImport},
		{"pages", "a lead's start page, a demand, a list of 25", measurePages},
		{"raise", "a demand raised over HTTP", measureRaise},
		{"steps", "a demand transferred, and resolved, over HTTP", measureSteps},
		{"due", "10,000 demands fall due in one minute", measureDue},
		{"order", "an order to 30,000 people", measureOrder},
		{"answers", "3,000 people a second answer it", measureAnswers},
		{"reach", "a notice to every household, opened at doors, and an order meanwhile", measureReach},
		{"care", "contacts of the care list that nobody reported", measureCare},
		{"plan", "the visits of a month, for every lead", measurePlan},
		{"lights", "three years of figures judged, of a city and of a province", measureLights},
		{"find", "the public search and the officials' one", measureFind},
		{"screens", "open pages that hear of a change", measureScreens},
		{"boards", "open situation boards that show an answer", measureBoards},
		{"start", "start with the whole city, and memory at rest", measureStart},
	}
}

// rounds is how often each measurement is taken; the median counts. Ours and
// the bare one take turns, so that what else the machine does hits both.
const rounds = 3

// run is one run of the bench.
type run struct {
	Options
	dir string // removed afterwards
}

// Run measures and prints the table.
func Run(ctx context.Context, o Options) error {
	works, err := chosen(o.Rows)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(o.Data, 0o750); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(o.Data, "run-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	r := &run{Options: o, dir: dir}
	var table []Row
	for _, w := range works {
		begin := time.Now()
		r.say("measuring %s: %s …", w.Name, w.About)
		rows, err := w.measure(ctx, r)
		if err != nil {
			return fmt.Errorf("%s: %w", w.Name, err)
		}
		r.say("  %.0f s", time.Since(begin).Seconds())
		table = append(table, rows...)
	}
	return o.Format.write(o.Out, table)
}

func chosen(names []string) ([]Work, error) {
	all := Works()
	if len(names) == 0 {
		return all, nil
	}
	var works []Work
	for _, name := range names {
		i := slices.IndexFunc(all, func(w Work) bool { return w.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("no row %q", name)
		}
		works = append(works, all[i])
	}
	return works, nil
}

func (r *run) say(format string, args ...any) { fmt.Fprintf(r.Log, format+"\n", args...) }

// sub makes a directory of the run's own.
func (r *run) sub(name string) (string, error) {
	dir := filepath.Join(r.dir, name)
	return dir, os.MkdirAll(dir, 0o750)
}

func quietLog() *slog.Logger { return slog.New(slog.DiscardHandler) }
