package find

import (
	"cmp"
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"

	"bilin/internal/address"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
)

// Service answers what is where.
type Service struct {
	db     *sqldb.DB
	net    *network.Service
	seal   *seal.Sealer
	policy *auth.Policy
	cached atomic.Pointer[names]
}

// New returns the service.
func New(db *sqldb.DB, net *network.Service, s *seal.Sealer) *Service {
	return &Service{db: db, net: net, seal: s, policy: auth.NewPolicy(net, network.Rules)}
}

// names returns the forms of the current tree's names, made anew after a change.
func (s *Service) names() *names {
	tree := s.net.Tree()
	if n := s.cached.Load(); n != nil && n.tree == tree {
		return n
	}
	n := newNames(tree)
	s.cached.Store(n)
	return n
}

// Answer is a cell and who leads it. It never names a household.
type Answer struct {
	UnitID   string
	Code     string
	Name     string // by its path, from the town down
	LeadName string // "" while nobody leads it
	LeadID   string // the person, for the service that reaches them
	Phone    string // only where the lead chose to show it
}

// maxAnswers is how many cells the public gets to see.
const maxAnswers = 20

// PublicFind returns the cells that fit an address, a door card's code or a
// unit's code, best first.
func (s *Service) PublicFind(ctx context.Context, typed string) ([]Answer, error) {
	n := s.names()
	cells, err := s.cells(ctx, n, typed, maxAnswers)
	if err != nil {
		return nil, err
	}
	return s.answers(ctx, n.tree, cells)
}

// cells returns the best cells for what was typed.
func (s *Service) cells(ctx context.Context, n *names, typed string, limit int) ([]*network.Unit, error) {
	typed = strings.TrimSpace(typed)
	if typed == "" || n.tree.Root() == nil {
		return nil, nil
	}
	if u, err := s.byDoor(ctx, typed); u != nil || err != nil {
		return cellsUnder(n.tree, u, limit), err
	}
	if code := codeOf(typed); code != "" {
		if u := n.tree.Current(n.tree.ByCode(code)); u != nil && u.Level >= network.Village {
			return cellsUnder(n.tree, u, limit), nil
		}
	}
	q := n.parse(typed)
	if q.rest == "" {
		var cells []*network.Unit
		for _, u := range q.scope {
			cells = append(cells, cellsUnder(n.tree, u, limit-len(cells))...)
		}
		return cells, nil
	}
	found, err := s.search(ctx, n, &q)
	if err != nil {
		return nil, err
	}
	return found.best(limit), nil
}

var doorCode = regexp.MustCompile(`^[2-9A-HJ-NP-Za-hj-np-z]{10}$`)

// byDoor finds the unit of a door card's code, also inside the card's link.
func (s *Service) byDoor(ctx context.Context, typed string) (*network.Unit, error) {
	code := typed[strings.LastIndexByte(typed, '/')+1:]
	code = strings.NewReplacer(" ", "", "-", "").Replace(code)
	if !doorCode.MatchString(code) {
		return nil, nil
	}
	u, err := s.net.HouseholdByDoor(ctx, code)
	if errs.KindOf(err) == errs.NotFound && err != nil {
		return nil, nil
	}
	return u, err
}

// codeOf returns what was typed if it is a unit's code: 12 to 18 digits.
func codeOf(typed string) string {
	code := strings.ReplaceAll(address.Fold(typed), " ", "")
	if len(code) < 12 || len(code) > 18 || strings.Trim(code, "0123456789") != "" {
		return ""
	}
	return code
}

func cellsUnder(tree *network.Tree, u *network.Unit, limit int) []*network.Unit {
	var cells []*network.Unit
	for _, c := range tree.Subtree(u) {
		if c.Level == network.Cell && len(cells) < limit {
			cells = append(cells, c)
		}
	}
	return cells
}

// scores collects how well cells fit.
type scores struct {
	tree *network.Tree
	by   map[string]float64
}

func (s *scores) raise(unitID string, score float64) {
	if score > s.by[unitID] {
		s.by[unitID] = score
	}
}

// ranked returns the units in order of their scores, equals in order of code.
func (s *scores) ranked() []*network.Unit {
	scores := make(map[string]float64, len(s.by))
	units := make([]*network.Unit, 0, len(s.by))
	for id, score := range s.by {
		u := s.tree.Current(s.tree.ByID(id)) // it may have been merged a moment ago
		if u == nil || u.Level != network.Cell {
			continue
		}
		had, ok := scores[u.ID]
		if !ok {
			units = append(units, u)
		}
		scores[u.ID] = max(had, score)
	}
	slices.SortFunc(units, func(a, b *network.Unit) int {
		return cmp.Or(cmp.Compare(scores[b.ID], scores[a.ID]), strings.Compare(a.Code, b.Code))
	})
	return units
}

func (s *scores) best(limit int) []*network.Unit {
	units := s.ranked()
	return units[:min(limit, len(units))]
}

// search scores cells: by what their places are called, then the best of them
// by whether that very house is there.
func (s *Service) search(ctx context.Context, n *names, q *query) (*scores, error) {
	found := &scores{tree: n.tree, by: map[string]float64{}}
	places, err := s.places(ctx, n, q)
	if err != nil {
		return nil, err
	}
	for _, p := range places {
		if score := q.score(p); score > 0 {
			found.raise(p.UnitID, score)
		}
	}
	q.preferGroup(n, found)
	if len(q.scope) == 0 {
		doors, err := doorsAt(ctx, s.db.Reader(), q.rest)
		if err != nil {
			return nil, err
		}
		found.see(q, doors)
	}
	if q.number == 0 {
		return found, nil
	}
	var ids []string
	for _, u := range found.best(60) {
		ids = append(ids, u.ID)
	}
	doors, err := doorsIn(ctx, s.db.Reader(), ids)
	found.see(q, doors)
	return found, err
}

// A place's name is looked for among all places of up to so many cells, some
// villages' worth; in a town or the city the names that are like it come first.
const fewCells = 600

// places reads those of the units named, or those whose names are like the
// question.
func (s *Service) places(ctx context.Context, n *names, q *query) ([]Place, error) {
	var ids []string
	for _, root := range q.scope {
		for _, u := range n.tree.Subtree(root) {
			if u.Level == network.Cell {
				ids = append(ids, u.ID)
			}
		}
	}
	if len(ids) > 0 && (len(ids) <= fewCells || len(q.grams) == 0) {
		return placesIn(ctx, s.db.Reader(), ids)
	}
	if len(q.grams) == 0 {
		return nil, nil
	}
	stems, err := stemsLike(ctx, s.db.Reader(), q.grams)
	if err != nil {
		return nil, err
	}
	places, err := placesNamed(ctx, s.db.Reader(), stems, q.number)
	if err == nil && len(places) == 0 && q.number > 0 {
		places, err = placesNamed(ctx, s.db.Reader(), stems, 0)
	}
	if len(q.scope) == 0 || err != nil {
		return places, err
	}
	return slices.DeleteFunc(places, func(p Place) bool {
		return !slices.ContainsFunc(q.scope, func(root *network.Unit) bool { return n.tree.Contains(root.ID, p.UnitID) })
	}), nil
}

// score rates a place from 0 to 10.
func (q *query) score(p Place) float64 {
	score := 8 * similarity(q, p.Stem)
	if score > 0 && q.number > 0 && p.Low <= q.number && q.number <= p.High {
		score++
	}
	return score
}

// preferGroup lifts the cells of a group that the question names: 3组12号.
func (q *query) preferGroup(n *names, found *scores) {
	if !strings.ContainsAny(q.rest, "组片") {
		return
	}
	for id, score := range found.by {
		for u := n.tree.ByID(id); u != nil && u.Level > network.Village; u = n.tree.Parent(u) {
			if name := n.groups[u.ID]; name != "" && strings.Contains(q.rest, name) {
				found.by[id] = score + 1.5
				break
			}
		}
	}
}

// see lifts the cells in which the very house is.
func (s *scores) see(q *query, doors []door) {
	for _, d := range doors {
		had := s.by[d.unitID]
		switch {
		case d.key == q.rest:
			s.raise(d.unitID, max(had, 9)+4)
		case strings.HasPrefix(d.key, q.rest):
			s.raise(d.unitID, max(had, 8)+1)
		case q.number > 0 && address.Number(d.key) == q.number && similarity(q, address.Stem(d.key)) > 0.5:
			s.raise(d.unitID, max(had, min(had+2, 12)))
		}
	}
}

// answers names the cells and their leads.
func (s *Service) answers(ctx context.Context, tree *network.Tree, cells []*network.Unit) ([]Answer, error) {
	answers := make([]Answer, len(cells))
	var ids []string
	for i, u := range cells {
		answers[i] = Answer{UnitID: u.ID, Code: u.Code, Name: tree.PathName(u, " ")}
		if lead := tree.LeadOf(u.ID); lead != nil {
			answers[i].LeadName, answers[i].LeadID = lead.Name, lead.PersonID
			ids = append(ids, lead.PersonID)
		}
	}
	persons, err := network.RosterPersons(ctx, s.db.Reader(), ids)
	if err != nil {
		return nil, err
	}
	for i := range answers {
		p := persons[answers[i].LeadID]
		if !p.ShowPhone || p.Phone == "" {
			continue
		}
		number, err := s.seal.Open(p.Phone, "person/phone/"+p.ID)
		if err != nil {
			return nil, errors.Join(errs.Wrap(err, errs.Internal, "errs.internal"))
		}
		answers[i].Phone = number
	}
	return answers, nil
}
