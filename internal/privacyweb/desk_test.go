package privacyweb_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/privacy"
)

// asked is a correction that a household asked for at its page: its number, and where it is followed.
func (w *world) asked() (number, follow string) {
	w.Helper()
	home := w.as(auth.Actor{})
	home.Post("/mine/paper", http.StatusSeeOther, "", "code", w.code())
	follow = home.Post("/mine/ask", http.StatusSeeOther, "", "kind", "correct", "holder", "care", "item", "e1", "words", "电话写错了")
	return regexp.MustCompile(`Y\d+`).FindString(follow), follow
}

// TestACorrectionIsMadeOrSomebodySaysWhyNot: a village can't say that it was
// done while the record is as it was.
func TestACorrectionIsMadeOrSomebodySaysWhyNot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	number, follow := w.asked()
	desk := "/privacy/desk/requests/" + number
	village, home := w.as(w.Actor("村干部1")), w.as(auth.Actor{})
	village.Get(desk, "记录没有改过", "不用改")
	village.Post(desk, http.StatusUnprocessableEntity, "还没有改", "outcome", "granted", "words", "已经改好了", "_version", "1", "_key", "a")
	home.Get(follow, "等待答复")
	village.Post(desk, http.StatusSeeOther, "", "outcome", "granted", "words", "核对过登记本，号码是对的", "nothing", "1", "_version", "1", "_key", "b")
	if page := home.Get(follow, "没有要改的", "核对过登记本，号码是对的"); strings.Contains(page, "已照办") {
		t.Error("the household reads that it was done")
	}

	number, follow = w.asked()
	desk = "/privacy/desk/requests/" + number
	w.shelf.number = "13900139000"
	if page := village.Get(desk, "记录改过了"); strings.Contains(page, `name="nothing"`) {
		t.Error("what was changed is asked about")
	}
	village.Post(desk, http.StatusSeeOther, "", "outcome", "granted", "words", "已经改好了", "_version", "1", "_key", "c")
	home.Get(follow, "已照办", "已经改好了")
}

// TestAnObjectionThatCameBackIsEnded: what the village left lying isn't handed to
// it a second time.
func TestAnObjectionThatCameBackIsEnded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	out, err := w.svc.Send(t.Context(), privacy.Session{HouseholdID: "h-1", Way: privacy.ByPaper}, privacy.Ask{Kind: privacy.Object, Holder: "care", Item: "e1", Words: "不要打这个电话"})
	w.OK(err)
	desk, officer := "/privacy/desk/requests/"+out.Number, w.as(w.officer())
	officer.Get(desk, "由村（社区）去办，3 个工作日")
	officer.Post(desk, http.StatusSeeOther, "", "outcome", "granted", "words", "以后不打了", "_key", "a")
	w.Clock = w.Clock.AddDate(0, 0, 7)
	w.OK(w.svc.Tick(t.Context()))
	if page := officer.Get(desk, `name="outcome"`); strings.Contains(page, "由村（社区）去办，3 个工作日") {
		t.Error("the officer is told that the village does it")
	}
	officer.Post(desk, http.StatusSeeOther, "", "outcome", "granted", "words", "以后不打了", "_key", "b")
	officer.Get(desk, "答复：同意")
}

// TestTheOfficerDecidesAndTheVillageMakesIt: what the officer grants becomes
// work of the village with a date, and is answered when it is true.
func TestTheOfficerDecidesAndTheVillageMakesIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	number, follow := w.asked()
	desk := "/privacy/desk/requests/" + number
	village, officer, home := w.as(w.Actor("村干部1")), w.as(w.officer()), w.as(auth.Actor{})
	officer.Get(desk, "由村（社区）去办", `href="/privacy"`)
	officer.Post(desk, http.StatusSeeOther, "", "outcome", "granted", "words", "号码应当改成新的", "_version", "1", "_key", "a")
	officer.Get(desk, "同意，由村（社区）办。", "2026年12月4日")
	officer.Post(desk, http.StatusConflict, "已经交村（社区）去办", "outcome", "granted", "words", "号码应当改成新的", "_key", "b")
	if page := home.Get(follow, "2026年12月4日 以前办好", "等待答复"); strings.Contains(page, "已照办") {
		t.Error("the household reads that it was done")
	}
	village.Get("/privacy/desk", number)
	village.Get(desk, "号码应当改成新的", "已经办好")
	village.Post(desk, http.StatusUnprocessableEntity, "还没有改", "_version", "2", "_key", "c")
	w.shelf.number = "13900139000"
	village.Post(desk, http.StatusSeeOther, "", "_version", "2", "_key", "d")
	home.Get(follow, "已照办", "号码应当改成新的", "已更正")
}
