package authweb

import (
	"net/http"
	"slices"
	"strings"

	"bilin/internal/auth"
	"bilin/internal/web"
)

// Identify tells the layout who is looking. words returns the translator of a
// request's reader, which is the server's T.
func Identify(words func(r *http.Request) func(key string, kv ...any) string) func(*http.Request) *web.User {
	return func(r *http.Request) *web.User {
		a := auth.From(r.Context())
		if a.Anonymous() {
			return nil
		}
		return &web.User{ID: a.AccountID, Name: a.Name, Roles: roleNames(words(r), a.Grants),
			IsOfficial: a.Official() || len(a.Grants) == 0, IsLead: a.Leads()}
	}
}

// roleNames names the roles of posts, each once.
func roleNames(t func(string, ...any) string, grants []auth.Grant) string {
	var names []string
	for _, g := range grants {
		if name := t("auth.role." + string(g.Role)); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, " · ")
}

// Guard lets a request through to a route if its actor holds the route's
// action somewhere. What it may be done to, the service decides.
func Guard(policy *auth.Policy) func(r *http.Request, access string) error {
	return func(r *http.Request, access string) error {
		if access == web.Public {
			return nil
		}
		if a := auth.From(r.Context()); !policy.May(a, auth.Action(access)) {
			return policy.Denied(a, auth.Action(access))
		}
		return nil
	}
}
