package audit_test

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"bilin/internal/audit"
	"bilin/internal/audit/witness"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// province is a witness on another machine that knows the log and is trusted by it.
func province(b *bundle) (*witness.Witness, string) {
	b.Helper()
	secret, public, err := witness.GenerateKey("province.example")
	b.must(err)
	dir := b.TempDir()
	name := filepath.Join(dir, "key")
	b.must(os.WriteFile(name, []byte(secret), 0o600))
	w, err := witness.Open(name, name+".seen", b.tick)
	b.must(err)
	b.must(w.Introduce(b.log.Key()))
	return w, public
}

func TestEveryRowIsProved(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		b := signed(t, db)
		for seq := range int64(30) {
			p, err := b.log.Prove(b.ctx, seq)
			b.must(err)
			raw, err := json.Marshal(p)
			b.must(err)
			read, err := audit.ParseProof(raw)
			b.must(err)
			got, err := read.Check(b.log.Key(), nil)
			b.must(err)
			if got.Rows <= seq || read.Record().Seq != seq || read.Record().ActorName != "周敏" {
				t.Errorf("row %d: %+v %+v", seq, got, read.Record())
			}
		}
		if _, err := b.log.Prove(b.ctx, 30); errs.KindOf(err) != errs.NotFound {
			t.Errorf("a row that isn't there: %v", err)
		}
		b.sound(30, 30) // row 25 was proved by signing once more
	})
}

func TestAProofThatWasAlteredIsRefused(t *testing.T) {
	t.Parallel()
	b := signed(t, sqldbtest.Open(t, sqldb.SQLite))
	other := setup(t, sqldbtest.Open(t, sqldb.SQLite))
	proof, err := b.log.Prove(b.ctx, 7)
	b.must(err)
	for name, tt := range map[string]struct {
		alter func(p *audit.Proof)
		code  string
	}{
		"another actor":       {func(p *audit.Proof) { p.Row.ActorName = "别人" }, "audit.proof.row"},
		"another hash":        {func(p *audit.Proof) { p.Row.Detail = `{"n":9}`; p.Leaf[0]++ }, "audit.proof.row"},
		"another place":       {func(p *audit.Proof) { p.Index = 8 }, "audit.proof.path"},
		"a place outside":     {func(p *audit.Proof) { p.Index = -1 }, "audit.proof.path"},
		"another way":         {func(p *audit.Proof) { p.Path[0][0]++ }, "audit.proof.path"},
		"a shorter way":       {func(p *audit.Proof) { p.Path = p.Path[1:] }, "audit.proof.path"},
		"another size":        {func(p *audit.Proof) { p.Size++ }, "audit.proof.row"},
		"another checkpoint":  {func(p *audit.Proof) { p.Checkpoint = strings.Replace(p.Checkpoint, "\n25\n", "\n24\n", 1) }, "audit.proof.unsigned"},
		"no checkpoint":       {func(p *audit.Proof) { p.Checkpoint = "" }, "audit.proof.unsigned"},
		"fields moved around": {func(p *audit.Proof) { p.Row.ObjectID += p.Row.UnitID; p.Row.UnitID = "" }, "audit.proof.row"},
	} {
		altered := proof
		altered.Path = append(altered.Path[:0:0], proof.Path...)
		tt.alter(&altered)
		if _, err := altered.Check(b.log.Key(), nil); err == nil || errs.As(err).Code != tt.code {
			t.Errorf("%s: %v, want %s", name, err, tt.code)
		}
	}
	if _, err := proof.Check(other.log.Key(), nil); err == nil || errs.As(err).Code != "audit.proof.unsigned" {
		t.Errorf("another log's key: %v", err)
	}
	b.exec(`UPDATE audit_entry SET actor_name = '别人' WHERE seq = 7`)
	proof, err = b.log.Prove(b.ctx, 7)
	b.must(err)
	if _, err := proof.Check(b.log.Key(), nil); err == nil || errs.As(err).Code != "audit.proof.path" {
		t.Errorf("a row altered in the database: %v", err)
	}
}

func TestCountersigning(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		b := signed(t, db)
		w, public := province(b)
		first, err := b.log.Request(b.ctx, 0)
		b.must(err)
		cosigned, err := w.Countersign([]byte(first))
		b.must(err)
		_, err = b.log.Countersign(b.ctx, cosigned)
		if err == nil || errs.As(err).Code != "audit.witness.nobody" {
			t.Errorf("a witness that nobody trusts: %v", err)
		}
		b.must(b.log.Trust(public))
		b.must(b.log.Trust(public)) // twice is once
		got, err := b.log.Countersign(b.ctx, cosigned)
		b.must(err)
		if len(got) != 1 || got[0].Rows != 30 || !strings.HasPrefix(got[0].Witness, "province.example+") {
			t.Errorf("countersigned %+v", got)
		}
		b.append(4)
		next, err := b.log.Request(b.ctx, 30)
		b.must(err)
		cosigned, err = w.Countersign([]byte(next))
		b.must(err)
		report := b.sound(34, 34)
		if len(report.Vouched) != 1 || report.Vouched[0].Rows != 30 || report.Vouched[0].At.IsZero() {
			t.Errorf("vouched %+v", report.Vouched)
		}
		_, err = b.log.Countersign(b.ctx, cosigned)
		b.must(err)
		if report := b.sound(34, 34); report.Vouched[0].Rows != 34 {
			t.Errorf("vouched %+v", report.Vouched)
		}
		known, err := audit.Witnesses(b.dir)
		b.must(err)
		b.append(3)
		b.must(errors.Join(b.log.Sequence(b.ctx), b.log.Checkpoint(b.ctx))) // which the witness doesn't know yet
		for seq, want := range map[int64]int64{3: 34, 33: 34, 34: 0} {
			p, err := b.log.Prove(b.ctx, seq)
			b.must(err)
			checked, err := p.Check(b.log.Key(), known)
			b.must(err)
			if want == 0 && (len(checked.Vouched) != 0 || checked.Rows != 37) || want > 0 && (len(checked.Vouched) != 1 || checked.Vouched[0].Rows != want) {
				t.Errorf("row %d is proved by %d rows, vouched for by %+v", seq, checked.Rows, checked.Vouched)
			}
		}
	})
}

// Whoever has the signing key and the whole machine can write a log that
// agrees with itself. What lies elsewhere it can't.
func TestARewrittenLogIsFoundByWhatLiesElsewhere(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		b := signed(t, db)
		w, public := province(b)
		b.must(b.log.Trust(public))
		req, err := b.log.Request(b.ctx, 0)
		b.must(err)
		cosigned, err := w.Countersign([]byte(req))
		b.must(err)
		_, err = b.log.Countersign(b.ctx, cosigned)
		b.must(err)

		b.exec(`DELETE FROM audit_checkpoint WHERE size > 20`)
		b.exec(`DELETE FROM audit_cosignature`)
		b.write("checkpoints", b.lines(2))
		b.resequence(22, 41, 12)
		b.must(b.log.Checkpoint(b.ctx))
		if report := b.sound(34, 34); report.Vouched[0].Rows != 0 {
			t.Errorf("the witness vouches for %+v", report.Vouched)
		}
		if _, err := b.log.Countersign(b.ctx, cosigned); err == nil || errs.As(err).Code != "audit.witness.unknown_checkpoint" {
			t.Errorf("the old checkpoint comes back: %v", err)
		}
		req, err = b.log.Request(b.ctx, 30)
		b.must(err)
		if _, err := w.Countersign([]byte(req)); err == nil || errs.As(err).Code != "audit.witness.rewritten" {
			t.Errorf("the witness: %v", err)
		}
		known, err := audit.Witnesses(b.dir)
		b.must(err)
		report, err := audit.VerifyAgainst(b.ctx, db, b.dir, audit.Elsewhere{Key: b.log.Key(), Witnesses: known, Checkpoint: cosigned})
		b.must(err)
		if f := report.Failure; f == nil || f.Code != audit.Rewritten || f.Seq != 20 || f.Until != 30 {
			t.Errorf("verified against the witness's copy: %+v %+v", report, report.Failure)
		}
	})
}

func TestVerifyFindsAForgedCountersignature(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		b := signed(t, db)
		w, public := province(b)
		b.must(b.log.Trust(public))
		req, err := b.log.Request(b.ctx, 0)
		b.must(err)
		cosigned, err := w.Countersign([]byte(req))
		b.must(err)
		_, err = b.log.Countersign(b.ctx, cosigned)
		b.must(err)
		b.exec(`UPDATE audit_cosignature SET size = 20`)
		report := b.verify()
		if report.OK() || report.Failure.Code != audit.Unvouched || report.Failure.Until != 20 {
			t.Errorf("a signature of another checkpoint: %+v", report.Failure)
		}
		checkpoint, err := b.log.Request(b.ctx, -1)
		b.must(err)
		report, err = audit.VerifyAgainst(b.ctx, db, b.dir, audit.Elsewhere{Checkpoint: "x" + checkpoint})
		b.must(err)
		if report.OK() || report.Failure.Code != audit.Unsigned {
			t.Errorf("a damaged checkpoint from elsewhere: %+v", report.Failure)
		}
	})
}

func TestAnEmptyLogHasNoCheckpoint(t *testing.T) {
	t.Parallel()
	b := setup(t, sqldbtest.Open(t, sqldb.SQLite))
	if _, err := b.log.Request(b.ctx, -1); errs.KindOf(err) != errs.NotFound {
		t.Errorf("%v", err)
	}
	b.append(3)
	if _, err := b.log.Request(b.ctx, 9); errs.KindOf(err) != errs.Conflict {
		t.Errorf("a witness that is ahead: %v", err)
	}
	if _, err := b.log.Countersign(b.ctx, strings.Repeat("x", 70<<10)); errs.KindOf(err) != errs.TooLarge {
		t.Errorf("a note that is too long: %v", err)
	}
}

// A proof that is read and checks is of the row it says; nothing else makes it panic.
func FuzzProof(f *testing.F) {
	f.Add([]byte(`{"format":"bilin-audit-proof/1","index":0,"row":{},"leaf":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","size":1,"path":[],"checkpoint":"bilin-audit\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nat 1\n\n— bilin-audit AAAA\n"}`))
	f.Add([]byte(`{"format":"bilin-audit-proof/1","index":-5,"size":9223372036854775807}`))
	_, key, err := note.GenerateKey(rand.Reader, "bilin-audit")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		begin := time.Now()
		if p, err := audit.ParseProof(raw); err == nil {
			if _, err := p.Check(key, nil); err == nil {
				t.Error("something that this key never signed is proved")
			}
		}
		if took := time.Since(begin); took > 2*time.Second {
			t.Errorf("took %v", took)
		}
	})
}
