package roster

import (
	"context"
	"errors"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/sheet"
	"bilin/internal/sqldb"
)

// A chunk of this many rows is written in a tenth of a second or so, in which
// other commands wait.
const (
	chunkRows = 4000  // rows to write
	chunkRead = 20000 // rows read, where there is little to write
)

// errStopped ends an import whose stop somebody wished.
var errStopped = errs.E(errs.Conflict, "roster.stopped")

// execute runs both passes for a run that has been taken up.
func (s *Service) execute(ctx context.Context, run Run, file File, o Options) (Report, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	beat := s.keepAlive(ctx, run, stop)
	report, err := s.both(ctx, &run, file, o)
	stop(nil)
	<-beat
	if cause := context.Cause(ctx); errors.Is(cause, errStopped) && err != nil {
		err = cause
	}
	return report, s.conclude(ctx, run, report, err)
}

func (s *Service) both(ctx context.Context, run *Run, file File, o Options) (Report, error) {
	c, err := s.check(ctx, run.scope, file, o)
	if err != nil {
		return run.Report, err
	}
	report := &c.pass.report
	report.Done = run.Report.Done
	if report.Bad > 0 && !run.SkipBad {
		return *report, errs.E(errs.Invalid, "roster.bad_rows", "bad", report.Bad)
	}
	run.Rows = report.Rows
	w := &writing{s: s, run: run, source: "roster " + run.ID, checked: c, o: o}
	err = w.do(ctx)
	return *report, err
}

// writing is the second pass: one goroutine reads, seals and builds chunks,
// another writes them.
type writing struct {
	s       *Service
	run     *Run   // the writer's
	source  string // for the record
	checked *checked
	o       Options
	chunks  chan *ready
	b       *builder
	row     int // of the file, from 0
	pending []record
}

// ready is a chunk with nothing left to compute.
type ready struct {
	*builder
	prepared *network.Prepared
}

func (w *writing) do(ctx context.Context) error {
	w.chunks = make(chan *ready, 2)
	w.begin()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		defer close(w.chunks)
		if err := w.read(ctx); err != nil {
			cancel(err)
		}
	}()
	for chunk := range w.chunks {
		if err := w.write(ctx, chunk); err != nil {
			cancel(err)
			break
		}
	}
	for range w.chunks { // let the reader end
	}
	return context.Cause(ctx)
}

func (w *writing) begin() {
	w.b = &builder{people: w.checked.people, chunk: network.Chunk{Source: w.source}}
}

// read walks the file again and hands out chunks.
func (w *writing) read(ctx context.Context) error {
	reader := rowReader{h: w.checked.pass.src.h}
	err := w.checked.pass.src.each(func(row sheet.Row, _ float64) error {
		act := w.checked.pass.actions[w.row]
		w.row++
		if act == create || act == change {
			rec, _ := reader.read(row)
			w.checked.pass.plan.place(reader.h, &rec)
			if act == create {
				w.b.household(&rec)
			} else {
				rec.at = w.row - 1
				w.pending = append(w.pending, rec)
			}
		}
		if w.b.size()+len(w.pending) < chunkRows && w.row-w.b.from < chunkRead {
			return nil
		}
		return w.hand(ctx)
	})
	if err != nil {
		return err
	}
	for _, n := range w.checked.pass.plan.used {
		w.b.posts(n)
	}
	w.b.numbers = w.checked.numbers
	if err := w.claims(ctx); err != nil {
		return err
	}
	return w.hand(ctx)
}

// hand completes the chunk and gives it to the writer.
func (w *writing) hand(ctx context.Context) error {
	if err := w.updates(ctx); err != nil {
		return err
	}
	w.b.rows = w.row
	p, err := w.s.net.Prepare(ctx, w.b.chunk)
	if err != nil {
		return err
	}
	select {
	case w.chunks <- &ready{w.b, p}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	w.begin()
	w.b.from = w.row
	return nil
}

// updates reads the known households of the chunk and brings them up to date.
func (w *writing) updates(ctx context.Context) error {
	keys := make([]string, 0, 2*len(w.pending))
	for i := range w.pending {
		keys = append(keys, w.pending[i].rosterKey, w.pending[i].addressKey())
		if alias, ok := w.checked.pass.aliases[w.pending[i].at]; ok {
			keys = append(keys, alias)
		}
	}
	known, err := network.RosterHouseholds(ctx, w.s.db.Reader(), keys)
	if err != nil {
		return err
	}
	for i := range w.pending {
		h, ok := known[w.checked.pass.aliases[w.pending[i].at]]
		if !ok {
			h, ok = w.pending[i].match(known)
		}
		if ok {
			w.b.update(&w.pending[i], h)
		}
	}
	w.pending = w.pending[:0]
	return nil
}

// claims records the households that a second cell claims. They come last:
// the claimed household may be in this very file.
func (w *writing) claims(ctx context.Context) error {
	if len(w.checked.pass.claims) == 0 {
		return nil
	}
	if err := w.drain(ctx); err != nil {
		return err
	}
	keys := make([]string, len(w.checked.pass.claims))
	for i, c := range w.checked.pass.claims {
		keys[i] = c.key
	}
	known, err := network.RosterHouseholds(ctx, w.s.db.Reader(), keys)
	if err != nil {
		return err
	}
	for _, c := range w.checked.pass.claims {
		h, ok := known[c.key]
		if !ok {
			continue // its row was bad too
		}
		w.b.unit(c.cell)
		w.b.chunk.Claims = append(w.b.chunk.Claims, network.NewClaim{HouseholdID: h.ID, UnitID: c.cell.id, Source: w.source})
		w.b.done.Claims++
	}
	return nil
}

// drain waits until everything handed out is written.
func (w *writing) drain(ctx context.Context) error {
	if err := w.hand(ctx); err != nil {
		return err
	}
	done := make(chan struct{})
	select {
	case w.chunks <- &ready{builder: &builder{written: done}}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// write makes one chunk and its checkpoint durable.
func (w *writing) write(ctx context.Context, c *ready) error {
	if c.written != nil {
		close(c.written)
		return nil
	}
	if c.rows <= w.run.RowsDone && c.size()+len(c.numbers) == 0 {
		return nil
	}
	next := *w.run
	next.RowsDone = max(c.rows, w.run.RowsDone)
	next.Report = w.checked.pass.report
	next.Report.Done = w.run.Report.Done
	next.Report.Done.add(c.done)
	actor := auth.Actor{System: true, Login: next.ActorID, Name: next.ActorName}
	err := w.s.db.Write(ctx, func(tx *sqldb.Tx) error {
		stopping, err := w.s.checkpoint(ctx, tx, next)
		if err != nil {
			return err
		}
		if stopping {
			return errStopped
		}
		return w.s.writeChunk(ctx, tx, actor, c)
	})
	if sqldb.IsUnique(err) {
		return errs.Wrap(err, errs.Conflict, "roster.changed_meanwhile")
	}
	if err != nil {
		return err
	}
	*w.run = next
	w.checked.pass.report.Done = next.Report.Done
	w.o.tell(Progress{Phase: Writing, Rows: next.RowsDone, Total: next.Rows, Share: float64(next.RowsDone) / float64(max(1, next.Rows))})
	return nil
}

func (s *Service) writeChunk(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, c *ready) error {
	if c.size()+len(c.numbers) == 0 {
		return nil // nothing but the checkpoint
	}
	if err := s.net.WriteChunk(ctx, tx, actor, c.prepared); err != nil {
		return err
	}
	for _, p := range c.numbers {
		if err := network.SetRosterPhone(ctx, tx, p); err != nil {
			return err
		}
	}
	if err := s.index.Add(ctx, tx, c.places.Places()); err != nil {
		return err
	}
	return s.index.Touch(ctx, tx, c.moved)
}

// conclude writes how the run ended. It does so although ctx may be over.
func (s *Service) conclude(ctx context.Context, run Run, report Report, failure error) error {
	ctx = context.WithoutCancel(ctx)
	run.Report = report
	run.State, run.Failure = Finished, nil
	switch {
	case failure == nil:
	case errors.Is(failure, errStopped):
		run.State = Stopped
	case errors.Is(failure, context.Canceled):
		run.State = run.interrupted
	case errs.CodeOf(failure) == "roster.bad_rows":
		run.State = Checked
	default:
		run.State, run.Failure = Failed, FailureOf(failure)
	}
	err := s.db.Write(ctx, func(tx *sqldb.Tx) error {
		if err := s.release(ctx, tx, run); err != nil {
			return err
		}
		if s.live != nil {
			if err := s.live.Publish(ctx, tx, "network", ""); err != nil {
				return err
			}
		}
		d := run.Report.Done
		return s.audit.Append(ctx, tx, audit.Entry{
			ActorID: run.ActorID, ActorName: run.ActorName, Action: string(network.ActRoster), ObjectKind: "roster", ObjectID: run.ID,
			Detail: map[string]any{"state": string(run.State), "rows": run.Rows, "done": run.RowsDone, "new": d.New, "changed": d.Changed,
				"units": d.Units, "claims": d.Claims, "bad": run.Report.Bad},
		})
	})
	if err != nil {
		return errors.Join(failure, err)
	}
	return errors.Join(failure, s.net.Refresh(ctx))
}

// keepAlive extends the run's lease and watches for a wish to stop, until ctx
// ends. The channel closes when it has ended.
func (s *Service) keepAlive(ctx context.Context, run Run, stop context.CancelCauseFunc) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(leaseTime / 4)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if err := s.beat(ctx, run); err != nil && ctx.Err() == nil {
				stop(err)
				return
			}
		}
	}()
	return done
}
