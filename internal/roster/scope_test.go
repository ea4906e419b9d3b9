package roster_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/roster"
	"bilin/internal/sheet"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// as returns an actor who holds a role at a unit.
func (c *town) as(role auth.Role, code string) auth.Actor {
	return auth.Actor{AccountID: string(role), Name: string(role), Grants: []auth.Grant{{Role: role, UnitID: c.net.Tree().ByCode(code).ID}}}
}

func TestImportStaysInTheActorsUnits(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c, ctx := open(t, db), context.Background()
		village := c.as(auth.VillageOfficial, "430182001001")
		r, err := c.svc.Import(ctx, village, file(sound), roster.Options{SkipBad: true})
		if err != nil || r.Done.New != 3 || r.Bad != 1 || r.Issues[0].Code != "village_outside" {
			t.Fatalf("%s, %+v, %v", summary(r), r.Issues, err)
		}
		for _, role := range []auth.Role{auth.Lead, auth.Command, auth.Department, auth.Auditor} {
			if _, err := c.svc.Import(ctx, c.as(role, "430182001001"), file(sound), roster.Options{}); errs.KindOf(err) != errs.Forbidden {
				t.Errorf("%s may import: %v", role, err)
			}
		}
		if _, err := c.svc.Import(ctx, auth.Actor{}, file(sound), roster.Options{DryRun: true}); errs.KindOf(err) != errs.Unauthenticated {
			t.Errorf("anybody may check: %v", err)
		}
	})
}

func TestExportStaysInTheActorsUnits(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c, ctx := open(t, db), context.Background()
		if _, err := c.svc.Import(ctx, system, file(sound), roster.Options{}); err != nil {
			t.Fatal(err)
		}
		export := func(who auth.Actor, unit, purpose string) (string, error) {
			var b bytes.Buffer
			_, err := c.svc.Export(ctx, who, &b, roster.ExportOptions{
				UnitID: unit, Format: sheet.CSV, Purpose: purpose, Title: func(f roster.Field) string { return f.String() },
			})
			return b.String(), err
		}
		village := c.as(auth.VillageOfficial, "430182102201")
		out, err := export(village, "", "")
		if err != nil || !strings.Contains(out, "赵一") || strings.Contains(out, "张一") || strings.Contains(out, "12900000001") {
			t.Errorf("a village's own, masked: %v\n%s", err, out)
		}
		if out, err := export(village, "", "防汛电话核对"); err != nil || !strings.Contains(out, "12900000001") {
			t.Errorf("a village's own, with a purpose: %v\n%s", err, out)
		}
		if out, err := export(c.as(auth.VillageOfficial, "430182001001"), "", "防汛电话核对"); err != nil || !strings.Contains(out, "12900000002") || strings.Contains(out, "12911111111") {
			t.Errorf("with a purpose leads' numbers, never households': %v\n%s", err, out)
		}
		if _, err := export(c.as(auth.CityOffice, "430182000000"), "", "防汛电话核对"); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("a whole city's numbers at once: %v", err)
		}
		if _, err := export(village, c.net.Tree().ByCode("430182001001").ID, ""); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("another village: %v", err)
		}
		if _, err := export(c.as(auth.Auditor, "430182000000"), "", "x"); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("the auditor exports: %v", err)
		}
		if _, err := export(c.as(auth.Admin, "430182000000"), "", "x"); errs.KindOf(err) != errs.Forbidden {
			t.Errorf("the administrator exports: %v", err)
		}
		if n := c.count(t, "audit_pending WHERE action = 'network.export'"); n != 3 {
			t.Errorf("%d exports in the record", n)
		}
	})
}

// TestMaskedExportImports: what a masked export hides is left as it is.
func TestMaskedExportImports(t *testing.T) {
	c, ctx := sqlite(t), context.Background()
	if _, err := c.svc.Import(ctx, system, file(sound), roster.Options{}); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	_, err := c.svc.Export(ctx, c.as(auth.CityOffice, "430182000000"), &b, roster.ExportOptions{
		Format: sheet.CSV, Title: func(f roster.Field) string { return c.t(f.Key()) },
	})
	if err != nil || !strings.Contains(b.String(), "张*,***") {
		t.Fatalf("%v\n%s", err, b.String())
	}
	r, err := c.svc.Import(ctx, system, file(b.String()), roster.Options{})
	if err != nil || !r.Nothing() || r.Same != 4 {
		t.Fatalf("%s, %+v, %v", summary(r), r.Issues, err)
	}
}
