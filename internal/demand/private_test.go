package demand_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demand/demandtest"
	"bilin/internal/errs"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// TestAContactGoesWithItsHousehold: it is sealed under the household's key, and
// gone with it; that of a demand without a household is under the city's.
func TestAContactGoesWithItsHousehold(t *testing.T) {
	ctx := context.Background()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := demandtest.New(t, db)
		raise := func(r demand.Raise) (demand.Receipt, string) {
			t.Helper()
			r.Kind, r.Text, r.Contact = demand.Help, "请帮忙", "13900000000"
			got, err := c.Demand.Raise(ctx, auth.Actor{}, r)
			if err != nil {
				t.Fatal(err)
			}
			var sealed string
			if err := db.Reader().QueryRowContext(ctx, `SELECT contact FROM demand WHERE id = $1`, got.ID).Scan(&sealed); err != nil {
				t.Fatal(err)
			}
			return got, sealed
		}
		home, sealed := raise(demand.Raise{DoorCode: demandtest.Door})
		if !seal.Vaulted(sealed) {
			t.Error("the contact of a household is not under its key")
		}
		bare, sealed := raise(demand.Raise{UnitCode: demandtest.CellCode})
		if seal.Vaulted(sealed) {
			t.Error("the contact of no household is in the vault")
		}
		for _, r := range []demand.Receipt{home, bare} {
			if got, err := c.Demand.Contact(ctx, c.Lead, r.Number); err != nil || got != "13900000000" {
				t.Errorf("read %q, %v", got, err)
			}
		}
		if err := c.Vault.Erase(ctx, "h-"+demandtest.Door, "asked", c.Clock.Now()); err != nil {
			t.Fatal(err)
		}
		if got, err := c.Demand.Contact(ctx, c.Lead, home.Number); !errors.Is(err, seal.ErrErased) || got != "" {
			t.Errorf("read %q, %v; want it gone", got, err)
		}
		if got, err := c.Demand.Contact(ctx, c.Lead, bare.Number); err != nil || got != "13900000000" {
			t.Errorf("read %q, %v", got, err)
		}
	})
}

// TestNoIdentityNumberInFreeText: who writes one is asked to take it out; where
// nobody can be asked, it is masked.
func TestNoIdentityNumberInFreeText(t *testing.T) {
	const identity, card = "439999199001010017", "6200 0000 0000 0005"
	ctx := context.Background()
	c := demandtest.New(t, sqldbtest.Open(t, sqldb.SQLite))
	for text, want := range map[string]string{"我的身份证" + identity: "demand.private_identity", "打到" + card: "demand.private_card"} {
		_, err := c.Demand.Raise(ctx, auth.Actor{}, demand.Raise{Kind: demand.Help, UnitCode: demandtest.CellCode, Text: text})
		if e := errs.As(err); len(e.Fields) != 1 || e.Fields[0].Name != "text" || e.Fields[0].Code != want {
			t.Errorf("%s: %v", text, err)
		}
		r := c.Raise(t, demand.Help, demandtest.CellCode, "请帮忙")
		_, err = c.Demand.Answer(ctx, c.Lead, r.Number, demand.Command{Key: text, Note: text})
		if e := errs.As(err); len(e.Fields) != 1 || e.Fields[0].Code != want {
			t.Errorf("note %s: %v", text, err)
		}
		if demand.Messages[want][1] == "" {
			t.Errorf("%s has no message", want)
		}
	}
	operator := auth.Actor{AccountID: "a-hotline", PersonID: "p-hotline", Login: "hotline", Grants: []auth.Grant{{Role: auth.Hotline, UnitID: demandtest.ID(demandtest.CityCode)}}}
	r, err := c.Demand.Raise(ctx, operator, demand.Raise{Kind: demand.Help, Source: demand.FromHotline, UnitCode: demandtest.CellCode, Text: "来电人" + identity, Key: "1"})
	if err != nil {
		t.Fatal(err)
	}
	var text string
	if err := c.DB.Reader().QueryRowContext(ctx, `SELECT text FROM demand WHERE id = $1`, r.ID).Scan(&text); err != nil || strings.Contains(text, identity) || !strings.HasPrefix(text, "来电人") {
		t.Errorf("kept %q, %v", text, err)
	}
}
