package alert

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"bilin/internal/auth"
	"bilin/internal/cap"
	"bilin/internal/errs"
	"bilin/internal/geo"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// groundOf reads what alerts are about from the tree.
func groundOf(t *network.Tree) *ground {
	g := &ground{}
	if root := t.Root(); root != nil {
		g.city = division{root.ID, root.Code, root.Name}
	}
	for _, u := range t.Units(network.Town) {
		g.towns = append(g.towns, division{u.ID, u.Code, u.Name})
	}
	for _, u := range t.Units(network.Village) {
		g.villages = append(g.villages, village{u.ID, u.Code, geo.Point{X: u.Lon, Y: u.Lat}, u.Placed})
	}
	return g
}

// townsOf returns the towns of some villages, each once.
func townsOf(t *network.Tree, villages []string) (ids []string) {
	seen := map[string]bool{}
	for _, id := range villages {
		if town := t.At(t.ByID(id), network.Town); town != nil && !seen[town.ID] {
			seen[town.ID] = true
			ids = append(ids, town.ID)
		}
	}
	return ids
}

// gathered names villages by the largest units that are whole among them.
func gathered(t *network.Tree, villages []string) []string {
	in := map[string]bool{}
	for _, id := range villages {
		in[id] = true
	}
	var out []string
	whole := true
	for _, town := range t.Units(network.Town) {
		under := t.Children(town)
		var hit []string
		for _, v := range under {
			if in[v.ID] {
				hit = append(hit, v.ID)
			}
		}
		all := len(hit) > 0 && len(hit) == len(under)
		if whole = whole && all; all {
			hit = []string{town.ID}
		}
		out = append(out, hit...)
	}
	if whole && len(out) > 0 {
		return []string{t.RootID()}
	}
	return out
}

// described joins the senders' words for some areas.
func described(list []cap.Area) string {
	var parts []string
	for _, a := range list {
		if desc := line(a.Desc); desc != "" && !slices.Contains(parts, desc) {
			parts = append(parts, desc)
		}
	}
	return clip(strings.Join(parts, "；"), maxSummary)
}

// suggestion begins an order of an alert.
func (s *Service) suggestion(a *Alert, m *cap.Alert) Suggestion {
	out := suggest(part(m), a.Expires, a.Drill(), s.o.Now())
	out.AlertID, out.Hazard = a.ID, a.Hazard
	where, tree := areas(m), s.o.Tree()
	villages, _ := groundOf(tree).touched(where)
	out.UnitIDs, out.Polygon = gathered(tree, villages), drawn(where)
	return out
}

// Suggest begins an order of an alert, for the order's form: in the asker's
// part of the city. A Conflict says why it suggests nothing.
func (s *Service) Suggest(ctx context.Context, actor auth.Actor, id string) (Suggestion, error) {
	a, err := s.visible(ctx, actor, id)
	if err != nil {
		return Suggestion{}, err
	}
	if !a.Suggestible(s.o.Now()) {
		return Suggestion{}, a.refusal(s.o.Now())
	}
	m, _, err := s.message(ctx, id)
	if err != nil {
		return Suggestion{}, err
	}
	out := s.suggestion(&a, m)
	if scope := s.o.Policy.Scope(actor, ActView); !slices.Contains(scope, s.o.Tree().RootID()) {
		out.UnitIDs, out.Polygon = within(s.o.Tree(), scope, out.UnitIDs), nil
	}
	return out, nil
}

// within narrows units to what lies in a scope.
func within(t *network.Tree, scope, units []string) (out []string) {
	for _, own := range scope {
		for _, u := range units {
			switch {
			case t.Contains(own, u):
				out = append(out, u)
			case t.Contains(u, own):
				out = append(out, own)
			}
		}
	}
	return out
}

// message reads an alert's own words again.
func (s *Service) message(ctx context.Context, id string) (*cap.Alert, string, error) {
	xml, err := textOf(ctx, s.o.DB.Reader(), id)
	if err != nil || xml == "" {
		return nil, "", err
	}
	m, err := cap.Parse(strings.NewReader(xml))
	if err != nil {
		return nil, xml, errs.Wrap(err, errs.Internal, "errs.internal") // it was read when it came
	}
	return m, xml, nil
}

// visible returns an alert that the asker may see; what isn't theirs isn't there.
func (s *Service) visible(ctx context.Context, actor auth.Actor, id string) (Alert, error) {
	return s.visibleIn(ctx, s.o.DB.Reader(), actor, id)
}

func (s *Service) visibleIn(ctx context.Context, q sqldb.Querier, actor auth.Actor, id string) (Alert, error) {
	if !s.o.Policy.May(actor, ActView) {
		return Alert{}, auth.Denied(actor)
	}
	var w sqldb.Where
	w.Add(`id = ?`, id)
	s.mine(&w, actor)
	found, err := read(ctx, q, w.Text(), w.Args...)
	if err == nil && len(found) == 0 {
		err = errs.E(errs.NotFound, "alert.none")
	}
	if err != nil {
		return Alert{}, err
	}
	return found[0], nil
}

// mine narrows a list to what touches the asker's part of the city.
func (s *Service) mine(w *sqldb.Where, actor auth.Actor) {
	scope := s.o.Policy.Scope(actor, ActView)
	if !slices.Contains(scope, s.o.Tree().RootID()) {
		w.Parts = append(w.Parts, `id IN (SELECT alert_id FROM alert_town WHERE `+w.OneOf("unit_id", scope)+`)`)
	}
}

// Waiting lists the alerts that an order could be made of and that nobody has
// decided on, the latest first.
func (s *Service) Waiting(ctx context.Context, actor auth.Actor) ([]Alert, error) {
	if !s.o.Policy.May(actor, ActView) {
		return nil, auth.Denied(actor)
	}
	var w sqldb.Where
	w.Parts = append(w.Parts, `state = 'new'`)
	w.Add(`(expires = 0 OR expires > ?)`, sqldb.Millis(s.o.Now()))
	s.mine(&w, actor)
	return read(ctx, s.o.DB.Reader(), w.Text()+` ORDER BY received_at DESC, id DESC LIMIT `+w.Arg(MostShown), w.Args...)
}

// List lists all that came, the latest first. after is nil, or the Cursor of
// the last one seen.
func (s *Service) List(ctx context.Context, actor auth.Actor, after []string, limit int) (list []Alert, more bool, err error) {
	if !s.o.Policy.May(actor, ActView) {
		return nil, false, auth.Denied(actor)
	}
	var w sqldb.Where
	w.Parts = append(w.Parts, `1 = 1`)
	if len(after) == 2 {
		at, err := strconv.ParseInt(after[0], 10, 64)
		if err != nil {
			return nil, false, errs.Wrap(err, errs.NotFound, "alert.none")
		}
		w.Add(`(received_at, id) < (?, ?)`, at, after[1])
	}
	s.mine(&w, actor)
	list, err = read(ctx, s.o.DB.Reader(), w.Text()+` ORDER BY received_at DESC, id DESC LIMIT `+w.Arg(limit+1), w.Args...)
	if more = len(list) > limit; more {
		list = list[:limit]
	}
	return list, more, err
}

// Cursor says where the list's next page begins.
func (a *Alert) Cursor() []string {
	return []string{strconv.FormatInt(sqldb.MillisOrZero(a.ReceivedAt), 10), a.ID}
}

// Get returns an alert with all that is known of it.
func (s *Service) Get(ctx context.Context, actor auth.Actor, id string) (*Detail, error) {
	a, err := s.visible(ctx, actor, id)
	if err != nil {
		return nil, err
	}
	d := &Detail{Alert: a}
	if d.Message, d.XML, err = s.message(ctx, id); err != nil {
		return nil, err
	}
	if d.Message != nil {
		if d.Info = part(d.Message); d.Info != nil {
			d.Areas = areas(d.Message)
			villages, _ := groundOf(s.o.Tree()).touched(d.Areas)
			d.UnitIDs = gathered(s.o.Tree(), villages)
		}
	}
	if err := s.relations(ctx, d); err != nil {
		return nil, err
	}
	if d.Orders, err = s.o.OrdersFrom(ctx, id); err != nil {
		return nil, err
	}
	d.May = May{Suggest: a.Suggestible(s.o.Now()), Dismiss: a.State == Fresh && s.o.Policy.Can(actor, ActDecide, auth.Object{}) == nil}
	return d, nil
}

// relations fills in the messages before and after.
func (s *Service) relations(ctx context.Context, d *Detail) (err error) {
	q := s.o.DB.Reader()
	if d.ByID != "" {
		by, err := read(ctx, q, `id = $1`, d.ByID)
		if err != nil {
			return err
		}
		if len(by) == 1 {
			d.By = &by[0]
		}
	}
	if d.Earlier, err = namedBy(ctx, q, d.ID); err != nil {
		return err
	}
	n, err := countNamed(ctx, q, d.ID)
	d.Absent = n - len(d.Earlier)
	return err
}

// Standing says what has become of an alert since an order was made of it, for
// the order's page, which asks who may see it. Reason is "" while it holds.
type Standing struct {
	ID, Title string
	State     State
	Reason    string // message key: that it was withdrawn or superseded
	ByID      string
}

// StandingOf returns it; the zero value if there is no such alert any more.
func (s *Service) StandingOf(ctx context.Context, id string) (Standing, error) {
	a, err := one(ctx, s.o.DB.Reader(), id)
	if errs.KindOf(err) == errs.NotFound {
		return Standing{}, nil
	}
	if err != nil {
		return Standing{}, err
	}
	st := Standing{ID: a.ID, Title: a.Title(), State: a.State, ByID: a.ByID}
	if a.State == Superseded || a.State == Withdrawn {
		st.Reason = "alert.why." + string(a.State)
	}
	return st, nil
}
