package roster

// What people call a name and a telephone, longest first where one ends in another.
var (
	nameWords  = []string{"姓名", "名字", "名称", "名", "fullname", "name"}
	phoneWords = []string{
		"联系电话号码", "手机号码", "电话号码", "联系电话", "联系手机", "移动电话", "联系方式", "手机号", "电话", "手机",
		"phonenumber", "phoneno", "telephone", "mobile", "phone", "tel",
	}
)

// synonyms are the titles a field goes by, folded. The order of the fields is
// the order of Field.
var synonyms = [fieldCount][]string{
	VillageCode: {
		"村代码", "村社区代码", "村居代码", "社区代码", "村编码", "村社区编码", "村居编码", "行政村代码", "村级代码", "村级编码",
		"区划代码", "行政区划代码", "统计用区划代码", "统计代码", "村委会代码", "villagecode", "village id",
	},
	Town:    {"镇街", "乡镇", "乡镇街道", "镇", "街道", "乡镇办", "镇乡街道", "所属乡镇", "所属镇街", "所在乡镇", "town", "township", "townname"},
	Village: {"村社区", "村居", "村", "社区", "行政村", "村委会", "村居社区", "所属村社区", "所属村", "所在村", "村庄", "village", "villagename", "community"},
	Area:    {"片", "片区", "所属片", "所属片区", "片号", "片编号", "片名", "网格片", "area", "areaname"},
	Group:   {"组", "小组", "村民小组", "居民小组", "所属组", "组号", "组别", "组编号", "组名", "group", "groupname"},
	Cell:    {"邻", "邻里", "所属邻", "邻号", "邻编号", "邻名", "邻组", "网格", "微网格", "cell", "cellname"},
	CellCode: {
		"邻代码", "邻编码", "单元代码", "单元编码", "网格代码", "网格编码", "cellcode", "unitcode",
	},
	AreaLead:      {"片长", "片区长", "片负责人", "arealead", "arealeader"},
	GroupLead:     {"组长", "小组长", "村民小组长", "居民小组长", "grouplead", "groupleader"},
	Lead:          {"邻长", "邻里长", "网格员", "网格长", "微网格长", "neighbourlead", "neighborlead", "lead", "leader", "celllead"},
	AreaOfficial:  {"联片干部", "包片干部", "驻片干部", "联系片干部", "联片领导", "areaofficial"},
	GroupOfficial: {"联组干部", "包组干部", "驻组干部", "联系组干部", "groupofficial"},
	Ref: {
		"户编号", "户号", "户编码", "家庭编号", "家庭编码", "住户编号", "门牌编码", "编号", "户籍编号",
		"householdno", "householdnumber", "householdid", "householdref", "ref",
	},
	Head: {
		"户主", "联系人", "户主姓名", "户代表", "户主联系人", "家庭联系人", "居民姓名", "姓名",
		"head", "householder", "headofhousehold", "contact", "contactname", "name",
	},
	Phone: {
		"联系电话", "联系电话号码", "手机号码", "电话号码", "手机号", "电话", "手机", "联系方式", "联系手机", "移动电话", "户电话",
		"phone", "phonenumber", "phoneno", "mobile", "telephone", "tel", "householdphone", "contactphone",
	},
	Address: {
		"地址", "住址", "家庭住址", "家庭地址", "详细地址", "居住地址", "现住址", "现居住地址", "门牌", "门牌号", "门牌地址", "住户地址",
		"address", "homeaddress",
	},
	Size: {
		"人数", "家庭人数", "家庭人口", "人口", "人口数", "常住人口", "户人口", "家庭成员数", "家庭人口数", "户内人数",
		"size", "people", "residents", "members", "householdsize",
	},
}
