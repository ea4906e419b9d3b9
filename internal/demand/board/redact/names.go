package redact

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Surnames: those that hardly begin an ordinary word, and those that often do
// and so need more around them to be taken for one.
const (
	clearSurnames = "李王张刘陈杨赵黄周吴徐孙胡朱郭罗梁宋郑谢韩唐冯邓曹彭曾肖萧蔡潘袁董余苏叶吕魏蒋杜丁沈姜范傅钟卢汪戴崔廖姚谭邹熊孟秦阎薛侯雷龙段郝孔邵毛邱顾龚黎贺赖樊殷施陶洪翟倪严牛俞章葛喻欧柯缪聂邢舒祝涂柳詹柴蒲匡卞鲍岳尹晏阳易"
	maybeSurnames = "林何高马于程许夏田任方石金陆江史万钱汤常武乔文白康成安明全向谷路单温包车连华古左甘车甄尚时卓游沙冷"
)

var doubleSurnames = []string{"欧阳", "司马", "上官", "诸葛", "皇甫", "令狐", "夏侯", "尉迟", "公孙", "慕容", "司徒", "东方", "端木", "轩辕"}

// given are characters that names are made of.
const given = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂建国志德光文永春秋冬玉淑美红燕晓海立新正荣振学祥福宏俊宇子雨思佳慧雅凤月爱少先云友喜清运景松世泽良华辉斌峰根初元珍娥梅莲香芝玲萍琴洁颖婷涵轩睿浩然博鹏飞虎康宁顺仁义信礼庆保兴旺财才菊花银兵波凯旭晨鑫龙亮莉倩雪雯琳瑶璐蓉菲欣怡悦彤梓嘉豪健昌富贵忠孝培绍继述崇益满仕道成林长东南生群惠连素巧翠贤锦柏炳树坤培耀辰阳江山河安定开泰训"

// ordinary are words that the patterns would take for names.
var ordinary = []string{
	"安全", "安宁", "平安", "文明", "成长", "高兴", "方便", "明白", "时常", "常年", "高峰", "金额", "白天", "马路", "石板", "石头", "田里", "江边", "史上", "夏天",
	"任何", "何时", "何况", "高清", "高新", "高明", "高德", "许可", "程序", "文化", "文学", "文春", "成立", "成为", "成功", "康复", "华东", "全国", "全文", "全新", "全长", "向南", "向东",
	"明年", "明天", "明显", "明文", "包子", "单元", "温泉", "路子", "连夜", "古树", "尚未", "左右", "游泳", "冷水", "方向", "金山", "金华", "石山", "林子", "林山", "林东", "林长", "河长", "河道", "江河", "田长", "路长",
	"龙江", "黄花", "黄河", "黄金", "黄梅", "黄山", "杨树", "杨柳", "柳树", "梅花", "王道", "洪水", "雷雨", "雷电", "牛头", "毛竹", "叶子", "龙头", "阳光", "阳台", "易拉", "章程", "施工", "严重", "严格", "余元", "段长",
	"老龙", "老牛", "小叶", "小龙", "小牛", "小毛", "老苏", "小易", "小邱", "小段", "小洪",
	"周末", "周年", "周边", "周围", "周一", "周二", "周三", "周四", "周五", "周六", "周日", "孔子", "舒适", "祝福", "万元", "江南", "华丽", "海南", "东南", "常德", "张家", "康宁", "安康", "安定", "文文", "白河", "江山", "江林",
	"陈年", "陈旧", "严厉", "易燃", "余下", "范围", "姚江", "汤圆", "钱财", "高龄", "高速", "白云", "成本", "成绩", "路上", "路边", "安排", "任选", "安装", "单位", "文件", "车主", "路口", "方案", "时间", "成员", "程度", "连续", "全部", "全体", "全市", "全村", "白色", "高度", "高空", "万一", "任务", "古井", "温度", "卓越", "常见", "常住", "武装", "成年", "安居", "石头", "田边", "金融",
}

// callings follow a name: 张大爷, 李桂英书记, 王老师. The brief ones end ordinary words too: 车工, 安家.
const brief = `总|爹|婶|嫂|哥|姐|伯|叔|嗲|姨|姑|舅|工|家`
const callings = `大爷|大妈|大娘|大伯|大叔|大哥|大姐|大嫂|大婶|奶奶|爷爷|外婆|外公|阿姨|阿婆|阿公|叔叔|伯伯|伯母|娭毑|嗲嗲|老爹|老倌子?|老太太?|老头|婆婆|公公|嫂子|姨妈|姑妈|舅舅|老师|医生|大夫|护士|师傅|书记|主任|村长|镇长|局长|所长|站长|组长|邻长|片长|队长|校长|院长|科长|经理|会计|干部|警官|律师|老板|先生|女士|小姐|同志|老人|妹子|妹陀|伢子|支书|秘书|乡贤`

// surname begins or is a name. Each pattern's first group is what is replaced.
var (
	surname = `(?:` + strings.Join(doubleSurnames, "|") + `|[` + clearSurnames + maybeSurnames + `])`
	clear1  = `(?:` + strings.Join(doubleSurnames, "|") + `|[` + clearSurnames + `])`
	han     = `\p{Han}`

	part = `[^\P{Han}的了在是不有和与跟说我他她你们这那个一到去来就都要给被把请找问让叫上下里]`

	called   = regexp.MustCompile(`(` + surname + part + `{0,2}?)(?:` + callings + `)`)
	familial = regexp.MustCompile(`(` + clear1 + part + `?)(?:` + brief + `)`)
	hidden   = regexp.MustCompile(`(` + clear1 + `(?:某{1,3}|[x×*＊○〇口]{1,3}))(?:[^号组处岁]|$)`)
	familiar = regexp.MustCompile(`([老小阿](?:` + clear1 + `|[林何马程夏方]))(?:` + han + `|$|\P{Han})`)
	named    = regexp.MustCompile(`姓\s?(` + surname + `)`)
	intro    = regexp.MustCompile(`(?:我叫|名叫|叫做|叫作|名字叫|名字是|名字:|名字为|姓名是|姓名:|姓名为|姓名|户主是|户主叫|户主:|户主为|联系人是|联系人:|联系人|本人|经办人:?|负责人:?|责任人:?)\s?(` + surname + han + `{1,2})`)
	titled   = regexp.MustCompile(`(?:书记|主任|镇长|局长|所长|站长|组长|邻长|片长|队长|村长|干部|医生|老师|师傅|网格员|邻居|老公|老婆|丈夫|妻子|儿子|女儿|儿媳|女婿|孙子|孙女|外孙|母亲|父亲|爸爸|妈妈|爷爷|奶奶|哥哥|姐姐|弟弟|妹妹|岳母|岳父|同学|学生|患者|病人|户主|业主|租客|老板|我是|找|问|联系|感谢|谢谢|[叫跟给和与请])\s?(` + surname + `[` + given + `]{1,2})`)
	full     = regexp.MustCompile(`(` + surname + `[` + given + `]{2})`)
	between  = regexp.MustCompile(`(?:^|[\s，。、；：:,;“"（(])(` + clear1 + `[` + given + `])(?:$|[\s，。、；：:,;”"）)的家说是在住和与出来到去把给帮打不没也都有要已今昨反提同答负])`)
	foreign  = regexp.MustCompile(`(` + han + `{2,6}[·•・]` + han + `{2,8})`)
)

// guessNames finds what looks like a person's name.
func guessNames(s shadow) []Find {
	var finds []Find
	for _, p := range []*regexp.Regexp{called, familial, hidden, familiar, named, intro, titled, full, between, foreign} {
		for at := 0; at < len(s.text); {
			m := p.FindStringSubmatchIndex(s.text[at:])
			if m == nil {
				break
			}
			start, end := at+m[2], at+m[3]
			if p == foreign || !harmless(s.text, start, end) {
				f := s.find(Name, start, end)
				f.instead = stand(s.text[start:end], p)
				finds = append(finds, f)
			}
			_, size := utf8.DecodeRuneInString(s.text[start:])
			at = start + size // names may overlap: what follows is looked at again
		}
	}
	return finds
}

// stand is what a name becomes: beside a word for the person one character will do.
func stand(name string, p *regexp.Regexp) string {
	switch p {
	case called, familial, named:
		return "某"
	case familiar:
		r, _ := utf8.DecodeRuneInString(name)
		return string(r) + "某"
	}
	return "某某"
}

// harmless reports whether what looks like a name is an ordinary word: it is
// one, begins with one, or its surname ends one that began before it.
func harmless(text string, start, end int) bool {
	name := text[start:end]
	if slices.ContainsFunc(ordinary, func(w string) bool { return strings.HasPrefix(text[start:], w) && len(w) >= min(len(name), 6) }) {
		return true
	}
	before, _ := utf8.DecodeLastRuneInString(text[:start])
	if !unicode.Is(unicode.Han, before) {
		return false
	}
	first, size := utf8.DecodeRuneInString(name)
	pair := string(before) + string(first)
	return size == len(name) && slices.Contains(compounds, pair) || slices.Contains(endings, pair)
}

// compounds end in a character that is a surname too, where that alone would be replaced.
var compounds = []string{
	"国家", "大家", "人家", "全家", "自家", "公家", "农家", "商家", "厂家", "专家", "居家", "安家", "成家", "搬家", "回家", "在家", "我家", "他家", "她家", "你家", "您家",
}

// endings end in a character that is a surname too, so that no name begins there.
var endings = []string{
	"树林", "森林", "园林", "造林", "护林", "山林", "如何", "任何", "为何", "提高", "增高", "太高", "很高", "过高", "最高", "较高", "不高", "偏高", "更高", "升高", "身高", "骑马", "等于", "由于", "关于", "对于", "属于", "处于", "至于", "位于", "在于",
	"工程", "过程", "流程", "课程", "路程", "允许", "也许", "不许", "华夏", "农田", "水田", "稻田", "菜田", "油田", "责任", "担任", "信任", "主任", "地方", "对方", "双方", "官方", "警方", "药方", "土方", "东方", "南方", "北方", "西方", "上方", "下方", "前方", "后方", "平方", "立方",
	"沙石", "砂石", "碎石", "资金", "现金", "奖金", "基金", "本金", "押金", "罚金", "租金", "五金", "公积金", "养老金", "着陆", "登陆", "长江", "湘江", "沩江", "历史", "千万", "百万", "一万", "两万", "几万", "要钱", "收钱", "交钱", "花钱", "多少钱", "块钱", "付钱", "借钱", "工钱", "价钱",
	"正常", "经常", "日常", "平常", "异常", "非常", "时常", "常常", "照常", "作文", "语文", "公文", "条文", "明白", "空白", "健康", "完成", "造成", "变成", "形成", "组成", "建成", "修成", "收成", "不成", "未安", "治安", "公安", "不安", "平安", "保安", "西安", "证明", "说明", "文明", "照明", "声明", "透明", "注明",
	"安全", "齐全", "健全", "不全", "完全", "方向", "朝向", "倾向", "一向", "马路", "公路", "道路", "修路", "铁路", "水路", "电路", "线路", "网路", "铺路", "走路", "过路", "让路", "机耕路", "简单", "名单", "订单", "账单", "收单", "体温", "高温", "低温", "气温", "保温", "水温", "面包", "承包", "书包", "钱包", "背包", "大包", "外包",
	"停车", "汽车", "货车", "电动车", "开车", "坐车", "客车", "公交车", "三轮车", "小车", "大车", "校车", "骑车", "堵车", "会车", "倒车", "接连", "相连", "中华", "年华", "繁华", "蒙古", "考古", "旅游", "上游", "下游", "导游", "泥沙", "河沙", "黄沙", "制冷", "寒冷", "怕冷", "太冷", "及时", "按时", "随时", "有时", "临时", "小时", "当时", "平时", "到时", "同时", "准时", "定时", "何时", "那时", "暂时",
	"超市", "恶龙", "水龙", "恐龙", "沙龙", "一周", "两周", "上周", "下周", "本周", "每周", "这周", "四周", "几周", "三周", "蛋黄", "变黄", "发黄", "枯黄", "泛黄", "多余", "剩余", "其余", "业余", "节余", "结余", "阶段", "路段", "地段", "时段", "河段", "手段", "分段", "一段", "这段", "那段", "树叶", "落叶", "茶叶", "枝叶", "设施", "措施", "实施", "打雷", "防雷", "避雷", "太阳", "夕阳", "向阳", "容易", "交易", "不易", "简易", "轻易", "贸易",
	"图章", "公章", "印章", "盖章", "违章", "规章", "文章", "奖章", "陶陶", "抗洪", "防洪", "泄洪", "山洪", "排洪", "不严", "封严", "尊严", "庄严", "黄牛", "养牛", "水牛", "耕牛", "放牛", "羊毛", "猪毛", "鸡毛", "皮毛", "长毛", "面孔", "鼻孔", "气孔", "钻孔", "打孔", "花柳", "回顾", "照顾", "不顾", "兼顾", "祝贺", "火龙", "示范", "规范", "防范", "模范", "师范", "开张", "紧张", "慌张", "主张", "夸张", "一张", "两张", "几张", "纸张", "三张", "扩张", "声张", "大王", "梁王", "桥梁", "房梁", "上梁", "杏李", "行李", "桃李", "白杨", "抽于", "门罗", "张罗", "汪汪", "水汪", "孙孙", "子孙", "儿孙", "外孙", "曾孙", "不曾", "未曾", "金钟", "分钟", "点钟", "闹钟", "时钟", "秒钟", "种牛", "阳江", "抬高", "垫高", "加高", "拔高", "冲高", "攀高", "真高", "调高", "多高", "挺高", "好高",
	"杜杜", "丁丁", "补丁", "园丁", "家丁", "布丁", "屯田", "梯田", "湘宁", "落石", "滚石", "石石", "宝石", "钢石", "煤石", "化石", "岩石", "巨石", "垒石", "大石", "乱石", "条石", "砌石", "护石", "麻石", "青石", "红石", "白石",
	"建成", "做成", "办成", "谈成", "弄成", "改成", "装成", "养成", "看成", "当成", "拆成", "堆成",
	"江河", "过江", "沿江", "滨江", "临江", "渡江", "一江", "两江", "三江", "九江", "镇江", "浙江", "黑龙江", "珠江", "大江", "下江", "上江", "丽江",
}
