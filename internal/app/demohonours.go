package app

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"bilin/internal/auth"
	"bilin/internal/demo"
	"bilin/internal/errs"
	"bilin/internal/honour"
	"bilin/internal/mobilise/team"
	"bilin/internal/network"
	"bilin/internal/volunteer"
	"bilin/internal/workday"
)

// demoHonour is a category of the demo's rounds: how many places it has in the
// whole city, and what people did. Two rounds have 82 in all; one more certificate
// of the first was revoked.
type demoHonour struct {
	name   string
	places int
	deeds  [][2]string // the citation, and the sentence for the public
}

var demoCategories = []demoHonour{
	{"最美邻长", 20, [][2]string{
		{"冰冻断电那几天，每天早晚两趟给独居老人送热水和饭菜，一连十二天没有断过。", "冰冻十二天，给独居老人送饭送水"},
		{"发现老人被冒充公检法的电话骗着去汇款，在银行门口把人劝了回来，保住了养老钱。", "在银行门口拦下一笔骗款"},
		{"半夜听见邻居家煤气报警，挨户敲门叫醒整栋楼，自己留到消防来了才走。", "半夜叫醒整栋楼，躲过煤气事故"},
		{"楼道堆了多年的杂物没人肯清，一家一家商量，带头搬自家的，一个月清干净了。", "带头清空堆了多年的楼道"},
		{"孩子放学没人接，在自家堂屋摆了八张桌子，一学期没有收过一分钱。", "自家堂屋摆起放学后的书桌"},
		{"两家为屋檐滴水吵了三年，请来木匠量尺寸，自己垫钱装了接水槽，两家和好了。", "垫钱装水槽，劝和吵了三年的两家"},
	}},
	{"最美组长片长", 9, [][2]string{
		{"山洪来前两小时，带着人把沿河十九户全部转到学校，没有落下一个人。", "山洪前两小时，十九户全部转移"},
		{"机耕路断了两年，跑了四个部门把手续办齐，组织大家出工，秋收前修通了。", "跑齐手续，秋收前修通机耕路"},
		{"老小区想加装电梯意见不一，开了七次会，把一楼住户的难处一条条解决好。", "七次会谈拢一部电梯"},
	}},
	{"热心邻居", 6, [][2]string{
		{"退休的电工，街坊灯不亮、插座发烫都找他，自己带零件，从不收钱。", "退休电工，为街坊修灯修电"},
		{"每周三下午在村部教老人用手机挂号、交费，教会了就让他们教别人。", "教老人用手机挂号交费"},
	}},
	{"应急先锋队", 6, [][2]string{
		{"冰灾那夜接到令，四十分钟到齐，连续十个小时铲冰撒盐，保住了去医院的路。", "一夜铲冰，保住去医院的路"},
		{"内涝的时候划着自家的船，把两个小区被困的人一趟趟接出来。", "划自家的船，接出被困的人"},
	}},
}

// demoPanel are the logins in the panels.
var demoPanel = []string{"town", "village", "group", "official", "department", "command"}

// demoHonours makes two rounds that were awarded, in the first of which a
// certificate was revoked and in the second an objection answered, and one with
// its first nominations.
func (a *App) demoHonours(ctx context.Context, o demo.Options) error {
	accounts, err := a.Auth.DemoAccounts(ctx)
	if err != nil {
		return err
	}
	d := &demoHonouring{App: a, by: map[string]auth.Actor{}, used: map[string]bool{}, scale: o.Scale}
	d.svc = a.honoursAt(func() time.Time { return d.at })
	for _, x := range accounts {
		d.by[x.Login] = x
	}
	for _, login := range demoPanel {
		d.used[d.by[login].PersonID] = true
	}
	d.used[d.by["area"].PersonID] = true // nominated in the last
	if err := d.gather(ctx); err != nil {
		return err
	}
	now := a.Now()
	for i, began := range []time.Time{now.AddDate(-1, 0, -15), now.AddDate(0, -6, 0)} {
		if err := d.past(ctx, began, i == 0); err != nil {
			return fmt.Errorf("demo honours, round %d: %w", i+1, err)
		}
	}
	if err := d.latest(ctx, now.AddDate(0, 0, -9)); err != nil {
		return fmt.Errorf("demo honours, the last round: %w", err)
	}
	return nil
}

// demoHonouring makes them.
type demoHonouring struct {
	*App
	svc   *honour.Service
	at    time.Time // the clock of svc
	by    map[string]auth.Actor
	used  map[string]bool // people who are in a panel or were nominated
	scale float64
	have  [][]honour.Nominee // by category
	id    string             // of the round
	ver   int                // its version
}

// gather finds who can be nominated, spread over the villages.
func (d *demoHonouring) gather(ctx context.Context) error {
	d.have = make([][]honour.Nominee, len(demoCategories))
	tree := d.Network.Tree()
	if lead := d.by["lead"]; len(lead.Grants) > 0 {
		d.have[0] = append(d.have[0], honour.Nominee{Kind: honour.OfPost, ID: lead.PersonID, PersonID: lead.PersonID, UnitID: lead.Grants[0].UnitID})
	}
	for i, v := range tree.Units(network.Village) {
		if v.Code == demo.ShowVillage {
			continue // is for the last round
		}
		cells, groups := 0, 0
		for _, u := range tree.Subtree(v) {
			h := tree.LeadOf(u.ID)
			if h == nil || d.used[h.PersonID] || h.PersonID == d.by["lead"].PersonID {
				continue
			}
			n := honour.Nominee{Kind: honour.OfPost, ID: h.PersonID, PersonID: h.PersonID, UnitID: u.ID}
			switch {
			case u.Level == network.Cell && cells <= i%2:
				d.have[0], cells = append(d.have[0], n), cells+1
			case u.Level != network.Cell && groups == 0:
				d.have[1], groups = append(d.have[1], n), groups+1
			}
		}
	}
	helpers, err := d.Volunteers.List(ctx, auth.System("demo"), volunteer.Filter{State: volunteer.Active}, nil, 40)
	if err != nil {
		return err
	}
	for _, v := range helpers {
		if v.PersonID != "" && len(tree.PostsOf(v.PersonID)) == 0 {
			d.have[2] = append(d.have[2], ofVolunteer(v))
		}
	}
	teams, err := d.Teams.List(ctx, auth.System("demo"), team.Filter{}, nil, 40)
	for _, t := range teams {
		d.have[3] = append(d.have[3], honour.Nominee{Kind: honour.OfTeam, ID: t.ID, UnitID: t.UnitID})
	}
	return err
}

// next takes somebody of a category who wasn't nominated yet.
func (d *demoHonouring) next(c int) (honour.Nominee, bool) {
	for _, n := range d.have[c] {
		if !d.used[n.ID] && !d.used[n.PersonID] {
			d.used[n.ID] = true
			return n, true
		}
	}
	return honour.Nominee{}, false
}

// places is how many of a category the city has at its scale.
func (d *demoHonouring) places(c demoHonour) int {
	return max(1, int(math.Round(float64(c.places)*d.scale)))
}

// open makes a round and lets nominations in.
func (d *demoHonouring) open(ctx context.Context, began time.Time, more int) (err error) {
	d.at = began
	y, m, _ := began.In(workday.City).Date()
	name := fmt.Sprintf("%d年上半年比邻星", y)
	if m > time.June {
		name = fmt.Sprintf("%d年下半年比邻星", y)
	}
	def := honour.Define{Name: name, Words: "为邻里做了实事、邻居信得过的邻长、组长、片长、志愿者和队伍。", NominateUntil: began.AddDate(0, 0, 30).In(workday.City).Format(time.DateOnly), PublishDays: 5}
	for i, c := range demoCategories {
		n := d.places(c)
		if i == 0 {
			n += more
		}
		def.Categories = append(def.Categories, honour.Category{Name: c.name, Places: n})
	}
	office := d.by["city"]
	if d.id, err = d.svc.Define(ctx, office, def); err != nil {
		return err
	}
	d.ver = 1
	for _, login := range demoPanel {
		if err := d.svc.AddMember(ctx, office, "", d.id, d.by[login].PersonID, d.ver); err != nil {
			return err
		}
		d.ver++
	}
	err = d.svc.Open(ctx, office, "", d.id, d.ver)
	d.ver++
	return err
}

// check has a nomination checked by the nearest official who has nothing else to do with it.
func (d *demoHonouring) check(ctx context.Context, unitID string, cmd honour.Check) (by auth.Actor, err error) {
	for _, by = range append(d.officials(unitID), auth.System("demo")) {
		if err = d.svc.Check(ctx, by, cmd); errs.CodeOf(err) != "honour.not_yours" {
			break
		}
	}
	return by, err
}

// officials are who may say whether a nomination is true, the nearest first.
func (d *demoHonouring) officials(unitID string) (list []auth.Actor) {
	tree := d.Network.Tree()
	for u := tree.Current(tree.ByID(unitID)); u != nil; u = tree.Parent(u) {
		for _, role := range []auth.Role{auth.VillageOfficial, auth.TownOfficial, auth.CityOffice} {
			if x := d.demoPost(u.ID, role, ""); x.PersonID != "" {
				list = append(list, x)
			}
		}
	}
	return list
}

// nominate puts somebody forward, for their village, or their town where they
// stand above villages: no account may nominate more than a few.
func (d *demoHonouring) nominate(ctx context.Context, c, deed int, n honour.Nominee) (string, error) {
	tree := d.Network.Tree()
	by := auth.System("demo")
	u := tree.Current(tree.ByID(n.UnitID))
	for _, level := range []network.Level{network.Town, network.Village} {
		if at := tree.At(u, level); at != nil {
			by = auth.System("demo-" + at.Code)
		}
	}
	r, err := d.svc.Nominate(ctx, by, honour.Nominate{RoundID: d.id, Category: fmt.Sprintf("c%d", c+1), Kind: n.Kind, NomineeID: n.ID, Citation: demoCategories[c].deeds[deed][0]})
	return r.ID, err
}

// stand has a nomination checked and agreed to.
func (d *demoHonouring) stand(ctx context.Context, id string, n honour.Nominee, praise string) error {
	official, err := d.check(ctx, n.UnitID, honour.Check{ID: id, True: true, Words: "走访了几户邻居，说的和写的一样。", Praise: praise, Version: 1})
	if err != nil {
		return err
	}
	by := auth.Actor{AccountID: "system:demo", PersonID: n.PersonID}
	if n.PersonID == "" {
		by = official
	}
	return d.svc.Consent(ctx, by, honour.Consent{ID: id, Agrees: true, How: honour.Meeting, Version: 2})
}

// past is a round from its opening to the awards.
func (d *demoHonouring) past(ctx context.Context, began time.Time, revoked bool) error {
	more := 0
	if revoked {
		more = 1
	}
	if err := d.open(ctx, began, more); err != nil {
		return err
	}
	var good []string
	for c, cat := range demoCategories {
		places := d.places(cat)
		if c == 0 {
			places += more
		}
		for i := range places + 1 { // one too many in each, on whom the panel says no
			n, ok := d.next(c)
			if !ok {
				break
			}
			deed := i % len(cat.deeds)
			d.at = began.Add(time.Duration(24+c*40+i*7) * time.Hour)
			id, err := d.nominate(ctx, c, deed, n)
			if err != nil {
				return err
			}
			d.at = d.at.Add(50 * time.Hour)
			if err := d.stand(ctx, id, n, cat.deeds[deed][1]); err != nil {
				return err
			}
			if i < places {
				good = append(good, id)
			}
		}
	}
	return d.judge(ctx, began, good, revoked)
}

// judge votes, publishes and awards.
func (d *demoHonouring) judge(ctx context.Context, began time.Time, good []string, revoked bool) error {
	office := d.by["city"]
	d.at = began.AddDate(0, 0, 32)
	if err := d.svc.StartVote(ctx, office, "", d.id, d.at.AddDate(0, 0, 10).In(workday.City).Format(time.DateOnly), d.ver); err != nil {
		return err
	}
	for _, login := range demoPanel {
		d.at = d.at.Add(9 * time.Hour)
		_, _, list, err := d.svc.Ballot(ctx, d.by[login], d.id)
		if err != nil {
			return err
		}
		var yes []string
		for _, n := range list {
			if n.Kept == "" && slices.Contains(good, n.Nomination.ID) {
				yes = append(yes, n.Nomination.ID)
			}
		}
		if err := d.svc.Cast(ctx, d.by[login], honour.Ballot{RoundID: d.id, Yes: yes}); err != nil {
			return err
		}
	}
	if !revoked {
		if err := d.objected(ctx, good[len(good)-1]); err != nil {
			return err
		}
	}
	r, _, err := d.svc.Round(ctx, office, d.id)
	if err != nil {
		return err
	}
	d.at = r.PublishUntil.Add(10 * time.Hour)
	if err := d.svc.Award(ctx, office, "", d.id, r.Version); err != nil || !revoked {
		return err
	}
	return d.revoke(ctx, r)
}

// objected is an objection without a name, and the panel's answer.
func (d *demoHonouring) objected(ctx context.Context, id string) error {
	d.at = d.at.Add(30 * time.Hour)
	o, err := d.svc.Object(ctx, auth.Actor{}, honour.Object{NominationID: id, Words: "那天出力的不止他们一支队，别的队也在，只写一支不公平。"})
	if err != nil {
		return err
	}
	d.at = d.at.Add(26 * time.Hour)
	for _, login := range []string{"command", "department", "town"} { // whoever isn't kept from it
		err = d.svc.AnswerObjection(ctx, d.by[login], honour.Answer{ID: o.ID, Version: 1,
			Words: "谢谢提醒。查了当晚的记录，这支队确实整夜在场；其他队也欢迎在下一届提名，评选不按队伍多少。"})
		if err == nil {
			return nil
		}
	}
	return err
}

// revoke takes one certificate of the first round back.
func (d *demoHonouring) revoke(ctx context.Context, r *honour.Round) error {
	list, err := d.svc.Awards(ctx, d.by["city"], r, true)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(s honour.Shown) bool {
		return s.Category == demoCategories[0].name && s.PersonID != d.by["lead"].PersonID
	})
	if i < 0 {
		return nil
	}
	d.at = d.at.AddDate(0, 2, 0)
	if err := d.svc.AskRevoke(ctx, d.by["city"], "", list[i].Number, "复查时发现事迹不是本人做的，本人也承认了。", 1); err != nil {
		return err
	}
	d.at = d.at.Add(50 * time.Hour)
	for _, login := range []string{"command", "town"} { // whoever isn't kept from it
		if err = d.svc.DecideRevoke(ctx, d.by[login], "", list[i].Number, true, 2); err == nil {
			return nil
		}
	}
	return err
}

// latest is a round with a few nominations: one to be checked by the login
// village, one that waits for the login area, one that stands.
func (d *demoHonouring) latest(ctx context.Context, began time.Time) error {
	if err := d.open(ctx, began, 0); err != nil {
		return err
	}
	d.at = began.AddDate(0, 0, 2)
	area := d.by["area"]
	n := honour.Nominee{Kind: honour.OfPost, ID: area.PersonID, PersonID: area.PersonID, UnitID: area.Grants[0].UnitID}
	id, err := d.nominate(ctx, 1, 0, n)
	if err != nil {
		return err
	}
	if _, err := d.check(ctx, n.UnitID, honour.Check{ID: id, True: true, Words: "沿河几户都说是他带着走的。", Praise: demoCategories[1].deeds[0][1], Version: 1}); err != nil {
		return err
	}
	tree := d.Network.Tree()
	village := tree.ByCode(demo.ShowVillage)
	for _, u := range tree.Subtree(village) { // of the login village, for its official to check
		if h := tree.LeadOf(u.ID); h != nil && u.Level == network.Cell && !d.used[h.PersonID] {
			d.used[h.PersonID] = true
			if _, err := d.nominate(ctx, 0, 1, honour.Nominee{Kind: honour.OfPost, ID: h.PersonID, PersonID: h.PersonID, UnitID: u.ID}); err != nil {
				return err
			}
			break
		}
	}
	if n, ok := d.next(0); ok {
		if id, err = d.nominate(ctx, 0, 2, n); err != nil {
			return err
		}
		return d.stand(ctx, id, n, demoCategories[0].deeds[2][1])
	}
	return nil
}
