package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/programme"
)

const tagProgramme = "programmes"

func (s *service) registerProgrammes() {
	register(s, operation{public: true,
		Operation: huma.Operation{OperationID: "programmes", Method: http.MethodGet, Path: "/programmes", Tags: []string{tagProgramme}, Middlewares: s.limited(s.limits.find),
			Summary: "Towns' and villages' own programmes", Description: "Those that run or are over; drafts only for whoever defines them."},
		fails: []int{http.StatusUnprocessableEntity},
	}, s.programmeList)
	register(s, operation{public: true,
		Operation: huma.Operation{OperationID: "programme-ledger", Method: http.MethodGet, Path: "/programmes/{id}/ledger", Tags: []string{tagProgramme}, Middlewares: s.limited(s.limits.find),
			Summary:     "The ledger of a programme",
			Description: "Newest first. Entries are only added, each tied to the one before by its digest, and none says whose it is: balances are the members' own."},
		fails: []int{http.StatusNotFound, http.StatusUnprocessableEntity},
	}, s.programmeLedger)
}

// Programme is a town's or village's own.
type Programme struct {
	ID       string            `json:"id"`
	Number   string            `json:"number" example:"P26000013"`
	Unit     string            `json:"unit" doc:"Code of the town or village."`
	Name     string            `json:"name"`
	Text     string            `json:"text" doc:"What it is for."`
	State    string            `json:"state" enum:"draft,running,ended"`
	Formulas map[string]string `json:"formulas" doc:"What an act of a kind earns: CEL over hours, people, nth and weekend."`
	Budget   int64             `json:"budget" doc:"Points that it may give in all."`
	Given    int64             `json:"given" doc:"Points that it gave."`
}

type programmesInput struct {
	Cursor string `query:"cursor" maxLength:"40" doc:"The next of the page before."`
}

type programmesOutput struct {
	Body struct {
		Programmes []Programme `json:"programmes" nullable:"false"`
		Next       string      `json:"next,omitempty" doc:"The cursor of the next page; absent on the last."`
	}
}

const programmesPage = 100

func (s *service) programmeList(ctx context.Context, in *programmesInput) (*programmesOutput, error) {
	list, next, err := s.programmes.List(ctx, auth.From(ctx), in.Cursor, programmesPage)
	if err != nil {
		return nil, err
	}
	out := &programmesOutput{}
	out.Body.Programmes, out.Body.Next = []Programme{}, next
	for _, p := range list {
		out.Body.Programmes = append(out.Body.Programmes, s.programme(p))
	}
	return out, nil
}

func (s *service) programme(p programme.Programme) Programme {
	out := Programme{ID: p.ID, Number: p.Number, Name: p.Name, Text: p.Text, State: string(p.State), Budget: p.Budget, Given: p.Given, Formulas: map[string]string{}}
	if u := s.network.Tree().ByID(p.UnitID); u != nil {
		out.Unit = u.Code
	}
	for kind, formula := range p.Formulas {
		out.Formulas[string(kind)] = formula
	}
	return out
}

type ledgerInput struct {
	ID     string `path:"id" maxLength:"40"`
	Cursor string `query:"cursor" maxLength:"20" doc:"The next of the page before; without it, from the last entry."`
}

// LedgerEntry is a line of a ledger.
type LedgerEntry struct {
	Seq    int64     `json:"seq"`
	At     time.Time `json:"at"`
	Kind   string    `json:"kind" enum:"fund,unfund,award,spend,return"`
	Label  string    `json:"label,omitempty" doc:"The kind of act of an award, the reward of a spend or return."`
	Points int64     `json:"points" doc:"How many moved from one account to the other; above nothing."`
	Digest string    `json:"digest" doc:"SHA-256 of this entry and the digest before it."`
}

type ledgerOutput struct {
	Body struct {
		Programme Programme     `json:"programme"`
		Entries   []LedgerEntry `json:"entries" nullable:"false"`
		Next      string        `json:"next,omitempty" doc:"The cursor of the next page; absent on the last."`
	}
}

func (s *service) programmeLedger(ctx context.Context, in *ledgerInput) (*ledgerOutput, error) {
	var before int64
	if in.Cursor != "" {
		var err error
		if before, err = strconv.ParseInt(in.Cursor, 10, 64); err != nil || before < 1 {
			return nil, errs.E(errs.Invalid, "api.bad_cursor").WithField("cursor", "api.bad_cursor")
		}
	}
	p, err := s.programmes.Get(ctx, auth.From(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	list, next, err := s.programmes.Ledger(ctx, p.ID, before, programmesPage)
	if err != nil {
		return nil, err
	}
	out := &ledgerOutput{}
	out.Body.Programme, out.Body.Entries = s.programme(*p), []LedgerEntry{}
	for _, e := range list {
		out.Body.Entries = append(out.Body.Entries, LedgerEntry{Seq: e.Seq, At: e.At, Kind: string(e.Kind), Label: e.Label, Points: e.Points, Digest: e.Digest})
	}
	if next > 0 {
		out.Body.Next = strconv.FormatInt(next, 10)
	}
	return out, nil
}
