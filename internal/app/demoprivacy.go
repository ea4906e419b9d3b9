package app

import (
	"context"
	"time"

	"bilin/internal/auth"
	"bilin/internal/network"
	"bilin/internal/privacy"
	"bilin/internal/purpose"
	"bilin/internal/sqldb"
)

// demoDesk is who acts in the demo's past, and on whom.
type demoDesk struct {
	a    *App
	who  map[string]auth.Actor // by login
	home []network.Household   // of the cells of the village's login
}

// demoPrivacy is what has been read, broken, asked and answered in the village
// of the logins: some of it waits, some is late.
func (a *App) demoPrivacy(ctx context.Context) error {
	d := demoDesk{a: a, who: map[string]auth.Actor{}}
	actors, err := a.Auth.DemoAccounts(ctx)
	if err != nil {
		return err
	}
	for _, x := range actors {
		d.who[x.Login] = x
	}
	tree := a.Network.Tree()
	village := tree.ByCode(demoVillage)
	if village == nil {
		return nil
	}
	for _, u := range tree.Subtree(village) {
		if u.Level != network.Cell || len(d.home) > 120 {
			continue
		}
		list, _, err := a.Network.HouseholdsOf(ctx, auth.System("demo"), u.ID, "", 20)
		if err != nil {
			return err
		}
		for _, h := range list {
			if h.HasPhone {
				d.home = append(d.home, h)
			}
		}
	}
	if len(d.home) < 20 {
		return nil // too small a city for it
	}
	for _, make := range []func(context.Context) error{d.readings, d.glass, d.requests} {
		if err := make(ctx); err != nil {
			return err
		}
	}
	return nil
}

// readings are numbers that were opened over the last year.
func (d demoDesk) readings(ctx context.Context) error {
	works := []struct{ login, kind, title, what string }{
		{"lead", "task", "医保缴费提醒", purpose.Phone}, {"village", "demand", "260004317", purpose.Contact}, {"lead", "care", "", purpose.Phone}, {"village", "rollcall", "玉潭街道", purpose.Phone},
	}
	for i, h := range d.home[:20] {
		var list []purpose.Reading
		w := works[i%len(works)]
		by := d.who[w.login].Grants[0]
		for n := range 1 + i%4 {
			list = append(list, purpose.Reading{HouseholdID: h.ID, At: d.ago(time.Duration(3+17*n+i) * 24 * time.Hour), Role: by.Role, ByUnitID: by.UnitID,
				Ground: purpose.Ground{Kind: w.kind, ID: "demo"}, Title: w.title, What: w.what})
		}
		if err := d.a.Purpose.Remember(ctx, auth.System("demo"), h.UnitID, d.who[w.login].ID(), list); err != nil {
			return err
		}
	}
	return nil
}

func (d demoDesk) ago(t time.Duration) time.Time { return d.a.Now().Add(-t) }

// at returns the two services as they were some time ago.
func (d demoDesk) at(ago time.Duration) (*purpose.Service, *privacy.Service, error) {
	then := func() time.Time { return d.ago(ago) }
	p, err := d.a.privacyAt(then)
	return d.a.purposeAt(then), p, err
}

// glass is what was broken: one review is overdue, two wait, the others are done.
func (d demoDesk) glass(ctx context.Context) error {
	for i, b := range []struct {
		login   string
		hours   int
		reason  purpose.Reason
		words   string
		verdict purpose.Verdict
		note    string
	}{
		{"village", 80, purpose.Damage, "楼上漏水，家里没人", "", ""}, {"village", 30, purpose.Danger, "", "", ""}, {"village", 2, purpose.Another, "快递送错，联系不上本人", "", ""},
		{"village", 240, purpose.Rescue, "", purpose.Justified, ""}, {"village", 700, purpose.Another, "想核对名册", purpose.Unjustified, "核对名册不急，应当走更正流程。"},
		{"village", 1500, purpose.Asked, "", purpose.Justified, "已向住户核实。"},
	} {
		then, _, err := d.at(time.Duration(b.hours) * time.Hour)
		if err != nil {
			return err
		}
		g, err := then.BreakGlass(ctx, d.who[b.login], purpose.BreakGlass{Subject: purpose.Subject{HouseholdID: d.home[i].ID}, Reason: b.reason, Words: b.words})
		if err != nil {
			return err
		}
		err = d.a.DB.Write(ctx, func(tx *sqldb.Tx) error {
			return then.Open(ctx, tx, d.who[b.login], purpose.Subject{HouseholdID: d.home[i].ID}, g, purpose.Phone)
		})
		if err != nil {
			return err
		}
		if b.verdict == "" {
			continue
		}
		later, _, err := d.at(time.Duration(b.hours-20) * time.Hour)
		if err != nil {
			return err
		}
		if err := later.Review(ctx, d.who["privacy"], purpose.Review{ID: g.ID, Verdict: b.verdict, Note: b.note}); err != nil {
			return err
		}
	}
	return d.a.Purpose.Tick(ctx)
}

// requests are in every state: new, nearly due, climbed, overdue, granted,
// granted in part, refused.
func (d demoDesk) requests(ctx context.Context) error {
	for i, r := range []struct {
		days    int
		ask     privacy.Ask
		way     privacy.Way
		by      string // who answered
		outcome privacy.Outcome
		law     privacy.Law
		words   string
	}{
		{1, privacy.Ask{Kind: privacy.Correct, Holder: "network", Words: "家里是四口人，不是两口"}, privacy.ByPaper, "", "", "", ""},
		{2, privacy.Ask{Kind: privacy.Erase}, privacy.BySMS, "", "", "", ""},
		{18, privacy.Ask{Kind: privacy.Correct, Holder: "network", Words: "户主的名字写错了一个字"}, privacy.ByPaper, "", "", "", ""},
		{20, privacy.Ask{Kind: privacy.Object, Holder: "network", Words: "不要再上门推销保险"}, privacy.BySMS, "", "", "", ""},
		{40, privacy.Ask{Kind: privacy.Erase, Holder: "network"}, privacy.ByPaper, "", "", "", ""},
		{30, privacy.Ask{Kind: privacy.Correct, Holder: "network", Words: "门牌换成了新的"}, privacy.ByPaper, "village", privacy.Granted, "", "核对过：登记的已经是新门牌，没有要改的。"},
		{7, privacy.Ask{Kind: privacy.Correct, Holder: "network", Words: "户主换了手机号"}, privacy.ByPaper, "privacy", privacy.Granted, "", "住户带身份证来核实过，请改成新号码。"},
		{60, privacy.Ask{Kind: privacy.Object, Holder: "network", Words: "不想登记户主姓名"}, privacy.BySMS, "privacy", privacy.Refused, privacy.Duty, "邻长要靠它找到您家，只有管您家的人能看。"},
		{9, privacy.Ask{Kind: privacy.Object, Holder: "network", Words: "不要打这个电话，请找老人的儿子"}, privacy.ByPaper, "privacy", privacy.Granted, "", "请村里以后只打儿子的电话，老人的号码删掉。"},
		{75, privacy.Ask{Kind: privacy.Erase}, privacy.ByPaper, "privacy", privacy.Partly, privacy.Archives, "姓名、电话和联系方式已经删除；住址和办事记录留存。"},
	} {
		_, then, err := d.at(time.Duration(r.days) * 24 * time.Hour)
		if err != nil {
			return err
		}
		out, err := then.Send(ctx, privacy.Session{HouseholdID: d.home[10+i].ID, Way: r.way}, r.ask)
		if err != nil {
			return err
		}
		if r.by == "" {
			continue
		}
		_, later, err := d.at(time.Duration(r.days-6) * 24 * time.Hour)
		if err != nil {
			return err
		}
		answer := privacy.Answer{Number: out.Number, Outcome: r.outcome, Law: r.law, Words: r.words, Nothing: r.by == "village"}
		f, err := later.Get(ctx, d.who[r.by], out.Number)
		if err != nil {
			return err
		}
		if f.Plan != nil {
			answer.Plan = f.Plan.Mark
		}
		if err := later.Reply(ctx, d.who[r.by], answer); err != nil {
			return err
		}
	}
	return d.a.Privacy.Tick(ctx)
}
