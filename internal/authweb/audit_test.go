package authweb_test

import (
	"net/http"
	"strings"
	"testing"

	"bilin/internal/audit"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// An auditor follows a row from the list to its proof, and whoever gets the
// proof checks it with the public key alone.
func TestAuditorsProveRows(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := setup(t, db)
		h.login("auditor")
		code, _, list := h.get("/audit?area=account")
		if code != http.StatusOK || !strings.Contains(list, "/audit/rows/2") {
			t.Fatalf("the list: %d\n%s", code, list)
		}
		code, _, page := h.get("/audit/rows/1")
		if code != http.StatusOK || !strings.Contains(page, "proof-title") || strings.Contains(page, "notice-bad") {
			t.Errorf("the row: %d\n%s", code, page)
		}
		code, _, raw := h.get("/audit/rows/1/proof")
		proof, err := audit.ParseProof([]byte(raw))
		if code != http.StatusOK || err != nil {
			t.Fatalf("the proof: %d %v", code, err)
		}
		if _, err := proof.Check(h.log.Key(), nil); err != nil {
			t.Error(err)
		}
		if code, _, note := h.get("/audit/checkpoint"); code != http.StatusOK || !strings.HasPrefix(note, "bilin-audit\n") {
			t.Errorf("the checkpoint: %d %s", code, note)
		}
		for _, path := range []string{"/audit/rows/0", "/audit/rows/x", "/audit/rows/99999", "/audit/rows/99999/proof"} {
			if code, _, _ := h.get(path); code != http.StatusNotFound {
				t.Errorf("%s: %d", path, code)
			}
		}
	})
}

// Each link of the list narrows it, and each chip leaves one out again.
func TestTheRecordIsNarrowed(t *testing.T) {
	h := setup(t, sqldbtest.Open(t, sqldb.SQLite))
	h.login("auditor")
	_, _, page := h.get("/audit?action=account.create&unit=town1")
	if !strings.Contains(page, `name="action" value="account.create"`) || !strings.Contains(page, `name="unit" value="town1"`) {
		t.Errorf("the filters are lost:\n%s", page)
	}
	if strings.Contains(page, "/audit/rows/") {
		t.Error("accounts of no unit are shown for a town")
	}
	_, _, page = h.get("/audit?action=account.create")
	if got := strings.Count(page, "/audit/rows/"); got < 4 {
		t.Errorf("%d accounts were created, want four or more", got)
	}
	_, _, page = h.get("/audit?action=account.login&from=2020-01-01&to=2020-01-02")
	if strings.Contains(page, "/audit/rows/") {
		t.Error("something happened in 2020")
	}
}
