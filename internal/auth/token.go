package auth

import (
	"context"
	"slices"
	"strings"
	"time"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// tokenPrefix marks our bearer tokens, so that a leaked one can be recognised.
const tokenPrefix = "bln_"

const (
	defaultTokenLife = 90 * 24 * time.Hour
	maxTokenLife     = 366 * 24 * time.Hour
	maxLabel         = 64
)

// Token is a bearer token for programs. It can do what its account can.
type Token struct {
	ID        string
	AccountID string
	Label     string
	IssuedBy  string // actor id
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedAt    time.Time // to within an hour; zero if never
	Scopes    []Action  // the sensitive actions it may do; AllScopes for all of its account
}

// NewToken is the command to issue a bearer token.
type NewToken struct {
	Login string
	Label string        // what it is for
	Life  time.Duration // 0 means ninety days
	// Scopes are the sensitive actions that it may do, as nobody can ask a
	// program to prove who it is. None: what isn't sensitive it may do all the same.
	Scopes []Action
}

// IssueToken issues a token for an account. The secret is returned once and
// kept nowhere.
func (s *Service) IssueToken(ctx context.Context, actor Actor, cmd NewToken) (Token, string, error) {
	if err := s.mayIssue(actor); err != nil {
		return Token{}, "", err
	}
	if cmd.Life == 0 {
		cmd.Life = defaultTokenLife
	}
	if cmd.Life < 0 || cmd.Life > maxTokenLife || len([]rune(cmd.Label)) > maxLabel {
		return Token{}, "", errs.E(errs.Invalid, "auth.token_bad")
	}
	for _, scope := range cmd.Scopes {
		if scope != AllScopes && !slices.Contains(s.policy.Sensitive(), scope) {
			return Token{}, "", errs.E(errs.Invalid, "auth.scope_bad", "scope", string(scope))
		}
	}
	secret := tokenPrefix + newSecret(32)
	t := Token{ID: sqldb.NewID(), Label: strings.TrimSpace(cmd.Label), IssuedBy: actor.ID(), CreatedAt: s.now(), ExpiresAt: s.now().Add(cmd.Life),
		Scopes: cmd.Scopes}
	err := s.db.Write(ctx, func(tx *sqldb.Tx) error {
		a, err := accountByLogin(ctx, tx, FoldLogin(cmd.Login))
		if err != nil {
			return err
		}
		if a.Disabled {
			return errs.E(errs.Conflict, "auth.disabled")
		}
		if err := s.mayIssueFor(ctx, actor, a); err != nil {
			return err
		}
		t.AccountID = a.ID
		if err := insertToken(ctx, tx, t, tokenHash(secret)); err != nil {
			return err
		}
		return s.record(ctx, tx, actor, "account.token", a.ID, map[string]any{"token": t.ID, "scopes": joined(t.Scopes)})
	})
	return t, secret, err
}

// mayIssue asks who it is for a proof. A token begets no token, and who still
// has to set up a second step doesn't get around it with one.
func (s *Service) mayIssue(actor Actor) error {
	switch {
	case actor.System:
		return nil
	case actor.Door.By == ByToken || actor.Door.Locked:
		return Denied(actor)
	}
	return s.policy.Can(actor, ActFactors, Object{})
}

// mayIssueFor lets everybody issue their own. For others there are tokens only
// where nobody but a program works: otherwise who runs the machine would be
// anybody they like.
func (s *Service) mayIssueFor(ctx context.Context, actor Actor, a Account) error {
	if actor.System || actor.AccountID == a.ID {
		return nil
	}
	if err := s.policy.Can(actor, ActToken, Object{}); err != nil {
		return err
	}
	grants, err := s.grantsOf(ctx, a)
	if err != nil {
		return err
	}
	if !ForProgram(grants) {
		return errs.E(errs.Forbidden, "auth.token_holder")
	}
	return nil
}

// ForProgram reports whether an account is one that a program works as: the
// hotline's or a gateway's, and nothing besides.
func ForProgram(grants []Grant) bool {
	return len(grants) > 0 && !slices.ContainsFunc(grants, func(g Grant) bool { return g.Role != Hotline && g.Role != Gateway })
}

// Bearer returns the actor a token speaks for.
func (s *Service) Bearer(ctx context.Context, secret string) (Actor, error) {
	wrong := errs.E(errs.Unauthenticated, "auth.token_wrong")
	if !strings.HasPrefix(secret, tokenPrefix) || len(secret) > 128 {
		return Actor{}, wrong
	}
	now := s.now()
	t, a, found, err := loadToken(ctx, s.db.Reader(), tokenHash(secret), now)
	if err != nil {
		return Actor{}, err
	}
	if !found {
		return Actor{}, wrong
	}
	if now.Sub(t.UsedAt) >= time.Hour {
		err := s.db.Write(ctx, func(tx *sqldb.Tx) error { return touchToken(ctx, tx, t.ID, now) })
		if err != nil {
			s.log.WarnContext(ctx, "token not touched", "err", err)
		}
	}
	actor, err := s.actorOf(ctx, a)
	actor.Door = Door{By: ByToken, Scopes: t.Scopes}
	if s.locked(a, actor.Grants) && !ForProgram(actor.Grants) { // what their session may no longer, their token may no longer
		actor.Grants, actor.Door.Locked = nil, true
	}
	return actor, err
}

func joined(scopes []Action) string {
	words := make([]string, len(scopes))
	for i, scope := range scopes {
		words[i] = string(scope)
	}
	return strings.Join(words, " ")
}

func scopesOf(text string) (scopes []Action) {
	for _, word := range strings.Fields(text) {
		scopes = append(scopes, Action(word))
	}
	return scopes
}

// Tokens lists the tokens of an account that are still good.
func (s *Service) Tokens(ctx context.Context, actor Actor, accountID string) ([]Token, error) {
	if err := s.canKeep(actor, accountID); err != nil {
		return nil, err
	}
	return tokensOf(ctx, s.db.Reader(), accountID, s.now())
}

// RevokeToken ends a token of an account. Everybody may end their own.
func (s *Service) RevokeToken(ctx context.Context, actor Actor, accountID, tokenID string) error {
	if err := s.canKeep(actor, accountID); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *sqldb.Tx) error {
		if err := deleteToken(ctx, tx, accountID, tokenID); err != nil {
			return err
		}
		return s.record(ctx, tx, actor, "account.token_end", accountID, map[string]any{"token": tokenID})
	})
}
