package texting

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"

	"bilin/internal/errs"
	"bilin/internal/job"
	"bilin/internal/outreach"
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

func (s *Service) month() string { return s.o.Now().In(workday.City).Format(monthForm) }

// Plan says how many telephones in an audience agreed and to what, what sending would cost,
// and what is left of the month. It costs two queries.
func (s *Service) Plan(ctx context.Context, q sqldb.Querier, n *outreach.Notice) (p outreach.ShortPlan, err error) {
	if !s.On() {
		return p, nil
	}
	type at struct {
		unit string
		way  Way
		n    int
	}
	query, args := `SELECT unit_id, way, COUNT(*) FROM notice_phone WHERE agreed_at > 0 GROUP BY unit_id, way`, []any(nil)
	if n.Sized() {
		query = `SELECT p.unit_id, p.way, COUNT(*) FROM notice_phone p JOIN household h ON h.id = p.household_id WHERE p.agreed_at > 0 AND h.size >= $1 AND ($2 = 0 OR h.size <= $2) GROUP BY p.unit_id, p.way`
		args = []any{n.MinSize, n.MaxSize}
	}
	list, err := sqldb.Collect(ctx, q, func(r *sql.Rows, x *at) error { return r.Scan(&x.unit, &x.way, &x.n) }, query, args...)
	if err != nil {
		return p, err
	}
	tree := s.o.Network.Tree()
	for _, x := range list {
		if u := tree.Current(tree.ByID(x.unit)); u != nil && n.Reaches(tree, u.ID) {
			*s.column(&p, x.way) += x.n
		}
	}
	p.On, p.Parts = true, charged(s.text(n, news, anyOpener, s.link(anyToken)))
	p.Text, p.Said = s.text(n, news, "…", s.link("…")), s.said(n, news)
	used := 0
	err = q.QueryRowContext(ctx, `SELECT COALESCE(SUM(parts * CASE state WHEN 'going' THEN planned ELSE sent END), 0) FROM notice_run WHERE month = $1`, s.month()).Scan(&used)
	p.Left = max(0, s.o.Budget-used)
	return p, err
}

// What a message is as long with as with those of a telephone.
const (
	anyToken  = "00000000000000000000000000"
	anyOpener = "0000000000"
)

// from is who speaks.
func (s *Service) from(n *outreach.Notice) string {
	tree := s.o.Network.Tree()
	if u := tree.Current(tree.ByID(n.SenderID)); u != nil {
		return u.Name
	}
	return ""
}

// column is where telephones of a way are counted.
func (s *Service) column(p *outreach.ShortPlan, way Way) *int {
	switch {
	case way == SMS:
		return &p.Phones
	case s.o.Voice == nil:
		return &p.NoCalls
	}
	return &p.Calls
}

// Begin has a notice go out by short message and by calls, if the month's budget covers it.
func (s *Service) Begin(ctx context.Context, tx *sqldb.Tx, n *outreach.Notice) error {
	return s.begin(ctx, tx, n)
}

// Recall ends what is on its way, and tells those who had it or may have had it,
// whatever is left of the month: taking it back comes first.
func (s *Service) Recall(ctx context.Context, tx *sqldb.Tx, n *outreach.Notice) error {
	if err := stop(ctx, tx, n); err != nil {
		return err
	}
	type had struct {
		way Way
		n   int
	}
	list, err := sqldb.Collect(ctx, tx, func(r *sql.Rows, x *had) error { return r.Scan(&x.way, &x.n) },
		`SELECT p.way, COUNT(*) FROM notice_text t JOIN notice_phone p ON p.id = t.phone_id WHERE t.notice_id = $1 GROUP BY p.way`, n.ID)
	for _, x := range list {
		if err != nil {
			break
		}
		parts := aCall
		if x.way == SMS {
			parts = charged(s.text(n, recall, "", s.link(anyToken)))
		}
		err = s.start(ctx, tx, n, recall, x.way, parts, x.n)
	}
	return err
}

func (s *Service) begin(ctx context.Context, tx *sqldb.Tx, n *outreach.Notice) error {
	p, err := s.Plan(ctx, tx, n)
	if err != nil || !p.On || p.Phones+p.Calls == 0 {
		return err
	}
	if p.Need() > p.Left && n.Edition == 1 { // what was told wrong is put right, whatever is left
		return errs.E(errs.Conflict, "outreach.short.over", "need", p.Need(), "left", p.Left)
	}
	if err := stop(ctx, tx, n); err != nil { // what said it in other words goes no further
		return err
	}
	if err := s.start(ctx, tx, n, news, SMS, p.Parts, p.Phones); err != nil {
		return err
	}
	return s.start(ctx, tx, n, news, Voice, aCall, p.Calls)
}

// stop ends what is on its way. A telephone that is written down as being sent to is the last.
func stop(ctx context.Context, tx *sqldb.Tx, n *outreach.Notice) error {
	_, err := tx.ExecContext(ctx, `UPDATE notice_run SET state = 'stopped' WHERE notice_id = $1 AND state = 'going'`, n.ID)
	return err
}

// start begins a run, if it has anybody to go to.
func (s *Service) start(ctx context.Context, tx *sqldb.Tx, n *outreach.Notice, k kind, way Way, parts, planned int) error {
	if planned == 0 || s.sender(way) == nil {
		return nil
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO notice_run (notice_id, edition, kind, way, month, parts, planned, sent, failed, last_id, state, at) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, '', 'going', $8)`,
		n.ID, n.Edition, string(k), string(way), s.month(), parts, planned, sqldb.Millis(s.now()))
	if err != nil {
		return fmt.Errorf("outreach: begin: %w", err)
	}
	return job.Enqueue(ctx, tx, job.Job{Kind: jobKind, Key: n.ID + "/" + strconv.Itoa(n.Edition) + "/" + string(k) + "/" + string(way), Payload: [...]string{n.Number, strconv.Itoa(n.Edition), string(k), string(way)}})
}

// Progress says how far a notice's edition is by short message; nil if it doesn't go so.
func (s *Service) Progress(ctx context.Context, noticeID string, edition int) (*outreach.ShortRun, error) {
	return s.progress(ctx, noticeID, edition, SMS)
}

// Called says how far it is by calls; nil if it doesn't go so.
func (s *Service) Called(ctx context.Context, noticeID string, edition int) (*outreach.ShortRun, error) {
	return s.progress(ctx, noticeID, edition, Voice)
}

func (s *Service) progress(ctx context.Context, noticeID string, edition int, way Way) (*outreach.ShortRun, error) {
	list, err := sqldb.Collect(ctx, s.o.DB.Reader(), func(r *sql.Rows, x *outreach.ShortRun) error {
		return r.Scan(&x.Planned, &x.Sent, &x.Failed, &x.Opened, &x.State)
	}, `SELECT planned, sent, failed, opened, state FROM notice_run WHERE notice_id = $1 AND edition = $2 AND kind = 'news' AND way = $3`, noticeID, edition, string(way))
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// SentTo is the household whose telephone was sent a notice with a link; "" if none was.
func (s *Service) SentTo(ctx context.Context, noticeID, opener string) (string, error) {
	found, err := phones(ctx, s.o.DB.Reader(), `notice_phone p JOIN notice_text t ON t.phone_id = p.id AND t.notice_id = $1 WHERE p.opener = $2`, noticeID, opener)
	if err != nil || len(found) == 0 {
		return "", err
	}
	return found[0].household, nil
}

// Opened counts that one more household opened an edition by such a link.
func (s *Service) Opened(ctx context.Context, tx *sqldb.Tx, noticeID string, edition int) error {
	_, err := tx.ExecContext(ctx, `UPDATE notice_run SET opened = opened + 1 WHERE notice_id = $1 AND edition = $2 AND kind = 'news' AND way = 'sms'`, noticeID, edition)
	return err
}
