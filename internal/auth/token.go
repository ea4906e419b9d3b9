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
	if err := s.policy.Can(actor, ActToken, Object{}); err != nil {
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
		t.AccountID = a.ID
		if err := insertToken(ctx, tx, t, tokenHash(secret)); err != nil {
			return err
		}
		return s.record(ctx, tx, actor, "account.token", a.ID, map[string]any{"token": t.ID, "scopes": joined(t.Scopes)})
	})
	return t, secret, err
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
