package gateway_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"bilin/internal/errs"
	"bilin/internal/gateway"
)

var noon = time.Date(2026, 1, 20, 4, 0, 0, 0, time.UTC)

func TestReportsAreRead(t *testing.T) {
	t.Parallel()
	got, err := gateway.ParseReports(strings.NewReader(`{"reports":[
		{"id":"0198-1","state":"delivered","at":"2026-01-20T11:59:30+08:00"},
		{"id":"0198-2","state":"seen"}, {"id":"0198-3","state":"failed","at":"2026-01-20T04:01:00Z"},
		{"id":"0198-4","answer":"1"}, {"id":"0198-5","answer":"2","at":"2026-01-20T03:00:00Z"}]}`), noon)
	want := []gateway.Report{
		{ID: "0198-1", State: gateway.Delivered, At: noon.Add(-30 * time.Second)}, {ID: "0198-2", State: gateway.Seen, At: noon},
		{ID: "0198-3", State: gateway.Failed, At: noon}, // its clock is ahead
		{ID: "0198-4", Answer: gateway.Yes, At: noon}, {ID: "0198-5", Answer: gateway.No, At: noon.Add(-time.Hour)},
	}
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v\n%v, %v", got, want, err)
	}
}

func TestReportsThatAreRefused(t *testing.T) {
	t.Parallel()
	one := func(inner string) string { return `{"reports":[{"id":"a","state":"seen"},` + inner + `]}` }
	many := `{"reports":[` + strings.Repeat(`{"id":"a","state":"seen"},`, 1000) + `{"id":"a","state":"seen"}]}`
	for name, c := range map[string]struct{ body, code, field string }{
		"nothing":           {"", "gateway.bad_reports", ""},
		"no JSON":           {"<reports/>", "gateway.bad_reports", ""},
		"two documents":     {one(`{"id":"b","state":"seen"}`) + "{}", "gateway.bad_reports", ""},
		"an empty list":     {`{"reports":[]}`, "gateway.bad_reports", ""},
		"a word of its own": {`{"reports":[{"id":"a","status":"DELIVRD"}]}`, "gateway.bad_reports", ""},
		"a bare list":       {`[{"id":"a","state":"seen"}]`, "gateway.bad_reports", ""},
		"a bad time":        {one(`{"id":"b","state":"seen","at":"yesterday"}`), "gateway.bad_reports", ""},
		"too many":          {many, "gateway.too_many_reports", ""},
		"too large":         {`{"reports":[{"id":"` + strings.Repeat("a", gateway.MaxReportsBody) + `"}]}`, "gateway.reports_too_large", ""},
		"no id":             {one(`{"state":"seen"}`), "gateway.bad_report", "gateway.bad_report_id"},
		"a long id":         {one(`{"id":"` + strings.Repeat("b", 101) + `","state":"seen"}`), "gateway.bad_report", "gateway.bad_report_id"},
		"an odd id":         {one(`{"id":"b\u0000","state":"seen"}`), "gateway.bad_report", "gateway.bad_report_id"},
		"neither":           {one(`{"id":"b"}`), "gateway.bad_report", "gateway.bad_report_what"},
		"both":              {one(`{"id":"b","state":"seen","answer":"1"}`), "gateway.bad_report", "gateway.bad_report_what"},
		"another state":     {one(`{"id":"b","state":"arrived"}`), "gateway.bad_report", "gateway.bad_report_state"},
		"another answer":    {one(`{"id":"b","answer":"3"}`), "gateway.bad_report", "gateway.bad_report_answer"},
		"tomorrow":          {one(`{"id":"b","state":"seen","at":"2026-01-21T04:00:00Z"}`), "gateway.bad_report", "gateway.bad_report_at"},
		"last month":        {one(`{"id":"b","state":"seen","at":"2025-12-20T04:00:00Z"}`), "gateway.bad_report", "gateway.bad_report_at"},
	} {
		_, err := gateway.ParseReports(strings.NewReader(c.body), noon)
		e := errs.As(err)
		if err == nil || e.Code != c.code || c.field != "" && (len(e.Fields) != 1 || e.Fields[0].Name != "reports[1]" || e.Fields[0].Code != c.field) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever comes in, what goes on is within bounds, and reads the same again.
func FuzzParseReports(f *testing.F) {
	f.Add(`{"reports":[{"id":"0198","state":"delivered","at":"2026-01-20T03:59:30Z"}]}`)
	f.Add(`{"reports":[{"id":"0198","answer":"1"},{"id":"x","state":"failed"}]}`)
	f.Add(`{"reports":[{"ID":"0198","aNSWER":"2","at":"0001-01-01T00:00:00Z"}]}`)
	f.Add(`{"reports":null}`)
	f.Fuzz(func(t *testing.T, body string) {
		got, err := gateway.ParseReports(strings.NewReader(body), noon)
		if err != nil {
			if got != nil || errs.KindOf(err) != errs.Invalid && errs.KindOf(err) != errs.TooLarge {
				t.Fatalf("%v, %v", got, err)
			}
			return
		}
		if len(got) == 0 || len(got) > gateway.MaxReports {
			t.Fatalf("%d reports", len(got))
		}
		for _, r := range got {
			if r.ID == "" || len(r.ID) > 100 || (r.State == "") == (r.Answer == "") || r.At.After(noon) || r.At.IsZero() {
				t.Fatalf("%+v", r)
			}
		}
		raw, err := json.Marshal(map[string]any{"reports": got})
		if err != nil {
			t.Fatal(err)
		}
		if again, err := gateway.ParseReports(strings.NewReader(string(raw)), noon); len(raw) <= gateway.MaxReportsBody && (err != nil || fmt.Sprint(again) != fmt.Sprint(got)) {
			t.Fatalf("%v\n%v, %v", got, again, err)
		}
	})
}
