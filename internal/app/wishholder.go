package app

import (
	"context"

	"bilin/internal/privacy"
	"bilin/internal/sqldb"
)

// wishHolder is the household's small wishes, and the hours its volunteers offer.
type wishHolder struct{ a *App }

func (wishHolder) Name() string { return "wish" }

func (h wishHolder) Held(ctx context.Context, q sqldb.Querier, householdID string, open bool) ([]privacy.Item, error) {
	list, err := h.a.Wishes.HeldOf(ctx, q, householdID, open)
	if err != nil {
		return nil, err
	}
	var out []privacy.Item
	for _, w := range list {
		i := privacy.Item{
			ID: w.ID, Since: w.PostedAt, Title: said("held.wish", "kind", w.Kind), Why: "held.why.wish", Basis: "held.basis.consent", Until: said("held.until.wish"),
			Asks:  []privacy.Kind{privacy.Correct, privacy.Erase},
			Facts: []privacy.Fact{fact("stands", said("wish.state."+string(w.State))), fact("said", on(w.PostedAt))},
		}
		if w.Words != "" {
			i.Facts = append(i.Facts, fact("wish_words", plain(w.Words)))
		}
		out = append(out, i)
	}
	helpers, err := h.a.Volunteers.HeldOf(ctx, q, householdID)
	for _, v := range helpers {
		if err != nil {
			return nil, err
		}
		hours, failed := h.a.Wishes.HoursOf(ctx, q, v.ID)
		if err = failed; hours != nil {
			out = append(out, privacy.Item{
				ID: v.ID, Title: said("held.hours", "n", len(hours.Slots)), Why: "held.why.hours", Basis: "held.basis.consent", Until: onDay(hours.Until),
				Asks: []privacy.Kind{privacy.Correct, privacy.Erase}, Facts: []privacy.Fact{fact("reach", said("wish.reach."+string(hours.Reach)))},
			})
		}
	}
	return out, err
}

// Erase takes the wishes out, and the hours.
func (h wishHolder) Erase(ctx context.Context, tx *sqldb.Tx, householdID string) error {
	if err := h.a.Wishes.EraseHousehold(ctx, tx, householdID); err != nil {
		return err
	}
	return h.eraseHours(ctx, tx, householdID, "")
}

func (h wishHolder) EraseOne(ctx context.Context, tx *sqldb.Tx, householdID, item string) error {
	if err := h.a.Wishes.EraseOne(ctx, tx, householdID, item); err != nil {
		return err
	}
	return h.eraseHours(ctx, tx, householdID, item)
}

// eraseHours ends the hours of one of the household's volunteers; "" is all of them.
func (h wishHolder) eraseHours(ctx context.Context, tx *sqldb.Tx, householdID, volunteerID string) error {
	helpers, err := h.a.Volunteers.HeldOf(ctx, tx, householdID)
	for _, v := range helpers {
		if volunteerID != "" && v.ID != volunteerID {
			continue
		}
		if err := h.a.Wishes.EraseHours(ctx, tx, v.ID); err != nil {
			return err
		}
	}
	return err
}
