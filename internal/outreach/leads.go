package outreach

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"bilin/internal/job"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// LeadNews is that a lead has something to tell, or to tell no more.
type LeadNews struct {
	Number   string
	Edition  int
	Recalled bool
	PersonID string
	UnitID   string // the cell
}

// Leads tells leads of notices by the browsers that they had switched on: what
// reaches their own screen without a charge. The others see it on their page.
type Leads struct {
	Has  func(ctx context.Context, personIDs []string) (map[string]bool, error) // who has such a browser
	Tell func(ctx context.Context, tx *sqldb.Tx, list []LeadNews) error         // when it suits them
	Busy func(ctx context.Context) (bool, error)                                // an order is being told: it goes first
}

// To has leads told too. Register lets a runner do it.
func (s *Service) To(leads Leads, r *job.Runner) *Service {
	s.leads = &leads
	r.Handle(leadsKind, s.tellVillage)
	return s
}

const (
	leadsKind  = "outreach.leads"
	leadsYield = 5 * time.Second
)

// leadsJob is one village after another: no transaction holds up an order.
type leadsJob struct {
	Number   string
	Edition  int
	Recalled bool
	After    string // code of the village before
}

func (j leadsJob) key() string {
	return strings.Join([]string{j.Number, strconv.Itoa(j.Edition), strconv.FormatBool(j.Recalled), j.After}, "/")
}

func (j leadsJob) queue(ctx context.Context, tx *sqldb.Tx) error {
	return job.Enqueue(ctx, tx, job.Job{Kind: leadsKind, Key: j.key(), Payload: j})
}

// alert has the leads of a notice's audience told of what just became of it.
func (s *Service) alert(ctx context.Context, tx *sqldb.Tx, n *Notice) error {
	if s.leads == nil {
		return nil
	}
	return leadsJob{Number: n.Number, Edition: n.Edition, Recalled: n.State == Recalled}.queue(ctx, tx)
}

// Current reports whether news of a notice still say how it stands.
func (n *Notice) Current(edition int, recalled bool) bool {
	return n.Edition == edition && (n.State == Recalled) == recalled && n.Public()
}

func (s *Service) tellVillage(ctx context.Context, run job.Run) error {
	var j leadsJob
	if err := run.Decode(&j); err != nil {
		return err
	}
	n, err := noticeByNumber(ctx, s.o.DB.Reader(), j.Number)
	if err != nil || !n.Current(j.Edition, j.Recalled) {
		return err
	}
	busy, err := s.leads.Busy(ctx)
	if err != nil {
		return err
	}
	if busy {
		return job.Snooze(leadsYield)
	}
	var list []LeadNews
	for len(list) == 0 { // a village where nobody has a browser takes no transaction
		village, all := s.nextLeads(n, j)
		if village == "" {
			return nil
		}
		j.After = village
		if list, err = s.reached(ctx, all); err != nil {
			return err
		}
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if err := s.leads.Tell(ctx, tx, list); err != nil {
			return err
		}
		if err := j.queue(ctx, tx); err != nil {
			return err
		}
		return run.Finish(ctx, tx)
	})
}

// nextLeads are the leads of the next village of an audience that has any; "" after the last.
func (s *Service) nextLeads(n *Notice, j leadsJob) (village string, list []LeadNews) {
	tree := s.o.Network.Tree()
	villages := slices.Clone(tree.Units(network.Village))
	slices.SortFunc(villages, func(a, b *network.Unit) int { return strings.Compare(a.Code, b.Code) })
	for _, v := range villages {
		if v.Code <= j.After {
			continue
		}
		for _, cell := range tree.Subtree(v) {
			if cell.Level != network.Cell || !n.Reaches(tree, cell.ID) {
				continue
			}
			if h := tree.LeadOf(cell.ID); h != nil {
				list = append(list, LeadNews{Number: n.Number, Edition: n.Edition, Recalled: j.Recalled, PersonID: h.PersonID, UnitID: cell.ID})
			}
		}
		if len(list) > 0 {
			return v.Code, list
		}
	}
	return "", nil
}

// reached leaves those who have a browser.
func (s *Service) reached(ctx context.Context, list []LeadNews) ([]LeadNews, error) {
	ids := make([]string, len(list))
	for i, l := range list {
		ids[i] = l.PersonID
	}
	has, err := s.leads.Has(ctx, ids)
	return slices.DeleteFunc(list, func(l LeadNews) bool { return !has[l.PersonID] }), err
}
