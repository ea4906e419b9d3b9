package capout_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bilin/internal/auth"
	"bilin/internal/cap"
	"bilin/internal/errs"
	"bilin/internal/geo"
	"bilin/internal/i18n"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/capout"
	"bilin/internal/mobilise/mobilisetest"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var catalog = func() *i18n.Catalog {
	c, err := i18n.New(capout.Messages, mobilise.Messages)
	if err != nil {
		panic(err)
	}
	return c
}()

func writer(c *mobilisetest.City) func(who auth.Actor, number string) (*cap.Alert, string, error) {
	s := capout.New(capout.Options{Orders: c.Orders, Policy: c.Policy, Tree: c.Net.Tree, Catalog: catalog, PublicURL: "https://bilin.test"})
	return func(who auth.Actor, number string) (*cap.Alert, string, error) {
		var b bytes.Buffer
		if err := s.Write(c.Context(), &b, who, number); err != nil {
			return nil, "", err
		}
		a, err := cap.Parse(bytes.NewReader(b.Bytes()))
		return a, b.String(), err
	}
}

// An order's editions are messages that name each other, until it is over.
func TestAnOrdersMessages(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := mobilisetest.New(t, db, 3)
		write := writer(c)
		o, err := c.Order(c.Command, nil)
		if err != nil {
			t.Fatal(err)
		}
		first, text, err := write(c.Command, o.Number)
		if err != nil || first.Identifier != o.Number+".1" || first.Sender != "bilin.430182000000" || first.Status != cap.Actual || first.MsgType != cap.NewAlert || first.Scope != "Public" || len(first.References) != 0 {
			t.Fatalf("%v %+v", err, first)
		}
		golden(t, "alert", strings.ReplaceAll(text, o.Number, "NUMBER"))
		c.Pass(time.Minute)
		if _, again, err := write(c.TownHall, o.Number); err != nil || again != text {
			t.Errorf("asked again: %v\n%s", err, again)
		}
		words := c.Words()
		words.Where = "学校"
		if o, err = c.Orders.Correct(t.Context(), c.Command, mobilise.Command{Number: o.Number}, words); err != nil {
			t.Fatal(err)
		}
		second, _, err := write(c.Command, o.Number)
		if err != nil || second.MsgType != cap.Update || second.Identifier != o.Number+".2" || len(second.References) != 1 || second.References[0].Identifier != first.Identifier ||
			!second.References[0].Sent.Equal(first.Sent) || !second.Sent.Equal(first.Sent.Add(time.Minute)) || !strings.Contains(second.Infos[0].Instruction, "学校") {
			t.Errorf("%v %+v", err, second)
		}
		c.Pass(time.Hour)
		if o, err = c.Orders.Cancel(t.Context(), c.Command, mobilise.Command{Number: o.Number, Note: "雨停了"}); err != nil {
			t.Fatal(err)
		}
		last, text, err := write(c.Command, o.Number)
		if err != nil || last.MsgType != cap.Cancel || len(last.References) != 2 || !last.References[1].Sent.Equal(second.Sent) || last.Note != "雨停了" || last.Infos[0].Urgency != "Past" {
			t.Errorf("%v %+v", err, last)
		}
		for _, r := range c.Receipts(o) {
			if strings.Contains(text, r.PersonID) || strings.Contains(text, "邻长") {
				t.Error("it says who was called")
			}
		}
		_, _, err = write(c.Elsewhere, o.Number)
		if errs.CodeOf(err) != "order.none" {
			t.Errorf("another town: %v", err)
		}
	})
}

// A drill is an exercise in every field that says so; a missing person's order
// isn't for everybody, and can't be written once it was erased.
func TestDrillsAndMissingPersons(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		c := mobilisetest.New(t, db, 3)
		write := writer(c)
		drill, err := c.Order(c.Command, func(p *mobilise.Propose) { p.Kind = mobilise.Drill })
		if err != nil {
			t.Fatal(err)
		}
		a, _, err := write(c.Command, drill.Number)
		if err != nil || a.Status != cap.Exercise || !strings.Contains(a.Note, "演练") || !strings.HasPrefix(a.Infos[0].Headline, "【演练") || !strings.HasPrefix(a.Infos[1].Headline, "[DRILL") {
			t.Errorf("%v %+v", err, a)
		}
		o, err := c.Order(c.Command, func(p *mobilise.Propose) {
			p.Hazard, p.Missing = mobilise.Missing, mobilise.MissingPerson{CaseNumber: "A1", AskedBy: "女儿"}
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err = write(c.Command, o.Number); errs.CodeOf(err) != "capout.not_issued" {
			t.Errorf("before it is approved: %v", err)
		}
		if _, err = c.Orders.Approve(t.Context(), c.Office, mobilise.Command{Number: o.Number}); err != nil {
			t.Fatal(err)
		}
		a, text, err := write(c.Command, o.Number)
		if _, _, err := write(c.Hall, o.Number); err != nil {
			t.Errorf("a village's official: %v", err)
		}
		for _, who := range []auth.Actor{c.Linked, c.Actor(auth.GroupLead, c.Group), c.Actor(auth.AreaLead, c.Group), c.Privacy} {
			if _, _, err := write(who, o.Number); errs.KindOf(err) != errs.Forbidden {
				t.Errorf("%s: %v", who.Name, err)
			}
		}
		if err != nil || a.Scope != "Restricted" || a.Restriction == "" || strings.Contains(text, "A1") || strings.Contains(text, "女儿") {
			t.Errorf("%v %s", err, text)
		}
		c.Pass(73 * time.Hour)
		if err := c.Orders.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, _, err = write(c.Command, o.Number); errs.KindOf(err) != errs.Gone {
			t.Errorf("after it was erased: %v", err)
		}
	})
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".xml")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || string(want) != got {
		t.Errorf("%v\ngot\n%s\nwant\n%s", err, got, want)
	}
}

// orders are any that can be.
func orders(c *mobilisetest.City) *rapid.Generator[*mobilise.Order] {
	return rapid.Custom(func(t *rapid.T) *mobilise.Order {
		text := rapid.StringN(1, 30, 90)
		o := &mobilise.Order{Number: "L260017", UnitID: c.Village, Kind: rapid.SampledFrom([]mobilise.Kind{mobilise.Real, mobilise.Drill}).Draw(t, "kind"),
			Hazard: rapid.SampledFrom(mobilise.Hazards()).Draw(t, "hazard"), State: rapid.SampledFrom([]mobilise.State{mobilise.Active, mobilise.Closed, mobilise.Cancelled}).Draw(t, "state"),
			Words:   mobilise.Words{Title: text.Draw(t, "title"), What: text.Draw(t, "what"), Do: text.Draw(t, "do"), Where: text.Draw(t, "where"), Until: c.Now().Add(time.Hour)},
			Edition: rapid.IntRange(1, 5).Draw(t, "edition"), IssuedAt: c.Now(), EndNote: rapid.StringN(0, 30, 90).Draw(t, "note")}
		o.Audience.UnitIDs = rapid.SliceOfN(rapid.SampledFrom([]string{c.Root, c.Town, c.Far, c.Group, "gone"}), 0, 4).Draw(t, "units")
		for range rapid.IntRange(0, 6).Draw(t, "corners") {
			o.Audience.Polygon = append(o.Audience.Polygon, geo.Point{X: rapid.Float64Range(-180, 180).Draw(t, "lon"), Y: rapid.Float64Range(-90, 90).Draw(t, "lat")})
		}
		return o
	})
}

// Whatever an order says can be written, and is read again as it was meant.
func TestAnyOrderIsAnAlert(t *testing.T) {
	t.Parallel()
	db := sqldbtest.Open(t, sqldb.SQLite)
	c := mobilisetest.New(t, db, 1)
	some := orders(c)
	rapid.Check(t, func(t *rapid.T) {
		o := some.Draw(t, "order")
		var editions []time.Time
		for i := range o.Edition {
			editions = append(editions, c.Now().Add(time.Duration(i)*time.Minute))
		}
		var b bytes.Buffer
		if err := cap.Write(&b, capout.Alert(o, editions, capout.Frame{Tree: c.Net.Tree(), Words: catalog.T})); err != nil {
			t.Fatal(err)
		}
		a, err := cap.Parse(&b)
		if err != nil {
			t.Fatal(err)
		}
		if (a.Status == cap.Exercise) != o.IsDrill() || (a.MsgType == cap.Cancel) != !o.Live() || (a.MsgType == cap.NewAlert) != (o.Live() && o.Edition == 1) ||
			len(a.References) != o.Edition-1 || len(a.Infos) != 2 || (a.Scope == "Public") != (o.Hazard != mobilise.Missing) {
			t.Errorf("%+v of %+v", a, o)
		}
		for _, i := range a.Infos {
			if len(i.Areas) == 0 || i.Event == "" || strings.Contains(i.Event+i.Headline, "⟦") || !i.Expires.Equal(o.Until) {
				t.Errorf("%+v of %+v", i, o)
			}
			for _, area := range i.Areas {
				for _, g := range area.Geocodes {
					if len(g.Value) != 12 || g.Name != capout.GeocodeName {
						t.Errorf("geocode %+v", g)
					}
				}
			}
		}
	})
}
