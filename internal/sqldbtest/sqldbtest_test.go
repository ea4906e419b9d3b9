package sqldbtest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"bilin/internal/sqldb"
)

// childPrints makes this binary, run again, start a server, print its directory
// and wait to be killed.
const childPrints = "BILIN_TEST_START_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(childPrints) == "" {
		os.Exit(m.Run())
	}
	address, err := start()
	fmt.Println(address, err)
	select {}
}

func TestDatabasesAreApart(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, one *sqldb.DB) {
		two := Open(t, one.Engine())
		ctx := t.Context()
		err := one.Write(ctx, func(tx *sqldb.Tx) error {
			_, err := tx.ExecContext(ctx, "INSERT INTO meta (key, value) VALUES ('a', '1')")
			return err
		})
		var n int
		if err == nil {
			err = two.Reader().QueryRowContext(ctx, "SELECT count(*) FROM meta").Scan(&n)
		}
		if err != nil || n != 0 {
			t.Errorf("the other has %d rows, %v", n, err)
		}
	})
}

func TestEmptyPostgresHasNoSchema(t *testing.T) {
	t.Parallel()
	db := OpenConfig(t, sqldb.Config{URL: EmptyPostgres(t)})
	if _, err := db.Reader().ExecContext(context.Background(), "CREATE TABLE meta (key TEXT)"); err != nil {
		t.Error(err)
	}
}

// A server ends with the test binary that started it, even one that is killed,
// and leaves nothing behind.
func TestServerEndsWithItsTests(t *testing.T) {
	t.Parallel()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childPrints+"=1")
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil && err != io.EOF {
		t.Fatal(err)
	}
	dir := directory(t, line)
	if _, err := os.Stat(dir); err != nil {
		t.Error(err)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // killed, as intended
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(dir); os.IsNotExist(err) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s is still there", dir)
		}
	}
}

// directory is where the server of a printed address lives.
func directory(t *testing.T, line string) string {
	t.Helper()
	address, started, _ := strings.Cut(strings.TrimSpace(line), " ")
	u, err := url.Parse(address)
	if err != nil || started != "<nil>" {
		t.Fatalf("child said %q, %v", line, err)
	}
	return u.Query().Get("host")
}

func BenchmarkOpen(b *testing.B) {
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		b.Run(string(engine), func(b *testing.B) {
			for b.Loop() {
				Open(b, engine)
			}
		})
	}
}
