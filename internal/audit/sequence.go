package audit

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"bilin/internal/sqldb"
)

// batchSize bounds how long the sequencer holds the one writer of SQLite.
const batchSize = 256

// Sequence gives every appended entry its place in the log. Of several replicas
// only one does so at a time; the others wait for it.
func (l *Log) Sequence(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		waiting, err := hasPending(ctx, l.db.Reader())
		if err != nil || !waiting {
			return err
		}
		n, err := l.sequenceBatch(ctx)
		if err != nil {
			return fmt.Errorf("audit: sequence: %w", err)
		}
		if n < batchSize {
			return nil
		}
	}
}

// sequenceBatch moves one batch. It runs at read committed on PostgreSQL: to
// see rows that writers are adding must not make them fail.
func (l *Log) sequenceBatch(ctx context.Context) (n int, err error) {
	var grown tree
	err = l.db.Claim(ctx, func(tx *sqldb.Tx) error {
		size, err := takeTurn(ctx, tx)
		if err != nil {
			return err
		}
		if grown, err = l.treeOf(ctx, tx, size); err != nil {
			return err
		}
		records, err := loadPending(ctx, tx, batchSize)
		if err != nil {
			return err
		}
		n = len(records)
		return grow(ctx, tx, &grown, records)
	})
	if err == nil {
		l.tree = grown
	}
	return n, err
}

// grow stores records behind the tree's leaves and takes them off the pending.
func grow(ctx context.Context, tx *sqldb.Tx, t *tree, records []Record) error {
	if len(records) == 0 {
		return nil
	}
	first := t.size
	var nodes []tlog.Hash
	for i := range records {
		records[i].Seq = t.size
		added, err := t.add(records[i].leaf())
		if err != nil {
			return err
		}
		nodes = append(nodes, added...)
	}
	if err := insertRecords(ctx, tx, records); err != nil {
		return err
	}
	if err := insertNodes(ctx, tx, tlog.StoredHashCount(first), nodes); err != nil {
		return err
	}
	return endTurn(ctx, tx, first, t.size)
}

// treeOf returns the tree of a size, from memory if this process grew it last.
func (l *Log) treeOf(ctx context.Context, q sqldb.Querier, size int64) (tree, error) {
	if l.tree.size == size {
		return l.tree, nil
	}
	return loadTree(ctx, q, size)
}
