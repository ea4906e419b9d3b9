package network

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// HandOver asks that a post goes from its holder to somebody else.
type HandOver struct {
	Key, PostID, ToPersonID string
	Until                   string // end of the new term, or ""
	Reason                  string // why the old one ends
	Note                    string // what the new one should know
}

// HandOver ends the holder's appointment today and begins the successor's,
// moves everything open with the one to the other, and ends the old sessions:
// all of it or nothing. A vacant post is handed over from nobody.
func (s *Service) HandOver(ctx context.Context, actor auth.Actor, c HandOver) error {
	if s.NeedsSecond(actor, c.PostID) {
		reason, err := checkText("reason", c.Reason, maxReasonLength)
		if err == nil {
			_, err = s.askSecond(ctx, actor, c.Key, SecondAsk{PostID: c.PostID, PersonID: c.ToPersonID, Until: c.Until, Reason: reason})
		}
		return err
	}
	_, err := run(ctx, s, actor, "network.hand_over", c.Key, c, func(ctx context.Context, w *work) (string, record, error) {
		p, err := w.post(ctx, c.PostID)
		if err != nil {
			return "", record{}, err
		}
		if _, err := checkText("reason", c.Reason, maxReasonLength); err != nil {
			return "", record{}, err
		}
		rec := record{"post", p.ID, p.UnitID, map[string]any{"to": c.ToPersonID}}
		return "", rec, w.handOver(ctx, p, c)
	})
	return err
}

// handOver also ends a stand-in's time, who bridged until the successor came.
func (w *work) handOver(ctx context.Context, p *Post, c HandOver) error {
	from := ""
	if p.serving != nil {
		from = p.serving.PersonID
	}
	if p.Holder != nil && p.Holder.PersonID == c.ToPersonID {
		return errs.E(errs.Conflict, "network.holds_already")
	}
	for _, h := range []*Holder{p.Holder, p.StandIn} {
		if h == nil {
			continue
		}
		if err := w.unseat(ctx, h, c.Reason); err != nil {
			return err
		}
	}
	p.Holder, p.StandIn = nil, nil
	if _, err := w.appoint(ctx, p, Appoint{PersonID: c.ToPersonID, Until: c.Until}, false); err != nil {
		return err
	}
	items, err := w.moveOpen(ctx, p, from, c.ToPersonID)
	if err != nil {
		return err
	}
	text, err := json.Marshal(items)
	if err != nil {
		return err
	}
	return w.exec(ctx, `INSERT INTO handover (id, post_id, from_person, to_person, at, note, items) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		sqldb.NewID(), p.ID, null(from), c.ToPersonID, sqldb.Millis(w.now), c.Note, string(text))
}

// moveOpen has every capability move what is open. From nobody nothing moves:
// what came meanwhile is the post's.
func (w *work) moveOpen(ctx context.Context, p *Post, from, to string) ([]string, error) {
	items := []string{}
	if from == "" || from == to {
		return items, nil
	}
	for _, h := range w.s.handovers {
		moved, err := h.HandOver(ctx, w.tx, p, from, to)
		if err != nil {
			return nil, err
		}
		items = append(items, moved...)
	}
	return items, nil
}

// HandedOver is one hand-over of a post.
type HandedOver struct {
	At                   time.Time
	FromPerson, ToPerson string // ids; FromPerson "" if the post was vacant
	Note                 string
	Items                []string // what moved
}

// HandOvers returns a post's hand-overs, latest first.
func (s *Service) HandOvers(ctx context.Context, actor auth.Actor, postID string) ([]HandedOver, error) {
	post, err := s.postAnyState(ctx, postID)
	if err != nil {
		return nil, err
	}
	if err := s.policy.Can(actor, ActView, auth.Object{UnitID: post.UnitID}); err != nil {
		return nil, err
	}
	var out []HandedOver
	err = each(ctx, s.db.Reader(), func(rows *sql.Rows) error {
		var h HandedOver
		var at int64
		var from sql.NullString
		var items []byte
		if err := rows.Scan(&at, &from, &h.ToPerson, &h.Note, &items); err != nil {
			return err
		}
		h.At, h.FromPerson = sqldb.Time(at), from.String
		err := json.Unmarshal(items, &h.Items)
		out = append(out, h)
		return err
	}, `SELECT at, from_person, to_person, note, items FROM handover WHERE post_id = $1 ORDER BY at DESC, id DESC`, postID)
	if err != nil {
		return nil, fmt.Errorf("network: hand-overs: %w", err)
	}
	return out, nil
}
