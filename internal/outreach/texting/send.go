package texting

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/gateway"
	"bilin/internal/job"
	"bilin/internal/network"
	"bilin/internal/outreach"
	"bilin/internal/sqldb"
)

const jobKind = "outreach.short"

// Register has a runner send messages. It should be one whose work may wait.
func (s *Service) Register(r *job.Runner) {
	r.Handle(jobKind, s.send)
	r.Handle(askKind, s.confirm)
}

// run is a notice on its way to telephones.
type run struct {
	notice       *outreach.Notice
	edition      int
	kind         kind
	way          Way
	sent, failed int
	village      string // where it is; of a recall none
	last         string // the telephone done last
	state        outreach.ShortState
}

// wait reports whether an order goes first.
func (s *Service) wait(ctx context.Context) (bool, error) {
	if s.o.Busy == nil {
		return false, nil
	}
	return s.o.Busy(ctx)
}

// send is the job of one run: a batch at a time, giving way to orders. It may
// run again at any point: the gateway takes an id once.
func (s *Service) send(ctx context.Context, j job.Run) error {
	var what [4]string
	if err := j.Decode(&what); err != nil {
		return err
	}
	way := cmp.Or(Way(what[3]), SMS)
	if s.sender(way) == nil {
		return nil
	}
	for {
		if wait, err := s.wait(ctx); err != nil || wait {
			return cmp.Or(err, job.Snooze(yieldFor))
		}
		x, err := s.load(ctx, what[0], what[1], kind(what[2]), way)
		if err != nil || x.state != outreach.ShortGoing {
			return err
		}
		if handed, err := s.handed(ctx, x); err != nil || handed {
			return cmp.Or(err, job.Snooze(yieldFor))
		}
		if err := s.step(ctx, x); err != nil {
			return err
		}
	}
}

func (s *Service) load(ctx context.Context, num, edition string, k kind, way Way) (*run, error) {
	n, err := outreach.ByNumber(ctx, s.o.DB.Reader(), num)
	if err != nil {
		return nil, err
	}
	x := &run{notice: n, kind: k, way: way}
	return x, s.o.DB.Reader().QueryRowContext(ctx, `SELECT edition, sent, failed, village_id, last_id, state FROM notice_run WHERE notice_id = $1 AND edition = $2 AND kind = $3 AND way = $4`, n.ID, edition, string(k), string(way)).
		Scan(&x.edition, &x.sent, &x.failed, &x.village, &x.last, &x.state)
}

// handed reports whether a message of a run that was stopped may still be with
// the gateway: what is said after it mustn't arrive before it.
func (s *Service) handed(ctx context.Context, x *run) (bool, error) {
	var n int
	err := s.o.DB.Reader().QueryRowContext(ctx, `SELECT COUNT(*) FROM notice_run WHERE notice_id = $1 AND NOT (edition = $2 AND kind = $3) AND busy_until > $4`,
		x.notice.ID, x.edition, string(x.kind), sqldb.Millis(s.now())).Scan(&n)
	return n > 0, err
}

// step sends a batch, and stores how far it came: also when the gateway fails.
func (s *Service) step(ctx context.Context, x *run) error {
	list, err := s.next(ctx, x)
	if err != nil {
		return err
	}
	for _, p := range list {
		if err = s.one(ctx, x, p); err != nil || x.state == outreach.ShortStopped {
			break
		}
		x.last = p.id
	}
	stored := s.o.DB.Write(context.WithoutCancel(ctx), func(tx *sqldb.Tx) error {
		if _, err := s.keep(ctx, tx, x, 0, ""); err != nil || s.o.Live == nil {
			return err
		}
		return s.o.Live.Publish(ctx, tx, outreach.Topic(x.notice.ID), "")
	})
	return cmp.Or(err, stored)
}

// keep stores how far a run is; busyUntil is 0 unless a message is being handed over.
func (s *Service) keep(ctx context.Context, tx *sqldb.Tx, x *run, busyUntil int64, and string) (kept bool, err error) {
	res, err := tx.ExecContext(ctx, `UPDATE notice_run SET sent = $1, failed = $2, village_id = $3, last_id = $4, state = CASE state WHEN 'going' THEN $5 ELSE state END, busy_until = $6
		WHERE notice_id = $7 AND edition = $8 AND kind = $9 AND way = $10`+and, x.sent, x.failed, x.village, x.last, string(x.state), busyUntil, x.notice.ID, x.edition, string(x.kind), string(x.way))
	if err != nil {
		return false, fmt.Errorf("outreach: keep: %w", err)
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

// next are the telephones that come next. Where a village has no more the run
// goes on to the next one, and after the last it is done.
func (s *Service) next(ctx context.Context, x *run) (list []phone, err error) {
	if x.kind == recall {
		list, err = phones(ctx, s.o.DB.Reader(), `notice_text t JOIN notice_phone p ON p.id = t.phone_id WHERE t.notice_id = $1 AND t.phone_id > $2 AND p.way = $3 ORDER BY t.phone_id LIMIT $4`, x.notice.ID, x.last, string(x.way), batch)
		if len(list) == 0 && err == nil {
			x.state = outreach.ShortDone
		}
		return list, err
	}
	places := places(s.o.Network.Tree(), x.notice)
	for _, village := range slices.Sorted(maps.Keys(places)) {
		if village < x.village {
			continue
		}
		if village > x.village {
			x.village, x.last = village, ""
		}
		if list, err = s.living(ctx, places[village], x.way, x.last); err != nil || len(list) > 0 {
			return list, err
		}
	}
	x.state = outreach.ShortDone
	return nil, nil
}

// places are the units of an audience in which households live, by village.
func places(tree *network.Tree, n *outreach.Notice) map[string][]string {
	out := map[string][]string{}
	for _, id := range n.Units {
		for _, u := range tree.Subtree(tree.Current(tree.ByID(id))) {
			if village := tree.At(u, network.Village); village != nil && u.Households > 0 {
				out[village.ID] = append(out[village.ID], u.ID)
			}
		}
	}
	return out
}

// living are the telephones of those who live in some units now. The households
// are read first, by their units: CROSS JOIN keeps SQLite from reading every
// telephone of the city instead.
func (s *Service) living(ctx context.Context, units []string, way Way, after string) ([]phone, error) {
	var w sqldb.Where
	w.In("h.unit_id", units)
	w.Add("p.household_id = h.id")
	w.Add("p.agreed_at > 0")
	w.Add("p.way = ?", string(way))
	w.Add("p.id > ?", after)
	return phones(ctx, s.o.DB.Reader(), `household h CROSS JOIN notice_phone p WHERE `+w.Text()+` ORDER BY p.id LIMIT `+w.Arg(batch), w.Args...)
}

// one sends to one telephone, if its household is meant.
func (s *Service) one(ctx context.Context, x *run, p phone) error {
	if meant, err := s.meant(ctx, x, p); err != nil || !meant {
		return err
	}
	if err := s.callable(ctx, x.way); err != nil {
		return err
	}
	number, token, err := s.open(ctx, p)
	if err != nil {
		return err
	}
	if number == "" {
		x.failed++
		return nil
	}
	if ready, err := s.claim(ctx, x, p); err != nil || !ready {
		return err
	}
	id := x.notice.Number + "." + strconv.Itoa(x.edition) + "." + string(x.kind) + "." + p.id
	switch err := s.sender(x.way).Send(ctx, gateway.Message{ID: id, To: number, Text: s.words(x, p.opener, token)}); {
	case err == nil:
		x.sent++
	case errs.KindOf(err) == errs.Invalid: // the number is none
		x.failed++
	default:
		return err // the gateway's trouble: the batch is taken up again
	}
	return nil
}

// meant reports whether a telephone is to hear it: news whoever lives there now,
// a recall whoever had the news, wherever they live now.
func (s *Service) meant(ctx context.Context, x *run, p phone) (bool, error) {
	home, err := s.o.Network.Household(ctx, auth.System(jobKind), p.household)
	if errs.KindOf(err) == errs.NotFound && err != nil {
		return false, nil
	}
	if err != nil || x.kind == recall {
		return err == nil, err
	}
	tree := s.o.Network.Tree()
	unit := tree.Current(tree.ByID(home.UnitID))
	return !home.Left && unit != nil && x.notice.Reaches(tree, unit.ID) && x.notice.Fits(home.Size), nil
}

// claim writes down that a telephone is about to be sent to: from here on a recall
// goes to it too. It isn't ready if the run was stopped, or the telephone ended, meanwhile.
func (s *Service) claim(ctx context.Context, x *run, p phone) (ready bool, err error) {
	var going bool
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
		going, err = s.keep(ctx, tx, x, sqldb.Millis(s.now().Add(handedFor)), ` AND state = 'going'`)
		if err != nil || !going {
			return err
		}
		there, err := phones(ctx, tx, `notice_phone p WHERE p.id = $1 AND p.way = $2`, p.id, string(x.way))
		if ready = len(there) > 0; err != nil || !ready || x.kind == recall {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO notice_text (notice_id, phone_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`, x.notice.ID, p.id)
		return err
	})
	if err == nil && !going {
		x.state = outreach.ShortStopped
	}
	return ready && going, err
}
