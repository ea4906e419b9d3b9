package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"bilin/internal/errs"
)

// State is what a gateway says of a message that it took.
type State string

// The states.
const (
	Delivered State = "delivered"
	Seen      State = "seen"
	Failed    State = "failed" // it will not arrive
)

// Answer is what somebody answered, by a message or a key on the telephone.
type Answer string

// The answers.
const (
	Yes Answer = "1"
	No  Answer = "2"
)

// Report is what a gateway tells of one message: how it fared, or what was
// answered to it.
type Report struct {
	ID     string    `json:"id"`
	State  State     `json:"state,omitempty"` // or else Answer
	Answer Answer    `json:"answer,omitempty"`
	At     time.Time `json:"at,omitzero"` // of when it is; of what came without, when it came
}

// Bounds of what a gateway reports in one call.
const (
	MaxReports     = 1000
	MaxReportsBody = 256 << 10
	maxReportID    = 100
	reportAhead    = 5 * time.Minute    // a gateway's clock may be as far ahead
	reportBehind   = 7 * 24 * time.Hour // and its report as late
)

// ParseReports reads what a gateway posts, all of it or nothing: an error says
// which report is wrong. now dates what has no time and bounds what has one.
func ParseReports(body io.Reader, now time.Time) ([]Report, error) {
	raw, err := io.ReadAll(io.LimitReader(body, MaxReportsBody+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > MaxReportsBody {
		return nil, errs.E(errs.TooLarge, "gateway.reports_too_large", "max", MaxReportsBody>>10)
	}
	var in struct {
		Reports []Report `json:"reports"`
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return nil, errs.Wrap(err, errs.Invalid, "gateway.bad_reports")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errs.E(errs.Invalid, "gateway.bad_reports")
	}
	switch n := len(in.Reports); {
	case n == 0:
		return nil, errs.E(errs.Invalid, "gateway.bad_reports")
	case n > MaxReports:
		return nil, errs.E(errs.TooLarge, "gateway.too_many_reports", "max", MaxReports)
	}
	for i := range in.Reports {
		if code := in.Reports[i].check(now); code != "" {
			field := fmt.Sprintf("reports[%d]", i)
			return nil, errs.E(errs.Invalid, "gateway.bad_report", "n", i+1).WithField(field, code)
		}
	}
	return in.Reports, nil
}

// check says what is wrong with a report, and puts its time in order.
func (r *Report) check(now time.Time) (code string) {
	switch {
	case !reportID(r.ID):
		return "gateway.bad_report_id"
	case (r.State == "") == (r.Answer == ""):
		return "gateway.bad_report_what"
	case r.Answer != "" && r.Answer != Yes && r.Answer != No:
		return "gateway.bad_report_answer"
	case r.State != "" && r.State != Delivered && r.State != Seen && r.State != Failed:
		return "gateway.bad_report_state"
	case r.At.IsZero():
		r.At = now
	case r.At.After(now.Add(reportAhead)) || r.At.Before(now.Add(-reportBehind)):
		return "gateway.bad_report_at"
	case r.At.After(now):
		r.At = now
	}
	r.At = r.At.UTC()
	return ""
}

// reportID accepts the ids that are sent: printable, without spaces.
func reportID(id string) bool {
	if id == "" || len(id) > maxReportID {
		return false
	}
	for i := range len(id) {
		if id[i] <= ' ' || id[i] > '~' {
			return false
		}
	}
	return true
}
