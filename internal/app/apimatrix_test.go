package app_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"bilin/internal/auth"
)

// Who may call what: each operation of the interface for programs by nobody and
// with a token of each role, of things that don't exist. Read by eye when it changes.
func TestWhoMayCallWhat(t *testing.T) {
	h := inhabited(t)
	bearers := map[string]string{"nobody": ""}
	for _, a := range h.actors[1:] {
		_, secret, err := h.app.Auth.IssueToken(t.Context(), auth.System("test"), auth.NewToken{Login: a.Login, Label: "matrix"})
		if err != nil {
			t.Fatal(err)
		}
		bearers[a.Login] = secret
	}
	const open = "POST /api/v1/demands\nPOST /api/v1/demands/{number}/claim\nPOST /api/v1/demands/{number}/publish\nPOST /api/v1/demands/{number}/say\n" +
		"POST /api/v1/demands/{number}/split\nPOST /api/v1/demands/{number}/still-fixed\nPOST /api/v1/demands/{number}/reopen\n" +
		"POST /api/v1/demands/{number}/confirm\nPOST /api/v1/demands/{number}/withdraw\n" // by the resident's key
	var b strings.Builder
	fmt.Fprint(&b, "# Who may call each operation (of something that doesn't exist) with a token that names no sensitive action.\n# A question mark: the body was found wanting before the service asked who it is.\n# Whoever isn't named is refused: 403, or 401 for nobody.\n")
	for _, r := range h.operations() {
		var yes []string
		for _, a := range h.actors {
			header := http.Header{"Content-Type": {"application/json"}}
			if secret := bearers[nameOf(a)]; secret != "" {
				header.Set("Authorization", "Bearer "+secret)
			}
			w := h.send(auth.Actor{}, r.method, r.at(), header)
			switch what := outcome(w); {
			case what == "yes" && (w.Code == http.StatusUnprocessableEntity || w.Code == http.StatusBadRequest || w.Code == http.StatusUnsupportedMediaType):
				if a.Anonymous() && r.method == http.MethodPost && !strings.Contains(open, r.String()+"\n") {
					t.Errorf("%s reads what nobody sends", r)
				}
				yes = append(yes, nameOf(a)+"?")
			case what == "yes":
				yes = append(yes, nameOf(a))
			case what != "no" && what != "login" || what == "login" && !a.Anonymous():
				t.Errorf("%s answers %s with %d: %s", r, nameOf(a), w.Code, w.Body)
			}
		}
		who := strings.Join(yes, " ")
		if len(yes) == len(h.actors) {
			who = "all"
		}
		fmt.Fprintf(&b, "%s: %s\n", r, who)
	}
	h.golden("authority-api.txt", b.String())
}
