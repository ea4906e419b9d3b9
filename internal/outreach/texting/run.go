package texting

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/gateway"
	"bilin/internal/job"
	"bilin/internal/network"
	"bilin/internal/outreach"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

// kind is what a run tells.
type kind string

const (
	news   kind = "news"
	recall kind = "recall"
)

const monthForm = "2006-01"

// run is a notice on its way to telephones.
type run struct {
	notice       string
	edition      int
	kind         kind
	sent, failed int
	last         string
	state        outreach.ShortState
}

func (s *Service) month() string { return s.o.Now().In(workday.City).Format(monthForm) }

// Plan says how many telephones in an audience agreed, what sending would cost,
// and what is left of the month. It costs two queries.
func (s *Service) Plan(ctx context.Context, q sqldb.Querier, n *outreach.Notice) (p outreach.ShortPlan, err error) {
	if !s.On() {
		return p, nil
	}
	type at struct {
		unit string
		n    int
	}
	list, err := sqldb.Collect(ctx, q, func(r *sql.Rows, x *at) error { return r.Scan(&x.unit, &x.n) },
		`SELECT unit_id, COUNT(*) FROM notice_phone WHERE agreed_at > 0 GROUP BY unit_id`)
	if err != nil {
		return p, err
	}
	tree := s.o.Network.Tree()
	for _, x := range list {
		if u := tree.Current(tree.ByID(x.unit)); u != nil && within(tree, n, u.ID) {
			p.Phones += x.n
		}
	}
	p.On, p.Parts = true, charged(s.text(n, s.from(n), news, s.link("00000000000000000000000000")))
	p.Text = s.text(n, s.from(n), news, s.link("…"))
	used := 0
	err = q.QueryRowContext(ctx, `SELECT COALESCE(SUM(parts * CASE state WHEN 'going' THEN planned ELSE sent END), 0) FROM notice_run WHERE month = $1`, s.month()).Scan(&used)
	p.Left = max(0, s.o.Budget-used)
	return p, err
}

func within(tree *network.Tree, n *outreach.Notice, unitID string) bool {
	for _, id := range n.Units {
		if tree.Contains(id, unitID) {
			return true
		}
	}
	return false
}

// from is who speaks.
func (s *Service) from(n *outreach.Notice) string {
	tree := s.o.Network.Tree()
	if u := tree.Current(tree.ByID(n.SenderID)); u != nil {
		return u.Name
	}
	return ""
}

// Begin has a notice go out by short message, if the month's budget covers it.
func (s *Service) Begin(ctx context.Context, tx *sqldb.Tx, n *outreach.Notice) error {
	return s.begin(ctx, tx, n, news)
}

// Recall ends what is on its way, and tells those who had it.
func (s *Service) Recall(ctx context.Context, tx *sqldb.Tx, n *outreach.Notice) error {
	if _, err := tx.ExecContext(ctx, `UPDATE notice_run SET state = 'stopped' WHERE notice_id = $1 AND state = 'going'`, n.ID); err != nil {
		return err
	}
	var had int
	if err := tx.QueryRowContext(ctx, `SELECT COALESCE(SUM(sent), 0) FROM notice_run WHERE notice_id = $1`, n.ID).Scan(&had); err != nil || had == 0 {
		return err
	}
	err := s.begin(ctx, tx, n, recall)
	if errs.CodeOf(err) == "outreach.short.over" {
		return nil // taking it back comes first
	}
	return err
}

func (s *Service) begin(ctx context.Context, tx *sqldb.Tx, n *outreach.Notice, k kind) error {
	p, err := s.Plan(ctx, tx, n)
	if err != nil || !p.On || p.Phones == 0 {
		return err
	}
	parts := p.Parts
	if k == recall {
		parts = charged(s.text(n, s.from(n), recall, s.link("00000000000000000000000000")))
	}
	if parts*p.Phones > p.Left {
		return errs.E(errs.Conflict, "outreach.short.over", "need", parts*p.Phones, "left", p.Left)
	}
	// What said it in other words goes no further.
	if _, err := tx.ExecContext(ctx, `UPDATE notice_run SET state = 'stopped' WHERE notice_id = $1 AND state = 'going'`, n.ID); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO notice_run (notice_id, edition, kind, month, parts, planned, sent, failed, last_id, state, at) VALUES ($1, $2, $3, $4, $5, $6, 0, 0, '', 'going', $7)`,
		n.ID, n.Edition, string(k), s.month(), parts, p.Phones, sqldb.Millis(s.now()))
	if err != nil {
		return fmt.Errorf("outreach: begin: %w", err)
	}
	return job.Enqueue(ctx, tx, job.Job{Kind: jobKind, Key: n.ID + "/" + strconv.Itoa(n.Edition) + "/" + string(k), Payload: [...]string{n.Number, strconv.Itoa(n.Edition), string(k)}})
}

// Progress says how far a notice's edition is on its way; nil if it isn't on one.
func (s *Service) Progress(ctx context.Context, noticeID string, edition int) (*outreach.ShortRun, error) {
	list, err := sqldb.Collect(ctx, s.o.DB.Reader(), func(r *sql.Rows, x *outreach.ShortRun) error {
		return r.Scan(&x.Planned, &x.Sent, &x.Failed, &x.State)
	}, `SELECT planned, sent, failed, state FROM notice_run WHERE notice_id = $1 AND edition = $2 AND kind = 'news'`, noticeID, edition)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

const jobKind = "outreach.short"

// Register has a runner send messages. It should be one whose work may wait.
func (s *Service) Register(r *job.Runner) { r.Handle(jobKind, s.send) }

// send is the job of one run: a batch at a time, giving way to orders. It may
// run again at any point: the gateway takes an id once.
func (s *Service) send(ctx context.Context, j job.Run) error {
	var what [3]string
	if err := j.Decode(&what); err != nil {
		return err
	}
	if s.o.Sender == nil {
		return nil
	}
	for {
		if s.o.Busy != nil {
			if busy, err := s.o.Busy(ctx); err != nil {
				return err
			} else if busy {
				return job.Snooze(yieldFor)
			}
		}
		more, err := s.step(ctx, what[0], what[1], kind(what[2]))
		if err != nil || !more {
			return err
		}
	}
}

// step sends a batch, and says whether there is more.
func (s *Service) step(ctx context.Context, num, edition string, k kind) (more bool, err error) {
	n, err := outreach.ByNumber(ctx, s.o.DB.Reader(), num)
	if err != nil {
		return false, err
	}
	x := run{notice: n.ID, kind: k}
	err = s.o.DB.Reader().QueryRowContext(ctx, `SELECT edition, sent, failed, last_id, state FROM notice_run WHERE notice_id = $1 AND edition = $2 AND kind = $3`, n.ID, edition, string(k)).
		Scan(&x.edition, &x.sent, &x.failed, &x.last, &x.state)
	if err != nil || x.state != outreach.ShortGoing {
		return false, err
	}
	list, err := phones(ctx, s.o.DB.Reader(), `agreed_at > 0 AND id > $1 ORDER BY id LIMIT $2`, x.last, batch)
	if err != nil {
		return false, err
	}
	for _, p := range list {
		if err := s.one(ctx, n, &x, p); err != nil {
			return false, err
		}
		x.last = p.id
	}
	done := len(list) < batch
	if done {
		x.state = outreach.ShortDone
	}
	return !done, s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE notice_run SET sent = $1, failed = $2, last_id = $3, state = CASE state WHEN 'going' THEN $4 ELSE state END WHERE notice_id = $5 AND edition = $6 AND kind = $7`,
			x.sent, x.failed, x.last, string(x.state), x.notice, x.edition, string(k))
		if err != nil || s.o.Live == nil {
			return err
		}
		return s.o.Live.Publish(ctx, tx, outreach.Topic(n.ID), "")
	})
}

// one sends to one telephone, if its household is meant.
func (s *Service) one(ctx context.Context, n *outreach.Notice, x *run, p phone) error {
	home, err := s.o.Network.Household(ctx, auth.System(jobKind), p.household)
	if errs.KindOf(err) == errs.NotFound && err != nil {
		return nil
	}
	if err != nil {
		return err
	}
	tree := s.o.Network.Tree()
	unit := tree.Current(tree.ByID(home.UnitID))
	if home.Left || unit == nil || !within(tree, n, unit.ID) || !n.Fits(home.Size) {
		return nil
	}
	texts, failed, err := s.o.Vault.OpenAll(ctx, []seal.Item{{Subject: p.household, Text: p.number, Binding: numberBinding(p.id)}, {Subject: p.household, Text: p.token, Binding: tokenBinding(p.id)}})
	if err != nil {
		return err
	}
	if failed[0] != nil || failed[1] != nil {
		x.failed++
		return nil
	}
	id := n.Number + "." + strconv.Itoa(x.edition) + "." + string(x.kind) + "." + p.id
	switch err := s.o.Sender.Send(ctx, gateway.Message{ID: id, To: texts[0], Text: s.text(n, s.from(n), x.kind, s.link(texts[1]))}); {
	case err == nil:
		x.sent++
	case errs.KindOf(err) == errs.Invalid: // the number is none
		x.failed++
	default:
		return err // the gateway's trouble: the batch is taken up again
	}
	return nil
}
