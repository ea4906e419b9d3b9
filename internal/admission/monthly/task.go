package monthly

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"bilin/internal/admission"
	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/sqldb"
)

// Outcome is what a step of a task left behind.
type Outcome struct {
	ID      string
	State   TaskState
	Version int
}

// maxReason is how long the words of a return may be, in characters.
const maxReason = 300

// The reasons to return a task, beside words.
var Reasons = []string{"not_on_list", "not_mine", "not_possible"}

func (s *Service) noteTask(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, action, id, unitID string) error {
	err := s.opt.Audit.Append(ctx, tx, audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: action, ObjectKind: "task", ObjectID: id, UnitID: unitID})
	return errors.Join(err, s.opt.Live.Publish(ctx, tx, "tasks:"+unitID, ""))
}

// step is a change of one task.
type step struct {
	action string
	may    auth.Action
	from   []TaskState
	to     TaskState
	reason string
	delta  tally
}

// Done says that a task is done. That is all that is asked.
func (s *Service) Done(ctx context.Context, actor auth.Actor, id string, cmd Command) (Outcome, error) {
	return s.step(ctx, actor, id, cmd, step{action: "task.done", from: []TaskState{Open}, to: Done, delta: tally{done: 1}})
}

// Undo takes a tap back.
func (s *Service) Undo(ctx context.Context, actor auth.Actor, id string, cmd Command) (Outcome, error) {
	return s.step(ctx, actor, id, cmd, step{action: "task.undo", from: []TaskState{Done}, to: Open, delta: tally{done: -1}})
}

// Return gives a task back: it isn't on the list, isn't theirs, or can't be done.
// The city office answers.
func (s *Service) Return(ctx context.Context, actor auth.Actor, id, reason string, cmd Command) (Outcome, error) {
	known := false
	for _, r := range Reasons {
		known = known || r == reason
	}
	if !known || len([]rune(cmd.Note)) > maxReason {
		return Outcome{}, errs.E(errs.Invalid, "monthly.check").WithField("reason", "monthly.no_reason")
	}
	text := reason
	if note := strings.TrimSpace(cmd.Note); note != "" {
		text += "\n" + note
	}
	return s.step(ctx, actor, id, cmd, step{action: "task.return", from: []TaskState{Open}, to: Returned, reason: text, delta: tally{returned: 1}})
}

// SettleReturn answers a returned task: agreed, it is cancelled; else it is open
// again, with what the city office says.
func (s *Service) SettleReturn(ctx context.Context, actor auth.Actor, id string, agree bool, cmd Command) (Outcome, error) {
	note := strings.TrimSpace(cmd.Note)
	if !agree && note == "" || len([]rune(note)) > maxReason {
		return Outcome{}, errs.E(errs.Invalid, "monthly.check").WithField("note", "monthly.no_reason")
	}
	return s.step(ctx, actor, id, cmd, settling(agree, note))
}

func (s *Service) step(ctx context.Context, actor auth.Actor, id string, cmd Command, st step) (out Outcome, err error) {
	if st.may == "" {
		st.may = admission.ActTask
	}
	err = s.opt.DB.Write(ctx, func(tx *sqldb.Tx) error {
		t, err := s.task(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := s.opt.Policy.Can(actor, st.may, auth.Object{UnitID: t.UnitID}); err != nil {
			return noTask()
		}
		out, err = once.Do(ctx, tx, "monthly."+actor.ID(), cmd.Key, []string{st.action, id, st.reason}, s.now(), func() (Outcome, error) {
			return s.carryOut(ctx, tx, actor, t, cmd, st)
		})
		return err
	})
	return out, err
}

func (s *Service) carryOut(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, t *Task, cmd Command, st step) (Outcome, error) {
	if t.State == st.to && st.reason == "" {
		return Outcome{t.ID, t.State, t.Version}, nil // a second tap says nothing new
	}
	allowed := false
	for _, from := range st.from {
		allowed = allowed || t.State == from
	}
	switch {
	case st.action == "task.done" && t.Standing:
		return Outcome{}, errs.E(errs.Conflict, "monthly.by_contacts")
	case !allowed:
		return Outcome{}, errs.E(errs.Conflict, "monthly.task_not_now", "state", string(t.State))
	case cmd.Version != 0 && cmd.Version != t.Version:
		return Outcome{}, errs.E(errs.Conflict, "monthly.stale")
	}
	reason := t.Reason
	if st.reason != "" {
		reason = st.reason
	}
	_, err := tx.ExecContext(ctx, `UPDATE task SET state = $1, state_at = $2, reason = $3, person_id = $4, version = version + 1 WHERE id = $5`,
		string(st.to), sqldb.Millis(s.now()), reason, actor.PersonID, t.ID)
	if err != nil {
		return Outcome{}, fmt.Errorf("monthly: task: %w", err)
	}
	if st.delta != (tally{}) {
		if err := addTallies(ctx, tx, t.Month, map[[2]string]*tally{{t.VillageID, t.MatterID}: &st.delta}); err != nil {
			return Outcome{}, err
		}
	}
	return Outcome{t.ID, st.to, t.Version + 1}, s.noteTask(ctx, tx, actor, st.action, t.ID, t.UnitID)
}

func noTask() error { return errs.E(errs.NotFound, "monthly.no_task") }

const taskColumns = `t.id, t.matter_id, t.month, t.unit_id, t.village_id, t.homes, t.minutes, t.first_day, t.last_day, t.state, t.state_at, t.reason,
	t.person_id, t.bypass, t.version, m.number, m.content, m.conditions, m.priority`

func (s *Service) task(ctx context.Context, q sqldb.Querier, id string) (*Task, error) {
	list, err := tasks(ctx, q, `t.id = $1`, id)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, noTask()
	}
	return &list[0], nil
}

// Task returns one that the actor does, stands over, or settles.
func (s *Service) Task(ctx context.Context, actor auth.Actor, id string) (*Task, error) {
	t, err := s.task(ctx, s.opt.DB.Reader(), id)
	if err != nil {
		return nil, err
	}
	for _, action := range []auth.Action{admission.ActTask, admission.ActReturns} {
		if s.opt.Policy.Can(actor, action, auth.Object{UnitID: t.UnitID}) == nil {
			return t, nil
		}
	}
	return nil, noTask()
}

// Mark notes for the lead alone that a household was seen to, or that it wasn't.
// When all are, the task is done.
func (s *Service) Mark(ctx context.Context, actor auth.Actor, id, householdID string, on bool, cmd Command) (out Outcome, err error) {
	err = s.opt.DB.Write(ctx, func(tx *sqldb.Tx) error {
		t, err := s.task(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := s.opt.Policy.Can(actor, admission.ActTask, auth.Object{UnitID: t.UnitID}); err != nil {
			return noTask()
		}
		out, err = s.mark(ctx, tx, actor, t, householdID, on)
		return err
	})
	return out, err
}

// mark is idempotent by itself, and leaves no record of who was where when.
func (s *Service) mark(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, t *Task, householdID string, on bool) (Outcome, error) {
	if t.State != Open {
		return Outcome{}, errs.E(errs.Conflict, "monthly.task_not_now", "state", string(t.State))
	}
	var here int
	err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM household WHERE id = $1 AND unit_id = $2 AND state = 'active'`, householdID, t.UnitID).Scan(&here)
	if err != nil || here == 0 {
		return Outcome{}, errors.Join(err, errs.E(errs.NotFound, "monthly.no_household"))
	}
	text := `DELETE FROM task_mark WHERE task_id = $1 AND household_id = $2`
	if on {
		text = `INSERT INTO task_mark (task_id, household_id) VALUES ($1, $2) ON CONFLICT (task_id, household_id) DO NOTHING`
	}
	if _, err := tx.ExecContext(ctx, text, t.ID, householdID); err != nil {
		return Outcome{}, fmt.Errorf("monthly: mark: %w", err)
	}
	var marks int
	if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM task_mark WHERE task_id = $1`, t.ID).Scan(&marks); err != nil {
		return Outcome{}, fmt.Errorf("monthly: marks: %w", err)
	}
	if on && t.Homes > 0 && marks >= t.Homes {
		return s.carryOut(ctx, tx, actor, t, Command{}, step{action: "task.done", from: []TaskState{Open}, to: Done, delta: tally{done: 1}})
	}
	return Outcome{t.ID, t.State, t.Version}, s.opt.Live.Publish(ctx, tx, "tasks:"+t.UnitID, "")
}

// MyUnits lists the units whose tasks are the actor's own to do.
func (s *Service) MyUnits(actor auth.Actor) []*network.Unit {
	var out []*network.Unit
	for _, g := range actor.Grants {
		if u := s.tree().ByID(g.UnitID); u != nil && g.Role.IsLead() {
			out = append(out, u)
		}
	}
	return out
}

// Recon compares what the list asked with what was sent.
type Recon struct {
	MatterID, Number, Title, DepartmentID string
	Listed                                bool // on the month's list; an emergency isn't
	Leads                                 int  // the list's
	Sent, Done, Returned, Minutes         int
	Vacant                                int // posts asked in which nobody serves today
}

// Reconcile compares a month's list with what was sent.
func (s *Service) Reconcile(ctx context.Context, actor auth.Actor, month admission.Month) ([]Recon, error) {
	l, err := s.List(ctx, actor, month)
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	var out []Recon
	for _, x := range l.Lines {
		at[x.MatterID] = len(out)
		r := Recon{MatterID: x.MatterID, Number: x.Number, Title: x.Content.Title, DepartmentID: x.Content.DepartmentID, Listed: true, Leads: x.Leads}
		for _, u := range x.Content.Posts(s.tree()) {
			if s.tree().LeadOf(u.ID) == nil {
				r.Vacant++
			}
		}
		out = append(out, r)
	}
	err = each(ctx, s.opt.DB.Reader(), `SELECT t.matter_id, m.number, m.title, m.department_id, SUM(t.tasks), SUM(t.done), SUM(t.returned), SUM(t.minutes)
		FROM task_tally t JOIN matter m ON m.id = t.matter_id WHERE t.month = $1 GROUP BY t.matter_id, m.number, m.title, m.department_id ORDER BY m.number`, []any{string(month)},
		func(scan func(...any) error) error {
			var r Recon
			if err := scan(&r.MatterID, &r.Number, &r.Title, &r.DepartmentID, &r.Sent, &r.Done, &r.Returned, &r.Minutes); err != nil {
				return err
			}
			i, listed := at[r.MatterID]
			if !listed {
				out = append(out, r)
				return nil
			}
			out[i].Sent, out[i].Done, out[i].Returned, out[i].Minutes = r.Sent, r.Done, r.Returned, r.Minutes
			return nil
		})
	return out, err
}

// mostTodo is how many tasks a start page needs to know of.
const mostTodo = 50

// Todo lists this month's open tasks that are the actor's own, emergencies
// first and then by their last day: what a start page shows of them, and no more.
// Waits says of each whether it waits for an emergency to end.
func (s *Service) Todo(ctx context.Context, actor auth.Actor) ([]Task, error) {
	var units []string
	for _, u := range s.MyUnits(actor) {
		units = append(units, u.ID)
	}
	if len(units) == 0 {
		return nil, nil
	}
	var w sqldb.Where
	w.In("t.unit_id", units)
	w.Add("t.month = ?", string(s.ThisMonth()))
	w.Add("t.state = 'open'")
	care, err := s.opt.Admission.Standing(ctx, s.opt.DB.Reader(), s.ThisMonth())
	if err != nil {
		return nil, err
	}
	if care != nil { // its contacts are shown by themselves
		w.Add("t.matter_id <> ?", care.ID)
	}
	return sqldb.Collect(ctx, s.opt.DB.Reader(), func(r *sql.Rows, t *Task) error {
		err := r.Scan(&t.ID, &t.Title, &t.LastDay, &t.Bypass, &t.UnitID)
		t.Waits = !t.Bypass && s.opt.Paused(t.UnitID)
		return err
	}, `SELECT t.id, m.title, t.last_day, t.bypass, t.unit_id FROM task t JOIN matter m ON m.id = t.matter_id
		WHERE `+w.Text()+` ORDER BY t.bypass DESC, t.last_day, t.id LIMIT `+w.Arg(mostTodo), w.Args...)
}
