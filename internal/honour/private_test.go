package honour

import (
	"errors"
	"testing"

	"bilin/internal/errs"
)

// All numbers are made up.
func TestTextsTellNoNumbers(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		text  string
		tells bool
	}{
		{"电话13911112222，身份证430102195001011234", true},
		{"他的身份证430102195001011234", true},
		{"打１３９１１１１２２２２", true},
		{"139 1111 2222", true},
		{"139-1111-2222", true},
		{"139.1111.2222", true},
		{"1 3 9 1 1 1 1 2 2 2 2", true},
		{"一三九一一一一二二二二", true},
		{"幺三九 1111 2222", true},
		{"(0730) 8821234", true},
		{"8821234", true},
		{"卡号6200 0000 0000 0005", true},
		{"6200000000000006", true},
		{"身份证43010219500101123X", true},
		{"2026-02-03到2026-02-13每天送菜", false},
		{"2026.12.20-12.30，8:00-20:00", false},
		{"2025-2026年，12户，第3组，120万元", false},
		{"2026年2月3日10时30分起，一连十二天，每天30户", false},
		{"12.20 12.21 12.22 12.23", false},
		{"3、5、7、9、11、13号", false},
		{"证书X260000099已经撤销", false},
		{"请打12345或119", false},
		{"一二三组", false},
		{"", false},
	} {
		if got := tells(tc.text); got != tc.tells {
			t.Errorf("%q tells: %v", tc.text, got)
		}
		_, err := text("words", tc.text, 0, 100)
		var e *errs.Error
		if refused := errors.As(err, &e) && len(e.Fields) == 1 && e.Fields[0].Name == "words" && e.Fields[0].Code == "honour.number"; refused != tc.tells {
			t.Errorf("%q: %v", tc.text, err)
		}
	}
}
