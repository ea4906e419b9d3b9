package mediationweb_test

import (
	"context"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/i18n"
	"bilin/internal/mediation"
	"bilin/internal/mediationweb"
	"bilin/internal/network"
	"bilin/internal/network/networktest"
	"bilin/internal/quiet"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

type city struct {
	*networktest.City
	svc *mediation.Service
}

func newCity(t *testing.T) *city {
	c := networktest.New(t, sqldbtest.Open(t, sqldb.SQLite), mediation.Rules)
	far := sqldb.NewID()
	c.OK(c.Net.ImportChunk(t.Context(), auth.System("test"), network.Chunk{
		Units: []network.NewUnit{{ID: far, Code: c.Codes[0] + "010102", Name: "远邻", ParentID: c.Net.Tree().ByID(c.Cells[0]).ParentID, Level: network.Cell}},
		Households: []network.NewHousehold{{ID: "h-2", UnitID: c.Cells[1], Door: "BBBB333344", Address: "二号", AddressKey: "二号", Size: 2, RosterKey: "t/2"},
			{ID: "h-3", UnitID: far, Door: "CCCC444455", Address: "三号", AddressKey: "三号", Size: 2, RosterKey: "t/3"}},
	}))
	c.OK(c.Net.Refresh(t.Context()))
	return &city{c, mediation.New(mediation.Options{DB: c.DB, Network: c.Net, Policy: c.Policy, Audit: c.Audit, Seal: c.Seal, Vault: c.Vault, Now: c.Now})}
}

func (c *city) as(name string) *webtest.Visitor {
	who := auth.Actor{}
	if name != "" {
		who = c.Actor(name)
	}
	return c.Visit(who, []i18n.Bundle{mediation.Messages, mediationweb.Messages}, func(srv *web.Server) web.Module {
		return mediationweb.New(srv, c.svc, c.Net.Tree).Module()
	})
}

// split is a page's path and the key in its address.
func split(t *testing.T, address string) (path, key string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Path, u.Query().Get("k")
}

// TestALifeOfACase: brought, accepted, a mediator chosen by both, an agreement
// confirmed by both; nobody else's page tells of it.
func TestALifeOfACase(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	a, b, m := c.as(""), c.as(""), c.as("")
	offered := m.Post("/mediation/offer", http.StatusSeeOther, "", "_key", "1", "name", "何公道", "door", "CCCC444455", "kinds", "noise")
	desk := c.as("村干部1").Get("/mediation/desk")
	mine, keyM := split(t, offered)
	id := strings.TrimPrefix(mine, "/my-mediating/")
	if !strings.Contains(desk, "何公道") {
		t.Fatal("the offer isn't on the village's desk")
	}
	c.as("村干部1").Post("/mediation/offers/"+id, http.StatusSeeOther, "", "_key", "2", "list", "1")
	if page := c.as("村干部1").Get("/mediation/desk"); !strings.Contains(page, "等另一位干部核对") || strings.Contains(page, `name="list" value="1"`) {
		t.Error("one official could do it alone")
	}
	c.as("镇干部").Post("/mediation/offers/"+id, http.StatusSeeOther, "", "_key", "2", "list", "1")
	own := a.Post("/mediation", http.StatusSeeOther, "", "_key", "3", "kind", "noise", "name", "王甲", "door", networktest.Door, "words", "半夜搓麻将。")
	page := html.UnescapeString(a.Get(own))
	if again := a.Get(own); !strings.Contains(page, "收好了") || strings.Contains(again, "收好了") {
		t.Error("that it is kept isn't said once")
	}
	invite := regexp.MustCompile(`/my-mediation/[^/"]+/invitation\?k=[0-9a-z]+`).FindString(page)
	if invite == "" || !strings.Contains(page, "半夜搓麻将") {
		t.Fatalf("no invitation on %s", page)
	}
	if asked := b.Get(invite); !strings.Contains(asked, "王甲") || strings.Contains(asked, "麻将") {
		t.Errorf("the invitation says %s", asked)
	}
	path, keyA := split(t, own)
	_, keyI := split(t, invite)
	if strings.Index(page, `id="keep"`) > strings.Index(page, `id="invite"`) {
		t.Error("the other side's invitation comes before one's own key")
	}
	if letter := a.Get(path + "/letter?k=" + keyI); strings.Contains(letter, keyA) || !strings.Contains(letter, keyI) || !strings.Contains(letter, "data-print") {
		t.Errorf("the letter, printed with its address, says %s", letter)
	}
	if code := a.Status(path + "/letter?k=" + keyA); code != http.StatusNotFound || strings.Contains(page, "/letter?k="+keyA) {
		t.Errorf("the letter opens with the key of who asks: %d", code)
	}
	b.Post(path+"/accept", http.StatusUnprocessableEntity, "", "_key", "4", "_k", keyI, "name", "李乙", "door", "nosuch")
	ownB := b.Post(path+"/accept", http.StatusSeeOther, "", "_key", "5", "_k", keyI, "name", "李乙", "door", "BBBB333344")
	_, keyB := split(t, ownB)
	if code := b.Status(invite); code != http.StatusNotFound {
		t.Errorf("the invitation still opens: %d", code)
	}
	a.Post(path+"/pick", http.StatusSeeOther, "", "_key", "6", "_k", keyA, "mediator", id)
	if p := b.Get(ownB); !strings.Contains(p, "对方选了何公道") {
		t.Error("the other side's wish isn't shown")
	}
	b.Post(path+"/pick", http.StatusSeeOther, "", "_key", "7", "_k", keyB, "mediator", id)
	m.Post(path+"/take", http.StatusUnprocessableEntity, "回避", "_key", "8", "_k", keyM)
	m.Post(path+"/take", http.StatusSeeOther, "", "_key", "9", "_k", keyM, "free", "1")
	m.Post(path+"/meet", http.StatusUnprocessableEntity, "村部", "_key", "10", "_k", keyM, "place", "村部", "at", "2020-01-01T10:00")
	m.Post(path+"/draft", http.StatusSeeOther, "", "_key", "11", "_k", keyM, "draft", "十点以后不打牌。", "follow", "2026-12-20")
	a.Post(path+"/confirm", http.StatusSeeOther, "", "_key", "12", "_k", keyA, "edition", "1")
	m.Post(path+"/draft", http.StatusSeeOther, "", "_key", "14", "_k", keyM, "draft", "十点以后不打牌，不放音乐。", "follow", "2026-12-20")
	a.Post(path+"/confirm", http.StatusSeeOther, "", "_key", "12", "_k", keyA, "edition", "1") // the old form once more
	if p := a.Get(own); !strings.Contains(p, "您确认的是之前的一稿") || !strings.Contains(p, "我同意这一稿") {
		t.Errorf("an old yes, after a newer draft: %s", p)
	}
	a.Post(path+"/confirm", http.StatusSeeOther, "", "_key", "15", "_k", keyA, "edition", "2")
	b.Post(path+"/confirm", http.StatusSeeOther, "", "_key", "13", "_k", keyB, "edition", "2")
	if p := b.Get(ownB); !strings.Contains(p, "您和王甲。") {
		t.Errorf("whom it is between isn't said: %s", p)
	}
	if p := a.Get(own); !strings.Contains(p, "说话算数") || !strings.Contains(p, "十点以后不打牌") {
		t.Error("the agreement isn't there")
	}
	for _, who := range []string{"", "邻长1", "村干部1", "镇干部", "市办"} {
		for _, address := range []string{"/mediation", "/mediation/figures"} {
			if p := c.as(who).Get(address); strings.Contains(p, "王甲") || strings.Contains(p, "李乙") {
				t.Errorf("%s tells %q of it", address, who)
			}
		}
		if code := c.as(who).Status(path + "?k=" + keyI); code != http.StatusNotFound {
			t.Errorf("%q opens it: %d", who, code)
		}
	}
}

// TestWhoSaidYesMayStillSayNo: only the second yes is another's. Who is told is said
// as it is: their home, or the official who is logged in.
func TestWhoSaidYesMayStillSayNo(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	c.svc = mediation.New(mediation.Options{DB: c.DB, Network: c.Net, Policy: c.Policy, Audit: c.Audit, Seal: c.Seal, Vault: c.Vault, Now: c.Now, Numbers: true,
		Tell: func(context.Context, *sqldb.Tx, ...quiet.News) error { return nil }})
	mine, _ := split(t, c.as("").Post("/mediation/offer", http.StatusSeeOther, "", "_key", "1", "name", "何公道", "door", "CCCC444455", "kinds", "noise"))
	offer, village := "/mediation/offers/"+strings.TrimPrefix(mine, "/my-mediating/"), c.as("村干部1")
	village.Post(offer, http.StatusSeeOther, "", "_key", "2", "list", "1")
	if page := village.Get("/mediation/desk"); strings.Contains(page, `name="list" value="1"`) || !strings.Contains(page, `name="list" value="0"`) {
		t.Errorf("after the first yes: %s", page)
	}
	village.Post(offer, http.StatusSeeOther, "", "_key", "3", "list", "0")
	if page := village.Get("/mediation/desk"); strings.Contains(page, "何公道") {
		t.Errorf("after a no: %s", page)
	}
	if page := c.as("").Get("/mediation/offer"); !strings.Contains(page, "您家登记的电话") {
		t.Errorf("offered at home: %s", page)
	}
	if page := village.Get("/mediation/offer"); strings.Contains(page, "您家登记的电话") || !strings.Contains(page, "会通知您本人") {
		t.Errorf("offered logged in: %s", page)
	}
}

func TestTheOtherSideSaysNo(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	a, b := c.as(""), c.as("")
	own := a.Post("/mediation", http.StatusSeeOther, "", "_key", "1", "kind", "noise", "name", "王甲", "door", networktest.Door, "words", "半夜搓麻将。")
	path, _ := split(t, own)
	_, invite := split(t, regexp.MustCompile(`/my-mediation/[^/"]+/invitation\?k=[0-9a-z]+`).FindString(html.UnescapeString(a.Get(own))))
	if p := b.Get(path + "/invitation?k=" + invite); !strings.Contains(p, `<details class="confirm"><summary class="btn">不愿意`) {
		t.Errorf("one tap ends it: %s", p)
	}
	b.Post(path+"/refuse", http.StatusSeeOther, "", "_key", "2", "_k", invite)
	if p := a.Get(own + "&new=1"); strings.Contains(p, "收好了") {
		t.Errorf("what ended is said to be kept: %s", p)
	}
	if p := a.Get(own); !strings.Contains(p, "对方不愿调解") || strings.Contains(p, "麻将") {
		t.Errorf("after a no: %s", p)
	}
}

func TestBadForms(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	who := c.as("")
	who.Post("/mediation", http.StatusUnprocessableEntity, "没有这个门牌码", "_key", "1", "kind", "war", "name", "", "door", "x", "words", "")
	who.Post("/mediation", http.StatusUnprocessableEntity, "", "_key", "2", "kind", "noise", "name", strings.Repeat("王", 30), "door", networktest.Door, "words", strings.Repeat("话", 700))
	who.Post("/mediation/offer", http.StatusUnprocessableEntity, "", "_key", "3", "name", "何公道", "door", networktest.Door, "kinds", "war")
	for _, address := range []string{"/my-mediation/x?k=y", "/my-mediating/x?k=y", "/my-mediation/x/invitation?k=y"} {
		if code := who.Status(address); code != http.StatusNotFound {
			t.Errorf("%s: %d", address, code)
		}
	}
	who.Get("/mediation/figures?unit=nosuch")
	who.Get("/mediation?town=430182001000")
	c.as("邻长1").Post("/mediation/offers/x", http.StatusForbidden, "", "_key", "4", "list", "1")
}
