package honourweb_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"bilin/internal/network/networktest"
	"bilin/internal/sqldb"
)

// TestATextTooLongComesBack whole, with how much too long it is, however long.
func TestATextTooLongComesBack(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	home := c.open(c.as("市办"))
	resident := c.as("")
	for _, n := range []int{501, 20_000} {
		words := strings.Repeat("送", n)
		form := []string{"_key", sqldb.NewID(), "q", "邻长", "nominee", "lead:p-邻长1", "category", "c1", "citation", words, "door", networktest.Door}
		resident.Post(home+"/nominate", http.StatusUnprocessableEntity, fmt.Sprintf("最多500个字，现在多了%d个", n-500), form...)
		resident.Post(home+"/nominate", http.StatusUnprocessableEntity, words, form...)
		resident.Post(home+"/nominate", http.StatusUnprocessableEntity, words, "_key", "k", "citation", words) // nobody is chosen
	}
	if strings.Contains(resident.Get(home+"/nominate?q="+url.QueryEscape("邻长")), "maxlength=\"500\"") {
		t.Error("the browser would cut what is pasted")
	}
}

// TestDoorsArentGuessedBySearching: whoever finds nobody again and again has to wait.
func TestDoorsArentGuessedBySearching(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	home := c.open(c.as("市办"))
	if page := c.as("").Get(home + "/nominate?q=" + networktest.Door); !strings.Contains(page, "邻长1") {
		t.Fatalf("a door leads to nobody: %s", page)
	}
	v, limited := c.free(), 0
	for i := range 60 {
		if v.Status(home+"/nominate?q=AAAA2222"+string(rune('A'+i%20))+string(rune('A'+i/20))) == http.StatusTooManyRequests {
			limited++
		}
	}
	if limited < 10 {
		t.Errorf("%d of 60 guesses were refused", limited)
	}
}

// TestAnAnswerNeedsItsWay: the village says how the nominee told it.
func TestAnAnswerNeedsItsWay(t *testing.T) {
	t.Parallel()
	c := newCity(t)
	home := c.open(c.as("市办"))
	c.as("").Post(home+"/nominate", http.StatusSeeOther, "", "_key", "n", "q", "邻长", "nominee", "lead:p-邻长1", "category", "c1", "citation", story, "door", networktest.Door)
	village, lead := c.as("村干部1"), c.as("邻长1")
	page := village.Get("/honour-checks")
	check := page[strings.Index(page, "/honour-checks/"):]
	check = check[:strings.Index(check, `"`)]
	step(village, check, check, "true", "yes", "words", "问过三户，都说属实。", "praise", "冰冻十二天送菜送水")
	village.Post(check+"/consent", http.StatusUnprocessableEntity, "请选本人是怎么答复的", "_key", "a0", "_version", "2", "agrees", "yes")
	step(village, check, check+"/consent", "agrees", "yes", "how", "phone")
	for who, v := range map[string]string{"the official": village.Get(check), "the nominee": lead.Get("/honours/mine")} {
		if !strings.Contains(v, "电话告诉村干部1，由村干部1记下") {
			t.Errorf("%s isn't told who entered it: %s", who, v)
		}
	}
	if page := village.Get(check); !strings.Contains(page, "改了主意") || strings.Contains(page, `value="yes"`) {
		t.Errorf("a yes can't become a no: %s", page)
	}
}
