package witness

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// MaxRequest bounds what a witness reads: a proof has at most 63 hashes.
const MaxRequest = 64 << 10

var errRequest = errors.New("malformed request")

// Checkpoint is what a log says of itself (C2SP tlog-checkpoint).
type Checkpoint struct {
	Origin string
	Size   int64
	Hash   tlog.Hash
}

// ParseCheckpoint reads the text of a checkpoint, which may have further lines.
func ParseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) < 4 || lines[0] == "" {
		return Checkpoint{}, errRequest
	}
	size, err := decimal(lines[1])
	if err != nil {
		return Checkpoint{}, err
	}
	hash, err := tlog.ParseHash(lines[2])
	if err != nil || size == 0 {
		return Checkpoint{}, errRequest
	}
	return Checkpoint{Origin: lines[0], Size: size, Hash: hash}, nil
}

// decimal reads a number as it is written: no sign, no zeros before it.
func decimal(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != s {
		return 0, errRequest
	}
	return n, nil
}

// Request is what a city sends to a witness: a checkpoint, and the proof that
// it grew out of the one of Old rows (C2SP tlog-witness, add-checkpoint).
type Request struct {
	Old   int64
	Proof tlog.TreeProof
	Note  string
}

// String writes the request.
func (r Request) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "old %d\n", r.Old)
	for _, h := range r.Proof {
		b.WriteString(h.String() + "\n")
	}
	b.WriteString("\n" + r.Note)
	return b.String()
}

// ParseRequest reads a request, or a bare checkpoint, which is one of old 0.
func ParseRequest(raw []byte) (Request, error) {
	text := string(raw)
	if len(raw) > MaxRequest {
		return Request{}, errRequest
	}
	head, rest, ok := strings.Cut(text, "\n\n")
	if !ok {
		return Request{}, errRequest
	}
	lines := strings.Split(head, "\n")
	number, isRequest := strings.CutPrefix(lines[0], "old ")
	if !isRequest {
		return Request{Note: text}, nil
	}
	old, err := decimal(number)
	if err != nil || len(lines) > 1+63 {
		return Request{}, errRequest
	}
	r := Request{Old: old, Note: rest}
	for _, line := range lines[1:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return Request{}, errors.Join(errRequest, err)
		}
		r.Proof = append(r.Proof, hash)
	}
	return r, nil
}
