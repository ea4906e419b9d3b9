package app

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"bilin/internal/admission"
	"bilin/internal/auth"
	"bilin/internal/care"
	"bilin/internal/care/need"
	"bilin/internal/network"
	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

// demoStanding is the matter that the demo city's care contacts belong to.
var demoStanding = demoMatter{dept: "MZ", title: "关怀联系", ask: "到清单上的人家敲敲门、说几句话，点一个结果：平安、有难处、没见到人。",
	basis: "《老年人权益保障法》《残疾人保障法》《未成年人保护法》《社会救助暂行办法》", way: admission.Visit, home: 10, rotation: 1, first: 1, last: 31,
	state: admission.Admitted, ago: 200, reason: "是欠住户的，先从邻长的时间里留出来。", list: admission.Assist, function: 1, standing: true}

// demoMix is how many of a thousand entries are for a need.
var demoMix = []struct {
	code  string
	share int
}{
	{"alone80", 190}, {"disability", 180}, {"couple75", 130}, {"leftchild", 95}, {"illness", 70}, {"bedridden", 65}, {"flood", 60}, {"tekun", 60},
	{"veteran", 30}, {"danger", 25}, {"bereaved", 22}, {"sudden", 20}, {"mother", 18}, {"dialysis", 15}, {"oxygen", 12}, {"orphan", 8},
}

// demoListed is below which ending of its id a household is listed: 4.3 percent.
const demoListed = "0b0"

// demoCare lists some 20,000 households of the whole demo city, with contacts
// that were kept, that are due today, and that were missed.
func (a *App) demoCare(ctx context.Context) error {
	tree, today := a.Network.Tree(), a.Now().In(workday.City)
	mine, err := a.loginsCell(ctx)
	if err != nil {
		return err
	}
	homes, err := a.demoListed(ctx, mine)
	if err != nil {
		return err
	}
	var list []care.Past
	first := true // the lead of the login has something to do today
	for _, h := range homes {
		cell := tree.ByID(h.cell)
		village := tree.At(cell, network.Village)
		if cell == nil || village == nil {
			continue
		}
		p := demoEntry(demoDice(h.id), today)
		p.HouseholdID, p.UnitID, p.VillageID = h.id, cell.ID, village.ID
		if h.cell == mine && first {
			p.Need, p.Basis, p.Agreed, p.NextOn, p.Said = "alone80", care.ByLaw, "", today.Format(time.DateOnly), nil
			first = false
		}
		list = append(list, p)
	}
	if err := a.Care.Fill(ctx, list); err != nil {
		return err
	}
	return a.demoProposal(ctx)
}

type demoHome struct{ id, cell string }

// demoListed chooses households by their ids, and four of the login's cell.
func (a *App) demoListed(ctx context.Context, mine string) ([]demoHome, error) {
	scan := func(r *sql.Rows, h *demoHome) error { return r.Scan(&h.id, &h.cell) }
	homes, err := sqldb.Collect(ctx, a.DB.Reader(), scan, `SELECT id, unit_id FROM household WHERE state = 'active' AND substr(id, 34) < $1 AND unit_id <> $2 ORDER BY id`, demoListed, mine)
	if err != nil || mine == "" {
		return homes, err
	}
	own, err := sqldb.Collect(ctx, a.DB.Reader(), scan, `SELECT id, unit_id FROM household WHERE state = 'active' AND unit_id = $1 ORDER BY id LIMIT 4`, mine)
	return append(homes, own...), err
}

// demoEntry is an entry and how its contacts went.
func demoEntry(dice *rand.Rand, today time.Time) care.Past {
	day := func(n int) string { return today.AddDate(0, 0, n).Format(time.DateOnly) }
	n := demoNeed(dice.IntN(1000))
	p := care.Past{Need: n.Code, Basis: care.ByLaw, By: "system:demo"}
	if n.Consent || dice.IntN(3) == 0 {
		p.Basis, p.Agreed = care.ByConsent, []care.Agreed{care.InWords, care.OnPaper}[dice.IntN(2)]
	}
	left := 1 + dice.IntN(n.LongDays)
	p.LapsesOn, p.ListedOn = day(left), day(left-n.LongDays)
	next := dice.IntN(n.EveryDays)
	if dice.IntN(100) < 7 { // somebody wasn't reached
		next = -dice.IntN(8)
		for d := next; d <= 0 && dice.IntN(2) == 0; d++ {
			p.Said = append(p.Said, day(d))
		}
	}
	next = max(next, left-n.LongDays) // nothing was owed before they were listed
	p.NextOn = day(next)
	for back := next - n.EveryDays; back > -50 && back >= left-n.LongDays; back -= n.EveryDays {
		done := care.PastContact{OwedOn: day(back), DoneOn: day(min(0, back+dice.IntN(2))), Outcome: care.Fine}
		switch x := dice.IntN(100); {
		case x < 5: // late
			done.DoneOn, done.Step = day(min(0, back+3+dice.IntN(4))), care.StandIn
		case x < 8:
			done.Step = care.StandIn
		}
		if back <= 0 {
			p.Done = append(p.Done, done)
		}
	}
	return p
}

func demoNeed(at int) need.Need {
	all := need.Default()
	for _, m := range demoMix {
		if at -= m.share; at < 0 {
			return all[slices.IndexFunc(all, func(n need.Need) bool { return n.Code == m.code })]
		}
	}
	return all[0]
}

// demoProposal is a need that a department proposed, that one approver agreed to,
// and one that was refused because no law grants it.
func (a *App) demoProposal(ctx context.Context) error {
	tree := a.Network.Tree()
	i := slices.IndexFunc(tree.Departments(), func(d network.Department) bool { return d.Code == "MZ" })
	if i < 0 {
		return nil
	}
	by := auth.System("demo")
	by.Name = tree.Departments()[i].Name
	base := need.Default()[5] // owed what left-behind children are
	for i, n := range []need.Need{
		{Name: "独自带两个以上幼儿", NameEN: "Alone with two or more small children", Law: "《未成年人保护法》关于家庭监护支持的规定", Benefit: "托育补助、临时照护", Grounds: []need.Ground{need.Childhood, need.Alone}},
		{Name: "一个人租房住", NameEN: "Renting alone", Law: "没有法律依据", Benefit: "无", Grounds: []need.Ground{need.Alone}},
	} {
		n.Obligation, n.LongDays, n.Consent = base.Obligation, 90, true
		id, err := a.Needs.Propose(ctx, by, need.Propose{Key: fmt.Sprintf("demo-%d", i), Need: n})
		if err != nil {
			return err
		}
		office := auth.System("demo-office")
		office.Name = "市委基层办"
		cmd := need.Decide{Key: fmt.Sprintf("demo-%d", i), ID: id, Reason: "没有法律给他们什么待遇，不列。"}
		if i == 0 {
			err = a.Needs.Approve(ctx, office, cmd)
		} else {
			err = a.Needs.Refuse(ctx, office, cmd)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// demoNeeds lets two leads of the login's village say that a household needs something.
func (a *App) demoNeeds(ctx context.Context) error {
	village := a.Network.Tree().ByCode(demoVillage)
	if village == nil {
		return nil
	}
	mine, err := a.loginsCell(ctx)
	said := 0
	for _, cell := range a.Network.Tree().Subtree(village) {
		lead := a.demoPost(cell.ID, auth.Lead, "")
		if cell.Level != network.Cell || cell.ID == mine || lead.PersonID == "" || said == 2 {
			continue
		}
		due, _, failed := a.Care.ContactsDue(ctx, lead, "", 1)
		if err = errors.Join(err, failed); err != nil || len(due) == 0 {
			continue
		}
		_, err = a.Care.Contact(ctx, lead, care.Report{Key: "demo-" + due[0].ID, ID: due[0].ID, Outcome: care.NeedsHelp,
			Words: []string{"取暖器坏了，晚上冷，想请人修一修。", "药快吃完了，走不动，想请人代取。"}[said]})
		said++
	}
	return err
}
