package authweb

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/web"
)

// rowPage is one row of the record with the proof that it is in the log.
type rowPage struct {
	web.Base
	Crumbs  []web.Crumb
	Line    auditLine
	Number  int64
	Proof   audit.Proof
	Checked audit.Checked
	Broken  string // why the proof doesn't hold; "" if it does
	State   audit.State
}

// auditRow shows a row and proves it on the spot, as anybody else may.
func (p *Pages) auditRow(w http.ResponseWriter, r *http.Request) error {
	proof, err := p.prove(r)
	if err != nil {
		return err
	}
	page := rowPage{Base: p.web.Base(r, "auth.page.audit_row"), Number: proof.Index + 1, Proof: proof}
	if page.State, err = p.opt.Audit.State(r.Context()); err != nil {
		return err
	}
	t := p.web.T(r)
	page.Crumbs = []web.Crumb{{Label: t("auth.page.audit"), Href: "/audit"}, {Label: t("auth.page.row_n", "n", page.Number)}}
	page.Line = p.auditLine(t, proof.Record())
	if page.Checked, err = proof.Check(p.opt.Audit.Key(), p.opt.Audit.Trusted()); err != nil {
		e := errs.As(err)
		page.Broken = t(e.Code, e.Args...)
	}
	return p.web.Render(w, r, "auth/auditrow", page)
}

// auditProof hands the proof out, to be checked elsewhere.
func (p *Pages) auditProof(w http.ResponseWriter, r *http.Request) error {
	proof, err := p.prove(r)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetIndent("", "  ")
	if err := enc.Encode(proof); err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="bilin-proof-`+strconv.FormatInt(proof.Index+1, 10)+`.json"`)
	return p.web.Send(w, r, http.StatusOK, "application/json; charset=utf-8", out.Bytes())
}

// prove finds the row that an address names, counted from 1 as people do.
func (p *Pages) prove(r *http.Request) (audit.Proof, error) {
	if err := p.opt.Auth.Policy().Can(actorOf(r), auth.ActAudit, auth.Object{}); err != nil {
		return audit.Proof{}, err
	}
	number, err := strconv.ParseInt(r.PathValue("row"), 10, 64)
	if err != nil || number < 1 {
		return audit.Proof{}, errs.E(errs.NotFound, "audit.proof.no_row")
	}
	return p.opt.Audit.Prove(r.Context(), number-1)
}

// auditCheckpoint hands the last checkpoint out, to be kept or countersigned elsewhere.
func (p *Pages) auditCheckpoint(w http.ResponseWriter, r *http.Request) error {
	if err := p.opt.Auth.Policy().Can(actorOf(r), auth.ActAudit, auth.Object{}); err != nil {
		return err
	}
	state, err := p.opt.Audit.State(r.Context())
	if err != nil {
		return err
	}
	if state.Checkpoint == "" {
		return errs.E(errs.NotFound, "audit.no_checkpoint")
	}
	w.Header().Set("Content-Disposition", `attachment; filename="bilin-checkpoint-`+strconv.FormatInt(state.Signed, 10)+`.txt"`)
	return p.web.Send(w, r, http.StatusOK, "text/plain; charset=utf-8", []byte(state.Checkpoint))
}
