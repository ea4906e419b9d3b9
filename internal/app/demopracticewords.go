package app

import "bilin/internal/practice"

// demoPracticePlaces are where it was done.
var demoPracticePlaces = []string{"老街", "河边组", "新村", "山里组", "集镇", "安置小区", "国道边", "学校旁"}

// demoPractice is something that worked; its words are invented.
type demoPractice struct {
	topic practice.Topic
	words practice.Text
}

var demoPracticeWords = []demoPractice{
	{"water", practice.Text{Title: "路灯一户看一盏", Trouble: "巷子里黑，老人摔过跤。报修了十多天没人来。", Did: "一盏灯分给最近的一户看着。\n灯坏了，当天告诉组长。\n组长一起报，三天内修好。", Cost: "灯泡一年两百元，村里出。", Result: "半年里没有一盏灯黑过三天。", Mind: "先和电工说好谁来修。"}},
	{"water", practice.Text{Title: "停水先敲门", Trouble: "停水通知贴在村部，老人看不到。", Did: "停水前一天，邻长上门说一声。\n独居老人家先接好两桶水。\n来水了再告诉一遍。", Cost: "没花钱。", Result: "再没有人半夜找水。"}},
	{"water", practice.Text{Title: "村道坑洼随手填", Trouble: "下雨路面积水，电动车滑倒过。", Did: "村里备一堆碎石和沙。\n谁看到坑，谁告诉组长。\n每月第一个星期六一起填。", Cost: "碎石一车六百元。", Result: "一年里没有人再摔。", Mind: "大坑要报镇里，不要自己修。"}},
	{"water", practice.Text{Title: "水表箱一起包", Trouble: "冬天水表冻裂，一冻就是半条街。", Did: "霜降前把旧衣服、稻草收起来。\n一户包一个，独居的由邻居包。\n冷空气前再看一遍。", Cost: "没花钱。", Result: "去年冬天只裂了一个。"}},
	{"clean", practice.Text{Title: "垃圾不落地", Trouble: "垃圾桶边总是一地，夏天有味道。", Did: "收走大桶，改成每天两次上门收。\n早上七点、晚上六点摇铃。\n过了时间自己送到站里。", Cost: "保洁员每月加三百元。", Result: "三个月后路边看不到垃圾。", Mind: "头一个月要有人陪着收。"}},
	{"clean", practice.Text{Title: "门前三米自己管", Trouble: "公共的地方谁都不扫。", Did: "开屋场会划好各家的一段。\n星期六早上一起扫半小时。\n扫不动的老人由邻居代扫。", Cost: "扫把一户一把，四百元。", Result: "大家扫惯了，外面的人也不乱丢。"}},
	{"clean", practice.Text{Title: "河道分段认领", Trouble: "河里漂着塑料袋和树枝。", Did: "两公里河岸分成二十段。\n一段三户，每半个月捡一次。\n涨水时谁都不下河。", Cost: "夹子和手套五百元。", Result: "夏天河里又有人钓鱼了。", Mind: "老人孩子只在岸上捡。"}},
	{"clean", practice.Text{Title: "旧家具定日子收", Trouble: "旧沙发、旧床垫丢在路口。", Did: "每月最后一个星期天统一收。\n提前三天告诉大家。\n搬不动的，志愿者上门抬。", Cost: "一车运费两百元。", Result: "路口再没有堆过。"}},
	{"clean", practice.Text{Title: "菜园代替荒地", Trouble: "空地长草，有人倒垃圾。", Did: "问清楚地是谁的。\n分成小块，想种的人抽签。\n种一年，不种就还回来。", Cost: "围栏八百元。", Result: "荒地没有了，菜还能送给独居老人。", Mind: "先和地的主人写好字据。"}},
	{"safety", practice.Text{Title: "电动车不进楼", Trouble: "楼道里充电，起过一次火。", Did: "在楼下搭棚，装刷卡的插座。\n第一个月充电不要钱。\n邻长一户一户上门说。", Cost: "棚和插座一万二千元。", Result: "楼道里一辆也没有了。", Mind: "棚要先建好，再劝大家。"}},
	{"safety", practice.Text{Title: "塘边有人看", Trouble: "放暑假，孩子到塘里玩水。", Did: "四口塘各放一根竹竿、一个救生圈。\n离塘最近的三户轮流看。\n看到孩子下水就喊，再告诉家长。", Cost: "救生圈六百元。", Result: "三个夏天没有出事。", Mind: "不会水的人只喊人，不下水。"}},
	{"safety", practice.Text{Title: "睡前关灶看一遍", Trouble: "老人忘记关火，锅烧干过三次。", Did: "门后贴一张大字：关火、关气、关电。\n邻长晚上路过看看灯。\n给记性差的老人装自动熄火的灶。", Cost: "灶一台三百元，民政补一半。", Result: "一年没有再烧干。"}},
	{"safety", practice.Text{Title: "路口装一面镜子", Trouble: "弯道看不到对面，撞过两次。", Did: "请交警来看位置。\n装一面广角镜，画减速线。\n放学时有老党员在路口看着。", Cost: "镜子和画线两千元。", Result: "两年没有再撞。"}},
	{"safety", practice.Text{Title: "烧荒改成打堆", Trouble: "秋天烧秸秆，差点烧到林子。", Did: "把秸秆打捆，合作社来收。\n清明上坟用鲜花换纸钱。\n风大的日子组长在路口劝。", Cost: "打捆机一天四百元。", Result: "去年没有一次火警。"}},
	{"fraud", practice.Text{Title: "转账先问一声", Trouble: "老人接到电话就转钱，追不回来。", Did: "教老人一句话：转钱先问邻长。\n把邻长的电话贴在电话机上。\n有人来问，先一起打110。", Cost: "没花钱。", Result: "一年拦住了七次。"}},
	{"fraud", practice.Text{Title: "骗术讲给乡亲听", Trouble: "新骗术传得快，通知没人看。", Did: "屋场会上演一遍骗子怎么打电话。\n让上过当的人自己讲。\n讲完每人说一遍该怎么办。", Cost: "茶水一百元。", Result: "后来有人接到同样的电话就挂了。", Mind: "愿意讲的人才讲，不点名。"}},
	{"fraud", practice.Text{Title: "保健品先验货", Trouble: "有人到村里卖神药，一盒上千。", Did: "村口摆一张桌子，卫生室的医生在。\n谁买了，拿来看一看。\n看完自己去退，邻长陪着。", Cost: "没花钱。", Result: "退回来两万多元。"}},
	{"elders", practice.Text{Title: "每天一盏平安灯", Trouble: "独居老人出了事没人知道。", Did: "老人早上拉开窗帘，晚上开灯。\n对门的邻居看一眼。\n到九点没拉开就去敲门。", Cost: "没花钱。", Result: "去年两次及时送到医院。", Mind: "要老人自己愿意。"}},
	{"elders", practice.Text{Title: "剃头师傅到家", Trouble: "下不了床的老人理发难。", Did: "请两位师傅，每月十五号上门。\n谁家要，提前告诉邻长。\n冬天先把屋子烧暖。", Cost: "每人八元，村里出一半。", Result: "十四位老人月月有人理。"}},
	{"elders", practice.Text{Title: "一口热饭送上门", Trouble: "几位老人一天只做一顿饭。", Did: "食堂多做十份，邻居顺路带。\n一份六元，困难的不要钱。\n送到了和老人说几句话。", Cost: "每天贴四十元。", Result: "老人吃上了热的，也有人说话。", Mind: "先问清楚忌什么口。"}},
	{"elders", practice.Text{Title: "药盒分好一星期", Trouble: "药吃重了，也有忘了吃的。", Did: "卫生室的医生分好一星期的药。\n邻居星期天帮着换药盒。\n不认得的药一律问医生。", Cost: "药盒一个十二元。", Result: "没有再吃错。", Mind: "只换药盒，不改药。"}},
	{"elders", practice.Text{Title: "台阶边加扶手", Trouble: "门口三级台阶，老人上下要扶墙。", Did: "量好二十户的台阶。\n请村里的焊工统一做。\n一户一根，当天装好。", Cost: "一根一百五十元。", Result: "老人自己出门晒太阳了。"}},
	{"children", practice.Text{Title: "放学有个去处", Trouble: "爷爷奶奶不会辅导作业。", Did: "村部腾一间屋，放学后开两小时。\n大学生和退休老师轮流坐。\n孩子由家里人接走。", Cost: "电费和茶水每月两百元。", Result: "二十几个孩子天天来。", Mind: "来的大人要先登记。"}},
	{"children", practice.Text{Title: "周末和爸妈视频", Trouble: "留守的孩子想爸妈，老人不会用手机。", Did: "星期天下午邻长帮着拨通。\n慢慢教老人自己拨。\n孩子想说的话先写下来。", Cost: "没花钱。", Result: "大部分老人学会了。"}},
	{"children", practice.Text{Title: "校车点有人等", Trouble: "早上天黑，孩子在路边等车。", Did: "六个点各有一位家长先到。\n排好一个月的班。\n有事提前换人。", Cost: "反光背心三百元。", Result: "孩子不再跑过马路追车。"}},
	{"neighbours", practice.Text{Title: "先听完再劝", Trouble: "两家为一条水沟吵了三年。", Did: "请两边都信得过的人来。\n一边一边听完，当中不插话。\n到沟边一起量，写一张纸。", Cost: "半天工夫。", Result: "水沟改了一尺，两家又说话了。", Mind: "写下的话两边都要按手印。"}},
	{"neighbours", practice.Text{Title: "红白喜事一张单", Trouble: "办酒一家比一家大，借钱办。", Did: "开会定下几桌、几个菜。\n写成一张单，贴在村部。\n厨具村里借，不用租。", Cost: "厨具一套五千元。", Result: "办一回少花一万多。", Mind: "大家举手定的，才有人听。"}},
	{"neighbours", practice.Text{Title: "狗绳挂在门口", Trouble: "狗不拴，孩子被吓哭。", Did: "养狗的几家先商量。\n一户发一根绳，挂在门后。\n早晚遛，别的时间拴着。", Cost: "绳子二百元。", Result: "半年没有人再被咬。"}},
	{"errands", practice.Text{Title: "证件代办一趟清", Trouble: "为一张证明跑镇上三趟。", Did: "村部列好每件事要带什么。\n星期三统一送到镇上。\n办好了邻长带回来。", Cost: "车费每月六十元。", Result: "一年代办三百多件。", Mind: "身份证原件要写收条。"}},
	{"errands", practice.Text{Title: "手机缴费有人教", Trouble: "医保要用手机交，老人不会。", Did: "请在家的年轻人坐班两天。\n一个人教一个人，自己点一遍。\n不会的，陪着到银行交。", Cost: "没花钱。", Result: "没有一户漏交。", Mind: "不替人保管密码。"}},
	{"errands", practice.Text{Title: "快递放在小卖部", Trouble: "快递只到镇上，老人取不回来。", Did: "和小卖部说好，一件五毛。\n下午有人去镇上就带回来。\n大件的，邻居用三轮车送。", Cost: "一件五毛。", Result: "药和降温的东西当天能拿到。"}},
	{"emergency", practice.Text{Title: "铲雪先铲三条路", Trouble: "大雪封路，救护车进不来。", Did: "先铲到卫生室、到大路、到井边的路。\n十户一把雪铲，提前放好。\n天亮前铲完再铲自家门口。", Cost: "雪铲二十把六百元。", Result: "冰冻那次四小时通了路。"}},
	{"emergency", practice.Text{Title: "停电有人问氧气", Trouble: "家里用制氧机的，停电就危险。", Did: "先问清楚哪几家用着。\n停电时第一个去这几家。\n村里备一台小发电机。", Cost: "发电机两千八百元。", Result: "去年停电两次都接上了。", Mind: "发电机放屋外，不能在屋里开。"}},
	{"emergency", practice.Text{Title: "涨水看三根桩", Trouble: "夜里涨水，等发现就晚了。", Did: "河边打三根红白桩。\n水到第二根，组长叫人。\n水到第三根，低处的全部搬。", Cost: "桩子三百元。", Result: "两次都在天黑前搬完。", Mind: "夜里看桩要两个人。"}},
	{"living", practice.Text{Title: "零工有个群", Trouble: "在家的人想打零工，不知道哪里要人。", Did: "合作社前一天把要的人数告诉组长。\n先问家里困难的。\n工钱当天结清。", Cost: "没花钱。", Result: "六十多人农闲有活干。", Mind: "讲清楚工钱，写在纸上。"}},
}

// demoCameWords are what other villages say came of it.
var demoCameWords = map[practice.Came][]string{
	practice.Worked: {"照着做了，两个月就见效。", "大家都说好，准备一直做下去。", "比原来省事，老人最高兴。", "做法简单，邻长们都愿意。", "第一个月难一点，后来就顺了。"},
	practice.Partly: {"一半的组做起来了，住得散的组难。", "有效果，就是人手不够。", "夏天行，农忙时顾不上。", "钱只够做一条街，先做了最急的。"},
	practice.Not:    {"我们这里户数少，用不上。", "试了三个月，没有人接着管。", "路不一样，照搬不行。"},
}
