package backup

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"
)

// Names of the archive's entries.
const (
	manifestName    = "manifest.json"
	endName         = "end.json"
	checkpointsName = "audit/checkpoints"
	verifierName    = "audit/key.pub"
	tableDir        = "table/"
)

// maxMeta bounds what is read whole: manifest, end and the files beside the database.
const maxMeta = 256 << 20

// writer writes an archive.
type writer struct {
	at     time.Time
	tar    *tar.Writer
	zip    *zstd.Encoder
	sealed io.WriteCloser
}

func newWriter(out io.Writer, to []age.Recipient, at time.Time) (*writer, error) {
	sealed, err := age.Encrypt(out, to...)
	if err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	zip, err := zstd.NewWriter(sealed, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(2))
	if err != nil {
		return nil, err
	}
	return &writer{at: at, tar: tar.NewWriter(zip), zip: zip, sealed: sealed}, nil
}

func (w *writer) entry(name string, content []byte) error {
	err := w.tar.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o600, Size: int64(len(content)), ModTime: w.at})
	if err == nil {
		_, err = w.tar.Write(content)
	}
	return err
}

func (w *writer) json(name string, v any) error {
	raw, err := marshal(v)
	if err != nil {
		return err
	}
	return w.entry(name, raw)
}

// chunk takes the parts of a table.
func (w *writer) chunk(table string) func([]byte) error {
	n := 0
	return func(lines []byte) error {
		n++
		return w.entry(fmt.Sprintf("%s%s/%06d", tableDir, table, n), lines)
	}
}

func (w *writer) close() error {
	return errors.Join(w.tar.Close(), w.zip.Close(), w.sealed.Close())
}

// abandon lets go of an archive that stays without its end.
func (w *writer) abandon() error {
	_ = w.zip.Close() // its goroutines; what it says doesn't matter any more
	return nil
}

// reader reads an archive.
type reader struct {
	tar *tar.Reader
	zip *zstd.Decoder
}

func newReader(in io.Reader, identities []age.Identity) (*reader, error) {
	open, err := age.Decrypt(in, identities...)
	if err != nil {
		return nil, err
	}
	zip, err := zstd.NewReader(open, zstd.WithDecoderConcurrency(2), zstd.WithDecoderMaxMemory(512<<20))
	if err != nil {
		return nil, err
	}
	return &reader{tar: tar.NewReader(zip), zip: zip}, nil
}

func (r *reader) close() { r.zip.Close() }

// next is the next entry's name; io.EOF after the last, by when age has seen its end.
func (r *reader) next() (name string, err error) {
	h, err := r.tar.Next()
	if errors.Is(err, io.EOF) {
		// The archive's end is not the file's: the last part of the encryption is to be proved too.
		if _, err := io.Copy(io.Discard, r.zip); err != nil {
			return "", err
		}
		return "", io.EOF
	}
	if err != nil {
		return "", err
	}
	if h.Typeflag != tar.TypeReg {
		return "", fmt.Errorf("%w: entry %q", errFormat, h.Name)
	}
	return h.Name, nil
}

// whole reads an entry that is small.
func (r *reader) whole() ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r.tar, maxMeta+1))
	if err == nil && len(raw) > maxMeta {
		err = fmt.Errorf("%w: an entry is too large", errFormat)
	}
	return raw, err
}

func (r *reader) json(into any) error {
	raw, err := r.whole()
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("%w: %w", errFormat, err)
	}
	return nil
}

// tableOf is the table whose rows the entry of a name holds.
func tableOf(name string) (table string, ok bool) {
	rest, ok := strings.CutPrefix(name, tableDir)
	if !ok {
		return "", false
	}
	table, _, ok = strings.Cut(rest, "/")
	return table, ok
}
