// Package quiet tells people of what can wait: one message a day to each at most, none at night and none in an emergency.
//
// What it tells is asked for again when it is about to be sent, so that nobody
// hears of what has passed. Who can't be reached finds it on their page.
package quiet

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"time"

	"bilin/internal/errs"
	"bilin/internal/gateway"
	"bilin/internal/job"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

// Whom is who is told: a person of the registry, or a household.
type Whom struct{ Person, Household string }

// name is for whom a mark and a job's key are made.
func (w Whom) name() string {
	if w.Person != "" {
		return "person/" + w.Person
	}
	return "household/" + w.Household
}

// News is that there is something to tell.
type News struct {
	What    string // a kind that Hear was called with
	About   string // an id of that kind's
	To      Whom
	Unit    string // where it is: nothing is told while there is an emergency
	Free    bool   // not worth an SMS: whoever has no browser finds it on their page
	Urgent  bool   // takes something back, or is about today: besides the one a day
	Morning bool   // with all else tomorrow, so that the record's times don't say what it was about
}

// key is the same for what needs telling but once.
func (n News) key() string { return n.What + "/" + n.About + "/" + n.To.name() }

// Words are what is told. They name nobody: others read along on a telephone.
type Words struct{ Title, Text, Path string }

// Compose makes the words of a kind of news; ok is false when it has passed.
type Compose func(ctx context.Context, n News) (w Words, ok bool, err error)

// Number opens a telephone number for a message, and writes that down. "" is none.
type Number func(ctx context.Context, n News) (string, error)

// Options are what a Service works with. SMS and Push may be nil.
type Options struct {
	DB     *sqldb.DB
	Seal   *seal.Sealer
	SMS    gateway.Sender
	Push   func() gateway.Sender // nil while no browser can be told
	Number Number
	Paused func(unitID string) bool
	Busy   func(ctx context.Context) (bool, error) // an order is being told: it goes first; nil: never
	Site   string
	Now    func() time.Time
}

// Service tells.
type Service struct {
	o       Options
	compose map[string]Compose // by kind
}

// New returns a Service.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Service{o, map[string]Compose{}}
}

// Hear sets who makes the words of a kind of news. Call it before the service is used.
func (s *Service) Hear(what string, c Compose) { s.compose[what] = c }

// kind names the jobs.
const kind = "quiet.tell"

// Register lets a runner send.
func (s *Service) Register(r *job.Runner) { r.Handle(kind, s.send) }

// waiting is a job: news, and since when.
type waiting struct {
	News
	Since time.Time
}

// Tell queues news with the command that makes them. Whom the same waits for
// already isn't told twice.
func (s *Service) Tell(ctx context.Context, tx *sqldb.Tx, list ...News) error {
	if s.o.SMS == nil && s.push() == nil {
		return nil
	}
	var jobs []job.Job
	now := s.o.Now()
	for _, n := range list {
		if n.To == (Whom{}) {
			continue
		}
		j := job.Job{Kind: kind, Key: n.key(), Payload: waiting{n, now}}
		if n.Morning {
			j.RunAt = now.Add(workday.UntilMorning(now) + spread(j.Key))
		}
		jobs = append(jobs, j)
	}
	if len(jobs) == 0 {
		return nil
	}
	return job.EnqueueMany(ctx, tx, jobs)
}

func (s *Service) push() gateway.Sender {
	if s.o.Push == nil {
		return nil
	}
	return s.o.Push()
}

func (s *Service) send(ctx context.Context, run job.Run) error {
	var n waiting
	if err := run.Decode(&n); err != nil {
		return err
	}
	compose := s.compose[n.What]
	if compose == nil || s.o.Now().Sub(n.Since) > giveUp {
		return nil
	}
	if d := hold(s.o.Now(), s.o.Paused != nil && s.o.Paused(n.Unit), spread(run.ID)); d > 0 {
		return job.Snooze(d)
	}
	if s.o.Busy != nil {
		if busy, err := s.o.Busy(ctx); err != nil || busy {
			return cmp.Or(err, job.Snooze(yield))
		}
	}
	words, ok, err := compose(ctx, n.News)
	if err != nil || !ok {
		return err
	}
	if !n.Urgent {
		first, err := s.claim(ctx, n.To, run.ID)
		if err != nil {
			return err
		}
		if !first {
			return job.Snooze(workday.UntilMorning(s.o.Now()) + spread(run.ID))
		}
	}
	err = s.out(ctx, run.ID, n.News, words)
	if errs.KindOf(err) == errs.Invalid {
		return nil // no number, or one that is none: their page says it
	}
	return err
}

// out sends to a person's browsers, and by SMS to whoever has none.
func (s *Service) out(ctx context.Context, id string, n News, w Words) error {
	if push := s.push(); push != nil && n.To.Person != "" {
		err := push.Send(ctx, gateway.Message{ID: id, Kind: gateway.Push, To: n.To.Person, Title: w.Title, Text: w.Text, URL: s.o.Site + w.Path, Tag: n.What})
		if err == nil || errs.KindOf(err) != errs.Invalid {
			return err
		}
	}
	if s.o.SMS == nil || n.Free {
		return nil
	}
	number, err := s.o.Number(ctx, n)
	if err != nil || number == "" {
		return err
	}
	return s.o.SMS.Send(ctx, gateway.Message{ID: id, Kind: gateway.SMS, To: number, Text: w.Text})
}

// claim takes the day of whom a message is for; false if another message has it.
func (s *Service) claim(ctx context.Context, to Whom, jobID string) (first bool, err error) {
	today, mark := s.o.Now().In(workday.City).Format(time.DateOnly), s.o.Seal.Index("quiet", to.name())
	err = s.o.DB.Claim(ctx, func(tx *sqldb.Tx) error {
		res, err := tx.ExecContext(ctx, `INSERT INTO quiet_told (mark, on_day, job_id) VALUES ($1, $2, $3)
			ON CONFLICT (mark) DO UPDATE SET on_day = excluded.on_day, job_id = excluded.job_id
			WHERE quiet_told.on_day < excluded.on_day OR quiet_told.job_id = excluded.job_id`, mark, today, jobID)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		first = n == 1
		return err
	})
	return first, err
}

// Tick forgets whom it told on days that are over.
func (s *Service) Tick(ctx context.Context) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM quiet_told WHERE on_day < $1`, s.o.Now().In(workday.City).Format(time.DateOnly))
		return err
	})
}

// Waiting says which of some news haven't been sent yet.
func (s *Service) Waiting(ctx context.Context, q sqldb.Querier, list []News) (map[Whom]bool, error) {
	to := make(map[string]Whom, len(list))
	out := map[Whom]bool{}
	for part := range slices.Chunk(list, 200) {
		var w sqldb.Where
		w.Add("kind = ?", kind)
		w.Add("state IN ('queued', 'running', 'retry')")
		keys := make([]string, len(part))
		for i, n := range part {
			keys[i] = n.key()
			to[keys[i]] = n.To
		}
		w.In("key", keys)
		found, err := sqldb.Collect(ctx, q, func(r *sql.Rows, key *string) error { return r.Scan(key) }, `SELECT key FROM job WHERE `+w.Text(), w.Args...)
		if err != nil {
			return nil, err
		}
		for _, key := range found {
			out[to[key]] = true
		}
	}
	return out, nil
}
