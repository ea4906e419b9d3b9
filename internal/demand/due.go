package demand

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"bilin/internal/auth"
	"bilin/internal/sqldb"
)

// dueBatch is how many demands one transaction moves: 10,000 may fall due in one
// minute, and each alone would wait for the disk.
const dueBatch = 100

// place in the list of what is due, so that one that fails holds up nobody.
type dueAt struct {
	at int64
	id string
}

// Tick does what the clocks of all demands have to do by now: reminders, climbs,
// unanswered transfers, the end of the seven days, the question a month later.
// It returns how many demands it touched. What fails is tried again the next
// time, and the rest goes on.
func (s *Service) Tick(ctx context.Context) (int, error) {
	if err := s.reckon(ctx); err != nil {
		return 0, err
	}
	now, after, done := s.now(), dueAt{}, 0
	var failed error
	for {
		ids, last, err := s.due(ctx, now, after)
		if err != nil || len(ids) == 0 {
			return done, errors.Join(failed, err)
		}
		n, err := s.tickAll(ctx, ids, now)
		done, after = done+n, last
		failed = errors.Join(failed, err)
		if err := ctx.Err(); err != nil {
			return done, err
		}
	}
}

// due lists what has something to do by now, after a place in that list.
func (s *Service) due(ctx context.Context, now time.Time, after dueAt) (ids []string, last dueAt, err error) {
	rows, err := s.opt.DB.Reader().QueryContext(ctx, `SELECT next_at, id FROM demand
		WHERE next_at > 0 AND next_at <= $1 AND (next_at, id) > ($2, $3) ORDER BY next_at, id LIMIT `+strconv.Itoa(dueBatch),
		sqldb.Millis(now), after.at, after.id)
	if err != nil {
		return nil, last, fmt.Errorf("demand: due: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&last.at, &last.id); err != nil {
			return nil, last, fmt.Errorf("demand: due: %w", err)
		}
		ids = append(ids, last.id)
	}
	return ids, last, rows.Err()
}

// tickAll moves a batch in one transaction; if that fails, each by itself.
func (s *Service) tickAll(ctx context.Context, ids []string, now time.Time) (int, error) {
	n, err := s.tickTogether(ctx, ids, now)
	if err == nil || len(ids) == 1 || ctx.Err() != nil {
		return n, err
	}
	done := 0
	var failed error
	for _, id := range ids {
		n, err := s.tickTogether(ctx, []string{id}, now)
		done, failed = done+n, errors.Join(failed, err)
	}
	return done, failed
}

func (s *Service) tickTogether(ctx context.Context, ids []string, now time.Time) (n int, err error) {
	err = s.opt.DB.Write(ctx, func(tx *sqldb.Tx) error {
		n = 0
		var these sqldb.Where
		these.In("id", ids)
		list, err := many(ctx, tx, these.Text(), these.Args...)
		if err != nil {
			return err
		}
		var topics []string
		for _, d := range list {
			moved, err := s.tick(ctx, tx, d, now)
			if err != nil {
				return fmt.Errorf("demand: %s falls due: %w", d.Number, err)
			}
			if moved {
				n++
				topics = append(topics, s.topics(d)...)
			}
		}
		slices.Sort(topics)
		return s.publish(ctx, tx, slices.Compact(topics))
	})
	return n, err
}

// maxTicks bounds what one demand may have to do at one moment.
const maxTicks = 4

func (s *Service) tick(ctx context.Context, tx *sqldb.Tx, d *Demand, now time.Time) (bool, error) {
	d.Under(s.Terms())
	moved := false
	for range maxTicks {
		if !d.Tick(s.over(d), now) {
			break
		}
		moved = true
	}
	if !moved {
		return false, s.reschedule(ctx, tx, d)
	}
	events := d.News()
	if len(events) == 0 {
		return true, s.reschedule(ctx, tx, d)
	}
	if err := save(ctx, tx, d); err != nil {
		return false, err
	}
	return true, s.noteChange(ctx, tx, auth.System("demand"), d, "demand.tick", events)
}

// reschedule writes the instants of a demand to which nothing else happened.
func (s *Service) reschedule(ctx context.Context, tx *sqldb.Tx, d *Demand) error {
	_, err := tx.ExecContext(ctx, `UPDATE demand SET clock_limit = $1, clock_used = $2, clock_since = $3, due_at = $4, remind_at = $5,
		next_at = $6 WHERE id = $7 AND seq = $8`, d.Clock.Limit.Milliseconds(), d.Clock.Used.Milliseconds(), sqldb.MillisOrZero(d.Clock.Since),
		sqldb.MillisOrZero(d.DueAt), sqldb.MillisOrZero(d.RemindAt), sqldb.MillisOrZero(d.NextAt()), d.ID, d.Seq)
	if err != nil {
		return fmt.Errorf("demand: reschedule: %w", err)
	}
	return nil
}

const reckonedKey = "demand.calendar"

// reckon reads all running clocks off the calendar again after it changed: a
// holiday that was announced late gives everybody the day.
func (s *Service) reckon(ctx context.Context) error {
	rev := strconv.FormatInt(s.opt.Revision(), 10)
	var had string
	err := s.opt.DB.Reader().QueryRowContext(ctx, `SELECT value FROM meta WHERE key = $1`, reckonedKey).Scan(&had)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("demand: calendar: %w", err)
	}
	if had == rev || had == "" && rev == "0" {
		return nil
	}
	if err := s.reckonAll(ctx); err != nil {
		return err
	}
	return s.opt.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value`, reckonedKey, rev)
		return err
	})
}

func (s *Service) reckonAll(ctx context.Context) error {
	after := ""
	for {
		ids, err := texts(ctx, s.opt.DB.Reader(), `SELECT id FROM demand WHERE stage = 0 AND clock_since > 0 AND id > $1
			ORDER BY id LIMIT `+strconv.Itoa(dueBatch), after)
		if err != nil || len(ids) == 0 {
			return err
		}
		after = ids[len(ids)-1]
		err = s.opt.DB.Write(ctx, func(tx *sqldb.Tx) error {
			var these sqldb.Where
			these.In("id", ids)
			list, err := many(ctx, tx, these.Text(), these.Args...)
			if err != nil {
				return err
			}
			for _, d := range list {
				if d.Under(s.Terms()).Reckon() {
					if err := s.reschedule(ctx, tx, d); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}
