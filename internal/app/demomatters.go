package app

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"bilin/internal/admission"
	"bilin/internal/admission/monthly"
	"bilin/internal/admission/offlist"
	"bilin/internal/auth"
	"bilin/internal/network"
	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

// demoMatter is a matter of the demo city.
type demoMatter struct {
	dept, title, ask, basis string
	way                     admission.Way
	minutes, home, rotation int
	first, last             int
	state                   admission.State
	ago                     int // days since it was handed in
	reason                  string
	list                    admission.DutyList
	demanded                admission.Demanded
	data                    string
	function                int // of the twelve
	months                  []int
	standing                bool // care contacts belong to it
}

var demoMatters = []demoMatter{
	{dept: "YJ", title: "冬季取暖防一氧化碳中毒提醒", ask: "到每户看一看取暖的地方通不通风，把提醒卡交给住户。", basis: "《安全生产法》第七十八条；县级应急预案", way: admission.Visit, home: 4, rotation: 4, first: 3, last: 24, state: admission.Admitted, ago: 120, reason: "关系生命安全，频次合理，卡片由部门提供。", list: admission.Assist, function: 3, months: []int{11, 12, 1, 2}},
	{dept: "GA", title: "反电信诈骗当面提醒", ask: "和住户说三句防骗的话，遇到可疑电话帮着拨 96110。", basis: "《反电信网络诈骗法》第三十条", way: admission.Visit, home: 3, rotation: 6, first: 1, last: 26, state: admission.Admitted, ago: 160, reason: "可与取暖提醒合并上门，时间可行。", list: admission.Assist, function: 9},
	{dept: "SL", title: "汛期转移路线告知", ask: "把转移路线和集合点告诉住户，路线变了及时改。", basis: "《防洪法》第七条", way: admission.Tell, minutes: 20, first: 5, last: 20, state: admission.Admitted, ago: 200, reason: "依据充分，每月二十分钟可行。", list: admission.Assist, function: 4, months: []int{4, 5, 6, 7, 8, 9}},
	{dept: "DL", title: "停电计划告知", ask: "停电前两天把时间告诉住户，问有没有用制氧机的人家。", basis: "《供电营业规则》第六十八条", way: admission.Tell, minutes: 15, first: 1, last: 28, state: admission.Admitted, ago: 140, reason: "直接服务群众，时间短。", list: admission.Assist, function: 1},
	{dept: "WJ", title: "六十五岁以上老人体检通知", ask: "打电话告诉老人体检的时间地点，走不动的记下来交村医。", basis: "国家基本公共卫生服务规范", way: admission.Call, home: 3, rotation: 4, first: 6, last: 25, state: admission.Admitted, ago: 90, reason: "频次合理，结果交村医，不另填表。", list: admission.Assist, function: 2},
	{dept: "HB", title: "秸秆禁烧季节告知", ask: "在屋场上说一说禁烧的时段和秸秆去处。", basis: "《大气污染防治法》第七十七条", way: admission.Tell, minutes: 15, first: 8, last: 22, state: admission.Admitted, ago: 70, reason: "只告知不值守，同意。", list: admission.Assist, function: 10, months: []int{5, 6, 9, 10, 11}},
	{dept: "NY", title: "畜禽免疫时间告知", ask: "把村里打防疫针的日子告诉养殖户。", basis: "《动物防疫法》第十七条", way: admission.Tell, minutes: 10, first: 2, last: 15, state: admission.Admitted, ago: 50, reason: "时间短，有依据。", list: admission.Assist, function: 10, months: []int{3, 9, 11}},
	{dept: "JT", title: "农村道路坑洼查看", ask: "路过时看看有没有坑洼、缺护栏的地方，有就报一条诉求。", basis: "《公路法》第四十三条", way: admission.Look, minutes: 10, first: 1, last: 28, state: admission.Admitted, ago: 110, reason: "发现即报诉求，不另设台账。", list: admission.Assist, function: 5},
	{dept: "CG", title: "每日街面巡查打卡", ask: "每天上午和下午到点打卡，上传现场照片两张。", basis: "部门内部通知", way: admission.Look, minutes: 300, first: 1, last: 28, state: admission.Refused, ago: 40, reason: "要求打卡和拍照留痕，属部门自身职责，不予入网。", list: admission.Own, demanded: admission.Demanded{CheckIns: true, Photos: true}, function: 5},
	{dept: "SC", title: "商户信息全面采集", ask: "上门登记商户姓名、身份证号、经营范围，每周上报不少于十户。", basis: "", way: admission.Visit, home: 15, rotation: 1, first: 1, last: 28, state: admission.Refused, ago: 75, reason: "数据登记机关已有；设置上报数量；没有依据。", list: admission.TakenBack, demanded: admission.Demanded{Quotas: true}, data: "姓名、身份证号、经营范围", function: 6},
	{dept: "ZJ", title: "住户下载安装物业应用", ask: "动员每户下载APP并完成注册，注册率要达到八成。", basis: "工作方案", way: admission.Visit, home: 10, rotation: 1, first: 1, last: 28, state: admission.Refused, ago: 15, reason: "强制推广下载，不予入网。", list: admission.Assist, demanded: admission.Demanded{Installs: true}, function: 11},
	{dept: "RS", title: "养老待遇资格上门认证", ask: "逐户上门认证，留存照片。", basis: "部门文件", way: admission.Visit, home: 8, rotation: 1, first: 1, last: 28, state: admission.Refused, ago: 190, reason: "该职责已由部门收回，可用数据比对办理。", list: admission.TakenBack, demanded: admission.Demanded{Photos: true}, function: 2},
	{dept: "JY", title: "控辍保学情况摸底", ask: "了解有没有适龄孩子没有上学的情况。", basis: "《义务教育法》第十三条", way: admission.Visit, home: 6, rotation: 6, first: 1, last: 28, state: admission.Returned, ago: 30, reason: "学籍数据已有，请先比对，只对疑似的上门。", list: admission.Assist, data: "学籍", function: 2},
	{dept: "MZ", title: "困难群众冬季走访", ask: "看看困难群众冬天的衣被、取暖、吃药有没有难处。", basis: "《社会救助暂行办法》第四条", way: admission.Visit, home: 8, rotation: 6, first: 1, last: 28, state: admission.Submitted, ago: 6, list: admission.Assist, function: 0},
	{dept: "YJ", title: "烟花爆竹燃放点值守", ask: "节日期间在燃放点附近看护。", basis: "《烟花爆竹安全管理条例》", way: admission.Help, minutes: 180, first: 1, last: 28, state: admission.Submitted, ago: 14, list: admission.Own, function: 4},
	{dept: "SL", title: "小水库巡查", ask: "每月看一次坝面和溢洪道。", basis: "《水库大坝安全管理条例》", way: admission.Look, minutes: 30, first: 1, last: 28, state: admission.Revoked, ago: 220, reason: "已配专职巡查员，撤销许可。", list: admission.Own, function: 4},
	{dept: "WJ", title: "夏季防溺水提醒", ask: "暑假里提醒家长看好孩子。", basis: "省防溺水工作方案", way: admission.Tell, minutes: 20, first: 1, last: 28, state: admission.Expired, ago: 170, reason: "同意，限暑期。", list: admission.Assist, function: 3},
	{dept: "CG", title: "餐厨垃圾分类告知", ask: "告诉住户餐厨垃圾的投放点。", basis: "《固体废物污染环境防治法》第四条", way: admission.Tell, minutes: 15, first: 1, last: 28, state: admission.Draft, ago: 2, list: admission.Assist, function: 11},
}

// demoAdmission gives the demo city its matters, two months of lists with their
// tasks, objections and reports of work past the list.
func (a *App) demoAdmission(ctx context.Context) error {
	tree := a.Network.Tree()
	if len(tree.Departments()) == 0 || len(tree.Units(network.Village)) < 4 {
		return nil
	}
	if err := a.demoDuties(ctx); err != nil {
		return err
	}
	now := a.Now().In(workday.City)
	err := a.DB.Write(ctx, func(tx *sqldb.Tx) error {
		matters := slices.Clone(demoMatters)
		for _, s := range demoYear {
			matters = append(matters, s.matter())
		}
		matters = append(matters, demoStanding)
		for i, m := range matters {
			if err := a.demoMatter(ctx, tx, i, m, now); err != nil {
				return fmt.Errorf("demo: %s: %w", m.title, err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	month := admission.Of(now)
	for _, m := range []admission.Month{month.Prev(), month} {
		if err := a.demoList(ctx, m, m == month); err != nil {
			return err
		}
	}
	if err := a.demoOldNets(ctx); err != nil {
		return err
	}
	return a.demoOfflist(ctx)
}

func (a *App) demoMatter(ctx context.Context, tx *sqldb.Tx, i int, d demoMatter, now time.Time) error {
	tree, duties := a.Network.Tree(), a.Duties.Catalog()
	at := slices.IndexFunc(tree.Departments(), func(x network.Department) bool { return x.Code == d.dept })
	var functions []string
	for _, root := range duties.Functions() {
		for _, f := range duties.Children(root.ID) {
			functions = append(functions, f.ID)
		}
	}
	if at < 0 || len(functions) == 0 {
		return nil
	}
	handed := now.AddDate(0, 0, -d.ago)
	decided := handed.AddDate(0, 0, min(d.ago, 5+i%12))
	from := admission.Of(handed.AddDate(0, 1, 0))
	m := &admission.Matter{ID: sqldb.NewID(), State: d.state, Priority: 1 + i%8, CreatedAt: handed.AddDate(0, 0, -2).UTC(), CreatedBy: "system:demo", Seq: 1, Version: 2,
		Content: admission.Content{DepartmentID: tree.Departments()[at].ID, FunctionID: functions[d.function%len(functions)], Duty: d.list, Title: d.title, Ask: d.ask,
			Basis: d.basis, Responsible: tree.Departments()[at].Name + "有关科室", Support: "部门提供资料和电话解答", Way: d.way, Level: network.Cell, Minutes: d.minutes,
			HomeMinutes: d.home, Rotation: d.rotation, FirstDay: d.first, LastDay: d.last, Demanded: d.demanded, OtherData: d.data, Months: d.months,
			Standing: d.standing, From: from.First(), Until: admission.Of(now.AddDate(0, 8, 0)).Last()}}
	if d.standing {
		m.Priority = 0
	}
	if d.state == admission.Expired {
		m.Until = admission.Of(now).Prev().Prev().Last()
	}
	dept := tree.Departments()[at]
	events := []admission.Event{{Seq: 0, At: m.CreatedAt, Kind: "drafted", ActorName: dept.Name, Role: string(auth.Department), UnitID: tree.RootID(), DepartmentID: dept.ID}}
	if d.state != admission.Draft {
		cal := a.Calendar.Calendar()
		m.SubmittedAt, m.DecideBy = handed.UTC(), cal.Add(handed, admission.ReviewDays*cal.Day()).UTC()
		events = append(events, admission.Event{Seq: 1, At: handed.UTC(), Kind: "submitted", ActorName: dept.Name, Role: string(auth.Department), UnitID: tree.RootID(), DepartmentID: dept.ID})
	}
	if d.reason != "" {
		m.DecidedAt = decided.UTC()
		kind := string(d.state)
		if d.state == admission.Revoked || d.state == admission.Expired {
			kind = "admitted"
		}
		events = append(events, admission.Event{Seq: 2, At: decided.UTC(), Kind: kind, ActorName: "市委基层办", Role: string(auth.CityOffice), UnitID: tree.RootID(), Text: d.reason})
	}
	if d.state == admission.Revoked || d.state == admission.Expired {
		over := decided.AddDate(0, 3, 0)
		if d.state == admission.Expired {
			over, _ = time.ParseInLocation(time.DateOnly, admission.Of(now).Prev().First(), workday.City) // a month's first day is one
		}
		events = append(events, admission.Event{Seq: 3, At: over.UTC(), Kind: string(d.state), ActorName: "市委基层办", Role: string(auth.CityOffice), UnitID: tree.RootID(), Text: d.reason})
	}
	m.Seq = len(events) - 1
	var objections []admission.Objection
	if i == 5 {
		v := tree.Units(network.Village)[3]
		objections = append(objections, admission.Objection{ID: sqldb.NewID(), MatterID: m.ID, UnitID: v.ID, State: admission.ObjectionOpen,
			Reason: "本村没有秸秆种植，做这件事没有意义。", ActorName: v.Name, At: now.AddDate(0, 0, -3).UTC()})
	}
	return a.Admission.Store(ctx, tx, m, events, objections)
}

// demoList publishes a month's list at its time and lets its tasks go out.
func (a *App) demoList(ctx context.Context, month admission.Month, running bool) error {
	day, err := time.ParseInLocation(time.DateOnly, month.Prev().Day(26), workday.City)
	if err != nil {
		return err
	}
	then := func() time.Time { return day.Add(9 * time.Hour) }
	matters := a.admissionAt(then)
	lists := a.monthlyAt(matters, then)
	by := auth.System("demo")
	if _, err := lists.Compose(ctx, by, month); err != nil {
		return err
	}
	if err := lists.Publish(ctx, by, month, monthly.Command{}); err != nil {
		return err
	}
	if _, err := lists.IssueList(ctx, month); err != nil {
		return err
	}
	contacts, err := matters.Standing(ctx, a.DB.Reader(), month)
	if err != nil {
		return err
	}
	return lists.Past(ctx, month, func(matterID, unitID string) (monthly.TaskState, string) {
		if contacts != nil && matterID == contacts.ID { // done when its contacts are
			return map[bool]monthly.TaskState{true: monthly.Open, false: monthly.Done}[running], ""
		}
		h := fnv.New32a()
		_, _ = h.Write([]byte(matterID + unitID)) // never fails
		n := h.Sum32() % 1000
		switch {
		case n < 4 && (!running || h.Sum32()/1000%8 != 0): // settled; some of this month's still wait
			return monthly.Cancelled, "确实联系不上，不用办了。"
		case n < 4:
			return monthly.Returned, "not_possible\n这户常年在外，联系不上。"
		case !running && n < 930 || running && n < 520:
			return monthly.Done, ""
		}
		return monthly.Open, ""
	})
}

// demoReports are reports of work that came past the list.
var demoReports = []struct{ dept, what, summary string }{
	{"CG", "微信群里要求每天拍两张照片发上去", "要求每日拍照上传，未经清单。"},
	{"SC", "电话要我们一家一家登记商户", "电话安排登记商户，未经清单。"},
	{"RS", "让我们上门给老人拍照认证", ""},
	{"JY", "要填一张学生情况表，明天就要", "临时要求填表，未经清单。"},
}

func (a *App) demoOfflist(ctx context.Context) error {
	tree, by := a.Network.Tree(), auth.System("demo")
	villages := tree.Units(network.Village)
	for i := range min(18, len(villages)) {
		r := demoReports[i%len(demoReports)]
		at := slices.IndexFunc(tree.Departments(), func(x network.Department) bool { return x.Code == r.dept })
		if at < 0 {
			continue
		}
		number, err := a.Offlist.Report(ctx, by, offlist.Report{Key: fmt.Sprintf("demo-%d", i), UnitID: villages[i].ID, DepartmentID: tree.Departments()[at].ID,
			Way: offlist.Chat, What: r.what, Day: a.Now().In(workday.City).AddDate(0, 0, -i).Format(time.DateOnly), Minutes: 20 + 5*(i%7)})
		if err != nil {
			return err
		}
		if r.summary == "" || i%5 == 4 {
			continue
		}
		_, err = a.Offlist.Settle(ctx, by, offlist.Settle{Number: number, Confirm: i%7 != 3, Summary: r.summary, Version: 1})
		if err != nil {
			return err
		}
	}
	return nil
}
