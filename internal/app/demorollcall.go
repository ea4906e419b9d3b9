package app

import (
	"context"
	"hash/fnv"
	"math/rand/v2"
	"time"

	"golang.org/x/sync/errgroup"

	"bilin/internal/auth"
	"bilin/internal/mobilise/rollcall"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// Where the demo's drill is, and the village of the logins village and lead.
const (
	demoTown    = "430182001000"
	demoVillage = "430182001003"
)

// demoRollcall is last winter's roll-call of the whole city, of which the totals
// are left; or a drill's, open in one town since openedAt and half reported.
// The order is the one it belongs to, if any; a drill's must be live.
func (a *App) demoRollcall(ctx context.Context, orderID, orderNumber string, drill bool, openedAt time.Time) error {
	if drill {
		return a.demoDrillRollcall(ctx, orderNumber, openedAt)
	}
	tree := a.Network.Tree()
	past := rollcall.Past{UnitID: tree.RootID(), Reason: "冰冻断电，逐户问一遍", OrderID: orderID, OrderNumber: orderNumber,
		OpenedAt: openedAt, ClosedAt: openedAt.Add(26 * time.Hour), By: "市应急指挥部",
		Villages: map[string]rollcall.Totals{}, Minutes: map[string]map[time.Time]int{}}
	for _, village := range tree.Units(network.Village) {
		past.Villages[village.ID], past.Minutes[village.ID] = demoWinterVillage(tree, village, openedAt)
	}
	_, err := a.Rollcalls.Remember(ctx, auth.System("demo"), past)
	return err
}

// demoWinterVillage is how a village answered in the dark: most within the hour,
// some by paper the next day, a few never.
func demoWinterVillage(tree *network.Tree, village *network.Unit, openedAt time.Time) (t rollcall.Totals, by map[time.Time]int) {
	by = map[time.Time]int{}
	for _, u := range tree.Subtree(village) {
		t.Expected += u.Households
		dice := demoDice(u.Code)
		if u.Households == 0 || dice.Float64() < 0.03 {
			continue
		}
		at := openedAt.Add(minutes(dice, 34, 0.95))
		if dice.Float64() < 0.06 { // no signal until morning
			at = openedAt.Add(6*time.Hour + minutes(dice, 90, 0.5))
		}
		at = at.Truncate(time.Minute)
		by[at] += u.Households
		for range u.Households {
			switch x := dice.Float64(); {
			case x < 0.0016:
				t.Help++
				t.Helped++
			case x < 0.009:
				t.NotReached++
			default:
				t.Safe++
			}
		}
	}
	return t, by
}

// demoDice throws the same for a place in every demo city.
func demoDice(code string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(code))               // never fails
	return rand.New(rand.NewPCG(h.Sum64(), 3)) //nolint:gosec // a story, not a secret
}

// demoDrillRollcall opens a drill's roll-call and lets half of the leads answer.
func (a *App) demoDrillRollcall(ctx context.Context, orderNumber string, openedAt time.Time) error {
	tree := a.Network.Tree()
	town := tree.ByCode(demoTown)
	if town == nil {
		return nil
	}
	id, err := a.rollcallsAt(func() time.Time { return openedAt }).Open(ctx, demoOfficer("镇街值班员"),
		rollcall.Start{Key: "demo-drill", UnitID: town.ID, Reason: "防汛转移演练，逐户问一遍", Drill: true, OrderNumber: orderNumber})
	if err != nil {
		return err
	}
	spare, err := a.loginsCell(ctx)
	if err != nil {
		return err
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(16)
	for _, cell := range tree.Subtree(town) {
		if cell.Level == network.Cell && cell.Households > 0 && cell.ID != spare {
			g.Go(func() error { return a.demoAnswers(gctx, id, cell, openedAt) })
		}
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return a.demoHelp(ctx, id)
}

// loginsCell is the cell of the login lead, whose households are left to be reported by hand.
func (a *App) loginsCell(ctx context.Context) (string, error) {
	found, err := a.Auth.Accounts(ctx, auth.System("demo"), "lead", "", 10)
	for _, account := range found {
		if account.Login == "lead" {
			for _, post := range a.Network.PostsOf(account.PersonID) {
				return post.UnitID, err
			}
		}
	}
	return "", err
}

// demoAnswers is what a cell's lead says; where nobody leads, the village writes
// down what it has heard on the telephone so far.
func (a *App) demoAnswers(ctx context.Context, callID string, cell *network.Unit, openedAt time.Time) error {
	tree, dice := a.Network.Tree(), demoDice(cell.Code)
	village := tree.At(cell, network.Village)
	at := openedAt.Add(minutes(dice, 14, 0.8))
	who, way := a.demoPost(cell.ID, auth.Lead, ""), rollcall.Self
	if who.PersonID == "" {
		who, way = a.demoPost(village.ID, auth.VillageOfficial, ""), rollcall.Phone
		at = openedAt.Add(time.Duration(5+dice.IntN(20)) * time.Minute)
	} else if dice.Float64() > 0.62 {
		return nil
	}
	if who.PersonID == "" || at.After(a.Now()) {
		return nil
	}
	homes, err := network.RosterHouseholdsIn(ctx, a.DB.Reader(), []string{cell.ID})
	if err != nil {
		return err
	}
	report := rollcall.Report{Key: "demo-" + cell.ID, CallID: callID, UnitID: cell.ID, Way: way}
	for i, home := range homes[cell.ID] {
		if way == rollcall.Phone && i > 5 {
			break
		}
		say := rollcall.Say{HouseholdID: home.ID, Answer: rollcall.Safe}
		switch x := dice.Float64(); {
		case x < 0.003, way == rollcall.Phone && village.Code == demoVillage && i%2 == 1:
			say.Answer, say.Need = rollcall.Help, rollcall.Needs()[dice.IntN(len(rollcall.Needs()))]
		case x < 0.03:
			say.Answer = rollcall.NotReached
		}
		report.Says = append(report.Says, say)
	}
	_, err = a.rollcallsAt(func() time.Time { return at }).Report(ctx, who, report)
	return err
}

// demoHelp lets the village of the login see to the first two who need help.
func (a *App) demoHelp(ctx context.Context, callID string) error {
	village := a.Network.Tree().ByCode(demoVillage)
	if village == nil {
		return nil
	}
	who := a.demoPost(village.ID, auth.VillageOfficial, "")
	if who.PersonID == "" {
		return nil
	}
	list, err := a.Rollcalls.Help(ctx, who, callID, false, "")
	if err != nil {
		return err
	}
	for i, aid := range []rollcall.Aid{rollcall.Helped, rollcall.UnderWay} {
		if i >= len(list.Doors)-1 {
			break
		}
		door := list.Doors[i]
		at := door.Row.HelpAt.Add(4 * time.Minute)
		err := a.rollcallsAt(func() time.Time { return at }).Assist(ctx, who, rollcall.Assist{
			Key: sqldb.NewID(), CallID: callID, HouseholdID: door.ID, Aid: aid, Version: door.Row.Version})
		if err != nil {
			return err
		}
	}
	return nil
}
