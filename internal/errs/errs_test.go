package errs_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"bilin/internal/errs"
)

func TestClassification(t *testing.T) {
	cause := errors.New("disk on fire")
	cases := []struct {
		name   string
		err    error
		kind   errs.Kind
		code   string
		status int
		exit   int
	}{
		{"classified", errs.E(errs.NotFound, "network.no_unit"), errs.NotFound, "network.no_unit", http.StatusNotFound, 3},
		{"wrapped deep", fmt.Errorf("load: %w", errs.E(errs.Stale, "x.stale")), errs.Stale, "x.stale", http.StatusConflict, 5},
		{"foreign", cause, errs.Internal, "errs.internal", http.StatusInternalServerError, 1},
		{"cancelled", fmt.Errorf("q: %w", context.Canceled), errs.Unavailable, "errs.unavailable", http.StatusServiceUnavailable, 6},
		{"with cause", errs.Wrap(cause, errs.Invalid, "x.bad"), errs.Invalid, "x.bad", http.StatusUnprocessableEntity, 2},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := errs.KindOf(c.err); got != c.kind {
				t.Errorf("kind %v, want %v", got, c.kind)
			}
			if got := errs.CodeOf(c.err); got != c.code {
				t.Errorf("code %q, want %q", got, c.code)
			}
			if got := errs.Status(c.err); got != c.status {
				t.Errorf("status %d, want %d", got, c.status)
			}
			if got := errs.ExitCode(c.err); got != c.exit {
				t.Errorf("exit %d, want %d", got, c.exit)
			}
		})
	}
	if errs.ExitCode(nil) != 0 {
		t.Error("no error must exit 0")
	}
}

func TestEveryKindHasTraits(t *testing.T) {
	for k := errs.Internal; k <= errs.Unavailable; k++ {
		if k.String() == "" || errs.Status(errs.E(k, "x")) < 400 || errs.ExitCode(errs.E(k, "x")) == 0 {
			t.Errorf("kind %d has no name, status or exit code", k)
		}
	}
}

func TestErrorKeepsCauseForTheLog(t *testing.T) {
	cause := errors.New("disk on fire")
	err := errs.Wrap(cause, errs.Internal, "errs.internal", "address", "花明北路12号").WithField("name", "form.required")
	if !errors.Is(err, cause) {
		t.Error("cause lost")
	}
	want := "internal: errs.internal [name: form.required]: disk on fire" // and nobody's address
	if err.Error() != want {
		t.Errorf("got %q, want %q", err.Error(), want)
	}
	if !errors.Is(err, errs.E(errs.Internal, "errs.internal")) {
		t.Error("errors.Is by kind and code failed")
	}
}

func TestGather(t *testing.T) {
	a, b, down := errs.Refuse("name", "x.missing"), errs.Refuse("day", "x.past", "n", 3), errors.New("the database is away")
	if err := errs.Gather("x.check", nil, nil); err != nil {
		t.Errorf("nothing is wrong, but %v", err)
	}
	all := errs.As(errs.Gather("x.check", a, nil, b))
	if all.Kind != errs.Invalid || all.Code != "x.check" || len(all.Fields) != 2 || all.Fields[0].Name != "name" || all.Fields[1].Code != "x.past" {
		t.Errorf("gathered %+v", all)
	}
	if err := errs.Gather("x.check", a, down); !errors.Is(err, down) {
		t.Errorf("a failure was taken for a form's: %v", err)
	}
}
