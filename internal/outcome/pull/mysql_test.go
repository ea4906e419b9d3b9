package pull_test

import (
	"encoding/binary"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"bilin/internal/outcome/pull"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// mysqld speaks as much of MySQL's protocol as a pull needs, and remembers what it
// was told. The pull was tried by hand against MariaDB 10.11, where a function that
// writes is refused by the read-only transaction; a server isn't part of the tests.
type mysqld struct {
	t      *testing.T
	listen net.Listener
	mu     sync.Mutex
	told   []string
	rows   [][]string
}

func newMysqld(t *testing.T, rows ...[]string) *mysqld {
	t.Helper()
	listen, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &mysqld{t: t, listen: listen, rows: rows}
	t.Cleanup(func() { _ = listen.Close() })
	go func() {
		for {
			conn, err := listen.Accept()
			if err != nil {
				return
			}
			go s.serve(conn)
		}
	}()
	return s
}

var (
	greeting = "\x0a8.0.0-trial\x00\x01\x00\x00\x00" + "12345678\x00" + "\x09\xa2" + "\x2d" + "\x02\x00" + "\x08\x00" + "\x15" + strings.Repeat("\x00", 10) + "123456789012\x00" + "mysql_native_password\x00"
	okay     = "\x00\x00\x00\x02\x00\x00\x00"
	eof      = "\xfe\x00\x00\x02\x00"
)

func (s *mysqld) serve(conn net.Conn) {
	defer conn.Close()
	send := func(seq byte, payload string) byte {
		head := []byte{byte(len(payload)), byte(len(payload) >> 8), byte(len(payload) >> 16), seq}
		_, _ = conn.Write(append(head, payload...)) // whoever went away is noticed when reading
		return seq + 1
	}
	read := func() (byte, string, error) {
		head := make([]byte, 4)
		if _, err := io.ReadFull(conn, head); err != nil {
			return 0, "", err
		}
		body := make([]byte, binary.LittleEndian.Uint32([]byte{head[0], head[1], head[2], 0}))
		_, err := io.ReadFull(conn, body)
		return head[3] + 1, string(body), err
	}
	send(0, greeting)
	seq, login, err := read()
	if err != nil || !strings.Contains(login, "reader\x00") || !strings.Contains(login, "city\x00") {
		s.t.Errorf("login %q, %v", login, err)
		return
	}
	send(seq, okay)
	for {
		seq, command, err := read()
		if err != nil || command == "\x01" {
			return
		}
		s.mu.Lock()
		s.told = append(s.told, command[1:])
		s.mu.Unlock()
		if !strings.HasPrefix(command, "\x03SELECT") {
			send(seq, okay)
			continue
		}
		seq = send(seq, "\x04")
		for _, name := range s.rows[0] {
			seq = send(seq, short("def", "", "", "", name, "")+"\x0c\x2d\x00\x00\x01\x00\x00\xfd\x00\x00\x00\x00\x00")
		}
		seq = send(seq, eof)
		for _, row := range s.rows[1:] {
			seq = send(seq, short(row...))
		}
		send(seq, eof)
	}
}

func short(words ...string) (out string) {
	for _, w := range words {
		out += string([]byte{byte(len(w))}) + w
	}
	return out
}

func TestAPullFromMySQL(t *testing.T) {
	s := newMysqld(t, []string{"village", "period", "numerator", "denominator"}, []string{"第1村", "2026年三季度", "3", "20"}, []string{"430182001002", "2026Q3", "0", "8.0"})
	c := newTown(t, sqldbtest.Open(t, sqldb.SQLite), s.listen.Addr().String())
	src := pull.Source{Kind: pull.MySQL, Address: "mysql://" + s.listen.Addr().String() + "/city", User: "reader", Secret: "s3cret", Query: "SELECT village, period, numerator, denominator FROM rivers", Hours: 24}
	c.takes(src)
	s.mu.Lock()
	defer s.mu.Unlock()
	one := []string{"START TRANSACTION READ ONLY", src.Query, "ROLLBACK"}
	if want := slices.Concat(one, one); !slices.Equal(s.told, want) {
		t.Errorf("it was told %q", s.told)
	}
	if strings.Contains(strings.Join(s.told, ""), "s3cret") {
		t.Error("the password was sent in the open")
	}
}
