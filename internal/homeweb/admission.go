package homeweb

import (
	"context"
	"strings"

	"bilin/internal/admission"
	"bilin/internal/admission/monthly"
	"bilin/internal/admission/offlist"
	"bilin/internal/auth"
)

const firstTasks = 3

// Tasks is what this month's list asks of whoever leads somewhere.
type Tasks struct{ Service *monthly.Service }

// HomeCards costs one query.
func (s Tasks) HomeCards(ctx context.Context, actor auth.Actor, t func(key string, kv ...any) string) ([]Card, error) {
	if len(s.Service.MyUnits(actor)) == 0 {
		return nil, nil
	}
	todo, err := s.Service.Todo(ctx, actor)
	if err != nil {
		return nil, err
	}
	card := Card{Key: "tasks", Rank: RankIdle, Title: t("home.tasks"), Actions: []Action{{Label: t("home.tasks_all"), Href: "/tasks", Icon: "list-check"}}}
	var topics []string
	for _, u := range s.Service.MyUnits(actor) {
		topics = append(topics, "tasks:"+u.ID)
	}
	card.Live = strings.Join(topics, " ")
	if len(todo) == 0 {
		card.Empty = t("home.tasks_none")
		return []Card{card}, nil
	}
	todo, waiting := apart(todo)
	if card.Rank, card.Text = RankOpen, t("home.tasks_n", "n", len(todo)); len(todo) == 0 {
		card.Rank, card.Text = RankIdle, t("home.tasks_wait", "n", waiting)
	} else if waiting > 0 {
		card.Text = t("home.tasks_n_wait", "n", len(todo), "waiting", waiting)
	}
	for _, task := range todo[:min(len(todo), firstTasks)] {
		item := Item{Title: task.Title, Note: t("home.task_until", "day", strings.ReplaceAll(task.LastDay[len("2006-"):], "-", "/")), Href: "/tasks/" + task.ID}
		if task.Bypass {
			item.Status, item.StatusKind, card.Rank = t("home.task_emergency"), "bad", RankUrgent
		}
		card.Items = append(card.Items, item)
	}
	return []Card{card}, nil
}

// apart takes out the tasks that wait for an emergency to end, and counts them.
func apart(list []monthly.Task) (todo []monthly.Task, waiting int) {
	for _, t := range list {
		if t.Waits {
			waiting++
		} else {
			todo = append(todo, t)
		}
	}
	return todo, waiting
}

// Admission is what waits for the city office: matters and objections to decide,
// emergencies to look back at, tasks given back, work that came past the list.
type Admission struct {
	Matters *admission.Service
	Monthly *monthly.Service
	Offlist *offlist.Service
	Policy  *auth.Policy
}

// HomeCards costs five queries.
func (s Admission) HomeCards(ctx context.Context, actor auth.Actor, t func(key string, kv ...any) string) ([]Card, error) {
	if !s.Policy.May(actor, admission.ActReview) {
		return nil, nil
	}
	desk, err := s.Matters.Desk(ctx, actor)
	if err != nil {
		return nil, err
	}
	returned, err := s.Monthly.ReturnsWaiting(ctx)
	if err != nil {
		return nil, err
	}
	reports, err := s.Offlist.Waiting(ctx, actor)
	if err != nil {
		return nil, err
	}
	card := Card{Key: "admission", Rank: RankIdle, Title: t("home.admission"), Live: "matters", Figures: []Figure{
		{Label: t("home.admission_matters"), Value: len(desk.Submitted), Href: "/review"},
		{Label: t("home.admission_objections"), Value: desk.Objections, Href: "/review"},
		{Label: t("home.admission_emergencies"), Value: len(desk.Emergencies), Href: "/review"},
		{Label: t("home.admission_returned"), Value: returned, Href: "/returns"},
		{Label: t("home.admission_offlist"), Value: reports, Href: "/offlist/desk"},
	}}
	for i := range card.Figures {
		if card.Figures[i].Value > 0 {
			card.Figures[i].Kind, card.Rank = "warn", RankOpen
		}
	}
	return []Card{card}, nil
}
