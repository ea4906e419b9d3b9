package audit

import (
	"fmt"
	"math/bits"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"
)

// leaf returns what of a record is hashed: every column, each with its length,
// so that nothing can be moved between them. The place is proved by the tree.
func (r Record) leaf() tlog.Hash {
	b := make([]byte, 0, 512)
	b = append(b, "bilin-audit-1\n"...)
	for _, field := range []string{
		r.ID, strconv.FormatInt(r.At.UnixMilli(), 10), r.ActorID, r.ActorName, r.Action,
		r.ObjectKind, r.ObjectID, r.UnitID, r.Purpose, r.Detail,
	} {
		b = strconv.AppendInt(b, int64(len(field)), 10)
		b = append(b, ':')
		b = append(b, field...)
	}
	return tlog.RecordHash(b)
}

// tree is the right edge of the Merkle tree: the roots of its complete
// subtrees, one for each bit of the size. It is all that growing needs.
type tree struct {
	size  int64
	roots [63]tlog.Hash // by level
}

// add appends a leaf and returns the nodes it completes, to be stored from
// index tlog.StoredHashIndex(0, size) on.
func (t *tree) add(leaf tlog.Hash) ([]tlog.Hash, error) {
	nodes, err := tlog.StoredHashesForRecordHash(t.size, leaf, t)
	if err != nil {
		return nil, err
	}
	top := len(nodes) - 1
	t.roots[top] = nodes[top]
	t.size++
	return nodes, nil
}

// hash returns the root of the tree.
func (t *tree) hash() (tlog.Hash, error) { return tlog.TreeHash(t.size, t) }

// edge lists the stored hash indexes of the complete subtrees, lowest level first.
func edge(size int64) []int64 {
	var indexes []int64
	for rest := size; rest != 0; rest &= rest - 1 {
		level := bits.TrailingZeros64(uint64(rest))
		indexes = append(indexes, tlog.StoredHashIndex(level, size>>level-1))
	}
	return indexes
}

// ReadHashes gives tlog the roots it asks for.
func (t *tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		level, n := tlog.SplitStoredHashIndex(index)
		if t.size>>level&1 == 0 || n != t.size>>level-1 {
			return nil, fmt.Errorf("audit: node %d of level %d is not on the edge of %d leaves", n, level, t.size)
		}
		hashes[i] = t.roots[level]
	}
	return hashes, nil
}

// setEdge puts back a root that was read from storage.
func (t *tree) setEdge(index int64, h tlog.Hash) {
	level, _ := tlog.SplitStoredHashIndex(index)
	t.roots[level] = h
}
