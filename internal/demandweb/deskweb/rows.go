package deskweb

import (
	"net/http"
	"strconv"
	"time"

	"bilin/internal/demand"
	"bilin/internal/demand/catalog"
	"bilin/internal/demandweb/words"
)

// queueRow is a demand in a list, in words.
type queueRow struct {
	demand.Row
	Spoken, Href     string
	KindLabel, State string
	StateKind, Owner string
	Category         string
	Urgency          string // empty: an ordinary one
	Critical         bool
	Due              due
	Marks            []mark
	Pick             string // what a check box sends: the number and the version shown
}

// due is how much time whoever has a demand still has.
type due struct {
	At   time.Time // zero: no clock runs
	Note string    // instead of it, or beside it
	Late bool      // a limit ran out before this one
}

// mark is something worth knowing about a demand before it is opened.
type mark struct{ Icon, Label, Kind string }

func (p *Pages) rows(r *http.Request, list []demand.Row) []queueRow {
	t, locale, terms, now := p.t(r), p.web.Locale(r), p.svc.Terms(), p.opt.Now()
	rows := make([]queueRow, 0, len(list))
	for _, d := range list {
		d.Text = demand.Excerpt(d.Text)
		row := queueRow{
			Row: d, Spoken: demand.Spoken(d.Number), Href: "/demands/" + d.Number, KindLabel: t.Kind(d.Kind),
			State: t.State(d.Demand.State), StateKind: d.Demand.State.Look(), Owner: t.Stop(d.Keeper),
			Category: terms.Catalog.Path(d.CategoryID, locale), Urgency: urgencyLabel(t, d.Demand.Urgency), Critical: d.Demand.Urgency == catalog.Critical,
			Due: dueOf(t, &d.Demand, now), Marks: marks(t, &d.Demand),
		}
		if d.Demand.State.Stage() == demand.Todo {
			row.Pick = d.Number + "." + strconv.Itoa(d.Version)
		}
		rows = append(rows, row)
	}
	return rows
}

func urgencyLabel(t words.T, u catalog.Urgency) string {
	if u == catalog.Normal {
		return ""
	}
	return t("catalog.urgency." + u.String())
}

// dueOf says how much time is left, or why none runs.
func dueOf(t words.T, d *demand.Demand, now time.Time) due {
	switch {
	case d.State == demand.Asked:
		return due{Note: t("desk.paused")}
	case d.State == demand.Resolved && d.ToldAt.IsZero():
		return due{Note: t("desk.untold")}
	case d.State.Stage() != demand.Todo:
		return due{}
	case d.DueAt.IsZero():
		return due{At: d.LateAt}
	}
	return due{At: d.DueAt, Late: !d.LateAt.IsZero() && now.Before(d.DueAt)}
}

// marks are what sets a demand apart from others in the list.
func marks(t words.T, d *demand.Demand) []mark {
	var list []mark
	put := func(on bool, m mark, key string, kv ...any) {
		if on {
			m.Label = t("desk.mark."+key, kv...)
			list = append(list, m)
		}
	}
	put(d.Private, mark{Icon: "lock"}, "private")
	put(d.Confined && !d.Private, mark{Icon: "eye-off"}, "confined")
	put(d.Reopens > 0, mark{Icon: "refresh", Kind: "bad"}, "reopened", "n", d.Reopens)
	put(d.Owed.Exists(), mark{Icon: "user-exclamation", Kind: "bad"}, "owed")
	put(d.Returns > 0 && !d.Disputed, mark{Icon: "arrow-back-up", Kind: "warn"}, "returned", "n", d.Returns)
	put(d.Disputed, mark{Icon: "scale", Kind: "bad"}, "disputed")
	put(d.Bound, mark{Icon: "scale"}, "bound")
	put(d.Pending.UnitID != "", mark{Icon: "transfer", Kind: "warn"}, "offered")
	put(d.Climbs > 0, mark{Icon: "stairs-up", Kind: "warn"}, "climbed", "n", d.Climbs)
	put(d.Handovers > 0, mark{Icon: "arrows-exchange"}, "handovers", "n", d.Handovers)
	put(d.Photos > 0, mark{Icon: "photo"}, "photos", "n", d.Photos)
	put(d.Follows > 0, mark{Icon: "users"}, "follows", "n", d.Follows)
	return list
}
