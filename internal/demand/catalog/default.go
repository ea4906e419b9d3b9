package catalog

import "time"

const hour = time.Hour

// standard are the limits of a city that set none.
var standard = limits{
	Normal:   {Cell: WorkingDay, Group: 2 * WorkingDay, Village: 3 * WorkingDay, Town: 5 * WorkingDay, Department: 10 * WorkingDay, Office: 3 * WorkingDay},
	Urgent:   {Cell: 2 * hour, Group: 3 * hour, Village: 4 * hour, Town: WorkingDay, Department: 2 * WorkingDay, Office: 4 * hour},
	Critical: {Cell: hour, Group: hour, Village: hour, Town: 2 * hour, Department: 3 * hour, Office: hour},
}

// shorter are the built-in limits of what can't wait as long, by code.
var shorter = map[string]limits{
	"safety": {
		Normal:   {Cell: 2 * hour, Group: 4 * hour, Village: WorkingDay, Town: 2 * WorkingDay, Department: 3 * WorkingDay, Office: WorkingDay},
		Urgent:   {Cell: hour, Group: hour, Village: 2 * hour, Town: 4 * hour, Department: WorkingDay, Office: 2 * hour},
		Critical: {Cell: hour / 2, Group: hour / 2, Village: hour / 2, Town: hour, Department: 2 * hour, Office: hour / 2},
	},
	"utility": {
		Normal: {Cell: 4 * hour, Group: WorkingDay, Village: WorkingDay, Town: 2 * WorkingDay, Department: 3 * WorkingDay, Office: 2 * WorkingDay},
		Urgent: {Cell: hour, Group: 2 * hour, Village: 3 * hour, Town: 4 * hour, Department: WorkingDay, Office: 3 * hour},
	},
}

// entry is a built-in category.
type entry struct {
	code, zh, en string
	under        []entry
}

// builtIn is what people of a county's villages and streets bring, roughly in
// the order of how often.
func builtIn() []entry {
	return []entry{
		{"environment", "环境卫生", "Environment and hygiene", []entry{
			{"env-waste", "垃圾清运", "Rubbish collection", nil},
			{"env-sewage", "污水排放", "Sewage", nil},
			{"env-toilet", "改厕与公厕", "Toilets", nil},
			{"env-noise", "噪声扰民", "Noise", nil},
			{"env-pollution", "扬尘异味与污染", "Dust, smells and pollution", nil},
			{"env-river", "河塘沟渠", "Rivers, ponds and ditches", nil},
		}},
		{"road", "道路交通", "Roads and traffic", []entry{
			{"road-damage", "道路破损", "Damaged road", nil},
			{"road-light", "路灯照明", "Street lights", nil},
			{"road-parking", "停车秩序", "Parking", nil},
			{"road-safety", "标志标线与护栏", "Signs and guard rails", nil},
			{"road-bus", "公交出行", "Buses", nil},
		}},
		{"utility", "水电气与通信", "Water, power, gas and telecom", []entry{
			{"utility-water", "供水", "Water supply", nil},
			{"utility-power", "供电", "Power supply", nil},
			{"utility-gas", "燃气", "Gas", nil},
			{"utility-telecom", "通信网络", "Telephone and internet", nil},
		}},
		{"housing", "住房与建设", "Housing and building", []entry{
			{"housing-unsafe", "危旧房屋", "Unsafe houses", nil},
			{"housing-land", "宅基地与建房", "House plots and building", nil},
			{"housing-illegal", "违规搭建", "Unlawful building", nil},
			{"housing-estate", "物业管理", "Property management", nil},
			{"housing-relocation", "征地拆迁", "Land taking and relocation", nil},
		}},
		{"welfare", "社会保障与医疗", "Social security and health", []entry{
			{"welfare-aid", "低保与救助", "Minimum income and relief", nil},
			{"welfare-pension", "养老保险", "Pensions", nil},
			{"welfare-health", "医保与看病", "Health insurance and care", nil},
			{"welfare-disabled", "残疾人服务", "Services for disabled people", nil},
			{"welfare-elderly", "养老服务", "Services for the elderly", nil},
			{"welfare-work", "就业与欠薪", "Jobs and unpaid wages", nil},
		}},
		{"dispute", "邻里纠纷", "Quarrels between neighbours", []entry{
			{"dispute-boundary", "宅基边界", "Boundaries", nil},
			{"dispute-land", "山林土地", "Fields and woods", nil},
			{"dispute-family", "家庭矛盾", "Family", nil},
			{"dispute-debt", "债务与赔偿", "Debts and damages", nil},
		}},
		{"safety", "安全隐患", "Hazards", []entry{
			{"safety-fire", "消防隐患", "Fire", nil},
			{"safety-slope", "山体与地质灾害", "Slopes and landslides", nil},
			{"safety-water", "防溺水与防汛", "Drowning and floods", nil},
			{"safety-wire", "用电与线路", "Wiring", nil},
			{"safety-fraud", "治安与诈骗", "Crime and fraud", nil},
		}},
		{"farming", "农业生产", "Farming", []entry{
			{"farming-irrigation", "灌溉与水利", "Irrigation", nil},
			{"farming-subsidy", "惠农补贴", "Subsidies", nil},
			{"farming-land", "土地流转", "Leasing of land", nil},
			{"farming-pest", "病虫害与动物疫病", "Pests and animal disease", nil},
			{"farming-sale", "农产品销售", "Selling produce", nil},
		}},
		{"education", "教育", "Education", []entry{
			{"education-enrol", "入学与转学", "Enrolment", nil},
			{"education-fee", "收费与资助", "Fees and grants", nil},
			{"education-campus", "校园安全", "Safety at school", nil},
		}},
		{"advice", "政策咨询", "Asking about rules", []entry{
			{"advice-papers", "证件办理", "Papers and certificates", nil},
			{"advice-household", "户籍", "Household registration", nil},
			{"advice-policy", "政策解释", "What a rule means", nil},
		}},
		{"conduct", "作风与服务", "Conduct and service", []entry{
			{"conduct-service", "办事服务", "How people are served", nil},
			{"conduct-fairness", "公开公平", "Openness and fairness", nil},
		}},
		{"other", "其他", "Anything else", nil},
	}
}

// Categories returns the built-in categories. Their ids are their codes, so that
// two replicas that start a new city at once write the same rows.
func Categories() []Category {
	var out []Category
	add := func(e entry, parent string, i int) {
		out = append(out, Category{ID: e.code, ParentID: parent, Code: e.code, Name: e.zh, NameEN: e.en, Sort: (i + 1) * 10, Version: 1})
	}
	for i, root := range builtIn() {
		add(root, "", i)
		for j, child := range root.under {
			add(child, root.code, j)
		}
	}
	return out
}

// Limits returns the limits that built-in categories have of their own.
func Limits() []Limit {
	var out []Limit
	for _, e := range builtIn() {
		for _, u := range Urgencies() {
			for _, r := range Rungs() {
				set := shorter[e.code]
				if set[u][r] > 0 {
					out = append(out, Limit{CategoryID: e.code, Urgency: u, Rung: r, Time: set[u][r]})
				}
			}
		}
	}
	return out
}

// Default returns the catalogue of a city that changed nothing.
func Default() *Catalog {
	c, err := New(Categories(), Limits())
	if err != nil {
		panic(err) // the built-in data is wrong, which its test finds
	}
	return c
}
