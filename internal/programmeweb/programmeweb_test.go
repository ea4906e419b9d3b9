package programmeweb_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/i18n"
	"bilin/internal/network/networktest"
	"bilin/internal/programme"
	"bilin/internal/programmeweb"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

type city struct {
	*networktest.City
	*programme.Service
}

func newCity(t *testing.T) *city {
	c := networktest.New(t, sqldbtest.Open(t, sqldb.SQLite), programme.Rules)
	return &city{c, programme.New(programme.Options{DB: c.DB, Network: c.Net, Policy: c.Policy, Audit: c.Audit, Live: c.Live, Seal: c.Seal, Vault: c.Vault, Now: c.Now})}
}

func (c *city) as(name string) *webtest.Visitor {
	who := auth.Actor{}
	if name != "" {
		who = c.Actor(name)
	}
	return c.Visit(who, []i18n.Bundle{programme.Messages, programmeweb.Messages}, func(srv *web.Server) web.Module {
		return programmeweb.New(srv, c.Service, c.Net.Tree).Module()
	})
}

// TestALifeOfAProgramme: a town begins it, somebody joins, a deed is written
// down, a reward chosen and handed out; nobody but the member sees a balance.
func TestALifeOfAProgramme(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	town, village, resident := c.as("镇干部"), c.as("村干部1"), c.as("")
	home := town.Post("/programmes", http.StatusSeeOther, "", "_key", "1", "unit", "430182001000", "name", "善行积分", "text", "邻里互助", "budget", "1000", "formula-help", "hours * 2.0")
	town.Post(home+"/rewards/new", http.StatusSeeOther, "", "_key", "2", "name", "理发一次", "price", "3", "stock", "2")
	town.Post(home+"/start", http.StatusSeeOther, "", "_key", "3", "_version", "1")
	own := resident.Post(home+"/join", http.StatusSeeOther, "", "_key", "4", "name", "周桂英", "door", networktest.Door)
	page := resident.Get(own)
	number := regexp.MustCompile(`M\d{8}`).FindString(page)
	if number == "" || !strings.Contains(page, "周桂英") {
		t.Fatalf("no number on %s", page)
	}
	village.Post(home+"/acts", http.StatusSeeOther, "", "_key", "5", "member", number, "kind", "help", "hours", "2", "people", "1", "day", "2026-11-30")
	page = resident.Get(own)
	if !strings.Contains(page, "4分") {
		t.Errorf("the balance isn't there: %s", page)
	}
	address, err := url.Parse(own)
	if err != nil {
		t.Fatal(err)
	}
	reward := regexp.MustCompile(`name="reward" value="([^"]+)"`).FindStringSubmatch(page)
	resident.Post(address.Path+"/choose", http.StatusSeeOther, "", "_key", "6", "_k", address.Query().Get("k"), "reward", reward[1])
	code := regexp.MustCompile(`<code>(\d{8})</code>`).FindStringSubmatch(resident.Get(own))
	town.Post(home+"/hand", http.StatusSeeOther, "", "_key", "7", "code", code[1])
	for _, path := range []string{home, home + "/ledger", home + "/desk", "/programmes"} {
		if body := town.Get(path); strings.Contains(body, "周桂英") || strings.Contains(body, number) {
			t.Errorf("%s tells who takes part", path)
		}
	}
	if code := resident.Status(address.Path + "?k=wrong"); code != http.StatusNotFound {
		t.Errorf("a wrong key: %d", code)
	}
}

// TestTheBench tries formulas and keeps what was typed.
func TestTheBench(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	town := c.as("镇干部")
	form := func(formula string, more ...string) []string {
		return append([]string{"_key", "k" + formula, "unit", "430182001000", "name", "善行积分", "text", "邻里互助", "budget", "1000", "formula-help", formula}, more...)
	}
	town.Post("/programmes", http.StatusUnprocessableEntity, "hours *", form("hours *")...)
	town.Post("/programmes", http.StatusUnprocessableEntity, "只加不减", form("5 - nth")...)
	home := town.Post("/programmes", http.StatusSeeOther, "", form("hours")...)
	try := form("hours", "_try", "1", "month", "2026-11")
	town.Post(home, http.StatusOK, "这个月还没有记录", try...)
	c.as("村干部1").Post(home, http.StatusForbidden, "", try...)
	c.as("邻长1").Post(home, http.StatusForbidden, "", try...)
}
