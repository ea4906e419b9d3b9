package address_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"bilin/internal/address"
)

func TestFold(t *testing.T) {
	tests := map[string]string{
		"花明北路１２號":            "花明北路12号",
		"花明北路 十二 号":          "花明北路12号",
		"三一大道二〇八号":           "三一大道208号",
		"八家湾第三组":             "八家湾3组",
		"一百零五号":              "105号",
		"两栋二单元五〇一室":          "2栋2单元501室",
		"金桥小区3号楼2单元0501室":    "金桥小区3栋2单元501室",
		"金桥小区3幢":             "金桥小区3栋",
		"A座12-3":             "a座12-3",
		"(李家湾)—12号":          "李家湾12号",
		"五里堆村":               "五里堆村",
		"十号":                 "10号",
		"第十三组":               "13组",
		"":                   "",
		"012号":               "12号",
		"０":                  "0",
		"李家湾＃12":             "李家湾号12",
		"二十一号":               "21号",
		"一千二百号":              "1200号",
		"东湖塘镇\u3000西冲山村\t3组": "东湖塘镇西冲山村3组",
	}
	for in, want := range tests {
		if got := address.Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestKey(t *testing.T) {
	tests := []struct{ in, want string }{
		{"湖南省长沙市宁乡市玉潭街道二环路社区花明北路12号", "花明北路12号"},
		{"宁乡县玉潭镇二环路社区居委会花明北路十二号", "花明北路12号"},
		{"玉潭街道花明北路12号", "花明北路12号"},
		{"花明北路12号", "花明北路12号"},
		{"玉潭路12号", "玉潭路12号"},
		{"宁乡市玉潭街道二环路社区", "二环路社区"},
		{"农贸市场3号", "农贸市场3号"},
	}
	for _, tt := range tests {
		if got := address.Key(tt.in, "宁乡市", "玉潭街道", "二环路社区"); got != tt.want {
			t.Errorf("Key(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestStemAndNumber(t *testing.T) {
	tests := []struct {
		key, stem string
		number    int
	}{
		{"花明北路12号3栋2单元501室", "花明北路", 12},
		{"3组李家湾12号", "李家湾", 12},
		{"金桥小区3栋2单元501", "金桥小区", 3},
		{"3组", "", 0},
		{"李家湾", "李家湾", 0},
		{"李家湾12-3号", "李家湾", 12},
		{"", "", 0},
		{"99999999999999999999号", "", 0},
	}
	for _, tt := range tests {
		if got := address.Stem(tt.key); got != tt.stem {
			t.Errorf("Stem(%q) = %q, want %q", tt.key, got, tt.stem)
		}
		if got := address.Number(tt.key); got != tt.number {
			t.Errorf("Number(%q) = %d, want %d", tt.key, got, tt.number)
		}
	}
}

func TestGrams(t *testing.T) {
	if got := strings.Join(address.Grams("花明北路"), " "); got != "花明 明北 北路" {
		t.Errorf("got %q", got)
	}
	if got := address.Grams("李"); len(got) != 1 || got[0] != "李" {
		t.Errorf("got %q", got)
	}
	if got := address.Grams(""); len(got) != 0 {
		t.Errorf("got %q", got)
	}
}

func FuzzKey(f *testing.F) {
	for _, s := range []string{"宁乡市玉潭街道花明北路十二号", "第", "第十", "一百百", "\xff号", "－－", "湖南省市", "零零零号"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		key := address.Key(s, "宁乡市", "玉潭街道")
		if !utf8.ValidString(key) {
			t.Fatalf("Key(%q) = %q is not UTF-8", s, key)
		}
		if again := address.Fold(key); address.Fold(again) != again {
			t.Fatalf("Fold is not stable on %q: %q", key, again)
		}
		address.Stem(key)
		if address.Number(key) < 0 {
			t.Fatalf("negative number in %q", key)
		}
	})
}

func BenchmarkKey(b *testing.B) {
	b.ReportAllocs()
	admin := address.NewAdmin("宁乡市", "玉潭街道", "二环路社区")
	for b.Loop() {
		admin.Key("玉潭街道二环路社区花明北路12号3栋2单元501")
	}
}
