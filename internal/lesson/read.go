package lesson

import (
	"context"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// Lesson returns a lesson that everybody reads, or to its author and editors one
// that isn't out.
func (s *Service) Lesson(ctx context.Context, actor auth.Actor, id string) (*Lesson, bool, error) {
	l, err := lessonByID(ctx, s.o.DB.Reader(), id)
	if err != nil {
		return nil, false, err
	}
	_, err = s.mine(ctx, s.o.DB.Reader(), actor, id)
	if err != nil && l.State != Published && !(l.State == Withdrawn && !l.PublishedAt.IsZero()) {
		return nil, false, errs.E(errs.NotFound, "lesson.none")
	}
	return l, err == nil, nil
}

// Lessons lists what is published, the newest first.
func (s *Service) Lessons(ctx context.Context, after *Cursor, limit int) ([]Lesson, *Cursor, error) {
	var w sqldb.Where
	w.Parts = append(w.Parts, "state = 'published'")
	if after != nil {
		w.Add("(published_at, id) < (?, ?)", after.At, after.ID)
	}
	list, err := lessons(ctx, s.o.DB.Reader(), `WHERE `+w.Text()+` ORDER BY published_at DESC, id DESC LIMIT `+w.Arg(limit+1), w.Args...)
	if err != nil || len(list) <= limit {
		return list, nil, err
	}
	last := list[limit-1]
	return list[:limit], &Cursor{At: sqldb.Millis(last.PublishedAt), ID: last.ID}, nil
}

// Drafts lists what the actor writes, and what was given to them to publish.
func (s *Service) Drafts(ctx context.Context, actor auth.Actor, limit int) ([]Lesson, error) {
	var w sqldb.Where
	w.Parts = append(w.Parts, "state IN ('draft', 'offered') AND (author_id = "+w.Arg(actor.PersonID)+" OR state = 'offered' AND "+w.OneOf("unit_id", s.planned(actor))+")")
	return lessons(ctx, s.o.DB.Reader(), `WHERE `+w.Text()+` ORDER BY changed_at DESC, id DESC LIMIT `+w.Arg(limit), w.Args...)
}

// planned lists the towns and the city for which the actor plans.
func (s *Service) planned(actor auth.Actor) (list []string) {
	for _, id := range s.o.Policy.Scope(actor, ActPlan) {
		for _, u := range s.tree().Subtree(s.tree().ByID(id)) {
			if u.Level <= network.Town {
				list = append(list, u.ID)
			}
		}
	}
	return list
}

// MayTalk says what somebody can do with a talk.
type MayTalk struct {
	Answer bool // was asked to speak
	Run    bool // cancel it, say how many came
	Join   bool
	Seats  int // that they have
}

// Talk returns a talk; one that its speaker has yet to agree to only to those who run it.
func (s *Service) Talk(ctx context.Context, actor auth.Actor, id string) (*Talk, MayTalk, error) {
	t, err := talkByID(ctx, s.o.DB.Reader(), id)
	if err != nil {
		return nil, MayTalk{}, err
	}
	runs := s.runs(actor)(t)
	if !runs && (t.State == Asked || t.State == Declined) {
		return nil, MayTalk{}, errs.E(errs.NotFound, "lesson.no_talk")
	}
	m := MayTalk{Answer: t.State == Asked && t.speaks(actor), Run: runs}
	if actor.PersonID != "" {
		if m.Seats, err = seatOf(ctx, s.o.DB.Reader(), id, actor.PersonID); err != nil {
			return nil, MayTalk{}, err
		}
	}
	m.Join = t.State == Open && t.At.After(s.now()) && s.touches(actor, t)
	return t, m, nil
}

// Talks lists talks that are to come, the soonest first, or those of late, the
// latest first. unit narrows to what is for its people; nil is everything.
func (s *Service) Talks(ctx context.Context, unit *network.Unit, past bool, limit int) ([]Talk, error) {
	var w sqldb.Where
	w.Parts = append(w.Parts, "t.state IN ('open', 'cancelled')")
	order := "t.at, t.id"
	if past {
		w.Add("t.at < ?", sqldb.Millis(s.now().Add(-time.Hour)))
		w.Add("t.at > ?", sqldb.Millis(s.now().Add(-shownPast)))
		order = "t.at DESC, t.id DESC"
	} else {
		w.Add("t.at >= ?", sqldb.Millis(s.now().Add(-time.Hour)))
	}
	if unit != nil {
		var ids []string
		for _, u := range s.tree().Path(unit) {
			ids = append(ids, u.ID)
		}
		for _, u := range s.tree().Subtree(unit) {
			if u.Level <= network.Town && u.ID != unit.ID {
				ids = append(ids, u.ID)
			}
		}
		w.In("t.unit_id", ids)
	}
	return talks(ctx, s.o.DB.Reader(), `WHERE `+w.Text()+` ORDER BY `+order+` LIMIT `+w.Arg(limit), w.Args...)
}

// Mine is what concerns somebody: what they are asked, where they have a place,
// what of that was cancelled, and questions.
type Mine struct {
	Asked   []Talk // they were asked to speak at
	Speak   []Talk // they speak at
	Seats   []Talk // they have a place at, or had until it was cancelled
	Wait    []Question
	Answers []Question // to what they asked, of late
}

// Mine returns it, in a fixed number of queries.
func (s *Service) Mine(ctx context.Context, actor auth.Actor) (m Mine, err error) {
	if actor.PersonID == "" {
		return m, nil
	}
	q, now := s.o.DB.Reader(), sqldb.Millis(s.now().Add(-time.Hour))
	own, err := talks(ctx, q, `WHERE t.speaker_id = $1 AND t.at > $2 AND t.state IN ('asked', 'open') ORDER BY t.at, t.id LIMIT 20`, actor.PersonID, now)
	if err != nil {
		return m, err
	}
	for _, t := range own {
		if t.State == Asked {
			m.Asked = append(m.Asked, t)
		} else {
			m.Speak = append(m.Speak, t)
		}
	}
	m.Seats, err = talks(ctx, q, `JOIN talk_seat s ON s.talk_id = t.id WHERE s.person_id = $1 AND t.at > $2 ORDER BY t.at, t.id LIMIT 20`, actor.PersonID, now)
	if err != nil {
		return m, err
	}
	if m.Wait, err = s.waiting(ctx, q, actor); err != nil {
		return m, err
	}
	m.Answers, err = s.titled(ctx, q, `q.asker_id = $1 AND q.answered_at > $2 ORDER BY q.answered_at DESC, q.id LIMIT 20`, actor.PersonID, sqldb.Millis(s.now().Add(-freshFor)))
	return m, err
}

// waiting lists questions that the actor can answer, the oldest first.
func (s *Service) waiting(ctx context.Context, q sqldb.Querier, actor auth.Actor) ([]Question, error) {
	var w sqldb.Where
	me := w.Arg(actor.PersonID)
	w.Parts = append(w.Parts, "q.answered_at = 0 AND (l.author_id = "+me+" AND l.state = 'published' OR t.speaker_id = "+me+" OR "+w.OneOf("q.unit_id", s.planned(actor))+")")
	return s.titled(ctx, q, w.Text()+` ORDER BY q.asked_at, q.id LIMIT 50`, w.Args...)
}

// titled reads questions with the title of what they are about.
func (s *Service) titled(ctx context.Context, q sqldb.Querier, where string, args ...any) ([]Question, error) {
	return sqldb.Collect(ctx, q, scanTitled, `SELECT q.id, q.on_id, q.kind, q.unit_id, q.asker_id, q.words, q.asked_at, q.answer, q.side, q.answered_at, q.version, COALESCE(l.title, t.title, '') FROM lesson_question q
		LEFT JOIN lesson l ON l.id = q.on_id LEFT JOIN talk t ON t.id = q.on_id WHERE `+where, args...)
}
