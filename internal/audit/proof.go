package audit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"bilin/internal/audit/witness"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// proofFormat names the layout of a proof's JSON.
const proofFormat = "bilin-audit-proof/1"

// maxProof bounds a proof that somebody hands us: a row, 63 hashes and a note.
const maxProof = 256 << 10

// Proof shows that a row is in the log which a checkpoint signed. Whoever has it
// and the public key can check it without the city.
type Proof struct {
	Format     string      `json:"format"`
	Index      int64       `json:"index"` // place in the log, from 0
	Row        ProofRow    `json:"row"`
	Leaf       tlog.Hash   `json:"leaf"` // hash of the row
	Size       int64       `json:"size"` // rows that the checkpoint signed
	Path       []tlog.Hash `json:"path"` // the neighbours up to the root
	Checkpoint string      `json:"checkpoint"`
}

// ProofRow is the row, every column that its hash is made of.
type ProofRow struct {
	ID         string `json:"id"`
	At         int64  `json:"at"` // milliseconds since 1970, UTC
	ActorID    string `json:"actor_id"`
	ActorName  string `json:"actor_name"`
	Action     string `json:"action"`
	ObjectKind string `json:"object_kind"`
	ObjectID   string `json:"object_id"`
	UnitID     string `json:"unit_id"`
	Purpose    string `json:"purpose"`
	Detail     string `json:"detail"`
}

func proofRow(r Record) ProofRow {
	return ProofRow{r.ID, sqldb.Millis(r.At), r.ActorID, r.ActorName, r.Action, r.ObjectKind, r.ObjectID, r.UnitID, r.Purpose, r.Detail}
}

// Record returns the row as the log has it.
func (p Proof) Record() Record {
	r := p.Row
	return Record{p.Index, r.ID, sqldb.Time(r.At), r.ActorID, r.ActorName, r.Action, r.ObjectKind, r.ObjectID, r.UnitID, r.Purpose, r.Detail}
}

// Vouched is a witness's word for a checkpoint.
type Vouched struct {
	Witness string // name and number of its key
	Rows    int64  // it vouches for the first so many rows
	At      time.Time
}

// Checked is what a proof shows.
type Checked struct {
	Rows    int64     // that the checkpoint signed
	At      time.Time // when it was signed
	Key     string    // name and number of the log's key
	Vouched []Vouched
}

// ParseProof reads a proof's JSON.
func ParseProof(raw []byte) (Proof, error) {
	var p Proof
	if len(raw) > maxProof {
		return p, errs.E(errs.TooLarge, "audit.proof.malformed")
	}
	if err := json.Unmarshal(raw, &p); err != nil {
		return p, errs.Wrap(err, errs.Invalid, "audit.proof.malformed")
	}
	if p.Format != proofFormat {
		return p, errs.E(errs.Invalid, "audit.proof.malformed")
	}
	return p, nil
}

// Check recomputes the row's hash and the way up to the root, and compares the
// root with the one that was signed. It needs nothing but the two public keys.
func (p Proof) Check(key string, witnesses []*witness.Verifier) (Checked, error) {
	verifier, err := note.NewVerifier(strings.TrimSpace(key))
	if err != nil {
		return Checked{}, errs.Wrap(err, errs.Invalid, "audit.proof.key")
	}
	c, err := openCheckpoint(p.Checkpoint, verifier)
	if err != nil {
		return Checked{}, errs.Wrap(err, errs.Conflict, "audit.proof.unsigned")
	}
	if c.size != p.Size || p.Record().leaf() != p.Leaf {
		return Checked{}, errs.E(errs.Conflict, "audit.proof.row")
	}
	if err := tlog.CheckRecord(p.Path, p.Size, c.hash, p.Index, p.Leaf); err != nil {
		return Checked{}, errs.Wrap(err, errs.Conflict, "audit.proof.path")
	}
	out := Checked{Rows: c.size, At: c.at, Key: fmt.Sprintf("%s+%08x", verifier.Name(), verifier.KeyHash())}
	for _, w := range witnesses {
		if _, at, err := w.Cosigned(p.Checkpoint); err == nil {
			out.Vouched = append(out.Vouched, Vouched{w.ID(), c.size, at})
		}
	}
	return out, nil
}

// Prove returns a row with its proof: against the newest checkpoint that a
// trusted witness signed, where that holds the row, and else against the
// newest. A row that no checkpoint holds yet is signed now.
func (l *Log) Prove(ctx context.Context, seq int64) (Proof, error) {
	records, err := scanRecords(l.db.Reader().QueryContext(ctx, `SELECT seq, `+recordColumns+` FROM audit_entry WHERE seq = $1`, seq))
	if err != nil {
		return Proof{}, fmt.Errorf("audit: prove: %w", err)
	}
	if len(records) == 0 {
		return Proof{}, errs.E(errs.NotFound, "audit.proof.no_row")
	}
	c, err := l.checkpointOver(ctx, seq)
	if err != nil {
		return Proof{}, fmt.Errorf("audit: prove: %w", err)
	}
	if c.size <= seq {
		return Proof{}, errs.E(errs.Conflict, "audit.proof.not_signed")
	}
	path, err := tlog.ProveRecord(c.size, seq, nodeReader{ctx, l.db.Reader()})
	if err != nil {
		return Proof{}, errs.Wrap(err, errs.Conflict, "audit.proof.path")
	}
	signed, err := withCosignatures(ctx, l.db.Reader(), c)
	if err != nil {
		return Proof{}, fmt.Errorf("audit: prove: %w", err)
	}
	return Proof{proofFormat, seq, proofRow(records[0]), records[0].leaf(), c.size, path, signed}, nil
}

// checkpointOver returns the checkpoint that says most for a row.
func (l *Log) checkpointOver(ctx context.Context, seq int64) (checkpoint, error) {
	for _, ids := range [][]*witness.Verifier{l.Trusted(), nil} {
		c, err := newestCheckpoint(ctx, l.db.Reader(), ids)
		if err != nil || c.size > seq {
			return c, err
		}
	}
	if err := l.Checkpoint(ctx); err != nil {
		return checkpoint{}, err
	}
	return lastCheckpoint(ctx, l.db.Reader())
}

// Key is the public key that the log's checkpoints are verified with.
func (l *Log) Key() string { return l.public }

// nodeReader gives tlog the nodes of the stored tree.
type nodeReader struct {
	ctx context.Context //nolint:containedctx // lives as long as one proof
	q   sqldb.Querier
}

// ReadHashes reads them one by one: a proof needs a few dozen.
func (n nodeReader) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		var raw []byte
		if err := n.q.QueryRowContext(n.ctx, `SELECT hash FROM audit_hash WHERE idx = $1`, index).Scan(&raw); err != nil {
			return nil, fmt.Errorf("node %d: %w", index, err)
		}
		if len(raw) != tlog.HashSize {
			return nil, errors.New("node of a wrong length")
		}
		hashes[i] = tlog.Hash(raw)
	}
	return hashes, nil
}
