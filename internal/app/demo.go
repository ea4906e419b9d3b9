package app

import (
	"context"
	"fmt"
	"slices"
	"time"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demand/board"
	"bilin/internal/demand/hotline"
	"bilin/internal/demand/whistle"
	"bilin/internal/demo"
	"bilin/internal/find"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// BuildDemo fills an empty city with the demo city.
func (a *App) BuildDemo(ctx context.Context, o demo.Options) (demo.Made, error) {
	made, err := demo.Build(ctx, demo.Services{
		DB: a.DB, Network: a.Network, Auth: a.Auth, Index: chunkIndex{a.Index}, Demand: a.demandAt, Catalog: a.Catalog, Now: a.Now,
	}, o)
	if err != nil {
		return made, err
	}
	if _, err := a.Board.Fill(ctx, demoEntries, a.demoDecision); err != nil {
		return made, err
	}
	if err := a.demoSuggestions(ctx); err != nil {
		return made, err
	}
	if err := a.demoMediation(ctx, o); err != nil {
		return made, err
	}
	if err := a.demoOrders(ctx); err != nil {
		return made, err
	}
	if err := a.demoWhistles(ctx); err != nil {
		return made, err
	}
	if err := a.demoTeams(ctx, o); err != nil {
		return made, err
	}
	if err := a.demoEmergency(ctx); err != nil {
		return made, err
	}
	alert, err := a.demoAlerts(ctx)
	if err != nil {
		return made, err
	}
	if err := a.demoCallout(ctx, alert); err != nil {
		return made, err
	}
	if err := a.demoOutcomes(ctx, o); err != nil {
		return made, err
	}
	if err := a.demoWishes(ctx, o); err != nil {
		return made, err
	}
	if err := a.demoProgrammes(ctx, o); err != nil {
		return made, err
	}
	if err := a.demoHonours(ctx, o); err != nil {
		return made, err
	}
	if err := a.demoNotices(ctx, o); err != nil {
		return made, err
	}
	if err := a.demoMeetings(ctx, o); err != nil {
		return made, err
	}
	if err := a.demoFeedback(ctx, o); err != nil {
		return made, err
	}
	if err := a.demoPractices(ctx, o); err != nil {
		return made, err
	}
	if err := a.demoLessons(ctx, o); err != nil {
		return made, err
	}
	if err := a.demoCare(ctx); err != nil {
		return made, err
	}
	if err := a.demoAdmission(ctx); err != nil {
		return made, err
	}
	if err := a.demoNeeds(ctx); err != nil {
		return made, err
	}
	return made, a.demoPrivacy(ctx)
}

// demoEntries bounds the demo's public board.
const demoEntries = 20_000

// demoDecision publishes what was proposed over three days ago, but for a few
// that say too much about somebody.
func (a *App) demoDecision(e *board.Entry) board.Decided {
	switch {
	case a.Now().Sub(e.ProposedAt) < 3*24*time.Hour:
		return board.Decided{} // waits for the editor
	case len([]rune(e.Question))%13 == 0:
		return board.Decided{State: board.Declined, Reason: "只关系到一户人家，看得出是谁，不宜公开。", Editor: "system:demo", After: 20 * time.Hour}
	}
	return board.Decided{State: board.Published, Editor: "system:demo", After: 26 * time.Hour}
}

// demoOrders are work orders of the hotline that came in just now.
func (a *App) demoOrders(ctx context.Context) error {
	towns := a.Network.Tree().Units(network.Town)
	for i, text := range []string{
		"来电人反映农贸市场门口占道经营，早上车辆通行困难，希望规范摊位。",
		"来电人咨询老旧小区加装电梯的补贴标准和申请流程。",
		"来电人反映路口红绿灯夜间不亮，存在安全隐患。",
		"来电人反映工地夜间施工噪声扰民，已持续三天。",
		"来电人反映公交末班车时间调整后没有通知，希望公告。",
		"来电人不清楚事发地归属，反映河边有人倾倒建筑垃圾。",
	} {
		order := hotline.Order{No: fmt.Sprintf("DEMO-%05d", i+1), Text: text, Received: a.Now().Add(-time.Duration(i+1) * time.Hour)}
		if i < 5 && len(towns) > 0 {
			order.UnitCode = towns[i%len(towns)].Code
		}
		if _, err := a.Hotline.Take(ctx, auth.System("demo"), order); err != nil {
			return err
		}
	}
	return nil
}

// demoPost acts for whoever serves a post of the demo city.
func (a *App) demoPost(unitID string, role auth.Role, departmentID string) auth.Actor {
	tree := a.Network.Tree()
	for _, post := range tree.Posts(unitID) {
		if h := post.Serving(); h != nil && post.Role == role && post.DepartmentID == departmentID {
			return auth.Actor{AccountID: "system:demo", PersonID: h.PersonID, Name: h.Name, Grants: tree.Grants(h.PersonID)}
		}
	}
	return auth.Actor{}
}

// demoCall is a call to the spot in the demo city.
type demoCall struct {
	town                bool // else the village
	what, place, agreed string
	answers             bool
}

var demoCalls = []demoCall{
	{what: "这件事该归谁管说不清，请到现场一起认一认。", place: "社区党群服务中心门口"},
	{what: "这件事一家办不了，请到现场一起定办法。", place: "街道办事处一楼", answers: true, town: true},
	{what: "居民等得急，请到现场看看怎么办、以后谁管。", place: "居民说的那个地方", answers: true,
		agreed: "城管局三天内到场处理，社区每周巡查两次。"},
	{what: "请到现场定下由谁来办、什么时候办好。", place: "社区门口", answers: true, town: true,
		agreed: "今天先放好提示牌，街道牵头，十天内办好。"},
}

// demoWhistles are calls of the logins village and town to the department of
// the login department: two that wait, and two of which it is written down what came.
func (a *App) demoWhistles(ctx context.Context) error {
	tree := a.Network.Tree()
	village, town := tree.ByCode("430182001003"), tree.ByCode("430182001000")
	i := slices.IndexFunc(tree.Departments(), func(d network.Department) bool { return d.Code == "CG" })
	if village == nil || town == nil || i < 0 {
		return nil
	}
	dept := tree.Departments()[i].ID
	urban := a.demoPost(tree.RootID(), auth.Department, dept)
	for _, call := range demoCalls {
		unit, role := village, auth.VillageOfficial
		if call.town {
			unit, role = town, auth.TownOfficial
		}
		caller := a.demoPost(unit.ID, role, "")
		if caller.PersonID == "" || urban.PersonID == "" {
			continue
		}
		if err := a.demoWhistle(ctx, call, caller, urban, dept); err != nil {
			return err
		}
	}
	return nil
}

// demoWhistle is one call, over the first demand that may be called for.
func (a *App) demoWhistle(ctx context.Context, call demoCall, caller, urban auth.Actor, dept string) error {
	page, err := a.Demand.Queue(ctx, caller, demand.Filter{}, nil, 100)
	if err != nil {
		return err
	}
	y, m, d := a.Now().In(a.Demand.Terms().Calendar.Zone()).Date()
	meet := time.Date(y, m, d+1, 10, 0, 0, 0, a.Demand.Terms().Calendar.Zone())
	for _, row := range page.Rows {
		f, err := a.Demand.Get(ctx, caller, row.Number)
		if err != nil || !f.May.Whistle || f.Confined || f.Pending.UnitID != "" || len(f.Helpers) > 0 || f.Disputed {
			continue
		}
		_, err = a.Whistles.Blow(ctx, caller, row.Number, whistle.Blow{Departments: []string{dept}, Place: call.place,
			MeetAt: meet, Command: demand.Command{Note: call.what}})
		if err != nil {
			return err
		}
		return a.demoAnswer(ctx, row.Number, call, caller, urban, dept)
	}
	return nil
}

// demoAnswer is what the department says, and what was agreed.
func (a *App) demoAnswer(ctx context.Context, number string, call demoCall, caller, urban auth.Actor, dept string) error {
	f, err := a.Demand.Get(ctx, caller, number)
	if err != nil || !call.answers {
		return err
	}
	list, err := a.Whistles.Of(ctx, f)
	if err != nil || len(list) == 0 {
		return err
	}
	id := list[len(list)-1].ID
	if _, err := a.Whistles.Answer(ctx, urban, id, whistle.Answer{DepartmentID: dept, Coming: true, Who: urban.Name + "带两个人准时到"}); err != nil {
		return err
	}
	if call.agreed == "" {
		return nil
	}
	_, err = a.Whistles.Met(ctx, caller, id, whistle.Met{Came: map[string]string{dept: urban.Name}, Command: demand.Command{Note: call.agreed}})
	return err
}

// chunkIndex puts a chunk's new addresses into the search index.
type chunkIndex struct{ index *find.Index }

func (x chunkIndex) IndexChunk(ctx context.Context, tx *sqldb.Tx, c *network.Chunk) error {
	var places find.Gather
	for i := range c.Households {
		places.Put(c.Households[i].UnitID, c.Households[i].AddressKey)
	}
	return x.index.Add(ctx, tx, places.Places())
}
