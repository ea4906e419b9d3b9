package outcome

// builtIn are the fifteen indicators that a city begins with, and three figures
// that stand beside them and are never judged.
func builtIn() []Indicator {
	const lower, higher = Lower, Higher
	list := []Indicator{
		{Code: "accidents", Department: "YJ", Name: "生产安全事故", NameEN: "Work accidents", Measure: Rate, Better: lower, Per: 100_000, Weight: 8,
			Definition: "一年里每十万常住人口发生的生产安全事故起数", DefEN: "Work accidents in a year per 100,000 residents", Numerator: "起事故", NumEN: "accidents", Denominator: "常住人口", DenomEN: "residents"},
		{Code: "accident-deaths", Department: "YJ", Name: "生产安全事故死亡", NameEN: "Deaths in work accidents", Measure: Rate, Better: lower, Per: 100_000, Weight: 10,
			Definition: "一年里每十万常住人口因生产安全事故死亡的人数", DefEN: "People who died in work accidents in a year per 100,000 residents", Numerator: "人死亡", NumEN: "deaths", Denominator: "常住人口", DenomEN: "residents"},
		{Code: "road-deaths", Department: "GA", Name: "道路交通死亡", NameEN: "Road deaths", Measure: Rate, Better: lower, Per: 100_000, Weight: 10,
			Definition: "一年里每十万常住人口因道路交通事故死亡的人数", DefEN: "People who died in road accidents in a year per 100,000 residents", Numerator: "人死亡", NumEN: "deaths", Denominator: "常住人口", DenomEN: "residents"},
		{Code: "fraud", Department: "GA", Name: "电信网络诈骗", NameEN: "Telecom fraud", Measure: Rate, Better: lower, Per: 10_000, Weight: 8,
			Definition: "一年里每万常住人口被骗的电信网络诈骗案件数", DefEN: "Telecom-fraud cases in a year per 10,000 residents", Numerator: "起案件", NumEN: "cases", Denominator: "常住人口", DenomEN: "residents"},
		{Code: "safe-feeling", Department: "GA", Name: "公共安全满意", NameEN: "Satisfied with public safety", Measure: Share, Better: higher, Per: 100, Weight: 6,
			Definition: "公安部门抽样访问中，对公共安全满意的人占受访人数的比例", DefEN: "Of those asked in the police's sample survey, the share satisfied with public safety", Numerator: "人满意", NumEN: "satisfied", Denominator: "人受访", DenomEN: "people asked"},
		{Code: "alone-emergency", Department: "WJ", Name: "独居者急救入院", NameEN: "Emergency admissions of people living alone", Measure: Rate, Better: lower, Per: 1000, Weight: 6,
			Definition: "一年里每千名独居者由急救送入医院的次数", DefEN: "Emergency admissions in a year per 1,000 people who live alone", Numerator: "次急救入院", NumEN: "admissions", Denominator: "独居者", DenomEN: "people living alone"},
		{Code: "drop-out", Department: "JY", Name: "适龄儿童失学", NameEN: "School drop-out", Measure: Share, Better: lower, Per: 100, Weight: 6, Window: 1, // the same children each quarter
			Definition: "应当上学的孩子里没有上学的比例", DefEN: "Of the children of school age, the share not at school", Numerator: "名孩子失学", NumEN: "not at school", Denominator: "名适龄孩子", DenomEN: "children of school age"},
		{Code: "fires", Department: "YJ", Name: "建筑火灾", NameEN: "Building fires", Measure: Rate, Better: lower, Per: 10_000, Weight: 8,
			Definition: "一年里每万户发生的建筑火灾起数", DefEN: "Building fires in a year per 10,000 households", Numerator: "起火灾", NumEN: "fires", Denominator: "户", DenomEN: "households"},
		{Code: "rivers", Department: "SL", Name: "河道检查不合格", NameEN: "River inspections failed", Measure: Share, Better: lower, Per: 100, Weight: 5,
			Definition: "水利部门自己的检查中，不合格的次数占检查次数的比例", DefEN: "Of the water department's own inspections, the share that failed", Numerator: "次不合格", NumEN: "failed", Denominator: "次检查", DenomEN: "inspections"},
		{Code: "waste", Department: "CG", Name: "垃圾检查不合格", NameEN: "Waste inspections failed", Measure: Share, Better: lower, Per: 100, Weight: 5,
			Definition: "城管部门自己的检查中，不合格的次数占检查次数的比例", DefEN: "Of the urban department's own inspections, the share that failed", Numerator: "次不合格", NumEN: "failed", Denominator: "次检查", DenomEN: "inspections"},
		{Code: "confirmed", Source: Confirmed, Name: "居民确认办好", NameEN: "Confirmed as solved", Measure: Share, Better: higher, Per: 100, Weight: 10,
			Definition: "说办好了的诉求里，居民自己确认办好的比例", DefEN: "Of the demands said to be resolved, the share that residents confirmed", Numerator: "件确认办好", NumEN: "confirmed", Denominator: "件说办好了", DenomEN: "said to be resolved"},
		{Code: "reopened", Source: Reopened, Name: "居民重新打开", NameEN: "Re-opened", Measure: Share, Better: lower, Per: 100, Weight: 6,
			Definition: "说办好了的诉求里，居民说没有办好、重新打开的比例", DefEN: "Of the demands said to be resolved, the share that residents re-opened", Numerator: "件重新打开", NumEN: "re-opened", Denominator: "件说办好了", DenomEN: "said to be resolved"},
		{Code: "prompt", Source: Prompt, Name: "十五天内办好", NameEN: "Confirmed within 15 days", Measure: Share, Better: higher, Per: 100, Weight: 6,
			Definition: "居民确认办好的诉求里，从提出到办好不超过十五天的比例", DefEN: "Of the demands that residents confirmed, the share resolved within 15 days of asking", Numerator: "件不超过十五天", NumEN: "within 15 days", Denominator: "件确认办好", DenomEN: "confirmed"},
		{Code: "power-restored", Department: "DL", Name: "停电按时恢复", NameEN: "Power restored in time", Measure: Share, Better: higher, Per: 100, Weight: 4,
			Definition: "停电里在承诺时间内恢复供电的比例", DefEN: "Of the power cuts, the share restored within the time promised", Numerator: "次按时恢复", NumEN: "restored in time", Denominator: "次停电", DenomEN: "power cuts"},
		{Code: "road-restored", Department: "JT", Name: "道路按时抢通", NameEN: "Roads reopened in time", Measure: Share, Better: higher, Per: 100, Weight: 4,
			Definition: "道路阻断里在规定时间内抢通的比例", DefEN: "Of the road blockages, the share cleared within the time set", Numerator: "次按时抢通", NumEN: "cleared in time", Denominator: "次阻断", DenomEN: "blockages"},
		{Code: "complaints", Department: "XF", Name: "投诉件数", NameEN: "Complaints", Measure: Rate, Better: lower, Per: 1000, Context: true,
			Definition: "只作参考，不评价：投诉多少不代表好坏", DefEN: "For context only and never judged: how many complain says nothing about good or bad", Numerator: "件投诉", NumEN: "complaints", Denominator: "常住人口", DenomEN: "residents"},
		{Code: "hotline-calls", Department: "XF", Name: "12345来电", NameEN: "Hotline calls", Measure: Rate, Better: lower, Per: 1000, Context: true,
			Definition: "只作参考，不评价：来电多少不代表好坏", DefEN: "For context only and never judged: how many call says nothing about good or bad", Numerator: "次来电", NumEN: "calls", Denominator: "常住人口", DenomEN: "residents"},
		{Code: "petitions", Department: "XF", Name: "信访件次", NameEN: "Petitions", Measure: Rate, Better: lower, Per: 1000, Context: true,
			Definition: "只作参考，不评价：信访多少不代表好坏", DefEN: "For context only and never judged: how many petition says nothing about good or bad", Numerator: "件次", NumEN: "petitions", Denominator: "常住人口", DenomEN: "residents"},
	}
	for i := range list {
		x := &list[i]
		x.ID, x.Sort, x.Version = x.Code, (i+1)*10, 1
		if x.Window == 0 {
			x.Window = 4
		}
		if x.Source == "" {
			x.Source = Feed
		}
	}
	return list
}
