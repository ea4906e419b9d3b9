package demandweb

import (
	"time"

	"bilin/internal/demand"
	"bilin/internal/demandweb/words"
	"bilin/internal/web"
)

// standing names the sentence that says what is the case and what the reader
// can do next, and gives the moment that it speaks of, if any.
func (p *Pages) standing(f *demand.File) (sentence string, when time.Time) {
	now := p.now()
	switch {
	case f.May.Claim:
		return "claim", when
	case f.May.StillFixed:
		return "recheck", when
	case f.Overdue(now) && f.Climbs > 0 && now.Before(f.DueAt):
		return "climbed", f.DueAt
	case f.Overdue(now):
		return "overdue", when
	case f.State == demand.Resolved && !f.SilentAt.IsZero():
		return "resolved_until", f.SilentAt
	case (f.State == demand.Confirmed || f.State == demand.Unconfirmed) && !f.May.Reopen:
		return "long_ago", when
	}
	return string(f.State), when
}

// moment is one step of the timeline with the photos that came with it.
type moment struct {
	web.TimelineItem
	Photos []demand.Photo
}

// course is the timeline, newest first. A photo whose step the resident may not
// read yet is not in it.
func course(t words.T, f *demand.File) []moment {
	var list []moment
	with := map[int][]demand.Photo{}
	for _, photo := range f.Photos {
		with[photo.Seq] = append(with[photo.Seq], photo)
	}
	for i := len(f.Events) - 1; i >= 0; i-- {
		e := f.Events[i]
		if e.Step == demand.StepRaised {
			with[e.Seq] = nil // its words and photos stand above
		}
		list = append(list, moment{told(t, e), with[e.Seq]})
	}
	return list
}

// cameWith are the photos of the last such step.
func cameWith(f *demand.File, step demand.Step) (list []demand.Photo) {
	seq := -1
	for _, e := range f.Events {
		if e.Step == step {
			seq = e.Seq
		}
	}
	for _, photo := range f.Photos {
		if photo.Seq == seq {
			list = append(list, photo)
		}
	}
	return list
}

// toYou are the network's steps that speak of the resident.
var toYou = map[demand.Step]bool{demand.StepAsked: true, demand.StepTold: true, demand.StepContactRead: true}

// told writes a step to the resident themselves rather than about them.
func told(t words.T, e demand.Event) web.TimelineItem {
	item := t.Moment(e, t("demand.page.you"))
	switch {
	case e.Step == demand.StepMerged:
		item.Text = "" // the number of a neighbour's
	case e.Side == demand.Resident && e.Step != demand.StepRaised:
		item.Who, item.What = "", t("demand.page.did."+string(e.Step))
		if e.Name != "" { // on their word, by telephone or at the door
			item.Who = t("demand.page.noted_by", "who", t.Stop(demand.Stop{UnitName: e.UnitName, Role: e.Role, Name: e.Name}))
		}
	case toYou[e.Step]:
		item.What = t("demand.page.did." + string(e.Step))
	}
	return item
}

// questioned is the handler's last question and who asked it.
func questioned(t words.T, events []demand.Event) (question, who string) {
	for i := len(events) - 1; i >= 0; i-- {
		if events[i].Step == demand.StepAsked {
			m := t.Moment(events[i], "")
			return m.Text, m.Who
		}
	}
	return "", ""
}
