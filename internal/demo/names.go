package demo

import (
	"math/rand/v2"
	"strings"
)

// Common surnames, the frequent ones repeated so that a plain draw follows
// roughly how often they occur.
var surnames = strings.Split("李 李 李 王 王 王 张 张 张 刘 刘 刘 陈 陈 陈 杨 杨 黄 黄 周 周 周 吴 吴 徐 孙 胡 胡 朱 高 林 何 何 郭 马 罗 罗 梁 宋 郑 谢 谢 韩 唐 唐 冯 于 董 萧 程 曹 袁 袁 邓 邓 许 傅 沈 曾 曾 彭 彭 彭 吕 苏 卢 蒋 蔡 贾 丁 魏 薛 叶 阎 余 潘 杜 戴 夏 钟 汪 田 任 姜 范 方 石 姚 谭 谭 廖 廖 邹 熊 金 陆 郝 孔 白 崔 康 毛 邱 秦 江 史 顾 侯 邵 孟 龙 龙 万 段 雷 钱 汤 汤 尹 尹 黎 易 易 常 武 乔 贺 贺 赖 龚 文 文 喻 成 欧阳", " ")

var (
	givenFirst  = []rune("建国志明德光文永春秋水金玉桂兰秀淑美丽红艳晓海立新正荣振家学祥福长宏伟俊宇子雨思佳慧静雅凤月芳爱少先再云冬友喜清运景林松世泽良东南")
	givenSecond = []rune("华明国强军平辉勇斌峰林云生根清初秋元英珍娥梅莲香芝霞芳玲萍燕琴丽娟敏洁颖婷涵轩睿浩然博文杰涛鹏飞龙虎山河安康宁顺德仁义信礼祥庆保全兴旺发财良才")
)

// personName draws a plausible name. Any likeness to a real person is chance.
func personName(r *rand.Rand) string {
	surname := surnames[r.IntN(len(surnames))]
	if r.IntN(6) == 0 {
		return surname + string(givenSecond[r.IntN(len(givenSecond))])
	}
	return surname + string(givenFirst[r.IntN(len(givenFirst))]) + string(givenSecond[r.IntN(len(givenSecond))])
}

// phoneNumber draws eleven digits that no telephone network connects: numbers
// that begin with 129 belong neither to mobile ranges nor to short services.
func phoneNumber(r *rand.Rand) string {
	const digits = "0123456789"
	b := []byte("129xxxxxxxx")
	for i := 3; i < len(b); i++ {
		b[i] = digits[r.IntN(10)]
	}
	return string(b)
}

var (
	streets    = strings.Split("花园路 春城路 新康路 沿江路 民生街 学府路 人民路 文昌街 桥头街 金洲大道 兴隆街 东正街 西正街 楚沩路 香樟路 桂花巷 梅林路 杏花路 竹园路 月塘路 石桥巷 安乐街 和谐路 站前路 农贸街 书院路 宝塔路 滨河路 云山路 玉泉街", " ")
	compounds  = strings.Split("春江花园 锦绣家园 康乐小区 水岸名苑 金桂苑 学林雅苑 安居小区 幸福家园 翠竹苑 阳光城 香樟里 荷塘月色 楚天花园 和顺苑 松柏园 邻里家园 玉兰公寓 东方新城 书香苑 百合花园", " ")
	hamletHead = strings.Split("杉树 石塘 老屋 新屋 枫树 樟树 竹山 油榨 桥头 井湾 瓦窑 茶园 铁炉 大塘 月塘 荷叶 松山 柏树 长冲 高冲 麻园 栗山 狮子 龙头 凤形 黄泥 石板 白马 双江 桃林 梅子 楠竹 金盆 仙女 罗家 谢家 胡家 周家 彭家 易家", " ")
	hamletTail = strings.Split("湾 冲 塘 坡 坝 垅 屋场 坪 岭 坳 巷 洲", " ")
)

// pick draws n different words; fewer when there aren't as many.
func pick(r *rand.Rand, words []string, n int) []string {
	n = min(n, len(words))
	chosen := make([]string, n)
	for i, at := range r.Perm(len(words))[:n] {
		chosen[i] = words[at]
	}
	return chosen
}

func hamlets(r *rand.Rand, n int) []string {
	seen := map[string]bool{}
	var out []string
	for len(out) < n {
		name := hamletHead[r.IntN(len(hamletHead))] + hamletTail[r.IntN(len(hamletTail))]
		if !seen[name] {
			seen[name] = true
			out = append(out, name)
		}
	}
	return out
}
