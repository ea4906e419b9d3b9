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
	put := func(on bool, icon, kind, key string, kv ...any) {
		if on {
			list = append(list, mark{Icon: icon, Kind: kind, Label: t("desk.mark."+key, kv...)})
		}
	}
	put(d.Private, "lock", "", "private")
	put(d.Confined && !d.Private, "eye-off", "", "confined")
	put(d.Reopens > 0, "refresh", "bad", "reopened", "n", d.Reopens)
	put(d.Returns > 0 && !d.Disputed, "arrow-back-up", "warn", "returned", "n", d.Returns)
	put(d.Disputed, "scale", "bad", "disputed")
	put(d.Bound, "scale", "", "bound")
	put(d.Pending.UnitID != "", "transfer", "warn", "offered")
	put(d.Climbs > 0, "stairs-up", "warn", "climbed", "n", d.Climbs)
	put(d.Handovers > 0, "arrows-exchange", "", "handovers", "n", d.Handovers)
	put(d.Photos > 0, "photo", "", "photos", "n", d.Photos)
	put(d.Follows > 0, "users", "", "follows", "n", d.Follows)
	return list
}
