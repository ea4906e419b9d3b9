package auth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// Session is one browser that is logged in.
type Session struct {
	ID        string // hash of the cookie's token
	AccountID string
	Device    string
	CreatedAt time.Time
	SeenAt    time.Time // to within a few minutes
	ExpiresAt time.Time
	Idle      time.Duration // it ends when unused for this long
	ProvedAt  time.Time     // when it last proved who is in it; zero if that isn't known
	ProvedBy  string        // password, link, totp, passkey, recovery

	account Account // as it is now; filled when loaded
}

// touchEvery is how coarse SeenAt is: a page view seldom writes.
const touchEvery = 5 * time.Minute

const sessionKey = "session"

// Sessions keeps browsers logged in by cookie.
type Sessions struct {
	svc *Service
	scs *scs.SessionManager
	// OnError answers a request whose session could not be read or written.
	OnError func(w http.ResponseWriter, r *http.Request, err error)
}

// NewSessions returns the sessions of a service. secure says that browsers
// reach us by HTTPS; without it the cookie has neither flag nor prefix, which
// is for localhost.
func NewSessions(svc *Service, secure bool) *Sessions {
	s := &Sessions{svc: svc, scs: scs.New()}
	s.scs.Store = &sessionStore{svc: svc}
	s.scs.Codec = sessionCodec{}
	s.scs.Cookie.Name = "bilin"
	if secure {
		s.scs.Cookie.Name = "__Host-bilin"
		s.scs.Cookie.Secure = true
	}
	s.scs.ErrorFunc = s.fail
	return s
}

func (s *Sessions) fail(w http.ResponseWriter, r *http.Request, err error) {
	if s.OnError != nil {
		s.OnError(w, r, err)
		return
	}
	s.svc.log.ErrorContext(r.Context(), "session", "err", err)
	http.Error(w, http.StatusText(http.StatusServiceUnavailable), http.StatusServiceUnavailable)
}

// Wrap puts the actor of the request's cookie into its context.
func (s *Sessions) Wrap(next http.Handler) http.Handler {
	return s.scs.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		session, ok := s.of(r.Context())
		if !ok {
			next.ServeHTTP(w, r)
			return
		}
		actor, err := s.actor(r, session)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(With(r.Context(), actor)))
	}))
}

// actor returns who is in a session and how far that is proved. An official who
// has let the days of grace go by has no rights but to get a second factor.
func (s *Sessions) actor(r *http.Request, session Session) (Actor, error) {
	actor, err := s.svc.actorOf(r.Context(), session.account)
	actor.Door = Door{By: BySession, Age: s.svc.now().Sub(session.ProvedAt),
		Looking: r.Method == http.MethodGet || r.Method == http.MethodHead}
	if s.svc.locked(session.account, actor.Grants) {
		actor.Grants, actor.Door.Locked = nil, true
	}
	return actor, err
}

// Prove takes a new proof of who is in the request's session, and returns the
// request with an actor who has given it.
func (s *Sessions) Prove(r *http.Request, p Proof) (*http.Request, error) {
	session, ok := s.of(r.Context())
	if !ok {
		return r, errs.E(errs.Unauthenticated, "auth.login_needed")
	}
	by, err := s.svc.prove(r.Context(), session.AccountID, p)
	if err != nil {
		return r, err
	}
	session.ProvedAt, session.ProvedBy = s.svc.now(), by
	s.scs.Put(r.Context(), sessionKey, session)
	actor, err := s.actor(r, session)
	return r.WithContext(With(r.Context(), actor)), err
}

func (s *Sessions) of(ctx context.Context) (Session, bool) {
	session, ok := s.scs.Get(ctx, sessionKey).(Session)
	return session, ok
}

// Current returns the id of the request's session, "" without one.
func (s *Sessions) Current(ctx context.Context) string {
	session, _ := s.of(ctx)
	return session.ID
}

// Start logs the request's browser in, under a new token: one planted before
// the log-in is worth nothing after it.
func (s *Sessions) Start(ctx context.Context, e Entry, device string) error {
	if e.by == "" || e.Pending != "" {
		return errs.E(errs.Unauthenticated, "auth.step_over")
	}
	if err := s.scs.RenewToken(ctx); err != nil {
		return fmt.Errorf("auth: session token: %w", err)
	}
	now := s.svc.now()
	most, idle := e.lifetimes()
	s.scs.SetDeadline(ctx, now.Add(most))
	s.scs.Put(ctx, sessionKey, Session{AccountID: e.ID, Device: device, CreatedAt: now, SeenAt: now, Idle: idle,
		ProvedAt: now, ProvedBy: e.by})
	return nil
}

// End logs the request's browser out.
func (s *Sessions) End(ctx context.Context) error {
	session, ok := s.of(ctx)
	if !ok {
		return nil
	}
	if err := s.svc.logout(ctx, From(ctx), session); err != nil {
		return err
	}
	return s.scs.Destroy(ctx)
}

// sessionCodec carries a Session through scs, which has no types.
type sessionCodec struct{}

func (sessionCodec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	session, _ := values[sessionKey].(Session)
	session.ExpiresAt = deadline
	return json.Marshal(wireSession{session, session.account})
}

func (sessionCodec) Decode(b []byte) (time.Time, map[string]any, error) {
	var w wireSession
	if err := json.Unmarshal(b, &w); err != nil {
		return time.Time{}, nil, fmt.Errorf("auth: session: %w", err)
	}
	w.Session.account = w.Account
	return w.Session.ExpiresAt, map[string]any{sessionKey: w.Session}, nil
}

type wireSession struct {
	Session Session
	Account Account
}

// tokenHash is how a secret of full randomness is kept: it needs no salt.
func tokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// Sessions lists the sessions of an account, the latest used first.
func (s *Service) Sessions(ctx context.Context, actor Actor, accountID string) ([]Session, error) {
	if err := s.canKeep(actor, accountID); err != nil {
		return nil, err
	}
	return sessionsOf(ctx, s.db.Reader(), accountID, s.now())
}

// canKeep allows what one does to one's own account, and an administrator to any.
func (s *Service) canKeep(actor Actor, accountID string) error {
	if actor.AccountID == accountID {
		return s.policy.Can(actor, ActSelf, Object{})
	}
	return s.policy.Can(actor, ActManage, Object{})
}

// EndSession ends one session of an account.
func (s *Service) EndSession(ctx context.Context, actor Actor, accountID, sessionID string) error {
	if err := s.canKeep(actor, accountID); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		if err := deleteSession(ctx, tx, accountID, sessionID); err != nil {
			return err
		}
		if err := s.tell(ctx, tx, accountID, "ended"); err != nil {
			return err
		}
		return s.record(ctx, tx, actor, "account.session_end", accountID, nil)
	})
}

// EndSessions ends all sessions of an account but keep, which may be "".
func (s *Service) EndSessions(ctx context.Context, actor Actor, accountID, keep string) error {
	if err := s.canKeep(actor, accountID); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		if err := endSessions(ctx, tx, accountID, keep); err != nil {
			return err
		}
		if err := s.tell(ctx, tx, accountID, "ended"); err != nil {
			return err
		}
		return s.record(ctx, tx, actor, "account.session_end", accountID, map[string]any{"all": true})
	})
}

// EndFor ends the sessions and unused links of a person who handed a post
// over, within the hand-over's own transaction.
func (s *Service) EndFor(ctx context.Context, tx *sqldb.Tx, personID string) error {
	accounts, err := queryAccounts(ctx, tx, `WHERE person_id = $1`, personID)
	if err != nil {
		return err
	}
	for _, a := range accounts {
		if err := endSessions(ctx, tx, a.ID, ""); err != nil {
			return err
		}
		if err := dropLinks(ctx, tx, a.ID); err != nil {
			return err
		}
		if err := s.tell(ctx, tx, a.ID, "ended"); err != nil {
			return err
		}
	}
	return nil
}

// revokeAll takes everything from an account that lets somebody in as it.
func (s *Service) revokeAll(ctx context.Context, tx *sqldb.Tx, accountID string) error {
	if err := endSessions(ctx, tx, accountID, ""); err != nil {
		return err
	}
	if err := dropLinks(ctx, tx, accountID); err != nil {
		return err
	}
	if err := dropTokens(ctx, tx, accountID); err != nil {
		return err
	}
	return s.tell(ctx, tx, accountID, "ended")
}

func (s *Service) logout(ctx context.Context, actor Actor, session Session) error {
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		if err := deleteSession(ctx, tx, session.AccountID, session.ID); err != nil {
			return err
		}
		return s.record(ctx, tx, actor, "account.logout", session.AccountID, nil)
	})
}

func (s *Service) dropSession(ctx context.Context, id string) error {
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM session WHERE id = $1`, id)
		return err
	})
}
