package app

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"bilin/internal/auth"
	"bilin/internal/demo"
	"bilin/internal/mobilise/team"
	"bilin/internal/network"
	"bilin/internal/sqldb"
	"bilin/internal/volunteer"
	"bilin/internal/workday"
)

// The true city's teams and report-ins, at scale 1.
const (
	demoTeamCount   = 471
	demoMemberCount = 30_000
	demoLeadCount   = 14_000 // of the members, about
	demoReportCount = 4_017
	demoLeftCount   = 41
	demoNoCount     = 15
	demoWaiting     = 6 // in the village of the login village, whatever the scale
	demoAtLogins    = 6 // who stand there, besides those that fall there by chance
)

// atScale is a share of a number, and at least so many.
func atScale(n int, scale float64, least int) int {
	return max(least, int(math.Round(float64(n)*scale)))
}

// demoBuilder makes the demo city's teams, and who reported in.
type demoBuilder struct {
	*demo.Crowd
	tree     *network.Tree
	now      time.Time
	cells    map[string][]*network.Unit // by village
	leads    map[string][]demoPerson    // of a village, not yet in a team
	villages []*network.Unit
	wanted   int // leads still to be chosen
	open     int // places still to be filled

	newcomers []demoPerson // people without a post
	skills    []volunteer.Able
	away      []team.Absence
}

// demoPerson is somebody who can be in a team.
type demoPerson struct{ id, name, phone, unit string }

// demoTeams makes 471 teams of 30,000 people, and 4,017 people who reported in.
func (a *App) demoTeams(ctx context.Context, o demo.Options) error {
	tree := a.Network.Tree()
	b := &demoBuilder{Crowd: demo.NewCrowd(o.Seed, "teams"), tree: tree, now: a.Now(), cells: map[string][]*network.Unit{}, leads: map[string][]demoPerson{}, villages: tree.Units(network.Village)}
	if len(b.villages) == 0 {
		return nil
	}
	b.gather()
	slots := b.slots(atScale(demoTeamCount, o.Scale, 14))
	b.open = atScale(demoMemberCount, o.Scale, 10*len(slots))
	b.wanted = b.open * demoLeadCount / demoMemberCount
	teams := b.fill(slots)
	reports := b.reports(o.Scale)
	if err := a.writePeople(ctx, b.newcomers); err != nil {
		return err
	}
	by := auth.System("demo")
	if err := a.Teams.Fill(ctx, by, teams); err != nil {
		return err
	}
	if err := a.Volunteers.Fill(ctx, by, reports); err != nil {
		return err
	}
	if err := a.Volunteers.FillSkills(ctx, by, b.skills); err != nil {
		return err
	}
	return a.Teams.FillAways(ctx, by, b.away)
}

// writePeople enters the people whom teams and report-ins brought along.
func (a *App) writePeople(ctx context.Context, people []demoPerson) error {
	for part := range slices.Chunk(people, 2000) {
		chunk := network.Chunk{Source: "demo"}
		for _, p := range part {
			chunk.Persons = append(chunk.Persons, network.NewPerson{ID: p.id, Name: p.name, Phone: p.phone})
		}
		prepared, err := a.Network.Prepare(ctx, chunk)
		if err != nil {
			return err
		}
		err = a.DB.Write(ctx, func(tx *sqldb.Tx) error { return a.Network.WriteChunk(ctx, tx, auth.System("demo"), prepared) })
		if err != nil {
			return err
		}
	}
	return a.Network.Refresh(ctx)
}

// gather lists the cells and leads of each village, each lead once, the first
// area's, group's and cell's first: they are who the demo logins are.
func (b *demoBuilder) gather() {
	seen := map[string]bool{}
	for _, v := range b.villages {
		for _, u := range b.tree.Subtree(v) {
			if u.Level == network.Cell {
				b.cells[v.ID] = append(b.cells[v.ID], u)
			}
			if h := b.tree.LeadOf(u.ID); h != nil && !seen[h.PersonID] {
				seen[h.PersonID] = true
				b.leads[v.ID] = append(b.leads[v.ID], demoPerson{id: h.PersonID, name: h.Name, unit: u.ID})
			}
		}
	}
}

// slot is a team to be filled.
type slot struct {
	name   string
	kind   team.Kind
	unit   *network.Unit
	weight int
}

// The kinds of teams beside a village's first one.
var demoKinds = []struct {
	kind team.Kind
	name string
}{
	{team.Ice, "除冰保畅队"}, {team.Flood, "防汛抢险队"}, {team.Repair, "水电抢修队"}, {team.Medical, "医疗救护队"},
	{team.Transport, "运输保障队"}, {team.Fire, "灭火救援队"}, {team.Supply, "物资后勤队"},
}

// slots lists so many teams: two of the village of the demo logins, one of its
// town and two of the city, then one of each village, two of each town, 19 of the
// city in all, and second ones of the largest villages.
func (b *demoBuilder) slots(n int) []slot {
	var show, first, towns, city []slot
	large := slices.Clone(b.villages)
	slices.SortStableFunc(large, func(x, y *network.Unit) int { return cmp.Compare(b.size(y), b.size(x)) })
	for _, v := range b.villages {
		s := slot{v.Name + "应急突击队", team.General, v, 60}
		if v.Code == demo.ShowVillage {
			show = append(show, s, slot{v.Name + demoKinds[0].name, demoKinds[0].kind, v, 60})
		} else {
			first = append(first, s)
		}
	}
	for i, t := range b.tree.Units(network.Town) {
		for j := range 2 {
			k := demoKinds[(i+3*j)%len(demoKinds)]
			s := slot{t.Name + k.name, k.kind, t, 95}
			if t.Code == demo.ShowTown && j == 0 {
				show = append(show, s)
			} else {
				towns = append(towns, s)
			}
		}
	}
	for i := range 19 {
		k := demoKinds[i%len(demoKinds)]
		city = append(city, slot{fmt.Sprintf("市%s第%d支", k.name, 1+i/len(demoKinds)), k.kind, b.tree.Root(), 120})
	}
	all := slices.Concat(show, city[:2], first, towns, city[2:])
	for i := 0; len(all) < n; i++ {
		v, k := large[i%len(large)], demoKinds[(i+i/len(large))%len(demoKinds)]
		if v.Code != demo.ShowVillage {
			all = append(all, slot{v.Name + k.name, k.kind, v, 50})
		}
	}
	return all[:n]
}

// size is how many households a village has.
func (b *demoBuilder) size(v *network.Unit) int { return b.tree.Coverage(v.ID).Households }

// fill chooses the people of teams, so that all places are filled exactly.
func (b *demoBuilder) fill(slots []slot) []team.NewTeam {
	weights := 0
	for _, s := range slots {
		weights += s.weight
	}
	founded := b.now.AddDate(-1, -2, 0)
	var out []team.NewTeam
	for i, s := range slots {
		n := b.open * s.weight / weights
		weights -= s.weight
		out = append(out, team.NewTeam{ID: b.ID(), Name: s.name, Kind: s.kind, UnitID: s.unit.ID, CreatedAt: founded.AddDate(0, 0, i%300),
			Members: b.members(s, n), Equipment: b.equipment(s.kind)})
	}
	return out
}

// members are n people of a slot's part of the city: a village's official leads
// its first team, leads follow, and then others who live there.
func (b *demoBuilder) members(s slot, n int) (out []team.NewMember) {
	under := []*network.Unit{s.unit}
	if s.unit.Level < network.Village {
		under = nil
		for _, u := range b.tree.Subtree(s.unit) {
			if u.Level == network.Village {
				under = append(under, u)
			}
		}
	}
	add := func(p demoPerson) {
		out = append(out, team.NewMember{PersonID: p.id, UnitID: p.unit, Grade: team.Grade(min(2, (len(out)+1)/2))})
		b.describe(p, s.kind)
	}
	if s.kind == team.General {
		if p, ok := b.official(s.unit); ok {
			add(p)
		}
	}
	share := n * b.wanted / max(1, b.open)
	for try := 0; len(out) < min(n, share+1) && try < 3*n; try++ {
		v := under[b.IntN(len(under))].ID
		if left := b.leads[v]; len(left) > 0 {
			add(left[0])
			b.leads[v] = left[1:]
			b.wanted--
		}
	}
	for len(out) < n {
		add(b.newcomer(under[b.IntN(len(under))]))
	}
	b.open -= n
	return out
}

// official is the first official of a village.
func (b *demoBuilder) official(v *network.Unit) (demoPerson, bool) {
	for _, p := range b.tree.Posts(v.ID) {
		if h := p.Serving(); h != nil && p.Role == auth.VillageOfficial {
			return demoPerson{id: h.PersonID, name: h.Name, unit: v.ID}, true
		}
	}
	return demoPerson{}, false
}

// newcomer is somebody without a post who lives in a village.
func (b *demoBuilder) newcomer(v *network.Unit) demoPerson {
	p := demoPerson{id: b.ID(), unit: v.ID}
	p.name, p.phone = b.Somebody()
	if cells := b.cells[v.ID]; len(cells) > 0 {
		p.unit = cells[b.IntN(len(cells))].ID
	}
	b.newcomers = append(b.newcomers, p)
	return p
}

// demoSkills are what people of a kind of team can do.
var demoSkills = map[team.Kind][]volunteer.Skill{
	team.Ice: {volunteer.Chains, volunteer.Machinery, volunteer.Truck}, team.Flood: {volunteer.Boat, volunteer.FirstAid},
	team.Repair: {volunteer.Electrician, volunteer.Plumber, volunteer.Drone}, team.Medical: {volunteer.FirstAid, volunteer.Nursing, volunteer.Mind},
	team.Transport: {volunteer.Truck, volunteer.Chains}, team.Fire: {volunteer.Chainsaw, volunteer.FirstAid}, team.Supply: {volunteer.Cooking, volunteer.Truck},
	team.General: {volunteer.FirstAid, volunteer.Cooking, volunteer.Chainsaw, volunteer.Dialect, volunteer.Sign},
}

// describe draws what somebody can do, and whether they are away just now.
func (b *demoBuilder) describe(p demoPerson, kind team.Kind) {
	if able := demoSkills[kind]; b.IntN(100) < 35 {
		unit := p.unit
		if p.phone == "" { // in a post, which says where they count
			unit = ""
		}
		b.skills = append(b.skills, volunteer.Able{PersonID: p.id, UnitID: unit, Skills: []volunteer.Skill{able[b.IntN(len(able))]}})
	}
	if b.IntN(1000) < 14 {
		from := b.now.In(workday.City).AddDate(0, 0, -b.IntN(4))
		b.away = append(b.away, team.Absence{PersonID: p.id, From: from.Format(time.DateOnly), To: from.AddDate(0, 0, 4+b.IntN(9)).Format(time.DateOnly)})
	}
}

// demoThings is what teams of a kind have.
var demoThings = map[team.Kind][]string{
	team.Ice: {"融雪剂（袋）", "铁锹", "防滑链（副）", "草袋", "铲雪车"}, team.Flood: {"救生衣", "冲锋舟", "编织袋", "抽水泵", "强光手电"},
	team.Repair: {"发电机", "绝缘手套（双）", "电缆（盘）", "管钳", "登高梯"}, team.Medical: {"急救箱", "担架", "氧气袋", "除颤仪"},
	team.Transport: {"皮卡车", "防滑链（副）", "牵引绳", "对讲机"}, team.Fire: {"油锯", "风力灭火机", "灭火弹", "水带（盘）"},
	team.Supply: {"棉被", "帐篷", "大锅灶", "方便面（箱）", "饮用水（箱）"}, team.General: {"铁锹", "对讲机", "强光手电", "雨衣", "扩音喇叭", "急救箱"},
}

var demoPlaces = []string{"村部一楼库房", "应急物资点", "党群服务中心", "消防站库房", "队长家中"}

func (b *demoBuilder) equipment(kind team.Kind) (out []team.Equipment) {
	for _, name := range demoThings[kind] {
		if b.IntN(5) == 0 {
			continue
		}
		out = append(out, team.Equipment{Name: name, Quantity: 1 + b.IntN(24), Place: demoPlaces[b.IntN(len(demoPlaces))], Repair: b.IntN(12) == 0})
	}
	return out
}

var demoPledges = []string{
	"下雪天给独居老人送菜送药。", "晚上有事打电话，随叫随到。", "家里有货车，急时可以拉物资。", "会用油锯，倒了树我来清。", "周末可以教老人用手机。",
	"退休医生，量血压、换药都行。", "懂水电，邻居家小毛病免费修。", "村里开会可以帮忙做饭。", "能开挖机，塌方了叫我。", "",
}

// reports are who reported in: 4,017 who stand, some of them in teams too, and
// beside them those who left, who weren't taken in, and who wait.
func (b *demoBuilder) reports(scale float64) []volunteer.Past {
	left, no := atScale(demoLeftCount, scale, 2), atScale(demoNoCount, scale, 1)
	active := atScale(demoReportCount, scale, 30)
	members := len(b.newcomers)
	var out []volunteer.Past
	for i := range active {
		var p demoPerson
		if i%2 == 0 && i/2 < members {
			p = b.newcomers[i/2*members/max(1, (active+1)/2)] // each of them once, all over the city
		} else if i < 2*demoAtLogins {
			p = b.newcomer(b.show())
		} else {
			p = b.newcomer(b.villages[b.IntN(len(b.villages))])
		}
		out = append(out, b.past(p, volunteer.Active))
	}
	for range left {
		out = append(out, b.past(b.passerBy(b.villages[b.IntN(len(b.villages))]), volunteer.Left))
	}
	for range no {
		out = append(out, b.past(b.passerBy(b.villages[b.IntN(len(b.villages))]), volunteer.Refused))
	}
	for range demoWaiting {
		out = append(out, b.past(b.passerBy(b.show()), volunteer.Pending))
	}
	return out
}

// show is the village of the demo logins.
func (b *demoBuilder) show() *network.Unit {
	if u := b.tree.ByCode(demo.ShowVillage); u != nil {
		return u
	}
	return b.villages[0]
}

// passerBy is somebody whom the registry doesn't know.
func (b *demoBuilder) passerBy(v *network.Unit) demoPerson {
	p := demoPerson{unit: v.ID}
	p.name, p.phone = b.Somebody()
	return p
}

func (b *demoBuilder) past(p demoPerson, state volunteer.State) volunteer.Past {
	at := b.now.AddDate(0, 0, -20-b.IntN(500))
	if state == volunteer.Pending {
		at = b.now.Add(-time.Duration(1+b.IntN(60)) * time.Hour)
	}
	kinds, all := volunteer.Kinds(), volunteer.Skills()
	out := volunteer.Past{State: state, PersonID: p.id, ReportedAt: at, Report: volunteer.Report{Name: p.name, Phone: p.phone, Kind: kinds[b.IntN(len(kinds))],
		UnitCode: b.tree.ByID(p.unit).Code, Offer: volunteer.Offer{Pledge: demoPledges[b.IntN(len(demoPledges))], Hours: b.IntN(5) * 2}}}
	for range b.IntN(3) {
		out.Skills = append(out.Skills, all[b.IntN(len(all))])
	}
	if state == volunteer.Refused {
		out.Reason = volunteer.Reasons()[b.IntN(4)]
	}
	return out
}
