package audit

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/mod/sumdb/note"
)

// maxLine bounds a line of the checkpoint file: a note of ours has some 300 bytes.
const maxLine = 16 << 10

// checkpointFile keeps checkpoints outside the database, one JSON string with
// the signed note a line, appended and synced. A last line without an end was
// never acknowledged: the power failed while it was written.
type checkpointFile struct{ name string }

// lock waits until no other process signs, and returns how to let go. The
// system lets go for a process that dies.
func (f checkpointFile) lock() (release func() error, err error) {
	file, err := os.OpenFile(f.name+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file.Close, nil
}

// append adds a checkpoint durably.
func (f checkpointFile) append(c checkpoint) error {
	line, err := json.Marshal(c.note)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(f.name, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	end, err := dropTorn(file)
	if err == nil {
		_, err = file.Write(append(line, '\n'))
	}
	if err == nil {
		err = errors.Join(file.Sync(), syncDir(filepath.Dir(f.name)))
	}
	if err != nil {
		err = errors.Join(err, file.Truncate(end)) // a full disk leaves no half line
	}
	return errors.Join(err, file.Close())
}

// dropTorn cuts off a line that has no end and returns the file's length.
func dropTorn(file *os.File) (int64, error) {
	tail, end, err := readTail(file)
	if err != nil || len(tail) == 0 || tail[len(tail)-1] == '\n' {
		return end, err
	}
	end -= int64(len(tail) - 1 - bytes.LastIndexByte(tail, '\n'))
	return end, file.Truncate(end)
}

// readTail reads the end of a file, at least its last line, and its length.
func readTail(file *os.File) ([]byte, int64, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, 0, err
	}
	tail := make([]byte, min(info.Size(), 2*maxLine))
	_, err = file.ReadAt(tail, info.Size()-int64(len(tail)))
	return tail, info.Size(), err
}

// lastSize returns the size of the last checkpoint in the file, 0 if it has none.
func (f checkpointFile) lastSize() (int64, error) {
	file, err := os.Open(f.name)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer file.Close()
	tail, _, err := readTail(file)
	if err != nil {
		return 0, err
	}
	lines := bytes.Split(tail, []byte("\n"))
	if len(lines) < 2 {
		return 0, nil
	}
	c, err := parseLine(lines[len(lines)-2])
	if err != nil {
		return 0, fmt.Errorf("%s: last line: %w", f.name, err)
	}
	return c.size, nil
}

// after reads the checkpoints of more than size rows.
func (f checkpointFile) after(size int64, verifier note.Verifier) ([]checkpoint, error) {
	in, err := f.open()
	if err != nil {
		return nil, err
	}
	defer in.close()
	var found []checkpoint
	for {
		line, err := in.next()
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return nil, err
		}
		c, err := parseLine(line)
		if err == nil && c.size > size {
			c, err = openCheckpoint(c.note, verifier)
			found = append(found, c)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
	}
}

// parseLine reads a line without looking at the signature.
func parseLine(line []byte) (checkpoint, error) {
	var signed string
	if err := json.Unmarshal(line, &signed); err != nil {
		return checkpoint{}, errors.Join(errMalformed, err)
	}
	c, err := parseCheckpoint(signed)
	c.note = signed
	return c, err
}

// lineReader reads the whole lines a file had when it was opened.
type lineReader struct {
	file *os.File
	in   *bufio.Reader
	torn bool // the last line has no end
}

func (f checkpointFile) open() (*lineReader, error) {
	file, err := os.Open(f.name)
	if errors.Is(err, fs.ErrNotExist) {
		return &lineReader{in: bufio.NewReader(bytes.NewReader(nil))}, nil
	}
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &lineReader{file: file, in: bufio.NewReaderSize(io.LimitReader(file, info.Size()), maxLine)}, nil
}

// next returns a line, io.EOF after the last. It is valid until the next call.
func (r *lineReader) next() ([]byte, error) {
	line, err := r.in.ReadSlice('\n')
	if errors.Is(err, io.EOF) {
		r.torn = r.torn || len(line) > 0
	}
	if err != nil && !errors.Is(err, bufio.ErrBufferFull) { // a line that long is no checkpoint, as the caller will find
		return nil, err
	}
	return bytes.TrimSuffix(line, []byte("\n")), nil
}

func (r *lineReader) close() {
	if r.file != nil {
		_ = r.file.Close() // it was only read
	}
}
