package app

import (
	"context"
	"time"

	"bilin/internal/errs"
	"bilin/internal/gateway"
	"bilin/internal/i18n"
	"bilin/internal/job"
	"bilin/internal/lesson"
	"bilin/internal/privacy"
	"bilin/internal/sqldb"
)

// lessonsAt returns lessons and talks with a clock of their own. Honours may be
// wired later than this.
func (a *App) lessonsAt(now func() time.Time) *lesson.Service {
	return lesson.New(lesson.Options{DB: a.DB, Network: a.Network, Policy: a.Policy, Audit: a.Audit, Live: a.Live, Honours: a.isHonoured, Speakers: a.honouredSpeakers, Tell: a.tellOfTalk, Now: now})
}

// isHonoured reports whether somebody holds a valid honour.
func (a *App) isHonoured(ctx context.Context, personID string) (bool, error) {
	list, err := a.Honours.HonoursOf(ctx, personID)
	return len(list) > 0, err
}

// honouredSpeakers are those who are honoured and on the public page.
func (a *App) honouredSpeakers(ctx context.Context) (out []lesson.Speaker, err error) {
	list, err := a.Honours.Honoured(ctx)
	for _, x := range list {
		out = append(out, lesson.Speaker{PersonID: x.PersonID, Name: x.Name, UnitID: x.UnitID})
	}
	return out, err
}

func (a *App) scheduleLessons() { a.Jobs.Every("lesson.tick", time.Hour, a.Lessons.Tick) }

// talkKind names the jobs that tell somebody of a talk that is cancelled or moved, one for each channel.
const talkKind = "lesson.cancelled"

type talkJob struct {
	Channel    gateway.Kind
	Person     string
	Talk       string
	Title, Why string
	At         time.Time
	Moved      bool
	Place      string
}

// tellOfTalk queues it for each who has a place and each channel. Whoever has
// none of them finds it on their page.
func (a *App) tellOfTalk(ctx context.Context, tx *sqldb.Tx, t *lesson.Talk, people []string) error {
	var jobs []job.Job
	for _, id := range people {
		payload := talkJob{Person: id, Talk: t.ID, Title: t.Title, Why: t.Why, At: t.At, Moved: t.State != lesson.Cancelled, Place: t.Place}
		if payload.Channel = gateway.SMS; a.SMS != nil {
			jobs = append(jobs, job.Job{Kind: talkKind, Payload: payload})
		}
		if payload.Channel = gateway.Push; a.Push != nil && a.Push.Ready() {
			jobs = append(jobs, job.Job{Kind: talkKind, Payload: payload})
		}
	}
	if len(jobs) == 0 {
		return nil
	}
	return job.EnqueueMany(ctx, tx, jobs)
}

// wireTalks has them told.
func (a *App) wireTalks() error {
	text, err := i18n.New(lesson.Messages)
	if err != nil {
		return err
	}
	a.Sending.Handle(talkKind, func(ctx context.Context, run job.Run) error { return a.tellTalk(ctx, run, text) })
	return nil
}

func (a *App) tellTalk(ctx context.Context, run job.Run, text *i18n.Catalog) error {
	var j talkJob
	if err := run.Decode(&j); err != nil {
		return err
	}
	day := j.At.In(a.Demand.Terms().Calendar.Zone()).Format("2006-01-02 15:04")
	words, title := "lesson.told.cancelled", "lesson.told.title"
	if j.Moved {
		words, title = "lesson.told.moved", "lesson.told.moved_title"
	}
	m := gateway.Message{ID: run.ID, Kind: j.Channel, To: j.Person, Text: text.T(i18n.ZH, words, "title", j.Title, "day", day, "why", j.Why, "place", j.Place)}
	var err error
	if j.Channel == gateway.Push {
		m.Title, m.URL, m.Tag = text.T(i18n.ZH, title), a.Config.BaseURL()+"/talks/"+j.Talk, "talk:"+j.Talk
		err = a.Push.Send(ctx, m)
	} else if a.SMS != nil {
		if m.To, err = a.ownersNumber(ctx, j.Person, talkKind); err == nil && m.To != "" {
			err = a.SMS.Send(ctx, m)
		}
	}
	if errs.KindOf(err) == errs.Invalid {
		return nil // no browser, or a number that is none: their page says it
	}
	return err
}

// lessonHolder is places at talks, and questions, of somebody who lives there.
type lessonHolder struct{ a *App }

func (lessonHolder) Name() string { return "lesson" }

func (h lessonHolder) Held(ctx context.Context, q sqldb.Querier, householdID string, open bool) ([]privacy.Item, error) {
	list, err := h.a.Lessons.HeldOf(ctx, q, householdID)
	var out []privacy.Item
	for _, x := range list {
		i := privacy.Item{ID: x.ID, Since: x.At, Title: said("held.talk_seat", "title", x.Title), Why: "held.why.talk_seat", Basis: "held.basis.consent", Until: said("held.until.talk_seat"),
			Asks: []privacy.Kind{privacy.Erase}, Facts: []privacy.Fact{fact("talk_at", on(x.At))}}
		if !x.Seat {
			i.Title, i.Why, i.Until = said("held.lesson_question", "title", x.Title), "held.why.lesson_question", said("held.until.lesson_question")
			i.Facts = []privacy.Fact{fact("asked", plain(x.Words))}
		}
		out = append(out, i)
	}
	return out, err
}

func (h lessonHolder) Erase(ctx context.Context, tx *sqldb.Tx, householdID string) error {
	return h.a.Lessons.Erase(ctx, tx, householdID)
}

func (h lessonHolder) EraseOne(ctx context.Context, tx *sqldb.Tx, householdID, item string) error {
	return h.a.Lessons.EraseOne(ctx, tx, householdID, item)
}
