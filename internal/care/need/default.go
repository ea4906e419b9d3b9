package need

// Default is the catalogue of a city that changed nothing: sixteen needs. They
// fall into groups of three or more that are owed the same, and not all for
// reasons of health, so that nobody can tell a need from what a lead is asked to do.
//
// Dementia isn't among them: it is told from a medical-psychiatric record. Whoever
// lives with it is owed contact as an old person alone, as bedridden or as a
// couple on their own.
func Default() []Need {
	weekly := Obligation{7, ByLead, Visit, Door}
	powered := Obligation{14, ByLead, Visit, Power}
	movable := Obligation{30, ByLead, Visit, Move}
	official := Obligation{30, ByOfficial, Visit, Door}
	return []Need{
		{Code: "alone80", Name: "独居高龄老人", NameEN: "Living alone at 80 and over", Obligation: weekly, Grounds: []Ground{Age, Alone}, LongDays: 90,
			Law: "《老年人权益保障法》关于社会保障和社会服务的规定", Benefit: "探访关爱、居家养老服务"},
		{Code: "bedridden", Name: "卧床失能在家照料", NameEN: "Bedridden and cared for at home", Obligation: weekly, Grounds: []Ground{Illness, Disability}, LongDays: 90, Consent: true,
			Law: "《老年人权益保障法》关于护理保障的规定", Benefit: "护理补贴、上门照护"},
		{Code: "tekun", Name: "分散供养特困人员", NameEN: "Destitute, supported at home", Obligation: weekly, Grounds: []Ground{Hardship}, LongDays: 90,
			Law: "《社会救助暂行办法》第三章 特困人员供养", Benefit: "基本生活、照料、医疗"},
		{Code: "sudden", Name: "突发变故家庭", NameEN: "Sudden hardship", Obligation: weekly, Grounds: []Ground{Hardship}, LongDays: 60, Consent: true,
			Law: "《社会救助暂行办法》第九章 临时救助", Benefit: "临时救助"},
		{Code: "couple75", Name: "高龄空巢夫妻", NameEN: "Couple of 75 and over on their own", Obligation: powered, Grounds: []Ground{Age, Alone}, LongDays: 90,
			Law: "《老年人权益保障法》关于社会服务的规定", Benefit: "探访关爱、居家养老服务"},
		{Code: "leftchild", Name: "留守儿童", NameEN: "Left-behind child", Obligation: powered, Grounds: []Ground{Childhood}, LongDays: 90,
			Law: "《未成年人保护法》关于委托照护和关爱帮扶的规定", Benefit: "关爱服务、定期探访"},
		{Code: "mother", Name: "困难孕产妇", NameEN: "Expecting or newly delivered, in hardship", Obligation: powered, Grounds: []Ground{Birth, Hardship}, LongDays: 90, Consent: true,
			Law: "《母婴保健法》关于孕产期保健的规定", Benefit: "孕产期保健、生活帮扶"},
		{Code: "oxygen", Name: "家用制氧或呼吸机", NameEN: "Home oxygen or ventilator", Obligation: powered, Grounds: []Ground{Treatment}, LongDays: 90, Consent: true,
			Law: "《残疾人保障法》《突发事件应对法》关于优先救助的规定", Benefit: "断电优先保障、应急转送"},
		{Code: "dialysis", Name: "透析就医出行", NameEN: "Dialysis, needs transport", Obligation: powered, Grounds: []Ground{Treatment}, LongDays: 90, Consent: true,
			Law: "《社会救助暂行办法》第五章 医疗救助", Benefit: "医疗救助、就医接送"},
		{Code: "illness", Name: "低保家庭重病", NameEN: "Grave illness on minimum income", Obligation: powered, Grounds: []Ground{Illness, Hardship}, LongDays: 90, Consent: true,
			Law: "《社会救助暂行办法》第二章 最低生活保障、第五章 医疗救助", Benefit: "低保、医疗救助"},
		{Code: "disability", Name: "重度残疾", NameEN: "Serious disability", Obligation: movable, Grounds: []Ground{Disability}, LongDays: 90,
			Law: "《残疾人保障法》关于社会保障的规定", Benefit: "护理补贴、生活补贴"},
		{Code: "flood", Name: "洪涝易淹住户", NameEN: "House exposed to floods", Obligation: movable, Grounds: []Ground{House}, LongDays: 90,
			Law: "《防洪法》《自然灾害救助条例》关于转移安置的规定", Benefit: "提前转移、过渡安置"},
		{Code: "danger", Name: "危房住户", NameEN: "Living in a dangerous house", Obligation: movable, Grounds: []Ground{House}, LongDays: 90,
			Law: "《社会救助暂行办法》第七章 住房救助", Benefit: "危房改造、过渡安置"},
		{Code: "orphan", Name: "孤儿和事实无人抚养儿童", NameEN: "Orphan, or child nobody brings up", Obligation: official, Grounds: []Ground{Childhood}, LongDays: 90,
			Law: "《未成年人保护法》关于国家监护的规定", Benefit: "基本生活费、定期探访"},
		{Code: "bereaved", Name: "独生子女死亡或伤残家庭", NameEN: "Parents who lost their only child", Obligation: official, Grounds: []Ground{Hardship}, LongDays: 90, Consent: true,
			Law: "《人口与计划生育法》关于扶助独生子女伤残死亡家庭的规定", Benefit: "特别扶助金、联系帮扶"},
		{Code: "veteran", Name: "困难退役军人", NameEN: "Veteran in hardship", Obligation: official, Grounds: []Ground{Forces, Hardship}, LongDays: 90, Consent: true,
			Law: "《退役军人保障法》关于帮扶援助的规定", Benefit: "帮扶援助"},
	}
}
