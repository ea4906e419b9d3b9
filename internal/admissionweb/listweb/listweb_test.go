package listweb_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"bilin/internal/admission/admissiontest"
	"bilin/internal/admissionweb/listweb"
	"bilin/internal/auth"
	"bilin/internal/doorcard"
	"bilin/internal/i18n"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
	"bilin/internal/web"
	"bilin/internal/webtest"
)

func visit(c *admissiontest.City, who auth.Actor) *webtest.Visitor {
	now := func() time.Time { return c.Clock }
	return c.Visit(who, []i18n.Bundle{listweb.Messages, doorcard.Messages}, func(srv *web.Server) web.Module {
		return listweb.New(srv, c.Monthly, c.Net.Tree, doorcard.New(now), c.Policy, now).Module()
	})
}

func TestListIsComposedPublishedAndFrozen(t *testing.T) {
	c := admissiontest.New(t, sqldbtest.Open(t, sqldb.SQLite))
	office, anybody := visit(c, c.Office), visit(c, auth.Actor{})
	first := c.Admitted(c.Content())
	at := "/monthly/" + string(admissiontest.Next)
	office.Get(at+"/compose", "防汛转移路线告知")
	if s := anybody.Status(at); s != http.StatusNotFound {
		t.Errorf("a list in the making is public: %d", s)
	}
	office.Post(at+"/publish", http.StatusSeeOther, "", "_key", "p", "_version", "1")
	anybody.Get(at, "防汛转移路线告知", "市水利局")
	late := c.Visiting()
	late.HomeMinutes = 2
	second := c.Admitted(late)
	office.Post(at+"/drop", http.StatusConflict, "", "_key", "d", "number", first, "_version", "2")
	office.Get(at+"/compose", "入户查看用水设施")
	office.Post(at+"/late", http.StatusUnprocessableEntity, "", "_key", "l0", "number", second)
	office.Post(at+"/late", http.StatusSeeOther, "", "_key", "l", "number", second, "note", "水管冻裂，等不到下月。")
	anybody.Get(at, "入户查看用水设施", "水管冻裂，等不到下月")

	town := c.Net.Tree().ByID(c.Town)
	if paper := anybody.Get(at + "/paper/" + town.Code + ".pdf"); !strings.HasPrefix(paper, "%PDF-") {
		t.Errorf("no paper: %.20q", paper)
	}
	feed := anybody.Get("/calendars/"+c.Net.Tree().ByID(c.Cells[0]).Code+".ics", "BEGIN:VCALENDAR", "防汛转移路线告知")
	if strings.Contains(feed, "邻长0") || strings.Contains(feed, "0号") {
		t.Error("the calendar names people or doors")
	}
	if s := anybody.Status("/calendars/9999.ics"); s != http.StatusNotFound {
		t.Errorf("a calendar of nowhere: %d", s)
	}
}
