package demand

import (
	"context"
	"sync"
	"time"

	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

// blockSize is how many numbers a process takes at once. Those left over when it
// stops are never given out. A counter raised in every command's own
// transaction would make all of them queue for one row.
const blockSize = 64

// numbers hands out the sequence numbers of a year.
type numbers struct {
	mu         sync.Mutex
	year       int
	next, last int
}

// take returns the next number. It must not be called inside of a transaction.
func (n *numbers) take(ctx context.Context, db *sqldb.DB, now time.Time) (string, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if year := now.In(workday.City).Year(); year != n.year || n.next > n.last {
		var last int
		err := db.Write(ctx, func(tx *sqldb.Tx) error {
			var err error
			last, err = reserve(ctx, tx, year, blockSize)
			return err
		})
		if err != nil {
			return "", err
		}
		n.year, n.next, n.last = year, last-blockSize+1, last
	}
	number := NumberOf(n.year, n.next)
	n.next++
	return number, nil
}
