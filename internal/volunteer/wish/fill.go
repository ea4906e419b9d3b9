package wish

import (
	"context"
	"fmt"
	"slices"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/network"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
)

// Past is a wish with what became of it.
type Past struct {
	HouseholdID, CellID string
	Kind, Words         string
	Part                Part
	State               State
	HelperID            string // who took it, or is asked
	PostedAt            time.Time
	Meet                Meet
	Thanks              Thanks
	Said                string // the household's own words of thanks
}

// atOnce is how many rows share a transaction.
const atOnce = 500

// Fill stores hours and wishes with their past: for the demo city, so only for
// a System actor.
func (s *Service) Fill(ctx context.Context, actor auth.Actor, offers []*Hours, past []Past) error {
	if !actor.System {
		return auth.Denied(actor)
	}
	for part := range slices.Chunk(offers, atOnce) {
		if err := s.o.DB.Write(ctx, func(tx *sqldb.Tx) error { return fillHours(ctx, tx, part) }); err != nil {
			return fmt.Errorf("wish: fill hours: %w", err)
		}
	}
	for part := range slices.Chunk(past, atOnce) {
		list, err := s.lived(ctx, part)
		if err == nil {
			err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error { return insert(ctx, tx, list) })
		}
		if err != nil {
			return fmt.Errorf("wish: fill: %w", err)
		}
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		return s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: actor.ID(), ActorName: actor.Name, Action: "wish.fill", ObjectKind: "wish", UnitID: s.tree().RootID(),
			Detail: map[string]any{"wishes": len(past), "offers": len(offers)}})
	})
}

func fillHours(ctx context.Context, tx *sqldb.Tx, list []*Hours) error {
	var rows, slots [][]any
	for _, h := range list {
		rows = append(rows, []any{h.VolunteerID, h.VillageID, h.UnitID, string(h.Reach), h.Until, sqldb.MillisOrZero(h.AskedAt), 1})
		for _, slot := range h.Slots {
			slot.ID = sqldb.NewID()
			slots = append(slots, slotValues(h.VolunteerID, slot))
		}
	}
	if err := sqldb.InsertMany(ctx, tx, "wish_hours", []string{"volunteer_id", "village_id", "unit_id", "reach", "until_on", "asked_at", "version"}, rows, ""); err != nil {
		return err
	}
	return sqldb.InsertMany(ctx, tx, "wish_slot", slotColumns, slots, "")
}

// lived makes wishes and lets them live up to their states.
func (s *Service) lived(ctx context.Context, past []Past) ([]*Wish, error) {
	list := make([]*Wish, len(past))
	var texts []seal.Item
	for i, p := range past {
		list[i] = s.livedOne(p)
		texts = append(texts, seal.Item{Subject: p.HouseholdID, Text: p.Words, Binding: wordsBinding(list[i].ID)},
			seal.Item{Subject: p.HouseholdID, Text: p.Said, Binding: thanksBinding(list[i].ID)})
	}
	sealed, err := s.o.Vault.SealAll(ctx, texts)
	if err != nil {
		return nil, err
	}
	for i := range list {
		list[i].words, list[i].thanksWords = sealed[2*i], sealed[2*i+1]
	}
	return list, nil
}

func (s *Service) livedOne(p Past) *Wish {
	tree := s.tree()
	w := &Wish{ID: sqldb.NewID(), Kind: p.Kind, HouseholdID: p.HouseholdID, CellID: p.CellID, Part: p.Part, State: p.State, PostedAt: p.PostedAt,
		Until: dayOf(p.PostedAt.AddDate(0, 0, TermDays)), PostedBy: "system:demo", Version: 1}
	if v := tree.At(tree.ByID(p.CellID), network.Village); v != nil {
		w.VillageID = v.ID
	}
	switch p.State {
	case Asked:
		w.AskedID, w.AskedUntil = p.HelperID, s.now().Add(AskedFor/2)
	case Taken:
		w.HelperID, w.Meet, w.TakenAt = p.HelperID, p.Meet, p.PostedAt.Add(20*time.Hour)
		w.Welcome = p.Meet.Agreed || p.Meet.By == Home
		w.DueOn = max(dayOf(w.TakenAt.AddDate(0, 0, TakenDays)), s.due(p.Meet.Day))
	case Done:
		w.HelperID, w.Thanks, w.TakenAt = p.HelperID, p.Thanks, p.PostedAt.Add(20*time.Hour)
		w.EndedAt = p.PostedAt.Add(90 * time.Hour)
	case Withdrawn:
		w.EndedAt = p.PostedAt.Add(50 * time.Hour)
	case Lapsed:
		w.EndedAt = p.PostedAt.AddDate(0, 0, TermDays+1)
	}
	return w
}
