package network

import (
	"context"
	"encoding/json"

	"bilin/internal/auth"
	"bilin/internal/once"
)

// Repeated reports whether the actor gave a command with a key before, and the
// id it returned, "" where it returns none. command is its name in the record,
// such as "network.split_unit".
func (s *Service) Repeated(ctx context.Context, actor auth.Actor, command, key string) (id string, done bool, err error) {
	answer, done, err := once.Look(ctx, s.db.Reader(), command+"/"+actor.ID(), key)
	if err != nil || !done {
		return "", false, err
	}
	return id, true, json.Unmarshal(answer, &id)
}
