package monthly

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"bilin/internal/admission"
	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/once"
	"bilin/internal/sqldb"
)

// publishDay is the day of the month before on which a list is published.
const publishDay = 25

// Left is a matter that is due but not on the list, and why.
type Left struct {
	Matter *admission.Matter
	Over   []admission.Place // where it would pass the budget, the worst first; none: somebody left it out
}

// Proposal is a list in the making.
type Proposal struct {
	*List
	Left   []Left
	Load   admission.Sum // of the whole city with the lines as they are
	Budget int
}

// Lists are all months, the newest first, 60 at most, without their lines.
func (s *Service) Lists(ctx context.Context, actor auth.Actor) ([]*List, error) {
	if err := s.opt.Policy.Can(actor, admission.ActMatters, auth.Object{}); err != nil {
		return nil, err
	}
	var out []*List
	err := each(ctx, s.opt.DB.Reader(), `SELECT month, state, publish_on, published_at, issued_at, digest, version FROM monthly_list ORDER BY month DESC LIMIT 60`, nil,
		func(scan func(...any) error) error {
			l, err := scanList(scan)
			if err == nil && (l.State == Published || s.opt.Policy.Can(actor, admission.ActReview, auth.Object{}) == nil) {
				out = append(out, l)
			}
			return err
		})
	return out, err
}

func scanList(scan func(...any) error) (*List, error) {
	var l List
	var published, issued int64
	err := scan(&l.Month, &l.State, &l.PublishOn, &published, &issued, &l.Digest, &l.Version)
	l.PublishedAt, l.IssuedAt = sqldb.TimeOrZero(published), sqldb.TimeOrZero(issued)
	return &l, err
}

// List returns a month's list. One that isn't published yet is the city office's.
func (s *Service) List(ctx context.Context, actor auth.Actor, month admission.Month) (*List, error) {
	if err := s.opt.Policy.Can(actor, admission.ActMatters, auth.Object{}); err != nil {
		return nil, err
	}
	l, err := readList(ctx, s.opt.DB.Reader(), month)
	if err == nil && l.State != Published && s.opt.Policy.Can(actor, admission.ActReview, auth.Object{}) != nil {
		return nil, noList()
	}
	return l, err
}

func noList() error { return errs.E(errs.NotFound, "monthly.none") }

func readList(ctx context.Context, q sqldb.Querier, month admission.Month) (*List, error) {
	var l *List
	err := each(ctx, q, `SELECT month, state, publish_on, published_at, issued_at, digest, version FROM monthly_list WHERE month = $1`, []any{string(month)},
		func(scan func(...any) error) (err error) {
			l, err = scanList(scan)
			return err
		})
	if err != nil {
		return nil, err
	}
	if l == nil {
		return nil, noList()
	}
	return l, l.readLines(ctx, q)
}

func (l *List) readLines(ctx context.Context, q sqldb.Querier) error {
	return each(ctx, q, `SELECT l.id, l.matter_id, m.number, l.priority, l.late, l.reason, l.leads, l.minutes, l.content, m.content, m.conditions
		FROM list_line l JOIN matter m ON m.id = l.matter_id WHERE l.month = $1 ORDER BY l.late, l.priority, m.number`, []any{string(l.Month)},
		func(scan func(...any) error) error {
			var x Line
			var frozen, now string
			if err := scan(&x.ID, &x.MatterID, &x.Number, &x.Priority, &x.Late, &x.Reason, &x.Leads, &x.Minutes, &frozen, &now, &x.Conditions); err != nil {
				return err
			}
			if frozen == "" {
				l.Lines = append(l.Lines, x)
				return json.Unmarshal([]byte(now), &l.Lines[len(l.Lines)-1].Content)
			}
			var snap snapshot
			if err := json.Unmarshal([]byte(frozen), &snap); err != nil {
				return err
			}
			x.Content, x.Conditions = snap.Content, snap.Conditions
			l.Lines = append(l.Lines, x)
			return nil
		})
}

// snapshot is a line as it was published.
type snapshot struct {
	Number     string            `json:"number"`
	Priority   int               `json:"priority"`
	Conditions string            `json:"conditions"`
	Leads      int               `json:"leads"`
	Minutes    int               `json:"minutes"`
	Content    admission.Content `json:"matter"`
}

// Compose returns a month's list in the making. The first time, it takes what is
// admitted and due in order of priority, as far as every lead's budget goes.
func (s *Service) Compose(ctx context.Context, actor auth.Actor, month admission.Month) (*Proposal, error) {
	if err := s.opt.Policy.Can(actor, admission.ActReview, auth.Object{}); err != nil {
		return nil, err
	}
	l, err := readList(ctx, s.opt.DB.Reader(), month)
	if errs.KindOf(err) == errs.NotFound {
		if month < s.ThisMonth() {
			return nil, err
		}
		if err := s.begin(ctx, actor, month); err != nil {
			return nil, err
		}
		l, err = readList(ctx, s.opt.DB.Reader(), month)
	}
	if err != nil {
		return nil, err
	}
	return s.propose(ctx, l)
}

// propose says of each matter that is due and not on the list why not.
func (s *Service) propose(ctx context.Context, l *List) (*Proposal, error) {
	q := s.opt.DB.Reader()
	running, err := s.due(ctx, q, l.Month)
	if err != nil {
		return nil, err
	}
	load, err := s.fullLoad(ctx, q, l.Month, l.matters())
	if err != nil {
		return nil, err
	}
	p := &Proposal{List: l, Load: load.Under(s.tree().RootID())}
	for _, m := range running {
		if !slices.ContainsFunc(l.Lines, func(x Line) bool { return x.MatterID == m.ID }) {
			p.Left = append(p.Left, Left{m, load.With(m).Over()})
		}
	}
	return p, nil
}

func (l *List) matters() []*admission.Matter {
	out := make([]*admission.Matter, len(l.Lines))
	for i, x := range l.Lines {
		out[i] = &admission.Matter{ID: x.MatterID, Number: x.Number, Content: x.Content}
	}
	return out
}

func (s *Service) due(ctx context.Context, q sqldb.Querier, month admission.Month) ([]*admission.Matter, error) {
	running, err := s.opt.Admission.Running(ctx, q, month)
	return slices.DeleteFunc(running, func(m *admission.Matter) bool { return !m.Due(month) }), err
}

func (s *Service) load(ctx context.Context, q sqldb.Querier, month admission.Month, matters []*admission.Matter) (*admission.Load, error) {
	budgets, err := s.opt.Admission.Budgets(ctx, q)
	if err != nil {
		return nil, err
	}
	objected, err := s.opt.Admission.Objected(ctx, q)
	if err != nil {
		return nil, err
	}
	return admission.LoadOf(s.tree(), budgets, month, matters, objected), nil
}

// fullLoad is load with what is owed to households on the care list.
func (s *Service) fullLoad(ctx context.Context, q sqldb.Querier, month admission.Month, matters []*admission.Matter) (*admission.Load, error) {
	load, err := s.load(ctx, q, month, matters)
	if err != nil {
		return nil, err
	}
	owed, err := s.opt.Admission.Owed(ctx, q, month, nil)
	return load.Owing(owed), err
}

// cost is what one matter costs by itself.
func (s *Service) cost(ctx context.Context, q sqldb.Querier, month admission.Month, m *admission.Matter) (admission.Sum, error) {
	of := s.load
	if m.Standing {
		of = s.fullLoad
	}
	load, err := of(ctx, q, month, []*admission.Matter{m})
	if err != nil {
		return admission.Sum{}, err
	}
	return load.Under(s.tree().RootID()), nil
}

// begin makes the list with the matters that fit.
func (s *Service) begin(ctx context.Context, actor auth.Actor, month admission.Month) error {
	return s.opt.DB.Write(ctx, func(tx *sqldb.Tx) error {
		result, err := tx.ExecContext(ctx, `INSERT INTO monthly_list (month, state, publish_on, published_at, issued_at, digest, version)
			VALUES ($1, 'composing', $2, 0, 0, '', 1) ON CONFLICT (month) DO NOTHING`, string(month), month.Prev().Day(publishDay))
		if err != nil {
			return fmt.Errorf("monthly: begin: %w", err)
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return err
		}
		running, err := s.due(ctx, tx, month)
		if err != nil {
			return err
		}
		load, err := s.load(ctx, tx, month, nil)
		if err != nil {
			return err
		}
		for _, m := range running {
			more := load.With(m)
			if len(more.Over()) > 0 {
				continue
			}
			load = more
			if err := s.addLine(ctx, tx, month, m, false, ""); err != nil {
				return err
			}
		}
		return s.note(ctx, tx, actor, "monthly.begin", month, nil)
	})
}

func (s *Service) addLine(ctx context.Context, tx *sqldb.Tx, month admission.Month, m *admission.Matter, late bool, reason string) error {
	sum, err := s.cost(ctx, tx, month, m)
	if err != nil {
		return err
	}
	frozen, flag := "", 0
	if late {
		flag = 1
		if frozen, err = freeze(snapshot{m.Number, m.Priority, m.Conditions, sum.Leads, sum.Minutes, m.Content}); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO list_line (id, month, matter_id, priority, late, reason, leads, minutes, content, added_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, sqldb.NewID(), string(month), m.ID, m.Priority, flag, reason, sum.Leads, sum.Minutes, frozen, sqldb.Millis(s.now()))
	if err != nil {
		return fmt.Errorf("monthly: line: %w", err)
	}
	return nil
}

func freeze(snap snapshot) (string, error) {
	raw, err := json.Marshal(snap)
	return string(raw), err
}

func (s *Service) note(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, action string, month admission.Month, detail any) error {
	err := s.opt.Audit.Append(ctx, tx, audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: action, ObjectKind: "monthly_list", ObjectID: string(month), Detail: detail})
	return errors.Join(err, s.opt.Live.Publish(ctx, tx, "monthly:"+string(month), ""))
}

// change does something to a list once per key, if it is as the actor saw it.
func (s *Service) change(ctx context.Context, actor auth.Actor, month admission.Month, action, extra string, cmd Command, do func(tx *sqldb.Tx, l *List) error) error {
	if err := s.opt.Policy.Can(actor, admission.ActReview, auth.Object{}); err != nil {
		return err
	}
	return s.opt.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, "monthly."+actor.ID(), cmd.Key, []string{action, string(month), extra, cmd.Note}, s.now(), func() (string, error) {
			l, err := readList(ctx, tx, month)
			if err != nil {
				return "", err
			}
			if cmd.Version != 0 && cmd.Version != l.Version {
				return "", errs.E(errs.Conflict, "monthly.stale")
			}
			if err := do(tx, l); err != nil {
				return "", err
			}
			if _, err := tx.ExecContext(ctx, `UPDATE monthly_list SET version = version + 1 WHERE month = $1`, string(month)); err != nil {
				return "", fmt.Errorf("monthly: %w", err)
			}
			return "", s.note(ctx, tx, actor, "monthly."+action, month, map[string]string{"matter": extra})
		})
		return err
	})
}

// Put takes a matter onto a list in the making.
func (s *Service) Put(ctx context.Context, actor auth.Actor, month admission.Month, number string, cmd Command) error {
	return s.change(ctx, actor, month, "put", number, cmd, func(tx *sqldb.Tx, l *List) error {
		if l.State != Composing {
			return errs.E(errs.Conflict, "monthly.frozen")
		}
		m, err := s.fits(ctx, tx, l, number)
		if err != nil {
			return err
		}
		return s.addLine(ctx, tx, month, m, false, "")
	})
}

// fits returns the matter, if it may be added without passing any lead's budget.
func (s *Service) fits(ctx context.Context, tx *sqldb.Tx, l *List, number string) (*admission.Matter, error) {
	m, err := s.opt.Admission.ByNumber(ctx, tx, number)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(l.Lines, func(x Line) bool { return x.MatterID == m.ID }) {
		return nil, errs.E(errs.Conflict, "monthly.on_it")
	}
	if m.State != admission.Admitted || m.Emergency || !m.Due(l.Month) {
		return nil, errs.E(errs.Conflict, "monthly.not_due")
	}
	if m.Standing {
		return m, nil // reserved before anything else
	}
	load, err := s.load(ctx, tx, l.Month, append(l.matters(), m))
	if err != nil {
		return nil, err
	}
	if over := load.Over(); len(over) > 0 {
		return nil, errs.E(errs.Conflict, "monthly.over", "leads", len(over), "most", over[0].Asked)
	}
	return m, nil
}

// Drop leaves a matter out of a list in the making.
func (s *Service) Drop(ctx context.Context, actor auth.Actor, month admission.Month, number string, cmd Command) error {
	return s.change(ctx, actor, month, "drop", number, cmd, func(tx *sqldb.Tx, l *List) error {
		i := slices.IndexFunc(l.Lines, func(x Line) bool { return x.Number == number })
		switch {
		case l.State != Composing:
			return errs.E(errs.Conflict, "monthly.frozen")
		case i < 0:
			return errs.E(errs.NotFound, "monthly.not_on_it")
		case l.Lines[i].Content.Standing:
			return errs.E(errs.Conflict, "monthly.owed")
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM list_line WHERE id = $1`, l.Lines[i].ID)
		return err
	})
}

// Publish freezes the list and makes it public. From then on its tasks go out.
func (s *Service) Publish(ctx context.Context, actor auth.Actor, month admission.Month, cmd Command) error {
	if err := s.opt.Policy.Can(actor, admission.ActPublish, auth.Object{}); err != nil {
		return err
	}
	return s.change(ctx, actor, month, "publish", "", cmd, func(tx *sqldb.Tx, l *List) error {
		if l.State != Composing {
			return errs.E(errs.Conflict, "monthly.frozen")
		}
		return s.freezeAll(ctx, tx, l)
	})
}

func (s *Service) freezeAll(ctx context.Context, tx *sqldb.Tx, l *List) error {
	ids := make([]string, len(l.Lines))
	for i, x := range l.Lines {
		ids[i] = x.MatterID
	}
	matters, err := s.opt.Admission.ByIDs(ctx, tx, ids)
	if err != nil {
		return err
	}
	load, err := s.load(ctx, tx, l.Month, l.matters())
	if err != nil {
		return err
	}
	if over := load.Over(); len(over) > 0 {
		return errs.E(errs.Conflict, "monthly.over", "leads", len(over), "most", over[0].Asked)
	}
	sum := sha256.New()
	for _, x := range l.Lines {
		m := matters[x.MatterID]
		if m == nil || m.State != admission.Admitted {
			return errs.E(errs.Conflict, "monthly.not_admitted", "number", x.Number)
		}
		text, err := freeze(snapshot{x.Number, x.Priority, m.Conditions, x.Leads, x.Minutes, m.Content})
		if err != nil {
			return err
		}
		sum.Write([]byte(text + "\n"))
		if _, err := tx.ExecContext(ctx, `UPDATE list_line SET content = $1 WHERE id = $2`, text, x.ID); err != nil {
			return fmt.Errorf("monthly: freeze: %w", err)
		}
	}
	_, err = tx.ExecContext(ctx, `UPDATE monthly_list SET state = 'published', published_at = $1, digest = $2 WHERE month = $3`,
		sqldb.Millis(s.now()), hex.EncodeToString(sum.Sum(nil)), string(l.Month))
	return err
}

// AddLate puts a matter on a published list, with a reason that stands beside it.
func (s *Service) AddLate(ctx context.Context, actor auth.Actor, month admission.Month, number string, cmd Command) error {
	if strings.TrimSpace(cmd.Note) == "" {
		return errs.E(errs.Invalid, "monthly.check").WithField("note", "monthly.no_reason")
	}
	return s.change(ctx, actor, month, "late", number, cmd, func(tx *sqldb.Tx, l *List) error {
		if l.State != Published || month < s.ThisMonth() {
			return errs.E(errs.Conflict, "monthly.not_open")
		}
		m, err := s.fits(ctx, tx, l, number)
		if err != nil {
			return err
		}
		if err := s.addLine(ctx, tx, month, m, true, strings.TrimSpace(cmd.Note)); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE monthly_list SET issued_at = 0 WHERE month = $1`, string(month))
		return err
	})
}

// published reports the state of a month's list, "" if there is none.
func stateOf(ctx context.Context, q sqldb.Querier, month admission.Month) (state string, err error) {
	err = q.QueryRowContext(ctx, `SELECT state FROM monthly_list WHERE month = $1`, string(month)).Scan(&state)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return state, err
}
