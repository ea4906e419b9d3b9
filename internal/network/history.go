package network

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"bilin/internal/auth"
	"bilin/internal/sqldb"
)

// What can happen to a unit.
const (
	ChangeCreate = "create"
	ChangeRename = "rename"
	ChangeMove   = "move"
	ChangeSplit  = "split"
	ChangeMerge  = "merge"
	ChangeEnd    = "end"
	ChangeCode   = "code" // because a unit above moved
)

// Detail says what a change was from and to; names and codes as they were then.
type Detail struct {
	From       string `json:"from,omitempty"`
	FromID     string `json:"from_id,omitempty"`
	FromCode   string `json:"from_code,omitempty"`
	To         string `json:"to,omitempty"`
	ToID       string `json:"to_id,omitempty"`
	ToCode     string `json:"to_code,omitempty"`
	Children   int    `json:"children,omitempty"`
	Households int    `json:"households,omitempty"`
}

// Change is one entry of a unit's history.
type Change struct {
	Kind      string
	At        time.Time
	ActorName string
	Detail    Detail
}

// History returns what happened to a unit, latest first, also after its end.
func (s *Service) History(ctx context.Context, actor auth.Actor, unitID string) ([]Change, error) {
	if err := s.policy.Can(actor, ActView, auth.Object{UnitID: unitID}); err != nil {
		return nil, err
	}
	var out []Change
	err := each(ctx, s.db.Reader(), func(rows *sql.Rows) error {
		var c Change
		var at int64
		var detail []byte
		if err := rows.Scan(&c.Kind, &at, &c.ActorName, &detail); err != nil {
			return err
		}
		c.At = sqldb.Time(at)
		err := json.Unmarshal(detail, &c.Detail)
		out = append(out, c)
		return err
	}, `SELECT kind, at, actor_name, detail FROM unit_change WHERE unit_id = $1 ORDER BY at DESC, id DESC`, unitID)
	if err != nil {
		return nil, fmt.Errorf("network: history: %w", err)
	}
	return out, nil
}

// Tenure is one person's time in a post.
type Tenure struct {
	Holder
	PostID    string
	EndedOn   string // "" while it lasts
	EndReason string
}

// PostHistory returns everybody who held a post or stood in, latest first.
func (s *Service) PostHistory(ctx context.Context, actor auth.Actor, postID string) ([]Tenure, error) {
	post, err := s.postAnyState(ctx, postID)
	if err != nil {
		return nil, err
	}
	if err := s.policy.Can(actor, ActView, auth.Object{UnitID: post.UnitID}); err != nil {
		return nil, err
	}
	var out []Tenure
	err = each(ctx, s.db.Reader(), func(rows *sql.Rows) error {
		var t Tenure
		var until, ended, reason sql.NullString
		err := rows.Scan(&t.AppointmentID, &t.PostID, &t.PersonID, &t.Name, &t.Acting, &t.From, &until, &ended, &reason)
		t.Until, t.EndedOn, t.EndReason = until.String, ended.String, reason.String
		out = append(out, t)
		return err
	}, `SELECT a.id, a.post_id, a.person_id, p.name, a.acting, a.starts_on, a.until_on, a.ended_on, a.end_reason
		FROM appointment a JOIN person p ON p.id = a.person_id WHERE a.post_id = $1 ORDER BY a.starts_on DESC, a.id DESC`, postID)
	if err != nil {
		return nil, fmt.Errorf("network: post history: %w", err)
	}
	return out, nil
}
