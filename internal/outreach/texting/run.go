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
	query, args := `SELECT unit_id, COUNT(*) FROM notice_phone WHERE agreed_at > 0 GROUP BY unit_id`, []any(nil)
	if n.Sized() {
		query = `SELECT p.unit_id, COUNT(*) FROM notice_phone p JOIN household h ON h.id = p.household_id WHERE p.agreed_at > 0 AND h.size >= $1 AND ($2 = 0 OR h.size <= $2) GROUP BY p.unit_id`
		args = []any{n.MinSize, n.MaxSize}
	}
	list, err := sqldb.Collect(ctx, q, func(r *sql.Rows, x *at) error { return r.Scan(&x.unit, &x.n) }, query, args...)
	if err != nil {
		return p, err
	}
	tree := s.o.Network.Tree()
	for _, x := range list {
		if u := tree.Current(tree.ByID(x.unit)); u != nil && n.Reaches(tree, u.ID) {
			p.Phones += x.n
		}
	}
	p.On, p.Parts = true, charged(s.text(n, news, anyOpener, s.link(anyToken)))
	p.Text = s.text(n, news, "…", s.link("…"))
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

// Begin has a notice go out by short message, if the month's budget covers it.
func (s *Service) Begin(ctx context.Context, tx *sqldb.Tx, n *outreach.Notice) error {
	return s.begin(ctx, tx, n)
}

// Recall ends what is on its way, and tells those who had it or may have had it,
// whatever is left of the month: taking it back comes first.
func (s *Service) Recall(ctx context.Context, tx *sqldb.Tx, n *outreach.Notice) error {
	if err := stop(ctx, tx, n); err != nil {
		return err
	}
	var had int
	if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM notice_text WHERE notice_id = $1`, n.ID).Scan(&had); err != nil || had == 0 {
		return err
	}
	return s.start(ctx, tx, n, recall, charged(s.text(n, recall, "", s.link(anyToken))), had)
}

func (s *Service) begin(ctx context.Context, tx *sqldb.Tx, n *outreach.Notice) error {
	p, err := s.Plan(ctx, tx, n)
	if err != nil || !p.On || p.Phones == 0 {
		return err
	}
	if p.Need() > p.Left && n.Edition == 1 { // what was told wrong is put right, whatever is left
		return errs.E(errs.Conflict, "outreach.short.over", "need", p.Need(), "left", p.Left)
	}
	if err := stop(ctx, tx, n); err != nil { // what said it in other words goes no further
		return err
	}
	return s.start(ctx, tx, n, news, p.Parts, p.Phones)
}

// stop ends what is on its way. A telephone that is written down as being sent to is the last.
func stop(ctx context.Context, tx *sqldb.Tx, n *outreach.Notice) error {
	_, err := tx.ExecContext(ctx, `UPDATE notice_run SET state = 'stopped' WHERE notice_id = $1 AND state = 'going'`, n.ID)
	return err
}

func (s *Service) start(ctx context.Context, tx *sqldb.Tx, n *outreach.Notice, k kind, parts, planned int) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO notice_run (notice_id, edition, kind, month, parts, planned, sent, failed, last_id, state, at) VALUES ($1, $2, $3, $4, $5, $6, 0, 0, '', 'going', $7)`,
		n.ID, n.Edition, string(k), s.month(), parts, planned, sqldb.Millis(s.now()))
	if err != nil {
		return fmt.Errorf("outreach: begin: %w", err)
	}
	return job.Enqueue(ctx, tx, job.Job{Kind: jobKind, Key: n.ID + "/" + strconv.Itoa(n.Edition) + "/" + string(k), Payload: [...]string{n.Number, strconv.Itoa(n.Edition), string(k)}})
}

// Progress says how far a notice's edition is on its way; nil if it isn't on one.
func (s *Service) Progress(ctx context.Context, noticeID string, edition int) (*outreach.ShortRun, error) {
	list, err := sqldb.Collect(ctx, s.o.DB.Reader(), func(r *sql.Rows, x *outreach.ShortRun) error {
		return r.Scan(&x.Planned, &x.Sent, &x.Failed, &x.Opened, &x.State)
	}, `SELECT planned, sent, failed, opened, state FROM notice_run WHERE notice_id = $1 AND edition = $2 AND kind = 'news'`, noticeID, edition)
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
	_, err := tx.ExecContext(ctx, `UPDATE notice_run SET opened = opened + 1 WHERE notice_id = $1 AND edition = $2 AND kind = 'news'`, noticeID, edition)
	return err
}
