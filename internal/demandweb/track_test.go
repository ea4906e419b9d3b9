package demandweb_test

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"strings"
	"testing"
	"time"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demand/board"
	"bilin/internal/demand/demandtest"
)

var ctx = context.Background()

func do(t *testing.T) func(demand.Outcome, error) {
	return func(_ demand.Outcome, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
}

func said(text string) demand.Command { return demand.Command{Note: text} }

// resolved is a demand that waits for its resident.
func resolved(t *testing.T, c *demandtest.City) demand.Receipt {
	t.Helper()
	r := c.Raise(t, demand.Report, demandtest.CellCode, "路灯坏了，找王小明问，13900000000")
	do(t)(c.Demand.Accept(ctx, c.Lead, r.Number, said("")))
	do(t)(c.Demand.Resolve(ctx, c.Lead, r.Number, said("换了灯泡")))
	return r
}

func link(r demand.Receipt) string { return "/t/" + r.Number + "?k=" + r.Track }

func TestEachStateSaysWhatIsTheCaseAndWhatToDo(t *testing.T) {
	c := city(t)
	s := open(t, c, auth.Actor{})
	r := c.Raise(t, demand.Report, demandtest.CellCode, "路灯坏了")
	is := func(words ...string) { t.Helper(); s.want(s.get(link(r)), 200, words...) }
	is("等对方受理", "您现在不用做什么")
	do(t)(c.Demand.Accept(ctx, c.Lead, r.Number, said("")))
	is("周桂英正在办")
	do(t)(c.Demand.Ask(ctx, c.Lead, r.Number, said("哪一盏灯？")))
	page := s.get(link(r))
	s.want(page, 200, "请在下面回答", "哪一盏灯？", "您想说的话")
	if asked, box := strings.Index(page.body, "哪一盏灯？"), strings.Index(page.body, "<textarea"); asked < 0 || box < asked || strings.Count(page.body, "<textarea") != 1 {
		t.Errorf("the question at %d, the answer's box at %d", asked, box)
	}
	do(t)(c.Demand.Say(ctx, r.Number, r.Track, said("东头那盏")))
	is("正在办", "您补充", "!请在下面回答")
	do(t)(c.Demand.Resolve(ctx, c.Lead, r.Number, said("换了灯泡")))
	is("由您说了算", "!会先按")
	if err := c.Demand.Seen(ctx, r.Number, r.Track); err != nil {
		t.Fatal(err)
	}
	is("到 2026年4月8日", "会先按“未确认”关闭")
	c.Clock.Add(8 * 24 * time.Hour)
	if _, err := c.Demand.Tick(ctx); err != nil {
		t.Fatal(err)
	}
	is("七天没有您的回话", "办好了，满意", "还没办好")
	c.Clock.Add(370 * 24 * time.Hour)
	is("超过一年", "!还没办好")
}

func TestConsentComesWithTheConfirmation(t *testing.T) {
	c := city(t)
	s := open(t, c, auth.Actor{})
	s.pages.Beside(board.New(board.Options{DB: c.DB, Network: c.Net, Policy: c.Policy, Audit: c.Audit, Live: c.Live, Now: c.Clock.Now}), nil)
	r := resolved(t, c)
	s.want(s.get(link(r)), 200, `name="publish"`, "看看公开后是什么样")
	back := s.want(s.post("/t/"+r.Number+"/confirm", "_k", r.Track, "satisfied", "7", "why", "字很大", "publish", "1", "recheck", "1"), 422,
		"字很大", "看看公开后是什么样", "请选一个满意程度", `name="publish" value="1" checked`, `name="recheck" value="1" checked`)
	if strings.Contains(back.body, "您确认办好") {
		t.Error("a wrong answer confirmed it")
	}
	s.want(s.post("/t/"+r.Number+"/confirm", "_k", r.Track, "satisfied", "3"), 422, "哪里不满意")
	s.want(s.post("/t/"+r.Number+"/confirm", "_k", r.Track, "satisfied", "1", "publish", "1"), 303)
	s.want(s.get(link(r)), 200, "您同意公开答复", "不再公开")

	private, err := c.Demand.Raise(ctx, auth.Actor{}, demand.Raise{Kind: demand.Help, UnitCode: demandtest.CellCode, Text: "家里的事", Private: true})
	if err != nil {
		t.Fatal(err)
	}
	do(t)(c.Demand.Accept(ctx, c.Lead, private.Number, said("")))
	do(t)(c.Demand.Resolve(ctx, c.Lead, private.Number, said("办了")))
	s.want(s.get(link(private)), 200, "!公开后", `!name="publish"`)
	s.want(s.post("/t/"+private.Number+"/confirm", "_k", private.Track, "satisfied", "1", "publish", "1"), 303)
	s.want(s.get(link(private)), 200, "您确认办好", "!您同意公开答复")
}

func TestWordsThatNoFormTakesAnyMoreAreShown(t *testing.T) {
	c := city(t)
	s := open(t, c, auth.Actor{})
	r := resolved(t, c)
	do(t)(c.Demand.Confirm(ctx, r.Number, r.Track, demand.Rating{}, said("")))
	s.want(s.post("/t/"+r.Number+"/say", "_k", r.Track, "note", "还有一句话"), 409, "您刚才写的内容", "还有一句话")
	s.want(s.post("/t/"+r.Number+"/reopen", "_k", r.Track, "note", strings.Repeat("长", demand.MaxText+1)), 422, "又出问题了", "长长长", "open")
}

func TestPhotosStandBesideTheirStep(t *testing.T) {
	c := city(t)
	s := open(t, c, auth.Actor{})
	r := c.Raise(t, demand.Report, demandtest.CellCode, "井盖松了")
	var shot bytes.Buffer
	if err := jpeg.Encode(&shot, image.NewRGBA(image.Rect(0, 0, 40, 30)), nil); err != nil {
		t.Fatal(err)
	}
	s.want(s.upload("/t/"+r.Number+"/say", []string{shot.String()}, "_k", r.Track, "note", "补一张照片"), 303)
	page := s.want(s.get(link(r)), 200).body
	if word, photo := strings.Index(page, "补一张照片"), strings.Index(page, "thumb=1"); word < 0 || photo < word || strings.Count(page, "thumb=1") != 1 {
		t.Errorf("the word at %d, its photo at %d", word, photo)
	}
	kept := s.upload("/t/"+r.Number+"/say", []string{shot.String(), "no photo"}, "_k", r.Track, "note", "再补一张")
	s.want(kept, 422, "第2张", "再补一张", `name="kept"`)

	note := demand.Command{Note: "内部看看", Pictures: []demand.Picture{{Full: shot.Bytes(), Thumb: shot.Bytes(), Width: 40, Height: 30}}}
	do(t)(c.Demand.Note(ctx, c.Lead, r.Number, note))
	if n := strings.Count(s.get(link(r)).body, "thumb=1"); n != 1 {
		t.Errorf("%d photos with one of the network's own", n)
	}
}

func TestTheHouseholdIsHandedItsReceipt(t *testing.T) {
	c := city(t)
	lead := open(t, c, c.Lead)
	lead.pages.Homes(c.Net)
	lead.want(lead.get("/demands/enter"), 200, "代群众提")
	sent := lead.want(lead.post("/demands/enter", "unit", demandtest.CellCode, "kind", "help", "text", "想办残疾证"), 303)
	lead.want(lead.get(sent.location), 200, "请把这张回执交给这户人家", "再替一户提交", "!请截图")
	own := lead.want(lead.post("/demands/enter", "own", "1", "unit", demandtest.CellCode, "kind", "report", "text", "井盖松了"), 303)
	lead.want(lead.get(own.location), 200, "请截图", "!交给这户人家")
}

func TestANeighboursNumberIsNotShown(t *testing.T) {
	c := city(t)
	s := open(t, c, auth.Actor{})
	first := c.Raise(t, demand.Report, demandtest.CellCode, "路灯坏了")
	second := c.Raise(t, demand.Report, demandtest.CellCode, "路灯不亮")
	do(t)(c.Demand.Merge(ctx, c.Lead, second.Number, first.Number, said("")))
	s.want(s.get(link(second)), 200, "两件一起办", "单独办", "!"+first.Number, "!"+demand.Spoken(first.Number))
}
