package demo

import (
	"context"
	"fmt"

	"bilin/internal/auth"
)

// loginNames lists the demo logins in the order in which they are introduced.
var loginNames = []string{"city", "command", "department", "town", "village", "official", "area", "group", "lead", "privacy", "auditor", "admin"}

// makeLogins gives each role of the demo one login, named for it.
func (s Services) makeLogins(ctx context.Context, persons map[string]string) ([]string, error) {
	tree := s.Network.Tree()
	for _, login := range loginNames {
		person := persons[login]
		posts := tree.PostsOf(person)
		if len(posts) == 0 {
			return nil, fmt.Errorf("demo: nobody to log in as %s", login)
		}
		kind := auth.KindOfficial
		if posts[0].Role.IsLead() {
			kind = auth.KindLead
		}
		_, err := s.Auth.CreateAccount(ctx, auth.System("demo"), auth.NewAccount{
			Login: login, Name: posts[0].Holder.Name, PersonID: person, Kind: kind, Password: Password, Demo: true,
		})
		if err != nil {
			return nil, fmt.Errorf("demo: login %s: %w", login, err)
		}
	}
	return loginNames, nil
}
