package homeweb

import (
	"context"

	"bilin/internal/auth"
	"bilin/internal/lesson"
	"bilin/internal/practice"
)

const learningItems = 5

// Learning is what waits for somebody's word: practices that are written
// together, talks they are asked to give or have a place at, questions.
type Learning struct {
	Practices *practice.Service
	Lessons   *lesson.Service
	Policy    *auth.Policy
}

// HomeCards costs a fixed number of queries for leads and officials, none for others.
func (s Learning) HomeCards(ctx context.Context, actor auth.Actor, t func(key string, kv ...any) string) (cards []Card, err error) {
	if actor.PersonID == "" || !s.Policy.May(actor, lesson.ActJoin) {
		return nil, nil
	}
	list, err := s.Practices.Desk(ctx, actor, 4*learningItems)
	if err != nil {
		return nil, err
	}
	words := Card{Key: "practices", Rank: RankKnow, Title: t("practiceweb.home"), Actions: []Action{{Label: t("practiceweb.home_do"), Href: "/practices/mine", Icon: "bulb"}}}
	for _, w := range list {
		if w.Waits() && len(words.Items) < learningItems {
			words.Items = append(words.Items, Item{Title: w.Title, Href: "/practices/" + w.ID + "/work", At: w.ChangedAt, Status: t("practiceweb.your_turn"), StatusKind: "warn"})
		}
	}
	if len(words.Items) > 0 {
		cards = append(cards, words)
	}
	m, err := s.Lessons.Mine(ctx, actor)
	if err != nil {
		return nil, err
	}
	talks := Card{Key: "talks", Rank: RankKnow, Title: t("lessonweb.home"), Actions: []Action{{Label: t("lessonweb.home_do"), Href: "/talks/mine", Icon: "presentation"}}, Items: learnt(m, t)}
	if len(talks.Items) > 0 {
		cards = append(cards, talks)
	}
	return cards, nil
}

// learnt lists what concerns somebody, what waits for them first.
func learnt(m lesson.Mine, t func(key string, kv ...any) string) (items []Item) {
	for _, x := range m.Asked {
		items = append(items, Item{Title: x.Title, Note: x.Place, Href: "/talks/" + x.ID, At: x.At, Status: t("lessonweb.home_asked"), StatusKind: "warn"})
	}
	for _, q := range m.Wait {
		items = append(items, Item{Title: q.Words, Note: q.Title, Href: "/talks/mine", Status: t("lessonweb.home_wait"), StatusKind: "warn"})
	}
	for _, x := range m.Seats {
		item := Item{Title: x.Title, Note: x.Place, Href: "/talks/" + x.ID, At: x.At, Status: t("lessonweb.home_seat"), StatusKind: "ok"}
		if x.State == lesson.Cancelled {
			item.Status, item.StatusKind = t("lessonweb.home_cancelled"), "bad"
		} else if x.Moved() {
			item.Status, item.StatusKind = t("lessonweb.moved"), "warn"
		}
		items = append(items, item)
	}
	for _, q := range m.Answers {
		items = append(items, Item{Title: q.Words, Note: q.Title, Href: "/talks/mine", At: q.AnsweredAt, Status: t("lessonweb.home_answer"), StatusKind: "ok"})
	}
	return items[:min(len(items), learningItems)]
}
