package e2e

import (
	"database/sql"
	"errors"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite"
)

// TestAuditVerify proves the record after a clean stop, and names the row that
// somebody alters behind the program's back.
func TestAuditVerify(t *testing.T) {
	t.Parallel()
	url, stop, err := here.serveDir(here.spare())
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(url+"/api/v1/demands", "application/json",
		strings.NewReader(`{"kind": "help", "text": "想借一架长梯子。", "unit": "`+here.home(t, "lead")+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if err := stop(); err != nil || resp.StatusCode != http.StatusCreated {
		t.Fatalf("raised: %s; stopped: %v", resp.Status, err)
	}
	if out, code := here.verify(t); code != 0 {
		t.Fatalf("after a clean stop: exit %d\n%s", code, out)
	}
	id := here.tamper(t)
	out, code := here.verify(t)
	if code != 1 || !strings.Contains(out, id) {
		t.Errorf("row %s was altered: exit %d\n%s", id, code, out)
	}
}

func (c *city) verify(t *testing.T) (out string, code int) {
	t.Helper()
	raw, err := exec.CommandContext(t.Context(), c.bin, "audit", "verify", "--data", c.spare()).CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return string(raw), exit.ExitCode()
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(raw), 0
}

// tamper changes who did something, and returns the row's id.
func (c *city) tamper(t *testing.T) (id string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(c.spare(), "bilin.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.QueryRow(`UPDATE audit_entry SET actor_name = '别人' WHERE seq = (SELECT MAX(seq) / 2 FROM audit_entry) RETURNING id`).Scan(&id)
	if err != nil {
		t.Fatal(err)
	}
	return id
}
