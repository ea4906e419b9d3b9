package duty

// entry is a built-in category with its functions.
type entry struct {
	code, zh, en string
	under        []entry
}

// builtIn is what a network of neighbours is for.
func builtIn() []entry {
	return []entry{
		{"service", "联系服务群众", "Staying in touch and serving", []entry{
			{"service-visit", "走访看望", "Calling on people", nil},
			{"service-errand", "代办帮办", "Running errands for those who can't", nil},
			{"service-voice", "听取意见、反映诉求", "Hearing wishes and passing them on", nil},
		}},
		{"safety", "排查安全隐患", "Looking for hazards", []entry{
			{"safety-home", "用电用气与消防", "Wiring, gas and fire", nil},
			{"safety-place", "房屋、山体与水域", "Houses, slopes and waters", nil},
			{"safety-road", "出行安全", "Safety on the way", nil},
		}},
		{"dispute", "化解矛盾纠纷", "Settling quarrels", []entry{
			{"dispute-notice", "早发现早劝和", "Noticing early and calming", nil},
			{"dispute-mediate", "邻里调解", "Mediating between neighbours", nil},
			{"dispute-advice", "法律服务引导", "Showing the way to legal advice", nil},
		}},
		{"mobilise", "宣传动员应急", "Telling, rallying and emergencies", []entry{
			{"mobilise-tell", "政策宣传", "Telling what is new", nil},
			{"mobilise-volunteer", "组织志愿与议事", "Volunteers and meetings", nil},
			{"mobilise-emergency", "预警转移与应急", "Warning, moving and emergencies", nil},
		}},
	}
}

// Functions returns the built-in functions. Their ids are their codes, so that
// two replicas that start a new city at once write the same rows.
func Functions() []Function {
	var out []Function
	add := func(e entry, parent string, i int) {
		out = append(out, Function{ID: e.code, ParentID: parent, Code: e.code, Name: e.zh, NameEN: e.en, Sort: (i + 1) * 10, Version: 1})
	}
	for i, root := range builtIn() {
		add(root, "", i)
		for j, child := range root.under {
			add(child, root.code, j)
		}
	}
	return out
}

// held is data that cities hold, and the code of the department that usually does.
type held struct {
	code, zh, en, department, place string
	words                           []string
}

func builtInData() []held {
	return []held{
		{"household-size", "家庭人口", "Household size", "GA", "户籍与实有人口系统", []string{"家庭成员", "户内人数", "人口数", "household size"}},
		{"name-age", "姓名年龄", "Name and age", "GA", "户籍与实有人口系统", []string{"年龄", "出生日期", "出生年月", "age", "date of birth"}},
		{"identity", "身份证号", "Identity number", "GA", "户籍与实有人口系统", []string{"身份证", "公民身份号码", "identity number", "id number"}},
		{"address", "住址", "Address", "GA", "标准地址库", []string{"居住地址", "门牌", "家庭地址", "home address"}},
		{"residence", "户籍与居住登记", "Residence registration", "GA", "户籍与实有人口系统", []string{"户口", "户籍", "流动人口", "居住证", "residence permit"}},
		{"vehicle", "车辆登记", "Vehicles", "GA", "机动车登记系统", []string{"车牌", "机动车", "电动车登记", "vehicle"}},
		{"marriage", "婚姻登记", "Marriage", "MZ", "婚姻登记系统", []string{"婚姻状况", "marital status"}},
		{"allowance", "低保与特困", "Minimum living allowance", "MZ", "社会救助系统", []string{"低保", "特困", "五保", "minimum living allowance"}},
		{"elderly", "高龄与养老补贴", "Elderly allowances", "MZ", "养老服务系统", []string{"高龄津贴", "养老补贴", "独居老人名单", "elderly allowance"}},
		{"children", "留守与困境儿童", "Left-behind children", "MZ", "儿童福利系统", []string{"留守儿童", "困境儿童", "left-behind"}},
		{"pension", "养老保险", "Pension", "RS", "社会保险系统", []string{"养老金", "社保缴费", "参保情况", "pension"}},
		{"work", "就业登记", "Employment", "RS", "就业信息系统", []string{"就业情况", "务工情况", "失业登记", "employment"}},
		{"health-insurance", "医疗保险", "Health insurance", "WJ", "医疗保障系统", []string{"医保", "health insurance"}},
		{"vaccination", "预防接种", "Vaccination", "WJ", "免疫规划系统", []string{"疫苗", "接种", "vaccin"}},
		{"disability", "残疾人证", "Disability certificate", "MZ", "残疾人信息系统", []string{"残疾", "disability"}},
		{"school", "学籍", "School roll", "JY", "学籍管理系统", []string{"在读", "就读学校", "辍学", "school roll"}},
		{"housing-title", "不动产登记", "Housing title", "ZJ", "不动产登记系统", []string{"房产", "产权", "不动产", "housing title"}},
		{"unsafe-house", "危房鉴定", "Unsafe houses", "ZJ", "房屋安全系统", []string{"危房", "危旧房", "房屋安全等级", "unsafe house"}},
		{"farmland", "土地承包", "Farmland contracts", "NY", "农村土地承包系统", []string{"承包地", "耕地面积", "种植面积", "farmland"}},
		{"subsidy", "惠农补贴", "Farm subsidies", "NY", "惠农补贴“一卡通”系统", []string{"补贴发放", "一卡通", "farm subsid"}},
		{"business", "市场主体登记", "Business registration", "SC", "市场主体登记系统", []string{"营业执照", "个体户", "门店", "business licence"}},
		{"power-account", "用电户头", "Power accounts", "DL", "供电营销系统", []string{"电表", "户号", "用电量", "power account"}},
	}
}

// Fields returns the built-in data. department finds the one with a code; nil
// or "" leaves the holder open.
func Fields(department func(code string) string) []Field {
	var out []Field
	for _, h := range builtInData() {
		f := Field{ID: h.code, Code: h.code, Name: h.zh, NameEN: h.en, Place: h.place, Words: h.words, Version: 1}
		if department != nil {
			f.DepartmentID = department(h.department)
		}
		out = append(out, f)
	}
	return out
}

// Default returns the catalogue of a city that changed nothing and has no duty
// lists yet.
func Default() *Catalog {
	c, err := New(Functions(), nil, Fields(nil))
	if err != nil {
		panic(err) // the built-in data is wrong, which its test finds
	}
	return c
}
