package practice

import (
	"context"
	"fmt"
	"time"

	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// Filled is a published practice of a demo, with what came of it elsewhere.
type Filled struct {
	ID, UnitID string
	AuthorID   string
	Topic      Topic
	Text
	At    time.Time
	Takes []Take
}

// Fill stores published practices of a demo city, all in one transaction.
func (s *Service) Fill(ctx context.Context, list []Filled) error {
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		for _, f := range list {
			if err := s.fill(ctx, tx, f); err != nil {
				return fmt.Errorf("practice: fill %q: %w", f.Title, err)
			}
		}
		return nil
	})
}

func (s *Service) fill(ctx context.Context, tx *sqldb.Tx, f Filled) error {
	f.Text = f.Clean()
	if bad := f.Text.check(errs.E(errs.Invalid, "practice.check"), true); len(bad.Fields) > 0 {
		return bad
	}
	p := &Practice{ID: f.ID, UnitID: f.UnitID, Topic: f.Topic, State: Published, Title: f.Title, Edition: 1, Shown: 1, AuthorOK: 1, EditorOK: 1, MadeAt: f.At, PublishedAt: f.At, ChangedAt: f.At, author: f.AuthorID, offered: 1}
	var rows [][]any
	for _, t := range f.Takes {
		t.PracticeID, t.Version = f.ID, 1
		rows = append(rows, t.row())
		if t.Live() {
			p.Adopted++
		}
	}
	if err := insert(ctx, tx, p); err != nil {
		return err
	}
	if err := insertText(ctx, tx, p.ID, Edition{Text: f.Text, Topic: f.Topic, Number: 1, Side: Author, At: f.At, by: f.AuthorID}); err != nil {
		return err
	}
	if err := insertGrams(ctx, tx, p.ID, f.Text); err != nil {
		return err
	}
	return sqldb.InsertMany(ctx, tx, "practice_take", takeColumns, rows, "")
}
