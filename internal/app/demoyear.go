package app

import (
	"bilin/internal/admission"
)

// seen is a matter of the demo city's year, in as few words as it takes.
type seen struct {
	dept, title, ask, basis, reason string
	state                           admission.State
	way                             admission.Way
	minutes, rotation               int // minutes per lead, or with a rotation per household
	ago, function                   int
	months                          []int
}

// demoYear is what the fourteen departments asked for in a year beside what runs
// all the time: work of a season, and what was returned, refused or ran out.
var demoYear = []seen{
	{dept: "GA", title: "中高考期间噪声提醒", ask: "告诉考点附近的住户考试时段，请夜里安静些。", basis: "《噪声污染防治法》第六十六条", reason: "一年一次，十分钟，同意。", state: admission.Admitted, way: admission.Tell, minutes: 10, ago: 210, function: 9, months: []int{6}},
	{dept: "GA", title: "流动人口信息逐户登记", ask: "逐户登记流动人口姓名、身份证号和手机号。", basis: "部门通知", reason: "登记是公安机关自身职责，不得交给邻长代办。", state: admission.Refused, way: admission.Visit, minutes: 12, rotation: 1, ago: 260, function: 9},
	{dept: "GA", title: "电动车头盔佩戴劝导值守", ask: "早晚高峰在路口劝导，每天上传人数。", basis: "道路交通安全专项方案", reason: "设置上报数量，属路面执法，不予入网。", state: admission.Refused, way: admission.Look, minutes: 240, ago: 300, function: 5},
	{dept: "GA", title: "节日出行安全提醒", ask: "把走亲访友路上的几个险段告诉住户。", basis: "《道路交通安全法》第六条", reason: "节前一次，同意。", state: admission.Admitted, way: admission.Tell, minutes: 15, ago: 320, function: 9, months: []int{1, 10}},
	{dept: "YJ", title: "森林防火期告知", ask: "把禁火时段和报警电话告诉山边的住户。", basis: "《森林法》第三十四条", reason: "只告知不值守，同意。", state: admission.Admitted, way: admission.Tell, minutes: 15, ago: 330, function: 3, months: []int{3, 4}},
	{dept: "YJ", title: "自建房安全排查填表", ask: "逐户量尺寸、拍照，填写排查表四页。", basis: "自建房安全专项整治方案", reason: "排查要由专业人员做；要求拍照留痕。请改为请住户自愿报告裂缝。", state: admission.Returned, way: admission.Visit, minutes: 30, rotation: 1, ago: 280, function: 3},
	{dept: "YJ", title: "房屋裂缝自愿报告", ask: "问一问房子有没有新裂缝，有就帮着报一条诉求。", basis: "《安全生产法》第七十四条", reason: "退回后改好了，发现即报诉求，同意。", state: admission.Expired, way: admission.Visit, minutes: 3, rotation: 3, ago: 250, function: 3},
	{dept: "YJ", title: "燃气软管更换提醒", ask: "提醒用瓶装燃气的住户看一看软管有没有过期。", basis: "《城镇燃气管理条例》第二十七条", reason: "与取暖提醒同期，合并上门，同意。", state: admission.Admitted, way: admission.Visit, minutes: 2, rotation: 6, ago: 150, function: 3, months: []int{10, 11, 12, 1}},
	{dept: "SL", title: "饮用水水源地告知", ask: "告诉住户水源地保护的范围和举报电话。", basis: "《水法》第三十三条", reason: "一季一次，同意。", state: admission.Admitted, way: admission.Tell, minutes: 10, ago: 310, function: 4, months: []int{3, 6, 9, 12}},
	{dept: "SL", title: "河道巡查每日打卡", ask: "沿河走一遍，用应用打卡留轨迹。", basis: "河长制工作方案", reason: "要求打卡和轨迹，且已有专职巡河员。", state: admission.Refused, way: admission.Look, minutes: 300, ago: 290, function: 10},
	{dept: "SL", title: "抗旱用水错峰告知", ask: "把错峰用水的时间告诉住户。", basis: "《抗旱条例》第三十六条", reason: "旱期临时，限两个月。", state: admission.Expired, way: admission.Tell, minutes: 15, ago: 130, function: 4},
	{dept: "DL", title: "迎峰度夏用电提醒", ask: "提醒住户避开用电高峰，老旧线路报一条诉求。", basis: "《电力供应与使用条例》", reason: "一季一次，同意。", state: admission.Admitted, way: admission.Tell, minutes: 15, ago: 190, function: 1, months: []int{7, 8}},
	{dept: "DL", title: "网上国网注册推广", ask: "帮住户下载并绑定户号，每村完成八成。", basis: "公司营销方案", reason: "强制推广下载，又设完成比例，不予入网。", state: admission.Refused, way: admission.Visit, minutes: 10, rotation: 1, ago: 240, function: 1},
	{dept: "DL", title: "电表箱外观查看", ask: "看看电表箱门有没有坏，坏了报一条诉求。", basis: "《供电营业规则》", reason: "属供电企业自身职责，请由台区经理查看。", state: admission.Returned, way: admission.Look, minutes: 60, ago: 95, function: 1},
	{dept: "WJ", title: "流感疫苗接种通知", ask: "打电话告诉老人接种的时间地点，愿不愿意由老人定。", basis: "《疫苗管理法》第六条", reason: "自愿，不设比例，同意。", state: admission.Admitted, way: admission.Call, minutes: 2, rotation: 3, ago: 80, function: 2, months: []int{10, 11}},
	{dept: "WJ", title: "无偿献血任务分解", ask: "每组动员三人献血，名单上报。", basis: "年度工作计划", reason: "献血自愿，不得分任务。", state: admission.Refused, way: admission.Visit, minutes: 20, rotation: 1, ago: 170, function: 2},
	{dept: "WJ", title: "家庭医生签约情况填报", ask: "逐户问是否签约，填表上报。", basis: "基本公共卫生服务规范", reason: "签约数据卫健部门已有，请先比对。", state: admission.Returned, way: admission.Visit, minutes: 5, rotation: 1, ago: 225, function: 2},
	{dept: "WJ", title: "灭蚊灭鼠日告知", ask: "把统一消杀的日子告诉住户，请把食物收好。", basis: "《传染病防治法》第十三条", reason: "一年两次，同意。", state: admission.Admitted, way: admission.Tell, minutes: 10, ago: 270, function: 11, months: []int{4, 9}},
	{dept: "HB", title: "畜禽养殖污染排查", ask: "数一数每户养了多少头，填表。", basis: "《畜禽规模养殖污染防治条例》", reason: "存栏数据农业农村部门已有。", state: admission.Refused, way: admission.Visit, minutes: 8, rotation: 1, ago: 205, function: 10},
	{dept: "HB", title: "臭味和黑烟随手报", ask: "闻到臭味、看到黑烟就报一条诉求。", basis: "《环境保护法》第五十七条", reason: "随手报，不另设台账，同意。", state: admission.Expired, way: admission.Look, minutes: 10, ago: 340, function: 10},
	{dept: "HB", title: "烟花禁放区告知", ask: "春节前把禁放区的范围告诉住户。", basis: "《大气污染防治法》第八十二条", reason: "与应急部门的事项合并一次说。", state: admission.Admitted, way: admission.Tell, minutes: 10, ago: 315, function: 10, months: []int{1}},
	{dept: "NY", title: "耕地抛荒台账", ask: "逐户量抛荒面积，每月更新台账。", basis: "粮食生产工作方案", reason: "要求每月更新台账，属部门自身职责，请用卫星图斑。", state: admission.Refused, way: admission.Look, minutes: 120, ago: 265, function: 10},
	{dept: "NY", title: "春耕农资告知", ask: "把放心农资店和农技电话告诉种田的住户。", basis: "《农业技术推广法》", reason: "直接服务群众，同意。", state: admission.Admitted, way: admission.Tell, minutes: 15, ago: 335, function: 10, months: []int{2, 3}},
	{dept: "NY", title: "秋粮收购价告知", ask: "把收购点和价格告诉种田的住户。", basis: "《粮食流通管理条例》", reason: "直接服务群众，时间短，同意。", state: admission.Expired, way: admission.Tell, minutes: 10, ago: 100, function: 10},
	{dept: "NY", title: "改厕满意度入户调查", ask: "逐户打分，留存照片。", basis: "农村人居环境方案", reason: "要求拍照留痕；满意度由群众自己说。", state: admission.Refused, way: admission.Visit, minutes: 8, rotation: 2, ago: 185, function: 11},
	{dept: "JT", title: "客运班次调整告知", ask: "把新班次表贴到屋场并说一说。", basis: "《道路运输条例》", reason: "直接服务群众，同意。", state: admission.Admitted, way: admission.Tell, minutes: 10, ago: 60, function: 1, months: []int{12, 1, 2}},
	{dept: "JT", title: "农村公路养护出工", ask: "每月组织住户出工两次清沟。", basis: "农村公路管理养护办法", reason: "养护有专项经费，不得摊派出工。", state: admission.Refused, way: admission.Help, minutes: 240, ago: 230, function: 5},
	{dept: "JT", title: "渡口安全告知", ask: "涨水时把停渡的消息告诉过渡的住户。", basis: "《内河交通安全管理条例》", reason: "只在汛期，只到沿河村，同意。", state: admission.Admitted, way: admission.Tell, minutes: 10, ago: 195, function: 4, months: []int{5, 6, 7}},
	{dept: "CG", title: "违章建筑每周零报告", ask: "每周上报有无违建，没有也要报。", basis: "市容管理方案", reason: "零报告属重复报送，不予入网。", state: admission.Refused, way: admission.Look, minutes: 90, ago: 215, function: 5},
	{dept: "CG", title: "犬只登记告知", ask: "把登记点和免疫点告诉养狗的住户。", basis: "《动物防疫法》第三十条", reason: "只告知，登记由部门办，同意。", state: admission.Admitted, way: admission.Tell, minutes: 10, ago: 145, function: 11, months: []int{5, 11}},
	{dept: "CG", title: "占道摊位摸底", ask: "数一数摊位，画图上报。", basis: "部门通知", reason: "属部门自身职责，请自行摸底。", state: admission.Returned, way: admission.Look, minutes: 60, ago: 55, function: 5},
	{dept: "SC", title: "保健品会销防骗提醒", ask: "提醒老人不要在会销现场掏钱，拿不准先问邻长。", basis: "《消费者权益保护法》第十八条", reason: "与反诈提醒合并上门，同意。", state: admission.Admitted, way: admission.Visit, minutes: 2, rotation: 6, ago: 135, function: 6, months: []int{9, 10, 11, 12}},
	{dept: "SC", title: "食品小作坊摸排", ask: "登记小作坊的地址和电话，每月上报。", basis: "食品安全工作方案", reason: "登记数据部门已有；每月上报属重复报送。", state: admission.Refused, way: admission.Look, minutes: 60, ago: 245, function: 6},
	{dept: "SC", title: "农村宴席食品安全告知", ask: "办酒席的住户来问时，把报备电话告诉他。", basis: "《食品安全法》第三十六条", reason: "不主动上门，同意。", state: admission.Admitted, way: admission.Tell, minutes: 10, ago: 305, function: 6, months: []int{1, 2, 10, 11, 12}},
	{dept: "ZJ", title: "燃气老旧管道改造告知", ask: "把停气和施工的日子告诉楼里的住户。", basis: "《城镇燃气管理条例》", reason: "直接服务群众，同意。", state: admission.Admitted, way: admission.Tell, minutes: 10, ago: 115, function: 1, months: []int{9, 10, 11}},
	{dept: "ZJ", title: "危房动态监测月报", ask: "每月给危房拍照上报。", basis: "农村危房改造方案", reason: "要求拍照月报；鉴定由专业人员做。", state: admission.Refused, way: admission.Visit, minutes: 10, rotation: 1, ago: 255, function: 3},
	{dept: "ZJ", title: "公租房申请告知", ask: "把申请条件和窗口告诉打听的住户。", basis: "《公共租赁住房管理办法》", reason: "直接服务群众，同意。", state: admission.Expired, way: admission.Tell, minutes: 10, ago: 345, function: 0},
	{dept: "RS", title: "招聘会告知", ask: "把招聘会的时间和岗位告诉找工作的住户。", basis: "《就业促进法》第三十五条", reason: "直接服务群众，时间短，同意。", state: admission.Admitted, way: admission.Tell, minutes: 10, ago: 295, function: 0, months: []int{2, 3, 9}},
	{dept: "RS", title: "城乡居民养老参保率督促", ask: "逐户动员缴费，参保率按周排名。", basis: "年度目标责任书", reason: "设比例、按周排名，不予入网；可改为告知。", state: admission.Refused, way: admission.Visit, minutes: 10, rotation: 1, ago: 180, function: 2},
	{dept: "RS", title: "养老缴费时间告知", ask: "把缴费的时间和办法告诉住户，交不交由住户定。", basis: "《社会保险法》第二十条", reason: "按上次意见改为告知，同意。", state: admission.Admitted, way: admission.Tell, minutes: 10, ago: 155, function: 2, months: []int{11, 12}},
	{dept: "JY", title: "学生资助政策告知", ask: "把资助的条件和办法告诉有学生的住户。", basis: "《教育法》第三十八条", reason: "一学期一次，同意。", state: admission.Admitted, way: admission.Tell, minutes: 10, ago: 125, function: 2, months: []int{2, 8, 9}},
	{dept: "JY", title: "安全教育平台完成率督促", ask: "督促家长登录平台答题，完成率要达到百分之百。", basis: "部门通知", reason: "强制推广平台、设完成率，不予入网。", state: admission.Refused, way: admission.Call, minutes: 4, rotation: 1, ago: 235, function: 2},
	{dept: "JY", title: "假期防溺水巡塘", ask: "每天绕塘走一圈，签到。", basis: "防溺水工作方案", reason: "要求签到；请按救生设施管护责任由塘主落实。", state: admission.Returned, way: admission.Look, minutes: 200, ago: 165, function: 3},
	{dept: "MZ", title: "高龄津贴到龄告知", ask: "老人满八十岁的那个月，告诉家里去哪里办。", basis: "《老年人权益保障法》第三十三条", reason: "到龄才说，由民政给名单到村，不列名册，同意。", state: admission.Admitted, way: admission.Tell, minutes: 10, ago: 325, function: 0},
	{dept: "MZ", title: "低保对象收入核查", ask: "逐户问收入，填核查表。", basis: "《社会救助暂行办法》第十三条", reason: "收入核对有信息平台，邻长不做核查。", state: admission.Refused, way: admission.Visit, minutes: 20, rotation: 1, ago: 220, function: 0},
	{dept: "MZ", title: "殡葬惠民政策告知", ask: "清明前把惠民政策说一说。", basis: "《殡葬管理条例》", reason: "一年一次，同意。", state: admission.Admitted, way: admission.Tell, minutes: 10, ago: 275, function: 0, months: []int{3, 4}},
	{dept: "MZ", title: "留守儿童信息采集", ask: "逐户登记留守儿童的姓名、学校和监护人电话。", basis: "关爱保护工作方案", reason: "学校和民政都有名单，请先合并数据。", state: admission.Returned, way: admission.Visit, minutes: 10, rotation: 1, ago: 105, function: 0},
}

// matter is the full form of it.
func (s seen) matter() demoMatter {
	d := demoMatter{dept: s.dept, title: s.title, ask: s.ask, basis: s.basis, way: s.way, first: 1, last: 28, state: s.state, ago: s.ago,
		reason: s.reason, list: admission.Assist, function: s.function, months: s.months}
	if s.rotation > 0 {
		d.home, d.rotation = s.minutes, s.rotation
	} else {
		d.minutes = s.minutes
	}
	return d
}
