package authweb

import (
	"testing"

	"bilin/internal/audit"
	"bilin/internal/i18n"
	"bilin/internal/purpose"
)

// The record speaks the reader's language where slices keep codes.
func TestTheRecordInWords(t *testing.T) {
	catalog, err := i18n.New(Messages, purpose.Messages)
	if err != nil {
		t.Fatal(err)
	}
	zh := func(key string, args ...any) string { return catalog.T(i18n.ZH, key, args...) }
	for in, want := range map[string]string{
		"demand 260017287": "诉求 260017287", "glass 01a22a67-ba31-70a4-9f46-5203eb5be3bd": "紧急查看", "rescue": "公安、消防、急救来问",
		"request Y2600091": "个人信息申请 Y2600091", "核对地址": "核对地址", "": "", "check the roof": "check the roof",
	} {
		if got := purposeWord(zh, in); got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
	}
	for id, want := range map[string]string{"system:monthly": "系统：每月任务清单", "system:household": "住户本人", "system:elsewhere": "名字", "a1": "名字"} {
		if got := actorWord(zh, audit.Record{ActorID: id, ActorName: "名字"}); got != want {
			t.Errorf("%s is shown as %q, want %q", id, got, want)
		}
	}
}
