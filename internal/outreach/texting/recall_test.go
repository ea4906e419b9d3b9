package texting_test

import (
	"regexp"
	"slices"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/gateway"
	"bilin/internal/network"
	"bilin/internal/network/networktest"
	"bilin/internal/outreach"
	"bilin/internal/outreach/texting"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// home moves a household in.
func (w *world) home(id, cell, door string) {
	w.Helper()
	w.OK(w.Net.ImportChunk(w.Context(), auth.System("test"), network.Chunk{Households: []network.NewHousehold{{ID: id, UnitID: cell, Door: door, Address: id, AddressKey: id, Size: 2, RosterKey: "t/" + id}}}))
	w.OK(w.Net.Refresh(w.Context()))
}

// back takes a notice back.
func (w *world) back(num string) {
	w.Helper()
	w.OK(w.notices.Recall(w.Context(), w.Actor("镇干部"), outreach.Recall{Number: num, Why: "预报取消", Version: 2}))
}

// TestOneQuestionAForm: a form that comes again asks nobody again, and a number
// isn't asked again and again, whatever became of it.
func TestOneQuestionAForm(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db, 100)
		for range 5 {
			w.OK(w.texts.Ask(t.Context(), "form-1", networktest.Door, phone, texting.SMS))
		}
		w.until("the question", func() bool { return w.box.n() == 1 })
		if err := w.texts.Ask(t.Context(), "form-1", networktest.Door, "13800138001", texting.SMS); errs.CodeOf(err) != "once.key_reused" {
			t.Errorf("another number with the same form: %v", err)
		}
		key := token.FindStringSubmatch(w.box.last().Text)[1]
		w.OK(w.texts.Agree(t.Context(), key))
		w.OK(w.texts.End(t.Context(), key))
		for range 3 { // it was told to stop: it is asked once more today, and that is all
			w.OK(w.texts.Ask(t.Context(), "", networktest.Door, phone, texting.SMS))
			w.until("the second question", func() bool { return w.box.n() == 2 })
			if err := w.texts.End(t.Context(), token.FindStringSubmatch(w.box.last().Text)[1]); err != nil && errs.KindOf(err) != errs.NotFound {
				t.Error(err)
			}
		}
		w.OK(w.texts.Ask(t.Context(), "form-1", networktest.Door, phone, texting.SMS))
		time.Sleep(200 * time.Millisecond)
		if n := w.box.n(); n != 2 {
			t.Errorf("asked %d times", n)
		}
	})
}

// TestARecallMidBatch: while the gateway holds the second of three messages the
// notice is taken back. The third never goes out, and the recall goes to the two
// who have it, wherever they live by then, after what the gateway held.
func TestARecallMidBatch(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db, 100)
		w.home("h-2", w.Cells[0], "BBBB222233")
		w.home("h-9", w.Cells[1], "CCCC222233")
		w.agree("13800138001")
		w.agreeAt("BBBB222233", "13800138002")
		w.agree("13800138003")
		w.agreeAt("CCCC222233", "13800138009") // of the other village
		held, free := make(chan struct{}), make(chan struct{})
		w.box.then(func(m gateway.Message) {
			if m.To == "13800138002" {
				close(held)
				<-free
			}
		})
		num, err := w.sent("今晚有暴雨")
		w.OK(err)
		<-held
		w.box.then(nil)
		w.back(num)
		time.Sleep(200 * time.Millisecond)
		if to := w.box.told("已撤回"); len(to) > 0 {
			t.Errorf("the recall overtook the news: %v", to)
		}
		w.OK(w.Net.MoveHouseholds(t.Context(), auth.System("test"), network.MoveHouseholds{HouseholdIDs: []string{"h-2"}, ToUnitID: w.Cells[1]}))
		close(free)
		w.until("the recall", func() bool { return len(w.box.told("已撤回")) == 2 })
		time.Sleep(200 * time.Millisecond)
		want := []string{"13800138001", "13800138002"}
		if news, recalled := w.box.told("不要去河边"), w.box.told("已撤回"); !slices.Equal(news, want) || !slices.Equal(recalled, want) {
			t.Errorf("news to %v, recalled to %v", news, recalled)
		}
		if r, err := w.texts.Progress(t.Context(), w.id(num), 1); err != nil || r.State != outreach.ShortStopped || r.Sent != 2 {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

// TestKilledBeforeItWasStored: the gateway took a message, and the program ended
// before it was stored. Whoever has it hears of the recall, once, and the others don't.
func TestKilledBeforeItWasStored(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db, 100)
		for _, number := range []string{"13800138001", "13800138002", "13800138003"} {
			w.agree(number)
		}
		w.box.then(func(m gateway.Message) {
			if m.To == "13800138002" {
				panic("killed")
			}
		})
		num, err := w.sent("今晚有暴雨")
		w.OK(err)
		w.until("the second message", func() bool { return len(w.box.told("不要去河边")) == 2 })
		w.back(num)
		w.halt()
		w.box.then(nil)
		w.Clock = w.Clock.Add(2 * time.Minute)
		w.run()
		w.until("the recall", func() bool { return len(w.box.told("已撤回")) == 2 })
		time.Sleep(200 * time.Millisecond)
		want := []string{"13800138001", "13800138002"}
		if news, recalled := w.box.told("不要去河边"), w.box.told("已撤回"); !slices.Equal(news, want) || !slices.Equal(recalled, want) {
			t.Errorf("news to %v, recalled to %v", news, recalled)
		}
	})
}

// TestTakenUpAfterAKill: it goes on where it was, and counts each once.
func TestTakenUpAfterAKill(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite), 100)
	for _, number := range []string{"13800138001", "13800138002", "13800138003"} {
		w.agree(number)
	}
	killed := false
	w.box.then(func(m gateway.Message) {
		if m.To == "13800138002" && !killed {
			killed = true
			panic("killed")
		}
	})
	num, err := w.sent("停水")
	w.OK(err)
	w.until("all", func() bool {
		r, err := w.texts.Progress(t.Context(), w.id(num), 1)
		return err == nil && r.State == outreach.ShortDone && r.Sent == 3
	})
	if n := w.box.n(); n != 6 {
		t.Errorf("%d messages", n)
	}
}

// TestARecallNeedsNoBudget: it is told even when nothing is left of the month.
func TestARecallNeedsNoBudget(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite), 3)
	w.agree(phone)
	num, err := w.sent("第一条")
	w.OK(err)
	w.until("the notice", func() bool { return w.box.n() == 2 })
	w.back(num)
	w.until("the recall", func() bool { return len(w.box.told("已撤回")) == 1 })
}

// TestACorrectionNeedsNoBudget: what was told wrong is put right, whatever is left of the month.
func TestACorrectionNeedsNoBudget(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite), 3)
	w.agree(phone)
	num, err := w.sent("第一条")
	w.OK(err)
	w.until("the notice", func() bool { return w.box.n() == 2 })
	w.OK(w.notices.Correct(t.Context(), w.Actor("镇干部"), outreach.Correct{Number: num, Title: "第一条", Words: "不要去山下。", Why: "写错了", Version: 2}))
	w.until("the correction", func() bool { return len(w.box.told("不要去山下")) == 1 })
}

var link = regexp.MustCompile(`\?m=([a-z0-9]+)`)

// TestALinkOpened: a message sent is no reach; its link opened is, once for a
// household, however many telephones it has, and whatever it opened before.
func TestALinkOpened(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db, 100)
		w.home("h-2", w.Cells[0], "BBBB222233")
		for _, x := range "ABCDEFGHIJ" {
			w.home("h-"+string(x), w.Cells[0], "DDDD2222"+string(x)+"3")
		}
		w.agree("13800138001")
		w.agree("13800138002")
		w.agreeAt("BBBB222233", "13800138003")
		num, err := w.sent("今晚有暴雨")
		w.OK(err)
		w.until("the notice", func() bool { return len(w.box.told("不要去河边")) == 3 })
		n, err := w.notices.Get(t.Context(), auth.Actor{}, num)
		w.OK(err)
		w.seen(num, 0, 0)
		w.OK(w.notices.Open(t.Context(), n, "BBBB222233"))
		w.seen(num, 1, 0)
		links := map[string]bool{}
		for range 2 {
			for _, m := range w.box.all() {
				if found := link.FindStringSubmatch(m.Text); found != nil {
					links[found[1]] = true
					w.OK(w.notices.OpenLink(t.Context(), n, found[1]))
				}
			}
		}
		w.OK(w.notices.OpenLink(t.Context(), n, "0000000000"))
		if len(links) != 3 {
			t.Errorf("%d links", len(links))
		}
		w.seen(num, 2, 2)
	})
}

// seen checks how many households opened a notice, and how many by a link.
func (w *world) seen(num string, opened, linked int) {
	w.Helper()
	r, err := w.notices.Reach(w.Context(), w.Actor("镇干部"), num, 0, 0)
	w.OK(err)
	run, err := w.texts.Progress(w.Context(), w.id(num), 1)
	w.OK(err)
	if r.Total.Opened != opened || r.Total.Reached != opened || run.Opened != linked {
		w.Errorf("opened %d, by a link %d; want %d, %d", r.Total.Opened, run.Opened, opened, linked)
	}
}
