package app

import (
	"context"
	"fmt"
	"time"

	"bilin/internal/admission/oldnet"
	"bilin/internal/auth"
	"bilin/internal/network"
	"bilin/internal/workday"
)

// demoOldNet is what a department had before there was one network.
type demoOldNet struct {
	dept, name string
	grids      int // in each village
	merged     int // parts a worker's name is found on the network, of ten
	ago        int // days since it was brought in; 0 is today, with everything still open
	days       int // after that it retires; 0 leaves its day unset
	duties     []string
	functions  []string // of the duties; "" is dropped
	forms      []string
	yearly     int // times a year that all its people filled in each form
}

var demoOldNets = []demoOldNet{
	{"GA", "综治网格", 3, 6, 120, 30, []string{"入户走访", "矛盾排查", "出租房登记"}, []string{"走访看望", "早发现早劝和", ""}, []string{"人口信息登记表", "矛盾纠纷台账", "出租房采集表"}, 12},
	{"YJ", "安监网格", 1, 3, 110, 45, []string{"用电用火提醒", "企业检查"}, []string{"用电用气与消防", ""}, []string{"隐患排查表", "企业巡查台账"}, 24},
	{"HB", "环保网格", 1, 4, 80, 200, []string{"禁烧告知", "点位值守"}, []string{"政策宣传", ""}, []string{"禁烧巡查表"}, 52},
	{"MZ", "民政网格", 2, 7, 70, 180, []string{"困难群众看望", "突发困难报告"}, []string{"走访看望", "听取意见、反映诉求"}, []string{"特殊群体花名册", "走访记录"}, 12},
	{"CG", "城管网格", 1, 2, 0, 0, []string{"街面巡查", "垃圾分类告知"}, []string{"", "政策宣传"}, []string{"巡查打卡表"}, 300},
	{"WJ", "健康网格", 2, 5, 0, 0, []string{"体检通知", "健康档案更新"}, []string{"走访看望", ""}, []string{"健康档案表", "随访登记表"}, 4},
}

// demoOldNets brings in six old nets: two have retired, two have their day, and
// two are still being mapped.
func (a *App) demoOldNets(ctx context.Context) error {
	for i, n := range demoOldNets {
		if err := a.demoOldNet(ctx, i, n); err != nil {
			return fmt.Errorf("demo: %s: %w", n.name, err)
		}
	}
	_, err := a.Oldnets.Tick(ctx)
	return err
}

func (a *App) demoOldNet(ctx context.Context, i int, n demoOldNet) error {
	at := a.Now().AddDate(0, 0, -n.ago)
	s := a.oldnetsAt(func() time.Time { return at })
	by := auth.System("demo")
	department := ""
	for _, d := range a.Network.Tree().Departments() {
		if d.Code == n.dept {
			department = d.ID
		}
	}
	if department == "" {
		return nil
	}
	report, err := s.Import(ctx, by, oldnet.Import{Key: "demo-" + n.dept, DepartmentID: department, Name: n.name, Rows: a.demoOldRows(i, n)})
	if err != nil || n.days == 0 {
		return err
	}
	duties, err := s.Duties(ctx, by, report.NetID)
	if err != nil {
		return err
	}
	var all []oldnet.Decision
	for _, d := range duties {
		if d.Fate == "" {
			all = append(all, oldnet.Decision{DutyID: d.ID, Fate: oldnet.Dropped})
		}
	}
	if err := s.Decide(ctx, by, "demo-decide-"+n.dept, report.NetID, all); err != nil {
		return err
	}
	if err := s.ReleaseRest(ctx, by, "demo-release-"+n.dept, report.NetID); err != nil {
		return err
	}
	day := at.In(workday.City).AddDate(0, 0, n.days).Format(time.DateOnly)
	return s.SetDay(ctx, by, oldnet.SetDay{Key: "demo-day-" + n.dept, NetID: report.NetID, Day: day, Version: 1})
}

// demoOldRows is an old net's table. Where nothing was decided yet, some grids
// say in a way of their own where they were.
func (a *App) demoOldRows(i int, n demoOldNet) []oldnet.Row {
	tree := a.Network.Tree()
	var out []oldnet.Row
	add := func(r oldnet.Row) {
		r.Number = len(out) + 2
		out = append(out, r)
	}
	for v, village := range tree.Units(network.Village) {
		cells := unitsAt(tree, village, network.Cell)
		for g := range n.grids {
			code := fmt.Sprintf("%s-%03d-%d", n.dept, v+1, g+1)
			where := village.Code
			if n.days == 0 && (v*n.grids+g)%9 == 4 {
				where = village.Name + "老片区"
			}
			add(oldnet.Row{Kind: oldnet.Grid, Code: code, Name: fmt.Sprintf("%s%d号%s", village.Name, g+1, n.name), Unit: where, Households: fmt.Sprint(180 + (v*37+g*53)%240)})
			name := demoWorker(v*7 + g*3)
			if (v*3+g*5+i)%10 < n.merged && len(cells) > 0 { // the same person whichever net it is
				if h := tree.LeadOf(cells[(v+g)%len(cells)].ID); h != nil {
					name = h.Name
				}
			}
			add(oldnet.Row{Kind: oldnet.Worker, Name: name, Grid: code, Role: "网格员"})
		}
	}
	for k, name := range n.duties {
		add(oldnet.Row{Kind: oldnet.Duty, Name: name, Function: n.functions[k]})
	}
	workers := len(tree.Units(network.Village)) * n.grids
	for _, name := range n.forms {
		add(oldnet.Row{Kind: oldnet.Form, Name: name, Yearly: fmt.Sprint(min(workers*n.yearly, 1_000_000))})
	}
	return out
}

func unitsAt(tree *network.Tree, under *network.Unit, level network.Level) []*network.Unit {
	var out []*network.Unit
	for _, u := range tree.Subtree(under) {
		if u.Level == level {
			out = append(out, u)
		}
	}
	return out
}

// demoWorker makes up a name.
func demoWorker(i int) string {
	surnames, given := []rune("赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"), []rune("安和平顺康宁乐泰丰盛勤朴")
	return string([]rune{surnames[i%len(surnames)], given[i/3%len(given)], given[(i*5+1)%len(given)]})
}
