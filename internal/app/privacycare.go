package app

import (
	"context"
	"strconv"

	"bilin/internal/care"
	"bilin/internal/privacy"
	"bilin/internal/sqldb"
)

// careHolder is the list of households that are owed contact.
type careHolder struct{ a *App }

func (careHolder) Name() string { return "care" }

func (h careHolder) Held(ctx context.Context, q sqldb.Querier, householdID string, open bool) ([]privacy.Item, error) {
	list, err := h.a.Care.Held(ctx, q, householdID)
	if err != nil {
		return nil, err
	}
	var out []privacy.Item
	for _, e := range list {
		i := privacy.Item{
			ID: e.Entry.ID, Title: said("held.care"), Since: onDay(e.Entry.ListedOn).At, Why: "held.why.care", Basis: "held.basis.care_law", Until: onDay(e.Entry.LapsesOn),
			Asks: []privacy.Kind{privacy.Correct, privacy.Object, privacy.Erase}, Facts: careFacts(e),
		}
		if e.Content.Basis == care.ByConsent {
			i.Basis = "held.basis.consent"
			i.Asks = []privacy.Kind{privacy.Withdraw, privacy.Correct, privacy.Erase}
		}
		out = append(out, i)
	}
	ended, err := h.a.Care.EndedOf(ctx, q, householdID)
	for _, e := range ended {
		out = append(out, privacy.Item{
			Title: said("held.ended"), Why: "held.why.ended", Basis: "held.basis.ended", Until: onDay(e.ForgetOn), Stays: "held.stays.ended",
			Facts: []privacy.Fact{fact("ended", onDay(e.EndedOn)), fact("ended_why", said("care.why."+string(e.Why)))},
		})
	}
	return out, err
}

// careFacts is all that an entry holds: what officials see of it without
// opening it, what is sealed, and each contact that is kept.
func careFacts(e care.Held) []privacy.Fact {
	facts := []privacy.Fact{
		fact("need", said("held.need", "zh", e.Need.Name, "en", e.Need.NameEN)), fact("law", plain(e.Need.Law)),
		fact("do", said("held.do."+string(e.Entry.Do), "days", e.Entry.EveryDays)), fact("emergency", said("need.action."+string(e.Entry.Action))),
		fact("listed", onDay(e.Entry.ListedOn)),
	}
	if e.Content.Agreed != "" {
		facts = append(facts, fact("agreed", said("held.agreed."+string(e.Content.Agreed), "day", e.Content.AgreedOn)))
	}
	switch { // those who lose by it hear of it, and why
	case e.Need.Off:
		facts = append(facts, fact("off", said("held.need_off", "day", e.Need.OffOn, "why", e.Need.OffWhy, "last", e.Entry.LapsesOn)))
	case e.Ending != nil:
		facts = append(facts, fact("off", said("held.need_ending", "day", e.Ending.NoticeTo, "why", e.Ending.Why, "last", e.Entry.LapsesOn)))
	}
	facts = append(facts, fact("next", onDay(e.Next())))
	for _, p := range e.Plan {
		facts = append(facts, fact("plan."+strconv.Itoa(int(p.Step)), plain(p.Name)))
	}
	for _, p := range e.Past {
		key := "held.contact.open"
		if p.DoneOn != "" {
			key = "held.contact." + string(p.Outcome)
		}
		facts = append(facts, fact("contact", said(key, "owed", p.OwedOn, "due", p.DueOn, "done", p.DoneOn, "who", p.Who, "number", p.Demand)))
		if p.Misses > 0 {
			facts = append(facts, fact("contact", said("held.contact.missed", "owed", p.OwedOn, "n", p.Misses)))
		}
	}
	return facts
}

func (h careHolder) Erase(ctx context.Context, tx *sqldb.Tx, householdID string) error {
	return h.a.Care.Erase(ctx, tx, householdID)
}

func (h careHolder) EraseOne(ctx context.Context, tx *sqldb.Tx, householdID, item string) error {
	return h.a.Care.EndFor(ctx, tx, householdID, item, care.Erased)
}

// End ends one entry, as the household asked.
func (h careHolder) End(ctx context.Context, tx *sqldb.Tx, householdID, item string, why privacy.Kind) error {
	reason := care.Objected
	if why == privacy.Withdraw {
		reason = care.Withdrawn
	}
	return h.a.Care.EndFor(ctx, tx, householdID, item, reason)
}
