// Package witness countersigns the checkpoints of an audit log on a machine that its owner doesn't rule.
//
// A witness signs a checkpoint only if the log has grown out of the last one it
// signed, which a consistency proof shows without a single row. Formats are those
// of C2SP: tlog-checkpoint, tlog-witness (what a city sends) and tlog-cosignature
// (what comes back), so that common witnesses may be used as well.
package witness

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"bilin/internal/errs"
)

// Seen is the last checkpoint of a log that a witness signed.
type Seen struct {
	Size int64     `json:"size"`
	Hash tlog.Hash `json:"hash"`
	Note string    `json:"note"` // with the log's signature and our own: the copy that lies elsewhere
}

// Witness countersigns for the logs that were introduced to it.
type Witness struct {
	signer note.Signer
	file   string // what it has seen, by the public key of each log
	seen   map[string]Seen
}

// Open opens the witness whose key and memory are files.
func Open(keyFile, stateFile string, now func() time.Time) (*Witness, error) {
	raw, err := os.ReadFile(keyFile)
	if err != nil {
		return nil, err
	}
	signer, err := NewSigner(string(bytes.TrimSpace(raw)), now)
	if err != nil {
		return nil, errs.Wrap(err, errs.Invalid, "audit.witness.bad_key", "file", keyFile)
	}
	w := &Witness{signer: signer, file: stateFile, seen: map[string]Seen{}}
	raw, err = os.ReadFile(stateFile)
	if errors.Is(err, fs.ErrNotExist) {
		return w, nil
	}
	if err == nil {
		err = json.Unmarshal(raw, &w.seen)
	}
	if err != nil { // a witness that forgot what it signed would sign anything
		return nil, errs.Wrap(err, errs.Invalid, "audit.witness.bad_state", "file", stateFile)
	}
	return w, nil
}

// Introduce makes a log known by its public key.
func (w *Witness) Introduce(key string) error {
	if _, err := note.NewVerifier(key); err != nil {
		return errs.Wrap(err, errs.Invalid, "audit.witness.bad_log")
	}
	if _, known := w.seen[key]; !known {
		w.seen[key] = Seen{}
	}
	return nil
}

// Last returns what the witness has signed, by the public key of each log.
func (w *Witness) Last() map[string]Seen { return w.seen }

// Countersign adds the witness's signature to what a city sends: a request
// of tlog-witness, or for a log that it signs for the first time the bare
// checkpoint. What it signed is on its disk before anybody gets the signature.
func (w *Witness) Countersign(raw []byte) (cosigned string, err error) {
	req, err := ParseRequest(raw)
	if err != nil {
		return "", errs.Wrap(err, errs.Invalid, "audit.witness.bad_request")
	}
	key, opened, err := w.whose(req.Note)
	if err != nil {
		return "", err
	}
	c, err := ParseCheckpoint(opened.Text)
	if err != nil {
		return "", errs.Wrap(err, errs.Invalid, "audit.witness.bad_request")
	}
	if err := follows(w.seen[key], req, c); err != nil {
		return "", err
	}
	opened.UnverifiedSigs = nil // of whom we don't know we pass nothing on
	signed, err := note.Sign(opened, w.signer)
	if err != nil {
		return "", err
	}
	w.seen[key] = Seen{Size: c.Size, Hash: c.Hash, Note: string(signed)}
	return string(signed), w.save()
}

// whose finds the log that signed a checkpoint.
func (w *Witness) whose(signed string) (string, *note.Note, error) {
	for key := range w.seen {
		verifier, err := note.NewVerifier(key)
		if err != nil {
			return "", nil, errs.Wrap(err, errs.Invalid, "audit.witness.bad_state", "file", w.file)
		}
		if opened, err := note.Open([]byte(signed), note.VerifierList(verifier)); err == nil {
			return key, opened, nil
		}
	}
	return "", nil, errs.E(errs.Forbidden, "audit.witness.stranger")
}

// follows says whether a checkpoint grew out of the last one that was signed.
func follows(last Seen, req Request, c Checkpoint) error {
	switch {
	case last.Size == 0:
		return nil // from here on it is watched
	case c.Size == last.Size && c.Hash == last.Hash:
		return nil // once more the same: harmless
	case c.Size <= last.Size && c.Size != 0:
		return errs.E(errs.Conflict, "audit.witness.shorter", "size", c.Size, "last", last.Size)
	case req.Old != last.Size:
		return errs.E(errs.Conflict, "audit.witness.since", "last", last.Size)
	}
	if err := tlog.CheckTree(req.Proof, c.Size, c.Hash, last.Size, last.Hash); err != nil {
		return errs.Wrap(err, errs.Conflict, "audit.witness.rewritten", "size", c.Size, "last", last.Size)
	}
	return nil
}

// save keeps what was signed; whole or not at all.
func (w *Witness) save() error {
	raw, err := json.MarshalIndent(w.seen, "", "  ")
	if err != nil {
		return err
	}
	draft := w.file + ".new"
	f, err := os.OpenFile(draft, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(raw, '\n'))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(draft, w.file)
}
