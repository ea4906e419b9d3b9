package network

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// CreatePost asks for a post at a unit. Name may be empty where the role says
// enough.
type CreatePost struct {
	Key, UnitID, DepartmentID, Name string
	Role                            auth.Role
}

// CreatePost makes a vacant post and returns its id.
func (s *Service) CreatePost(ctx context.Context, actor auth.Actor, c CreatePost) (string, error) {
	if err := s.mayAppoint(actor, c.UnitID); err != nil {
		return "", err
	}
	return run(ctx, s, actor, "network.create_post", c.Key, c, func(ctx context.Context, w *work) (string, record, error) {
		u, err := w.unit(ctx, c.UnitID)
		if err != nil {
			return "", record{}, err
		}
		if err := u.canHave(c.Role, c.DepartmentID); err != nil {
			return "", record{}, err
		}
		if err := w.oneLead(ctx, u, c.Role); err != nil {
			return "", record{}, err
		}
		n := NewPost{ID: sqldb.NewID(), UnitID: u.ID, DepartmentID: c.DepartmentID, Role: c.Role, Name: c.Name}
		return n.ID, record{"post", n.ID, u.ID, map[string]any{"role": c.Role}}, w.insertPost(ctx, n)
	})
}

// oneLead refuses a second lead's post at a unit: for every household there is
// one named neighbour.
func (w *work) oneLead(ctx context.Context, u *Unit, role auth.Role) error {
	if !role.IsLead() {
		return nil
	}
	var n int
	err := w.tx.QueryRowContext(ctx, `SELECT count(*) FROM post WHERE unit_id = $1 AND role = $2 AND state = 'active'`, u.ID, string(role)).Scan(&n)
	if err == nil && n > 0 {
		err = errs.E(errs.Conflict, "network.one_lead", "unit", u.Name)
	}
	return err
}

// EndPost asks for the end of a vacant post.
type EndPost struct {
	Key, PostID string
}

// EndPost ends a post that nobody holds. Its history stays.
func (s *Service) EndPost(ctx context.Context, actor auth.Actor, c EndPost) error {
	_, err := run(ctx, s, actor, "network.end_post", c.Key, c, func(ctx context.Context, w *work) (string, record, error) {
		p, err := w.post(ctx, c.PostID)
		if err != nil {
			return "", record{}, err
		}
		if p.Holder != nil || p.StandIn != nil {
			return "", record{}, errs.E(errs.Conflict, "network.post_held")
		}
		return "", record{kind: "post", id: p.ID, unitID: p.UnitID},
			w.exec(ctx, `UPDATE post SET state = 'ended', rev = $1 WHERE id = $2`, w.rev, p.ID)
	})
	return err
}

// CreateDepartment asks for a department of the city.
type CreateDepartment struct {
	Key, Code, Name string
}

// CreateDepartment makes a department and returns its id.
func (s *Service) CreateDepartment(ctx context.Context, actor auth.Actor, c CreateDepartment) (string, error) {
	if err := s.policy.Can(actor, ActAppointCity, auth.Object{}); err != nil {
		return "", err
	}
	return run(ctx, s, actor, "network.create_department", c.Key, c, func(ctx context.Context, w *work) (string, record, error) {
		name, err := checkName(c.Name)
		if err != nil {
			return "", record{}, err
		}
		code, err := checkText("code", c.Code, maxNameLength)
		if err != nil {
			return "", record{}, err
		}
		var n int
		if err := w.tx.QueryRowContext(ctx, `SELECT count(*) FROM department WHERE code = $1`, code).Scan(&n); err != nil {
			return "", record{}, err
		}
		if n > 0 {
			return "", record{}, errs.E(errs.Conflict, "network.code_taken", "code", code)
		}
		id := sqldb.NewID()
		return id, record{kind: "department", id: id},
			w.exec(ctx, `INSERT INTO department (id, code, name, rev) VALUES ($1, $2, $3, $4)`, id, code, name, w.rev)
	})
}

// post reads an active post with its holders as this transaction sees them,
// after asking for the right over it.
func (w *work) post(ctx context.Context, id string) (*Post, error) {
	p, err := readPost(ctx, w.tx, id, stateActive)
	if err != nil {
		return nil, err
	}
	if err := w.s.mayAppoint(w.actor, p.UnitID); err != nil {
		return nil, err
	}
	return p, w.seatAll(ctx, p)
}

// seatAll reads who holds a post.
func (w *work) seatAll(ctx context.Context, p *Post) error {
	err := each(ctx, w.tx, func(rows *sql.Rows) error {
		a := appointmentRow{postID: p.ID}
		var until sql.NullString
		err := rows.Scan(&a.AppointmentID, &a.PersonID, &a.Name, &a.Acting, &a.From, &until)
		a.Until = until.String
		p.seat(&a)
		return err
	}, `SELECT a.id, a.person_id, p.name, a.acting, a.starts_on, a.until_on FROM appointment a JOIN person p ON p.id = a.person_id
		WHERE a.post_id = $1 AND a.ended_on IS NULL`, p.ID)
	if err != nil {
		return fmt.Errorf("network: read holders: %w", err)
	}
	p.serving = p.servingOn(w.day)
	return nil
}

func (s *Service) postAnyState(ctx context.Context, id string) (*Post, error) {
	return readPost(ctx, s.db.Reader(), id, "")
}

func readPost(ctx context.Context, q sqldb.Querier, id, state string) (*Post, error) {
	var p Post
	var department sql.NullString
	var role, is string
	err := q.QueryRowContext(ctx, `SELECT id, unit_id, department_id, role, name, state FROM post WHERE id = $1`, id).
		Scan(&p.ID, &p.UnitID, &department, &role, &p.Name, &is)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errs.E(errs.NotFound, "network.no_post")
	}
	if err == nil && state != "" && is != state {
		return nil, errs.E(errs.Conflict, "network.post_ended")
	}
	p.Role, p.DepartmentID = auth.Role(role), department.String
	return &p, err
}
