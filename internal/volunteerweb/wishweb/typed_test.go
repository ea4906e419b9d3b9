package wishweb_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/volunteer"
	"bilin/internal/volunteer/wish"
	"bilin/internal/volunteer/wish/wishtest"
)

// A wrong day stands in the form only: the card goes on saying the wish's own day.
func TestAWrongDayIsntTheWishsDay(t *testing.T) {
	c := city(t)
	r := c.Able("龙志愿", "12955550001", volunteer.Handy)
	id, err := c.Wishes.Post(c.Context(), c.Lead(), wish.Post{HouseholdID: wishtest.House, Kind: "bulb", Day: "2026-12-05", Part: wish.Morning})
	c.OK(err)
	anybody, home := visit(c, auth.Actor{}, ""), visit(c, auth.Actor{}, wishtest.House)
	anybody.Post("/report-in/"+r.ID+"/wishes/"+id+"/take", http.StatusSeeOther, "", "_k", r.Key)
	when := regexp.MustCompile(`<p class="muted">[^<]*<time[^>]*2026-12-05[^>]*>[^<]*</time> 上午|12月5日[^上]{0,40}上午`)
	body := anybody.Get(own(r))
	day := when.FindString(body)
	if day == "" {
		t.Fatalf("the wish's day isn't there:\n%s", body)
	}
	at := "/report-in/" + r.ID + "/wishes/" + id + "/time"
	for _, want := range []string{day, `name="day" value="2026-12-25"`} {
		anybody.Post(at, http.StatusUnprocessableEntity, want, "_k", r.Key, "_version", versionOn(t, body), "day", "2026-12-25", "at", "x")
	}
	body = home.Get("/mine/wishes")
	if day = when.FindString(body); day == "" {
		t.Fatalf("the wish's day isn't there:\n%s", body)
	}
	home.Post("/mine/wishes/"+id+"/time", http.StatusUnprocessableEntity, day, "_version", versionOn(t, body), "day", "2026-12-25", "at", "x")
}

// Words under a key that was used come back: in the form while it is there, else
// to copy, with a word that they weren't taken.
func TestWordsAfterItIsDoneComeBack(t *testing.T) {
	c := city(t)
	r := c.Able("龙志愿", "12955550001", volunteer.Handy)
	id := c.Posted("bulb")
	anybody, lead := visit(c, auth.Actor{}, ""), visit(c, c.Actor("邻长1"), "")
	anybody.Post("/report-in/"+r.ID+"/wishes/"+id+"/take", http.StatusSeeOther, "", "_k", r.Key)
	at := "/wishes/" + id
	first := versionOn(t, lead.Get(at, "楼梯间的灯不亮了"))
	if body := visit(c, auth.Actor{}, wishtest.House).Get("/mine/wishes"); !strings.Contains(body, "楼梯间的灯不亮了") {
		t.Error("the household doesn't read its own sentence")
	}
	lead.Post(at+"/time", http.StatusSeeOther, "", "_key", "t", "_version", first, "day", "2026-12-05", "at", "09:30")
	for _, want := range []string{"once.key_reused", `value="10:00"`, `class="more" open`} {
		lead.Post(at+"/time", http.StatusConflict, want, "_key", "t", "_version", first, "day", "2026-12-05", "at", "10:00")
	}
	now := versionOn(t, lead.Get(at))
	lead.Post(at+"/done", http.StatusSeeOther, "", "_key", "d", "_version", now, "words", "谢谢您")
	for _, want := range []string{"先交的那一份收下了，这次写的没有收", "<blockquote>多谢您来</blockquote>", "办好了"} {
		lead.Post(at+"/done", http.StatusConflict, want, "_key", "d", "_version", now, "words", "多谢您来")
	}
	home := visit(c, auth.Actor{}, wishtest.House)
	home.Post("/mine/wishes/"+id+"/done", http.StatusConflict, "<blockquote>多谢您来</blockquote>", "_key", "h", "_version", now, "words", "多谢您来")
	if body := lead.Get(at, "办好了"); strings.Contains(body, "没有收下") {
		t.Error("it is said again")
	}
}

// Another who posts for the cell isn't told the sentence: whoever wrote it is.
func TestTheSentenceIsForWhoeverWroteIt(t *testing.T) {
	c := city(t)
	id, err := c.Wishes.Post(c.Context(), wish.By{HouseholdID: wishtest.House}, wish.Post{HouseholdID: wishtest.House, Kind: "bulb", Words: "楼梯间的灯不亮了"})
	c.OK(err)
	if body := visit(c, c.Actor("邻长1"), "").Get("/wishes/" + id); strings.Contains(body, "楼梯间") {
		t.Error("the lead reads what the household wrote")
	}
}
