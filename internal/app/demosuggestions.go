package app

import (
	"context"
	"strings"
)

// demoTitles put what the demo's residents suggest into an office's words, by a
// word in it.
var demoTitles = [][2]string{
	{"垃圾桶", "增加垃圾桶"}, {"清淤", "组织大家清沟"}, {"路灯", "在村道上装路灯"}, {"停车", "画临时车位"}, {"斑马线", "在学校门口画斑马线"}, {"公交", "周五加开一趟公交"},
	{"食堂", "办老人食堂"}, {"土鸡蛋", "教大家在手机上卖农产品"}, {"修路的账", "公布修路的账目"}, {"长凳", "装长凳给老人歇脚"}, {"见面会", "办邻居见面会"},
}

// demoSuggestions takes over what the demo's offices decided on suggestions.
func (a *App) demoSuggestions(ctx context.Context) error {
	_, err := a.Suggestions.FromHistory(ctx, func(words string) string {
		for _, t := range demoTitles {
			if strings.Contains(words, t[0]) {
				return t[1]
			}
		}
		first, _, _ := strings.Cut(words, "。")
		return first
	})
	return err
}
