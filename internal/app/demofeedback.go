package app

import (
	"context"
	"fmt"
	"time"

	"bilin/internal/auth"
	"bilin/internal/demo"
	"bilin/internal/feedback"
)

// demoOpinion is something said about Bilin in the demo, and what became of it.
type demoOpinion struct {
	kind     feedback.Kind
	route    string
	words    string
	again    []string // others who said the same
	state    feedback.State
	answer   string
	sentence string // for everybody
	release  string
}

var demoOpinions = []demoOpinion{
	{feedback.Hard, "/notices/{number}", "字太小了，老花眼看不清通知。", []string{"通知的字能不能再大点", "我妈说看通知费眼睛"}, feedback.Changed, "您说得对，通知的字已经放大，还能点“大字版”。", "通知的正文放大，大字版再大一号", "0.5"},
	{feedback.Burden, "/demands/enter", "代邻居登记诉求，地址要填两遍。", []string{"登记时地址又要重填"}, feedback.Changed, "地址现在从户里带出来，不用再填。", "代为登记时，地址自动带出", "0.6"},
	{feedback.Fault, "/demands/new", "没信号时点提交，以为没交上，又交了一次。", []string{"地下室提交没反应"}, feedback.Changed, "现在没信号也会存下，右上角写着还有几条没发出，重复点也只算一次。", "没有信号时提交会存在手机里，并写明还没发出", "0.5"},
	{feedback.Wish, "/find", "只记得路名，不记得门牌，想按路名找邻长。", nil, feedback.Changed, "可以了，只写路名也能找。", "只写路名也能找到邻长", "0.4"},
	{feedback.Hard, "/monthly", "清单太长，不知道哪些和我有关。", nil, feedback.Changed, "邻长登录后，先看到自己这个月的。", "邻长先看到自己这个月的任务", "0.7"},
	{feedback.Burden, "/tasks", "任务做完还要传照片吗？传照片很麻烦。", []string{"别让我们拍照留痕"}, feedback.Changed, "不用，也不许要求。办完点一下就行。", "任务一点就完成，不要照片", "0.3"},
	{feedback.Fault, "/board", "公开栏翻到第二页，按返回又回到第一页。", nil, feedback.Changed, "改好了，返回时停在原来的地方。", "公开栏按返回，停在原来的地方", "0.6"},
	{feedback.Wish, "/notices", "想听，不想看，能不能读出来。", nil, feedback.Changed, "每条通知都有“朗读”。", "每条通知都能朗读", "0.5"},
	{feedback.Hard, "/outcomes", "灰灯是什么意思看不懂。", []string{"灰色是不是没人管"}, feedback.Changed, "灯旁边加了一句话：灰灯是户数太少，看不出好坏。", "灰灯旁边写明：太少，看不出好坏", "0.8"},
	{feedback.Fault, "/login", "换了手机号收不到验证码，登不上。", nil, feedback.Answered, "请村干部在您面前给一张登录卡，当场就能登上。", "", ""},
	{feedback.Wish, "/programmes/{id}", "积分能不能排个名，大家有劲头。", []string{"村里比比谁分高"}, feedback.Declined, "不排名。积分只有本人看得到，这是定死的：帮忙是自愿的，不拿来比。", "", ""},
	{feedback.Wish, "/tasks", "能不能看到其他邻长完成了多少，好催一催。", nil, feedback.Declined, "不做。国家也不许给基层干部搞打卡排名，催办会变成负担。", "", ""},
	{feedback.Wish, "/d/{code}", "扫门牌能不能直接看到邻长手机号。", nil, feedback.Declined, "邻长愿意公开的才显示。您可以点“留言”，系统会转到。", "", ""},
	{feedback.Hard, "/demands/figures", "表太宽，手机上要左右拖。", nil, feedback.Doing, "在改，手机上会一行一行竖着排。", "", ""},
	{feedback.Wish, "/notices/{number}", "有没有方言朗读。", nil, feedback.Doing, "在试。先把大喇叭的稿子配上本地话的念法。", "", ""},
	{feedback.Burden, "/rollcall", "点名时十几户要点十几次，人多手忙。", []string{"能不能一次点全部平安"}, feedback.Doing, "在加“都平安”的按钮，一次登记，再改个别的。", "", ""},
	{feedback.Fault, "/demands/new", "苹果手机选照片会卡住。", nil, feedback.Unread, "", "", ""},
	{feedback.Hard, "/u/{code}", "“邻、组、片”分不清，能不能配张图。", nil, feedback.Unread, "", "", ""},
	{feedback.Wish, "/mine", "想把我家的记录打印出来。", nil, feedback.Unread, "", "", ""},
	{feedback.Burden, "/report-in", "报到时单位和特长每年都要重填。", []string{"报到信息去年填过了"}, feedback.Unread, "", "", ""},
	{feedback.Fault, "/emergency", "夜里页面太亮，晃眼。", nil, feedback.Unread, "", "", ""},
	{feedback.Wish, "", "希望有个简单的使用说明，一页纸的。", nil, feedback.Unread, "", "", ""},
}

// demoFeedback says some dozens of things about Bilin over half a year. The
// latest wait for an answer, two of them too long.
func (a *App) demoFeedback(ctx context.Context, o demo.Options) error {
	at, crowd := a.Now(), demo.NewCrowd(o.Seed, "feedback")
	svc := a.feedbackAt(func() time.Time { return at })
	desk := a.demoPost(a.Network.Tree().RootID(), auth.CityOffice, "")
	if desk.Anonymous() {
		return nil
	}
	for i, x := range demoOpinions {
		days := 170 - 7*i
		if x.state == feedback.Unread {
			days = 18 - 3*(i-16)
		}
		at = a.Now().AddDate(0, 0, -days).Add(-time.Duration(crowd.IntN(600)) * time.Minute)
		first, err := svc.Send(ctx, feedback.Send{Kind: x.kind, Route: x.route, Words: x.words})
		if err != nil {
			return fmt.Errorf("demo feedback %q: %w", x.words, err)
		}
		for _, words := range x.again {
			at = at.Add(time.Duration(1+crowd.IntN(20)) * time.Hour)
			r, err := svc.Send(ctx, feedback.Send{Kind: x.kind, Route: x.route, Words: words})
			if err == nil && x.state != feedback.Unread {
				err = svc.Merge(ctx, desk, "", r.Number, first.Number, 1)
			}
			if err != nil {
				return fmt.Errorf("demo feedback %q: %w", words, err)
			}
		}
		if x.state == feedback.Unread {
			continue
		}
		at = at.AddDate(0, 0, 2+crowd.IntN(9))
		if err := svc.Reply(ctx, desk, feedback.Reply{Number: first.Number, State: x.state, Words: x.answer, Sentence: x.sentence, Release: x.release, Version: 1}); err != nil {
			return fmt.Errorf("demo feedback %q: %w", x.words, err)
		}
	}
	return nil
}
