package practice_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network/networktest"
	"bilin/internal/practice"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

type world struct {
	*networktest.City
	*practice.Service
}

func newWorld(t testing.TB, db *sqldb.DB) *world {
	t.Helper()
	c := networktest.New(t, db, practice.Rules)
	return &world{c, practice.New(practice.Options{DB: c.DB, Network: c.Net, Policy: c.Policy, Audit: c.Audit, Live: c.Live, Now: c.Now})}
}

func wantCode(t testing.TB, err error, code string) {
	t.Helper()
	if errs.CodeOf(err) != code {
		t.Errorf("%v, not %s", err, code)
	}
}

func lamps() practice.Text {
	return practice.Text{Title: "路灯认领", Trouble: "巷子里黑，老人摔过跤。", Did: "一户看一盏灯，坏了当天报。", Cost: "灯泡一年两百元。", Result: "半年没有黑过。", Mind: "先问电工。"}
}

// write offers a practice of the first lead.
func (w *world) write(text practice.Text) string {
	w.Helper()
	id, err := w.Write(w.Context(), w.Actor("邻长1"), practice.Write{Topic: "water", Text: text, Offer: true})
	w.OK(err)
	return id
}

// publish has both sides agree to the first edition.
func (w *world) publish(text practice.Text) string {
	w.Helper()
	id := w.write(text)
	out, err := w.Agree(w.Context(), w.Actor("镇干部"), "", id, 1)
	w.OK(err)
	if !out {
		w.Fatal("not published")
	}
	return id
}

func (w *world) find(f practice.Filter) (titles []string) {
	w.Helper()
	list, _, err := w.List(w.Context(), f, nil, 20)
	w.OK(err)
	for _, p := range list {
		titles = append(titles, p.Title)
	}
	return titles
}

// TestTogether: what a lead wrote is edited with the town and out when both agree.
func TestTogether(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		ctx, lead, town := t.Context(), w.Actor("邻长1"), w.Actor("镇干部")
		half := lamps()
		half.Result = ""
		id, err := w.Write(ctx, lead, practice.Write{Key: "1", Topic: "water", Text: half})
		w.OK(err)
		again, err := w.Write(ctx, lead, practice.Write{Key: "1", Topic: "water", Text: half})
		w.OK(err)
		if again != id || w.Count(`SELECT COUNT(*) FROM practice`) != 1 {
			t.Error("written twice")
		}
		for _, who := range []string{"镇干部", "村干部1", "邻长2"} {
			_, err = w.Work(ctx, w.Actor(who), id)
			wantCode(t, err, "practice.none") // a draft is its author's own
		}
		_, err = w.Write(ctx, lead, practice.Write{ID: id, Topic: "water", Text: half, Edition: 1, Offer: true})
		wantCode(t, err, "practice.check")
		_, err = w.Write(ctx, lead, practice.Write{ID: id, Topic: "water", Text: lamps(), Edition: 1, Offer: true})
		w.OK(err)
		better := lamps()
		better.Did = "一户看一盏灯，坏了当天报，三天修好。"
		_, err = w.Write(ctx, town, practice.Write{ID: id, Topic: "water", Text: better, Edition: 2})
		w.OK(err)
		w.OK(w.Say(ctx, town, "", id, "加了几天修好，对吗？"))
		work, err := w.Work(ctx, lead, id)
		w.OK(err)
		if work.Edition != 3 || work.Agreed || work.Other || len(work.Editions) != 3 || len(work.Comments) != 1 || work.Comments[0].Side != practice.Editor {
			t.Errorf("%+v", work)
		}
		seen, err := w.Work(ctx, town, id)
		w.OK(err)
		if len(seen.Editions) != 2 {
			t.Errorf("the editor sees %d editions, and what was written before it was offered", len(seen.Editions))
		}
		_, err = w.Get(ctx, id)
		wantCode(t, err, "practice.none")
		_, err = w.Agree(ctx, town, "", id, 3)
		w.OK(err)
		_, err = w.Agree(ctx, lead, "", id, 2)
		wantCode(t, err, "practice.written_meanwhile")
		out, err := w.Agree(ctx, lead, "", id, 3)
		w.OK(err)
		shown, err := w.Get(ctx, id)
		w.OK(err)
		if !out || shown.Text.Did != better.Did || shown.PublishedAt.IsZero() {
			t.Errorf("%v, %+v", out, shown)
		}
	})
}

// TestPublishedStands: what is edited on doesn't change what is read before both agree.
func TestPublishedStands(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		ctx, lead, village := t.Context(), w.Actor("邻长1"), w.Actor("村干部1")
		id := w.publish(lamps())
		next := lamps()
		next.Title, next.Did = "路灯有人管", "村里请了电工。"
		_, err := w.Write(ctx, lead, practice.Write{ID: id, Topic: "water", Text: next, Edition: 1})
		w.OK(err)
		if got := w.find(practice.Filter{Q: "电工"}); len(got) != 1 || got[0] != "路灯认领" {
			t.Errorf("the town's words: %v", got) // 先问电工
		}
		if got := w.find(practice.Filter{Q: "请了电工"}); len(got) != 0 {
			t.Errorf("what nobody agreed to is found: %v", got)
		}
		_, err = w.Agree(ctx, village, "", id, 2)
		wantCode(t, err, "practice.authors_own")
		_, err = w.Agree(ctx, lead, "", id, 2)
		w.OK(err)
		_, err = w.Agree(ctx, w.Actor("市办"), "", id, 2)
		w.OK(err)
		if got := w.find(practice.Filter{Q: "请了电工"}); len(got) != 1 || got[0] != "路灯有人管" {
			t.Errorf("%v", got)
		}
		wantCode(t, w.Withdraw(ctx, w.Actor("邻长2"), "", id, "写错"), "auth.forbidden")
		w.OK(w.Withdraw(ctx, lead, "", id, "做法停用了"))
		shown, err := w.Get(ctx, id)
		w.OK(err)
		if shown.State != practice.Withdrawn || shown.Why != "做法停用了" || shown.Text.Did != "" || len(w.find(practice.Filter{})) != 0 {
			t.Errorf("%+v", shown)
		}
	})
}

// TestTwoAtOnce: of two who write over the same words one is told, and neither text is lost.
func TestTwoAtOnce(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		id := w.write(lamps())
		for edition := 1; edition <= 5; edition++ {
			var both sync.WaitGroup
			results := make([]error, 2)
			for i, who := range []auth.Actor{w.Actor("邻长1"), w.Actor("镇干部")} {
				text := lamps()
				text.Mind = fmt.Sprintf("第%d版，第%d人。", edition, i)
				both.Go(func() {
					_, results[i] = w.Write(context.WithoutCancel(t.Context()), who, practice.Write{ID: id, Topic: "water", Text: text, Edition: edition})
				})
			}
			both.Wait()
			if (results[0] == nil) == (results[1] == nil) {
				t.Fatalf("edition %d: %v", edition, results)
			}
			wantCode(t, errors.Join(results...), "practice.written_meanwhile")
		}
		if n := w.Count(`SELECT COUNT(*) FROM practice_text`); n != 6 {
			t.Errorf("%d editions kept", n)
		}
	})
}

// TestTakenUp: villages say that they do it and what came of it; what most do stands first.
func TestTakenUp(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		ctx, second := t.Context(), w.Actor("村干部2")
		lamp := w.publish(lamps())
		other := lamps()
		other.Title, other.Did = "垃圾不落地", "每天两次上门收。"
		w.Clock = w.Clock.AddDate(0, 0, 1)
		w.publish(other)
		if got := strings.Join(w.find(practice.Filter{}), " "); got != "垃圾不落地 路灯认领" {
			t.Errorf("newest first: %s", got)
		}
		w.OK(w.Try(ctx, second, "k", lamp, w.Villages2()))
		w.OK(w.Try(ctx, second, "k", lamp, w.Villages2()))
		wantCode(t, w.Try(ctx, second, "", lamp, w.Villages2()), "practice.taken_already")
		wantCode(t, w.Try(ctx, w.Actor("村干部1"), "", lamp, w.City.Villages[0]), "practice.own")
		wantCode(t, w.Try(ctx, w.Actor("邻长2"), "", lamp, w.Villages2()), "auth.forbidden")
		wantCode(t, w.Try(ctx, second, "", lamp, w.City.Villages[0]), "auth.forbidden")
		if got := strings.Join(w.find(practice.Filter{}), " "); got != "路灯认领 垃圾不落地" {
			t.Errorf("most adopted first: %s", got)
		}
		w.OK(w.Tell(ctx, second, practice.TellCame{ID: lamp, VillageID: w.Villages2(), Came: practice.Partly, Words: "巷子太宽，还差两盏。", Version: 1}))
		w.OK(w.End(ctx, second, "", lamp, w.Villages2()))
		shown, err := w.Get(ctx, lamp)
		w.OK(err)
		if len(shown.Takes) != 1 || shown.Takes[0].Came != practice.Partly || shown.Takes[0].CameOn != "2026-12-02" || shown.Takes[0].Live() || shown.Adopted != 0 {
			t.Errorf("%+v", shown)
		}
		if m := w.May(second, shown); len(m.Try) != 1 || len(m.Tell) != 1 || m.Work {
			t.Errorf("%+v", m)
		}
		w.OK(w.Try(ctx, second, "", lamp, w.Villages2()))
		w.OK(w.End(ctx, second, "", lamp, w.Villages2())) // a slip of the finger
		if n := w.Count(`SELECT COUNT(*) FROM practice_take`); n != 0 {
			t.Errorf("%d", n)
		}
	})
}

// Villages2 is the second village.
func (w *world) Villages2() string { return w.City.Villages[1] }

// TestFind goes through the words, the topic, the place and page by page.
func TestFind(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		w.publish(lamps())
		for i := range 4 {
			text := lamps()
			text.Title, text.Did = fmt.Sprintf("垃圾分类%d", i), "ＡＢ桶分开放。"
			w.publish(text)
		}
		for q, n := range map[string]int{"": 5, "垃圾": 4, "圾分": 4, "垃圾 ab": 4, "路灯": 5, "摔过跤": 5, "跤": 5, "灯": 5, "看一盏": 1, "没有这个": 0, "，。": 5, "垃圾分类2": 1} {
			if got := w.find(practice.Filter{Q: q}); len(got) != n {
				t.Errorf("%q: %v", q, got)
			}
		}
		if got := w.find(practice.Filter{Q: "路灯"}); got[0] != "路灯认领" {
			t.Errorf("what is only about lamps stands before what speaks of them: %v", got)
		}
		if len(w.find(practice.Filter{Topic: "clean"})) != 0 || len(w.find(practice.Filter{Topic: "water"})) != 5 {
			t.Error("the topic")
		}
		if len(w.find(practice.Filter{Unit: w.Town})) != 5 || len(w.find(practice.Filter{Unit: w.Villages2()})) != 0 {
			t.Error("the place")
		}
		var seen []string
		var after *practice.Cursor
		for {
			list, next, err := w.List(t.Context(), practice.Filter{}, after, 2)
			w.OK(err)
			for _, p := range list {
				seen = append(seen, p.ID)
			}
			if after = next; next == nil {
				break
			}
		}
		if len(seen) != 5 {
			t.Errorf("page by page: %v", seen)
		}
	})
}

// TestFindSome: what meets all words stands alone; where nothing does, what meets
// most stands first, page by page, and a topic's name is a word like others.
func TestFindSome(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		for i, title := range []string{"竹竿借给各家", "竹竿和渔网", "渔网晒在坪里", "草帽换新"} {
			text := lamps()
			text.Title, text.Trouble = title, fmt.Sprint("难处", i)
			w.publish(text)
			w.Clock = w.Clock.AddDate(0, 0, 1)
		}
		for q, want := range map[string]string{"竹竿 渔网": "竹竿和渔网", "渔网 竹竿 雨伞": "竹竿和渔网 渔网晒在坪里 竹竿借给各家", "雨伞 草帽": "草帽换新", "雨伞 蓑衣": "", "雨伞": "", "竹竿 竹竿": "竹竿和渔网 竹竿借给各家",
			"水电路灯 草帽": "草帽换新", "LAMPS 草帽": "草帽换新", "晒在坪里 路灯 雨伞": "渔网晒在坪里 草帽换新 竹竿和渔网 竹竿借给各家", "防诈骗 草帽": "草帽换新"} {
			if got := strings.Join(w.find(practice.Filter{Q: q}), " "); got != want {
				t.Errorf("%q: %s", q, got)
			}
		}
		if got := w.find(practice.Filter{Q: "lamps"}); len(got) != 4 {
			t.Errorf("by the topic's name: %v", got)
		}
		var seen []string
		var after *practice.Cursor
		for {
			list, next, err := w.List(t.Context(), practice.Filter{Q: "渔网 竹竿 雨伞"}, after, 1)
			w.OK(err)
			for _, p := range list {
				seen = append(seen, p.Title)
			}
			if after = next; next == nil {
				break
			}
		}
		if got := strings.Join(seen, " "); got != "竹竿和渔网 渔网晒在坪里 竹竿借给各家" {
			t.Errorf("page by page: %s", got)
		}
	})
}

// TestPictures: one is public with the edition it came with, and gone at once.
func TestPictures(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		ctx, lead := t.Context(), w.Actor("邻长1")
		id := w.publish(lamps())
		_, err := w.Write(ctx, lead, practice.Write{ID: id, Topic: "water", Text: lamps(), Edition: 1, Picture: &practice.Picture{Alt: "一盏灯", Image: []byte("jpeg"), Width: 1, Height: 1}})
		w.OK(err)
		work, err := w.Work(ctx, lead, id)
		w.OK(err)
		pic := work.Pictures[0].ID
		_, err = w.Picture(ctx, auth.Actor{}, id, pic)
		wantCode(t, err, "practice.no_picture")
		_, err = w.Agree(ctx, lead, "", id, 2)
		w.OK(err)
		_, err = w.Agree(ctx, w.Actor("镇干部"), "", id, 2)
		w.OK(err)
		got, err := w.Picture(ctx, auth.Actor{}, id, pic)
		w.OK(err)
		if string(got.Image) != "jpeg" {
			t.Errorf("%+v", got)
		}
		w.OK(w.Unpicture(ctx, lead, "", id, pic))
		_, err = w.Picture(ctx, lead, id, pic)
		wantCode(t, err, "practice.no_picture")
	})
}

// TestNobodyIsCounted: no table has a column for readers, and none is read by author.
func TestNobodyIsCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite))
	id := w.publish(lamps())
	before := w.Count(`SELECT total_changes()`)
	for range 5 {
		_, err := w.Get(t.Context(), id)
		w.OK(err)
		w.find(practice.Filter{Q: "路灯"})
	}
	if w.Count(`SELECT COUNT(*) FROM pragma_table_info('practice') WHERE name LIKE '%view%' OR name LIKE '%read%' OR name LIKE '%hit%'`) != 0 || w.Count(`SELECT total_changes()`) != before {
		t.Error("reading is counted")
	}
	if desk, err := w.Desk(t.Context(), w.Actor("镇干部"), 10); err != nil || len(desk) != 0 {
		t.Errorf("%+v, %v", desk, err)
	}
	w.write(lamps())
	for who, n := range map[string]int{"镇干部": 1, "市办": 1, "村干部1": 1, "邻长1": 1, "村干部2": 0, "邻长2": 0} {
		if desk, err := w.Desk(t.Context(), w.Actor(who), 10); err != nil || len(desk) != n {
			t.Errorf("%s: %+v, %v", who, desk, err)
		}
	}
}
