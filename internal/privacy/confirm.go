package privacy

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/gateway"
	"bilin/internal/job"
	"bilin/internal/once"
	"bilin/internal/purpose"
	"bilin/internal/sqldb"
)

// Hint is how somebody says which household they are, before they prove it: by
// the code of the door card, or by one of their demands.
type Hint struct{ Door, Demand, Key string }

// home finds the household; "" if there is none, which nobody is told.
func (s *Service) home(ctx context.Context, h Hint) (string, error) {
	var id string
	var err error
	if h.Demand != "" {
		id, err = s.o.DemandHome(ctx, h.Demand, h.Key)
	} else {
		id, _, err = s.o.Network.DoorOf(ctx, h.Door)
	}
	if k := errs.KindOf(err); err != nil && (k == errs.NotFound || k == errs.Invalid) {
		return "", nil
	}
	return id, err
}

// smsKind names the jobs that send one code each.
const smsKind = "privacy.code"

type smsJob struct{ Challenge string }

// SendCode sends a code to the number on record of a household, if there are
// both. The challenge that comes back says nothing of that: the same is written
// and queued in every case.
func (s *Service) SendCode(ctx context.Context, hint Hint) (challenge string, err error) {
	if !s.SendsCodes() {
		return "", errs.E(errs.Unavailable, "privacy.no_sms")
	}
	home, err := s.home(ctx, hint)
	if err != nil {
		return "", err
	}
	now := s.o.Now()
	challenge = newCode(26)
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		to := home
		sent, err := codesSince(ctx, tx, home, BySMS, now.Add(-24*time.Hour))
		if err != nil {
			return err
		}
		if sent >= smsPerDay {
			to = ""
		}
		if err := insertCode(ctx, tx, code{ID: hashOf("challenge", challenge), Kind: BySMS, HouseholdID: to, MadeAt: now, Until: now.Add(SMSGood)}); err != nil {
			return err
		}
		return job.Enqueue(ctx, tx, job.Job{Kind: smsKind, Payload: smsJob{hashOf("challenge", challenge)}})
	})
	return challenge, err
}

// codeOf is the code of a challenge, which is nowhere stored.
func (s *Service) codeOf(challengeID string) string {
	return smsCode(s.o.Sealer.Index("privacy/sms", challengeID))
}

// Register has a runner send codes.
func (s *Service) Register(r *job.Runner) { r.Handle(smsKind, s.send) }

func (s *Service) send(ctx context.Context, run job.Run) error {
	var j smsJob
	if err := run.Decode(&j); err != nil {
		return job.Fatal(err)
	}
	number, err := s.number(ctx, j.Challenge)
	switch {
	case err != nil:
		return err
	case number == "":
		return nil // no such household, no number, too many codes, or too late: nobody hears which
	}
	err = s.o.Sender.Send(ctx, gateway.Message{ID: run.ID, To: number, Text: s.o.SendText(s.codeOf(j.Challenge))})
	if errs.KindOf(err) == errs.Invalid {
		return job.Fatal(err)
	}
	return err
}

// number opens the number that a challenge's code goes to.
func (s *Service) number(ctx context.Context, challengeID string) (number string, err error) {
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		number = ""
		c, err := codeByID(ctx, tx, challengeID)
		if err != nil || c.HouseholdID == "" || !s.o.Now().Before(c.Until) {
			return ignoreNone(err)
		}
		number, err = s.o.Network.ReadHousePhoneIn(ctx, tx, itself, c.HouseholdID, purpose.Ground{Kind: purpose.System, ID: "code"})
		if errs.KindOf(err) == errs.NotFound || errs.KindOf(err) == errs.Gone {
			return nil
		}
		return err
	})
	return number, err
}

func ignoreNone(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}

// Enter proves by the code that was sent, and returns a session.
func (s *Service) Enter(ctx context.Context, challenge, typed string) (string, error) {
	id := hashOf("challenge", challenge)
	return s.enter(ctx, BySMS, func(tx *sqldb.Tx) (code, bool, error) {
		c, err := codeByID(ctx, tx, id)
		return c, err == nil && c.Kind == BySMS && c.HouseholdID != "" && same(foldCode(typed), s.codeOf(id)), ignoreNone(err)
	})
}

// EnterPaper proves by the code that the village handed out.
func (s *Service) EnterPaper(ctx context.Context, typed string) (string, error) {
	hash := s.paperHash(typed)
	return s.enter(ctx, ByPaper, func(tx *sqldb.Tx) (code, bool, error) {
		c, err := codeByHash(ctx, tx, hash)
		return c, err == nil, ignoreNone(err)
	})
}

func (s *Service) paperHash(typed string) string {
	return s.o.Sealer.Index("privacy/paper", foldCode(typed))
}

// enter turns a right code into a session. A wrong one counts, and is answered
// the same as one that is used up, too old, or never was.
func (s *Service) enter(ctx context.Context, way Way, find func(*sqldb.Tx) (code, bool, error)) (session string, err error) {
	right := false
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		right = false
		c, ok, err := find(tx)
		if err != nil || c.ID == "" {
			return err
		}
		now := s.o.Now()
		if !ok || !c.good(now) {
			return countTry(ctx, tx, c.ID)
		}
		right, session = true, newCode(26)
		unit, err := s.unitOf(ctx, tx, c.HouseholdID)
		if err != nil {
			return err
		}
		if err := useCode(ctx, tx, c.ID, now); err != nil {
			return err
		}
		if err := insertSession(ctx, tx, hashOf("session", session), c.HouseholdID, way, now); err != nil {
			return err
		}
		return s.record(ctx, tx, itself, "privacy.enter", "household", c.HouseholdID, unit, map[string]any{"by": way})
	})
	if err == nil && !right {
		err = errs.Refuse("code", "privacy.wrong_code")
	}
	if err != nil {
		return "", err
	}
	return session, nil
}

// Session is a household that has shown that it is itself.
type Session struct {
	HouseholdID string
	Way         Way
	Until       time.Time
}

// Session returns whose a session is, while it lasts.
func (s *Service) Session(ctx context.Context, secret string) (Session, error) {
	if secret == "" {
		return Session{}, errs.E(errs.Unauthenticated, "privacy.confirm")
	}
	ss, err := sessionBy(ctx, s.o.DB.Reader(), hashOf("session", secret))
	if errors.Is(err, sql.ErrNoRows) || err == nil && !s.o.Now().Before(ss.Until) {
		return Session{}, errs.E(errs.Unauthenticated, "privacy.confirm")
	}
	return ss, err
}

// Leave ends a session.
func (s *Service) Leave(ctx context.Context, secret string) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error { return dropSession(ctx, tx, hashOf("session", secret)) })
}

// Paper is a code to be handed to a household.
type Paper struct {
	Code  string
	Until time.Time
}

// IssueCode makes a code for a household that was at the village in person. It
// replaces the ones handed out before.
func (s *Service) IssueCode(ctx context.Context, actor auth.Actor, key, householdID string, inPerson bool) (Paper, error) {
	unit, err := s.unitOf(ctx, s.o.DB.Reader(), householdID)
	if err != nil {
		return Paper{}, err
	}
	if err := s.o.Policy.Can(actor, ActCode, auth.Object{UnitID: unit}); err != nil {
		return Paper{}, err
	}
	if !inPerson {
		return Paper{}, errs.Refuse("person", "privacy.in_person")
	}
	now := s.o.Now()
	paper := Paper{Code: newCode(paperLength), Until: now.Add(PaperGood)}
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		ran := false
		_, err := once.Do(ctx, tx, "privacy.code/"+actor.ID(), key, householdID, now, func() (bool, error) {
			ran = true
			if err := voidCodes(ctx, tx, householdID, now); err != nil {
				return false, err
			}
			c := code{ID: sqldb.NewID(), Kind: ByPaper, HouseholdID: householdID, Hash: s.paperHash(paper.Code), MadeAt: now, Until: paper.Until, By: actor.ID(), ByName: actor.Name}
			if err := insertCode(ctx, tx, c); err != nil {
				return false, err
			}
			return true, s.record(ctx, tx, actor, "privacy.code", "household", householdID, unit, nil)
		})
		if err == nil && !ran {
			err = errs.E(errs.Conflict, "privacy.code_shown") // it is shown once, and kept nowhere
		}
		return err
	})
	if err != nil {
		return Paper{}, err
	}
	return paper, nil
}
