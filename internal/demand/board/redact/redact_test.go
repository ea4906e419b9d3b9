package redact_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"bilin/internal/demand/board/redact"
)

var village = redact.Local{
	Names:  []string{"周桂英", "彭伟", "何勇", "文明"},
	Places: []string{"李家湾"},
	Keep:   []string{"花明楼镇", "黄材镇", "东沩社区"},
}

func TestRedact(t *testing.T) {
	t.Parallel()
	r := redact.New(village)
	for _, c := range []struct{ text, want string }{
		{"电话138 0013-8000", "电话***"},
		{"１３８００１３８０００打这个", "***打这个"},
		{"一三八零零一三八零零零", "***"},
		{"幺三八 洞", "幺三八 洞"},
		{"1 3 8 0 0 1 3 8 0 0 0", "***"},
		{"13\u200b8001\u200b38000", "***"},
		{"①③⑧①②③④⑤⑥⑦⑧", "***"},
		{"1️⃣3️⃣8️⃣0️⃣0️⃣1️⃣3️⃣8️⃣0️⃣0️⃣0️⃣", "***"},
		{"镇便民中心0731-87880000", "镇便民中心***"},
		{"短号6123", "短号***"},
		{"请拨打12345、95598", "请拨打12345、95598"},
		{"有火情拨打110、119、120", "有火情拨打110、119、120"},
		{"身份证43012419800101123X", "身份证***"},
		{"卡号6222 0200 0000 0000 123", "卡号***"},
		{"尾号1234那张卡", "尾号***那张卡"},
		{"发到a.b@qq.com", "发到***"},
		{"见https://x.example.cn/a?b=1。", "见（网址）。"},
		{"微信zhang_san88，ＱＱ：12345", "微信***，ＱＱ：***"},
		{"车牌湘A·12345挡路", "车牌***挡路"},
		{"湘ａＤ１２３４５挡路", "***挡路"},
		{"花明北路12号路灯不亮", "花明北路某号路灯不亮"},
		{"锦绣家园3栋2单元501漏水", "锦绣家园某号漏水"},
		{"金桂苑三栋二单元五零一漏水", "金桂苑某号漏水"},
		{"6片3组12户都停水", "某号都停水"},
		{"我是李建，我爸叫周建军", "我是某某，我爸叫某某"},
		{"隔壁老王家的狗，刘婶说也没用，经理姓郑", "隔壁老某家的狗，某婶说也没用，经理姓某"},
		{"护栏装好了，李芳出的工", "护栏装好了，某某出的工"},
		{"三组8号门口", "某号门口"},
		{"我们三组没有路灯", "我们某组没有路灯"},
		{"房子在3-2-501", "房子在某号"},
		{"住501的那家", "住某号的那家"},
		{"李家湾的水塘", "某处的水塘"},
		{"张大爷家", "某大爷家"},
		{"李某和刘××", "某某和某某"},
		{"周桂英说何勇书记答应了", "某某说某书记答应了"},
		{"请王建国和刘芳来看看", "请某某和某某来看看"},
		{"我叫欧阳娜娜", "我叫某某"},
		{"姓陈的老板", "姓某的老板"},
		{"老张和小李", "老某和小某"},
		{"买买提·艾力", "某某"},
		{"业主王芳，组长刘建国", "业主某某，组长某某"},
		{"我妈今年82岁", "我妈今年某岁"},
		{"八十二岁了，1942年出生", "某岁了，某岁"},
		// What is harmless stays as it is.
		{"60岁以上老人坐公交免费吗？", "60岁以上老人坐公交免费吗？"},
		{"湘江边的车总停在路口，石工和木工都来了", "湘江边的车总停在路口，石工和木工都来了"},
		{"11月3号下午停水，3号线改道，每月15号前交", "11月3号下午停水，3号线改道，每月15号前交"},
		{"2026-11-23起每月1200-1500元，3-5天办好", "2026-11-23起每月1200-1500元，3-5天办好"},
		{"八户人家、一座桥、一排树", "八户人家、一座桥、一排树"},
		{"高龄老人补贴怎么领？安全隐患谁负责？", "高龄老人补贴怎么领？安全隐患谁负责？"},
		{"花明楼镇和黄材镇都文明", "花明楼镇和黄材镇都文明"},
		{"养老金认证失败，公路上车多", "养老金认证失败，公路上车多"},
		{"楼道二楼的灯坏了，晚上老人上下楼看不见。", "楼道二楼的灯坏了，晚上老人上下楼看不见。"},
		{"截止到12月31日。约了几户人家周六一起清。", "截止到12月31日。约了几户人家周六一起清。"},
	} {
		if got, _ := r.Redact(c.text); got != c.want {
			t.Errorf("%q:\n got %q\nwant %q", c.text, got, c.want)
		}
	}
}

// What editors may let stand and what they may not.
func TestCertain(t *testing.T) {
	t.Parallel()
	r := redact.New(village)
	for text, want := range map[string]redact.Kind{
		"13800138000": redact.Phone, "0731-87880000": redact.Landline, "430124198001011234": redact.Identity,
		"a@b.cn": redact.Email, "www.x.cn": redact.Link, "微信abc12345": redact.Account, "湘A12345": redact.Plate,
		"3栋501": redact.House, "周桂英": redact.Name, "李家湾": redact.Place, "82岁": redact.Age,
	} {
		_, finds := r.Redact(text)
		if len(finds) != 1 || finds[0].Kind != want {
			t.Errorf("%s: %v, want %s", text, finds, want)
		}
	}
	certain := 0
	for _, k := range redact.Kinds() {
		if k.Certain() {
			certain++
		}
	}
	if certain != 5 {
		t.Errorf("%d kinds are certain", certain)
	}
}

// Whatever stands around it and however it is written, a telephone number is found.
func TestEveryNumberGoes(t *testing.T) {
	t.Parallel()
	r := redact.New(village)
	scripts := []string{"0123456789", "０１２３４５６７８９", "零一二三四五六七八九", "٠١٢٣٤٥٦٧٨٩"}
	rapid.Check(t, func(t *rapid.T) {
		digits := rapid.StringMatching(`1[3-9][0-9]{9}`).Draw(t, "digits")
		gap := rapid.SampledFrom([]string{"", " ", "-", "  ", "·", ".", "\u200b", "、", "－"}).Draw(t, "gap")
		var b strings.Builder
		for i, d := range digits {
			if i > 0 && rapid.Bool().Draw(t, "apart") {
				b.WriteString(gap)
			}
			script := []rune(rapid.SampledFrom(scripts).Draw(t, "script"))
			b.WriteRune(script[d-'0'])
		}
		around := rapid.StringOf(rapid.RuneFrom([]rune("路灯不亮了，请您帮忙看看。村口的水沟")))
		text := around.Draw(t, "before") + b.String() + around.Draw(t, "after")
		clean, finds := r.Redact(text)
		if len(finds) == 0 || strings.ContainsAny(clean, "0123456789０１２３４５６７８９零一二三四五六七八九٠١٢٣٤٥٦٧٨٩") {
			t.Fatalf("%q became %q", text, clean)
		}
	})
}

// Nobody of the neighbourhood is named, whatever stands around the name.
func TestEveryNeighbourGoes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringOfN(rapid.RuneFrom([]rune("李王欧阳周何建国桂英伟路方安黄材")), 2, 4, -1).Draw(t, "name")
		around := rapid.StringOf(rapid.RuneFrom([]rune("路灯不亮了，请您帮忙看看12号。a@ \n")))
		text := around.Draw(t, "before") + name + around.Draw(t, "after")
		clean, _ := redact.New(redact.Local{Names: []string{name}}).Redact(text)
		if strings.Contains(clean, name) && name != "黄安" {
			t.Fatalf("%q became %q", text, clean)
		}
	})
}

func FuzzRedact(f *testing.F) {
	for _, s := range []string{"", "电话138 0013-8000", "湘A·12345", "周桂英家三组8号3-2-501", "\xff1\xfe3", "李" + strings.Repeat("*", 9), "İ1İ3"} {
		f.Add(s)
	}
	r := redact.New(village)
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 6000 {
			return // longer than anything that is kept
		}
		clean, finds := r.Redact(text)
		if !utf8.ValidString(clean) {
			t.Fatalf("%q is not valid", clean)
		}
		if len(finds) == 0 && clean != strings.ToValidUTF8(text, "") {
			t.Fatalf("%q became %q without a find", text, clean)
		}
		at := 0
		for _, find := range finds {
			if find.Start < at || find.End <= find.Start || find.End > len(strings.ToValidUTF8(text, "")) {
				t.Fatalf("find %v of %q", find, text)
			}
			at = find.End
		}
		for _, find := range r.Look(clean) {
			if find.Kind.Certain() {
				t.Fatalf("%q became %q, which still has %v", text, clean, find)
			}
		}
	})
}

func BenchmarkRedact(b *testing.B) {
	l := village
	for range 2000 {
		l.Names = append(l.Names, "某甲"+string(rune(0x4E00+len(l.Names))))
	}
	r := redact.New(l)
	text := strings.Repeat("村口路灯从上周起就不亮了，晚上接孩子不安全，请张大爷打138 0013 8000。", 4)
	for b.Loop() {
		r.Redact(text)
	}
}
