// Command cmd prints the speed table; `make bench` runs it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/pprof"
	"strings"
	"time"

	"bilin/bench"
)

func main() {
	if bench.Client() {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var o bench.Options
	var rows string
	var markdown bool
	flag.StringVar(&rows, "rows", "", "what to measure, separated by commas; empty: all of "+names())
	flag.Float64Var(&o.Scale, "scale", 1, "share of the city's true size")
	flag.StringVar(&o.Data, "data", "bench/.data", "where the demo city is kept from run to run")
	flag.StringVar(&o.City, "city", "", "a demo city to copy instead of making one")
	flag.StringVar(&o.Program, "program", "bin/bilin", "the program to measure")
	flag.DurationVar(&o.Round, "round", 2*time.Second, "length of one measurement")
	flag.DurationVar(&o.Rest, "rest", 25*time.Second, "how long a server is left alone before its memory is looked at")
	flag.IntVar(&o.Screens, "screens", 10_000, "open pages")
	flag.BoolVar(&markdown, "markdown", false, "write the table as Markdown")
	profile := flag.String("profile", "", "file for a CPU profile of this process, in which pages and searches are answered")
	flag.Parse()
	o.Out, o.Log, o.Format = os.Stdout, os.Stderr, bench.Text
	if rows != "" {
		o.Rows = strings.Split(rows, ",")
	}
	if markdown {
		o.Format = bench.Markdown
	}
	fmt.Fprintf(os.Stdout, "%s, %s, scale %g\n\n", time.Now().Format(time.DateOnly), machine(), o.Scale)
	if err := profiled(*profile, func() error { return bench.Run(ctx, o) }); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// profiled runs fn and writes its CPU profile to a file, if one is named.
func profiled(name string, fn func() error) error {
	if name == "" {
		return fn()
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return errors.Join(err, f.Close())
	}
	err = fn()
	pprof.StopCPUProfile()
	return errors.Join(err, f.Close())
}

func names() string {
	var names []string
	for _, w := range bench.Works() {
		names = append(names, w.Name)
	}
	return strings.Join(names, ", ")
}

// machine names the processor, and how busy it is with other things.
func machine() string {
	model := runtime.GOARCH
	if raw, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(raw)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	load := ""
	if raw, err := os.ReadFile("/proc/loadavg"); err == nil {
		load = ", load before the run " + strings.Fields(string(raw))[0]
	}
	return fmt.Sprintf("%d × %s, %s%s", runtime.NumCPU(), model, runtime.Version(), load)
}
