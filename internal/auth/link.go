package auth

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"slices"
	"strings"
	"time"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// Purpose is what a one-time link is for.
type Purpose string

// The purposes.
const (
	ToLogin    Purpose = "login"    // logs a lead in on their own telephone
	ToPassword Purpose = "password" // lets an official choose a password
)

const (
	// linkLifetime is long enough to be carried to somebody's door.
	linkLifetime = 72 * time.Hour
	// passwordLinkLifetime is for a link that is handed over in an office.
	passwordLinkLifetime = 24 * time.Hour
)

// Link is a one-time link.
type Link struct {
	Secret    string // the last part of its address; only known when issued
	AccountID string
	Name      string // whose it is
	Purpose   Purpose
	ExpiresAt time.Time
	UsedAt    time.Time // zero while unused
}

// IssueLink makes a one-time link for a lead, and the lead's account if there
// is none yet. It replaces links issued before. The person must hold posts of
// leads only, all of them within the issuer's reach: a link is as good as a
// log-in.
func (s *Service) IssueLink(ctx context.Context, actor Actor, personID, name string) (Link, error) {
	if err := s.canLink(ctx, actor, personID); err != nil {
		return Link{}, err
	}
	link := s.newLink(ToLogin)
	link.Name = name
	err := s.db.Write(ctx, func(tx *sqldb.Tx) error {
		a, err := s.leadAccount(ctx, tx, personID, name)
		if err != nil {
			return err
		}
		link.AccountID = a.ID
		return s.storeLink(ctx, tx, actor, link)
	})
	return link, err
}

func (s *Service) canLink(ctx context.Context, actor Actor, personID string) error {
	grants, err := s.grants.Grants(ctx, personID)
	if err != nil {
		return err
	}
	if !s.policy.May(actor, ActLink) {
		return s.policy.Denied(actor, ActLink)
	}
	if len(grants) == 0 {
		return errs.E(errs.Conflict, "auth.no_post")
	}
	for _, g := range grants {
		if !g.Role.IsLead() {
			return errs.E(errs.Conflict, "auth.link_official")
		}
		if err := s.policy.Can(actor, ActLink, Object{UnitID: g.UnitID}); err != nil {
			return err
		}
	}
	return nil
}

// leadAccount returns the person's account for links, made if need be.
func (s *Service) leadAccount(ctx context.Context, tx *sqldb.Tx, personID, name string) (Account, error) {
	a, err := accountOfPerson(ctx, tx, personID, KindLead)
	switch {
	case err == nil && a.Disabled:
		return a, errs.E(errs.Conflict, "auth.disabled")
	case err == nil && a.Name != name:
		a.Name = name
		return a, updateAccount(ctx, tx, a)
	case err == nil || errs.KindOf(err) != errs.NotFound:
		return a, err
	}
	id := sqldb.NewID()
	a = Account{ID: id, Login: "lead-" + id[len(id)-12:], PersonID: personID, Name: name, Kind: KindLead,
		CreatedAt: s.now(), ConfirmedAt: s.now(), Version: 1}
	return a, insertAccount(ctx, tx, a)
}

// IssuePasswordLink makes a one-time link with which the owner of a new account
// chooses a password. To one that was ever used it takes two people, see
// [Service.AskReset]: whoever has such a link comes in as its owner.
func (s *Service) IssuePasswordLink(ctx context.Context, actor Actor, accountID string) (Link, error) {
	if err := s.policy.Can(actor, ActManage, Object{}); err != nil {
		return Link{}, err
	}
	link := s.newLink(ToPassword)
	link.AccountID = accountID
	err := s.db.Write(ctx, func(tx *sqldb.Tx) error {
		a, err := accountByID(ctx, tx, accountID)
		if err != nil {
			return err
		}
		if a.Disabled {
			return errs.E(errs.Conflict, "auth.disabled")
		}
		if a.Kind == KindLead {
			return errs.E(errs.Conflict, "auth.reset_lead")
		}
		if a.Used() && !actor.System {
			return errs.E(errs.Conflict, "auth.link_in_use")
		}
		link.Name = a.Name
		if err := awaitFirst(ctx, tx, actor, a, s.now()); err != nil {
			return err
		}
		return s.storeLink(ctx, tx, actor, link)
	})
	return link, err
}

func (s *Service) newLink(p Purpose) Link {
	life := linkLifetime
	if p == ToPassword {
		life = passwordLinkLifetime
	}
	return Link{Secret: newSecret(16), Purpose: p, ExpiresAt: s.now().Add(life)}
}

func (s *Service) storeLink(ctx context.Context, tx *sqldb.Tx, actor Actor, link Link) error {
	if err := dropLinks(ctx, tx, link.AccountID); err != nil {
		return err
	}
	if err := insertLink(ctx, tx, link, actor.ID(), s.now()); err != nil {
		return err
	}
	return s.record(ctx, tx, actor, "account.link", link.AccountID, map[string]any{"purpose": link.Purpose})
}

// Link returns what a link is for, and changes nothing: programs that look at
// every address they are sent can't use it up.
func (s *Service) Link(ctx context.Context, secret string) (Link, error) {
	link, err := loadLink(ctx, s.db.Reader(), secret)
	if err != nil {
		return link, err
	}
	return link, s.usable(link)
}

func (s *Service) usable(link Link) error {
	switch {
	case !link.UsedAt.IsZero():
		return errs.E(errs.Gone, "auth.link_used")
	case !link.ExpiresAt.After(s.now()):
		return errs.E(errs.Gone, "auth.link_expired")
	}
	return nil
}

// UseLink consumes a link. password is what the official chose; a lead's link needs none.
// A link doesn't stand in for a second factor: an account that has one is asked
// for it after the password was chosen.
func (s *Service) UseLink(ctx context.Context, secret, password string, from Origin) (entry Entry, err error) {
	link, err := s.Link(ctx, secret)
	if err != nil {
		return Entry{}, err
	}
	hash, err := s.chosen(ctx, link, password)
	if err != nil {
		return Entry{}, err
	}
	err = s.db.Write(ctx, func(tx *sqldb.Tx) error {
		entry, err = s.consume(ctx, tx, secret, hash, from)
		return err
	})
	return entry, err
}

// chosen checks and hashes the password of a link that asks for one.
func (s *Service) chosen(ctx context.Context, link Link, password string) (string, error) {
	if link.Purpose != ToPassword {
		return "", nil
	}
	a, err := accountByID(ctx, s.db.Reader(), link.AccountID)
	if err != nil {
		return "", err
	}
	if err := CheckPassword(a.Login, password); err != nil {
		return "", err
	}
	return s.hasher.Hash(ctx, password)
}

func (s *Service) consume(ctx context.Context, tx *sqldb.Tx, secret, hash string, from Origin) (Entry, error) {
	link, err := loadLink(ctx, tx, secret)
	if err != nil {
		return Entry{}, err
	}
	if err := s.usable(link); err != nil {
		return Entry{}, err
	}
	a, err := accountByID(ctx, tx, link.AccountID)
	if err != nil {
		return Entry{}, err
	}
	if a.Disabled {
		return Entry{}, errs.E(errs.Gone, "auth.link_expired")
	}
	if err := markLink(ctx, tx, secret, s.now()); err != nil {
		return Entry{}, err
	}
	if hash != "" { // a new password ends whatever the old one had opened
		if err := errors.Join(dropTokens(ctx, tx, a.ID), s.endOthers(ctx, tx, a.ID, "")); err != nil {
			return Entry{}, err
		}
	}
	return s.begin(ctx, tx, a, hash, byLink, from)
}

// Unlinked returns those of the persons who have never come in: the ones a
// village official still has to bring a link to.
func (s *Service) Unlinked(ctx context.Context, personIDs []string) ([]string, error) {
	var missing []string
	for chunk := range slices.Chunk(personIDs, 200) {
		seen, err := personsSeen(ctx, s.db.Reader(), chunk)
		if err != nil {
			return nil, err
		}
		for _, id := range chunk {
			if !seen[id] {
				missing = append(missing, id)
			}
		}
	}
	return missing, nil
}

// newSecret returns n random bytes in letters and digits that survive being
// read aloud or typed off paper.
func newSecret(n int) string {
	b := make([]byte, n)
	rand.Read(b) // never fails
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b))
}
