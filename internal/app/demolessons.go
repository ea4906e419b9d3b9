package app

import (
	"context"
	"fmt"
	"time"

	"bilin/internal/auth"
	"bilin/internal/demo"
	"bilin/internal/lesson"
	"bilin/internal/network"
	"bilin/internal/workday"
)

// demoLesson is a short lesson, with a question that somebody asked and its answer.
type demoLesson struct {
	title    string
	cards    []string
	ask, say string
}

var demoLessonWords = []demoLesson{
	{"怎么敲开门", []string{"先说你是谁，住哪里。", "问一句身体，再说事情。", "人家在忙，就约个时间。", "出门前说一句：有事打我电话。"}, "人家不让进门怎么办？", "站在门口说两句也一样，下次再来。"},
	{"怎么劝架", []string{"先让两边都坐下。", "一边一边听完，当中不插话。", "只说事，不说人。", "说好的写在纸上，两边都拿一张。"}, "一边不肯坐怎么办？", "先陪他站着，等他把话说完。"},
	{"老人摔倒了", []string{"不要马上扶，先问哪里痛。", "不能动的，打120。", "能动的，慢慢扶着坐起来。", "陪着，等家里人到。"}, "", ""},
	{"煤气有味道", []string{"不开灯，不打电话。", "先关总阀，再开窗。", "人到门外去。", "在外面打电话报修。"}, "家里有老人走不动怎么办？", "先开窗关阀，叫邻居一起扶出去。"},
	{"停电以后", []string{"先看看邻居家有没有电。", "家里有制氧机的，先去那家。", "点蜡烛要有人看着。", "来电前把电器先关掉。"}, "", ""},
	{"暴雨来以前", []string{"把门口的沟掏干净。", "低的地方，东西搬高。", "手电、水、药放在一起。", "水到门口，就往高处走。"}, "什么时候算该走？", "听到组长叫，或者水到第二根桩，马上走。"},
	{"冰雪天出门", []string{"走路小步，手不插口袋。", "老人的米和药，邻居帮着带。", "屋里烧火，窗留一条缝。", "路上有断的电线，绕开再报。"}, "", ""},
	{"接到陌生电话", []string{"说是公安、银行的，先挂。", "说要转钱的，都是骗。", "不念验证码给任何人。", "拿不准，问邻长，再打110。"}, "已经转了钱怎么办？", "马上打110，越快越好，再去银行。"},
	{"记一条诉求", []string{"什么事，一句话。", "在哪里，说清楚门牌。", "想怎么办，问他本人。", "念一遍给他听，对了再交。"}, "他不愿意写名字行吗？", "行，可以不写名字。"},
	{"开一场屋场会", []string{"一次只商量一两件事。", "先说上次定的做得怎样。", "每家说一句，再一起定。", "定了谁来做、哪天做好。"}, "来的人少怎么办？", "换在饭后，短一点，再挨家说一声。"},
	{"陪人看病", []string{"带好身份证、医保卡、药盒。", "把哪里不舒服写在纸上。", "医生说的话，记下来念给家里人。", "药怎么吃，再问一遍。"}, "", ""},
	{"和孩子说话", []string{"蹲下来，看着他说。", "先问今天高兴的事。", "他不想说，就先一起玩。", "他说怕的事，马上告诉家里人。"}, "", ""},
	{"教老人用手机", []string{"一次只教一样。", "让他自己点，不替他点。", "写成三步，贴在手机壳上。", "隔两天再来问一遍。"}, "老是忘怎么办？", "忘了就再来一遍，不要急，也不要笑他。"},
	{"防溺水", []string{"不会水的人，只喊人。", "伸竹竿，扔救生圈。", "人救上来，先看有没有气。", "打120，等着不走。"}, "", ""},
	{"交接给下一任", []string{"一户一户带着走一遍。", "没办完的事，说给他听。", "哪家要先去，先说。", "头一个月，一起走。"}, "新邻长不熟路怎么办？", "第一周一起去，慢慢就熟了。"},
}

var demoTalkWords = []struct{ title, about string }{
	{"我是怎么劝架的", "二十年邻里劝架，讲三个真事，名字都换过。"},
	{"冰冻那四天", "怎么叫人、怎么铲路、先去哪几家。"},
	{"一分钟说清一件事", "怎么听、怎么记、怎么回话。"},
	{"老人的一天", "独居老人家要看什么，不要问什么。"},
	{"骗子的三句话", "当场演一遍，大家一起拆。"},
	{"屋场会怎么开得短", "一小时定两件事的办法。"},
	{"新邻长头一个月", "先认门，再认人，不用急。"},
	{"河边看水的人", "涨水前看什么，夜里怎么叫。"},
}

// demoLessons makes short lessons with questions, and talks of the last and the
// next months. Who teaches are leads of their towns.
func (a *App) demoLessons(ctx context.Context, o demo.Options) error {
	b := &demoClass{App: a, crowd: demo.NewCrowd(o.Seed, "lessons"), towns: a.Network.Tree().Units(network.Town)}
	b.svc = lesson.New(lesson.Options{DB: a.DB, Network: a.Network, Policy: a.Policy, Audit: a.Audit, Live: a.Live, Now: func() time.Time { return b.at },
		Honours: func(context.Context, string) (bool, error) { return true, nil }})
	for i := range 2 * len(demoLessonWords) { // in two towns each; the older is shorter
		x := demoLessonWords[i%len(demoLessonWords)]
		if err := b.lesson(ctx, i, x, len(x.cards)-i/len(demoLessonWords)); err != nil {
			return fmt.Errorf("demo lesson %q: %w", x.title, err)
		}
	}
	for i := range 3 * len(demoTalkWords) {
		if err := b.talk(ctx, i); err != nil {
			return fmt.Errorf("demo talk %d: %w", i, err)
		}
	}
	return b.asked(ctx)
}

// demoClass teaches in a demo city.
type demoClass struct {
	*App
	svc   *lesson.Service
	crowd *demo.Crowd
	towns []*network.Unit
	at    time.Time // the clock of svc
}

// town is the i-th town, its official and one of its leads; without them nobody teaches there.
func (b *demoClass) town(i int) (town *network.Unit, official, lead auth.Actor) {
	if len(b.towns) == 0 {
		return nil, official, lead
	}
	tree := b.Network.Tree()
	town = b.towns[i%len(b.towns)]
	if show := tree.ByCode(demo.ShowTown); i%4 == 0 && show != nil {
		town = show
	}
	cells := tree.Within([]string{town.ID}, network.Cell)
	for range 20 {
		if len(cells) == 0 {
			break
		}
		if lead = b.demoPost(cells[b.crowd.IntN(len(cells))], auth.Lead, ""); !lead.Anonymous() {
			break
		}
	}
	return town, b.demoPost(town.ID, auth.TownOfficial, ""), lead
}

func (b *demoClass) lesson(ctx context.Context, i int, x demoLesson, cards int) error {
	town, official, lead := b.town(i)
	if official.Anonymous() || lead.Anonymous() {
		return nil
	}
	b.at = b.Now().AddDate(0, 0, -10-7*i)
	cmd := lesson.Write{UnitID: town.ID, Title: x.title, Cards: x.cards[:cards], Done: true}
	id, err := b.svc.Write(ctx, lead, cmd)
	if err != nil {
		return err
	}
	cmd.ID, cmd.Version = id, 1
	if _, err := b.svc.Write(ctx, official, cmd); err != nil || x.ask == "" {
		return err
	}
	return b.question(ctx, lesson.OnLesson, id, x.ask, x.say, lead)
}

// question is asked by somebody and answered a day later; without an answer it waits.
func (b *demoClass) question(ctx context.Context, kind lesson.Kind, on, words, answer string, by auth.Actor) error {
	_, _, asker := b.town(b.crowd.IntN(100))
	if asker.Anonymous() || asker.PersonID == by.PersonID {
		return nil
	}
	b.at = b.at.AddDate(0, 0, 1)
	if err := b.svc.Ask(ctx, asker, lesson.Ask{On: on, Kind: kind, Words: words}); err != nil || answer == "" {
		return err
	}
	list, _, err := b.svc.Questions(ctx, by, kind, on)
	if err != nil || len(list) == 0 {
		return err
	}
	b.at = b.at.AddDate(0, 0, 1)
	_, err = b.svc.Reply(ctx, by, "", list[0].ID, answer, 1)
	return err
}

// talk is the i-th: the first third are to come, the others are over.
func (b *demoClass) talk(ctx context.Context, i int) error {
	town, official, lead := b.town(i)
	if official.Anonymous() || lead.Anonymous() {
		return nil
	}
	x, third := demoTalkWords[i%len(demoTalkWords)], len(demoTalkWords)
	days := 4 + 5*i
	if i >= third {
		days = -6 * (i - third + 1)
	}
	y, m, d := b.Now().In(workday.City).AddDate(0, 0, days).Date()
	when := time.Date(y, m, d, 9+6*(i%2), 30, 0, 0, workday.City)
	b.at = when.AddDate(0, 0, -40)
	if now := b.Now(); b.at.After(now) {
		b.at = now.Add(-24 * time.Hour)
	}
	id, err := b.svc.Plan(ctx, official, lesson.Plan{UnitID: town.ID, Title: x.title, About: x.about, Place: town.Name + "党群服务中心二楼", At: when, Minutes: 60, Places: 60, PersonID: lead.PersonID})
	if err != nil {
		return err
	}
	if i == 1 {
		return nil // waits for the speaker's word
	}
	if err := b.svc.Answer(ctx, lead, "", id, true); err != nil {
		return err
	}
	return b.attended(ctx, i, id, when, official, lead)
}

// attended takes places; of a talk that is over it says how many came.
func (b *demoClass) attended(ctx context.Context, i int, id string, when time.Time, official, lead auth.Actor) error {
	if err := b.svc.Seat(ctx, official, id, 6+b.crowd.IntN(14)); err != nil {
		return err
	}
	if when.After(b.Now()) {
		if i == 3 {
			return b.svc.Cancel(ctx, official, "", id, "会场检修，改日再讲")
		}
		return nil
	}
	if i%3 == 0 {
		if err := b.question(ctx, lesson.OnTalk, id, "讲的办法有没有写下来的？", "有，写成短课了，在“短课”里。", lead); err != nil {
			return err
		}
	}
	b.at = when.Add(2 * time.Hour)
	return b.svc.Came(ctx, official, "", id, 12+b.crowd.IntN(60))
}

// asked leaves the login lead with a talk to say yes to and a place at another,
// and the login town with a question.
func (b *demoClass) asked(ctx context.Context) error {
	tree := b.Network.Tree()
	town := tree.ByCode(demo.ShowTown)
	cell, err := b.loginsCell(ctx)
	if err != nil || town == nil {
		return err
	}
	official, lead := b.demoPost(town.ID, auth.TownOfficial, ""), b.demoPost(cell, auth.Lead, "")
	if official.Anonymous() || lead.Anonymous() {
		return nil
	}
	b.at = b.Now().Add(-time.Hour)
	_, err = b.svc.Plan(ctx, official, lesson.Plan{UnitID: town.ID, Title: "楼道里的邻长", About: "老楼里怎么认门、怎么记事。", Place: town.Name + "党群服务中心一楼", At: b.Now().AddDate(0, 0, 12).Truncate(time.Hour), Minutes: 40, Places: 40, PersonID: lead.PersonID})
	if err != nil {
		return err
	}
	list, err := b.svc.Talks(ctx, town, false, 1)
	if err != nil || len(list) == 0 {
		return err
	}
	if list[0].State == lesson.Open {
		if err := b.svc.Seat(ctx, lead, list[0].ID, 1); err != nil {
			return err
		}
	}
	lessons, _, err := b.svc.Lessons(ctx, nil, 1)
	if err != nil || len(lessons) == 0 {
		return err
	}
	return b.svc.Ask(ctx, lead, lesson.Ask{On: lessons[0].ID, Kind: lesson.OnLesson, Words: "这一课能打印出来贴在楼道吗？"})
}
