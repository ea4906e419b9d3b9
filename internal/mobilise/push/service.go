package push

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/once"
	"bilin/internal/sqldb"
)

// Subscribe asks that the actor hears of call-outs in a browser, which handed
// out the rest.
type Subscribe struct {
	Key                    string
	Endpoint, P256dh, Auth string
	Device                 string // as auth.Device folds it
}

// Unsubscribe asks that they no longer do.
type Unsubscribe struct{ Key, ID string }

// Browser is one in which somebody hears of call-outs.
type Browser struct {
	ID, Device string
	Mark       string // by which the browser knows itself
	At         time.Time
}

// may lets people who can be called out choose how.
func (s *Service) may(actor auth.Actor) error {
	if err := s.o.Policy.Can(actor, ActSelf, auth.Object{}); err != nil {
		return err
	}
	if actor.PersonID == "" {
		return errs.E(errs.Forbidden, "push.nobody_to_call")
	}
	return nil
}

// Subscribe notes a browser. One that was another person's is this person's
// from now on; the sixth takes the place of the oldest.
func (s *Service) Subscribe(ctx context.Context, actor auth.Actor, cmd Subscribe) error {
	if err := s.may(actor); err != nil {
		return err
	}
	if !s.Ready() {
		return errs.E(errs.Unavailable, "push.off")
	}
	e := endpoint{cmd.Endpoint, cmd.P256dh, cmd.Auth}
	if err := e.check(); err != nil {
		return err
	}
	u, err := url.Parse(e.URL)
	if err != nil || s.guard.Check(u) != nil || u.Port() != "" && u.Port() != "443" && !s.guard.Allows(u.Host) {
		return errs.E(errs.Invalid, "push.bad_browser")
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, "push.subscribe/"+actor.ID(), cmd.Key, cmd, s.o.Now(), func() (bool, error) {
			return true, s.subscribe(ctx, tx, actor, e, cmd.Device)
		})
		return err
	})
}

func (s *Service) subscribe(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, e endpoint, device string) error {
	index := s.o.Sealer.Index("push", e.URL)
	id, err := byEndpoint(ctx, tx, index)
	if err != nil {
		return err
	}
	if id == "" {
		id = sqldb.NewID()
	}
	r := row{id: id, personID: actor.PersonID, device: device, at: sqldb.Millis(s.o.Now())}
	if r.sealed, err = s.sealed(e, r); err != nil {
		return err
	}
	if err := put(ctx, tx, r, index); err != nil {
		return err
	}
	rows, err := ofPeople(ctx, tx, []string{actor.PersonID})
	if err != nil {
		return err
	}
	for _, old := range rows[min(len(rows), MaxBrowsers):] {
		if _, err := drop(ctx, tx, old); err != nil {
			return err
		}
	}
	return s.record(ctx, tx, actor, "push.subscribe", actor.PersonID, device)
}

func (s *Service) sealed(e endpoint, r row) (string, error) {
	raw, err := json.Marshal(e)
	if err != nil {
		return "", fmt.Errorf("push: %w", err)
	}
	return s.o.Sealer.Seal(string(raw), r.binding())
}

func (s *Service) opened(r row) (e endpoint, err error) {
	raw, err := s.o.Sealer.Open(r.sealed, r.binding())
	if err == nil {
		err = json.Unmarshal([]byte(raw), &e)
	}
	if err != nil {
		return e, fmt.Errorf("push: subscription %s: %w", r.id, err)
	}
	return e, nil
}

func (s *Service) record(ctx context.Context, tx *sqldb.Tx, actor auth.Actor, action, personID, device string) error {
	return s.o.Audit.Append(ctx, tx, audit.Entry{
		ActorID: actor.ID(), ActorName: actor.Name, Action: action, ObjectKind: "person", ObjectID: personID, Detail: map[string]string{"device": device},
	})
}

// Unsubscribe forgets one of the actor's browsers. One that isn't there any
// more, or was never theirs, changes nothing.
func (s *Service) Unsubscribe(ctx context.Context, actor auth.Actor, cmd Unsubscribe) error {
	if err := s.may(actor); err != nil {
		return err
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := once.Do(ctx, tx, "push.unsubscribe/"+actor.ID(), cmd.Key, cmd, s.o.Now(), func() (bool, error) {
			rows, err := ofPeople(ctx, tx, []string{actor.PersonID})
			i := slices.IndexFunc(rows, func(r row) bool { return r.id == cmd.ID })
			if err != nil || i < 0 {
				return false, err
			}
			if _, err := drop(ctx, tx, rows[i]); err != nil {
				return false, err
			}
			return true, s.record(ctx, tx, actor, "push.unsubscribe", actor.PersonID, rows[i].device)
		})
		return err
	})
}

// Mine lists the actor's browsers, the newest first.
func (s *Service) Mine(ctx context.Context, actor auth.Actor) ([]Browser, error) {
	if err := s.may(actor); err != nil {
		return nil, err
	}
	rows, err := ofPeople(ctx, s.o.DB.Reader(), []string{actor.PersonID})
	if err != nil {
		return nil, err
	}
	out := make([]Browser, 0, len(rows))
	for _, r := range rows {
		e, err := s.opened(r)
		if err != nil {
			return nil, err
		}
		out = append(out, Browser{ID: r.id, Device: r.device, Mark: markOf(e.URL), At: sqldb.Time(r.at)})
	}
	return out, nil
}
