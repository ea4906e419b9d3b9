package orderweb

import (
	"context"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/geo"
	"bilin/internal/mobilise"
	"bilin/internal/network"
)

// choice is a box to tick.
type choice struct {
	Value, Label string
	On           bool
}

func degrees(v float64) string { return strconv.FormatFloat(math.Round(v*1e6)/1e6, 'f', -1, 64) }

const fewestCorners = 3

// readCorners reads the corners of an area; there may be none.
func readCorners(text string) ([]geo.Point, error) {
	bad := errs.E(errs.Invalid, "order.invalid")
	var line []geo.Point
	for corner := range strings.FieldsSeq(text) {
		lon, lat, ok := strings.Cut(corner, ",")
		x, errX := strconv.ParseFloat(lon, 64)
		y, errY := strconv.ParseFloat(lat, 64)
		if !ok || errX != nil || errY != nil || !(math.Abs(x) <= 180) || !(math.Abs(y) <= 90) {
			return nil, bad.WithField("polygon", "orderweb.bad_polygon")
		}
		line = append(line, geo.Point{X: x, Y: y})
	}
	if n := len(line); n > 0 && n < fewestCorners {
		return nil, bad.WithField("polygon", "orderweb.few_corners", "n", fewestCorners-n)
	}
	return line, nil
}

// audience reads whom an order calls.
func (p *Pages) audience(x *form) (mobilise.Audience, error) {
	a := mobilise.Audience{UnitIDs: slices.Clone(x.PlaceIDs), AllTeams: x.AllTeams, TeamIDs: x.TeamIDs, Skills: x.Skills}
	for _, role := range x.Roles {
		if slices.Contains(callable, auth.Role(role)) {
			a.Roles = append(a.Roles, auth.Role(role))
		}
	}
	ids, err := p.named(x.Units)
	var bad error
	for _, id := range ids {
		if !slices.Contains(a.UnitIDs, id) {
			a.UnitIDs = append(a.UnitIDs, id)
		}
	}
	if a.Polygon, bad = readCorners(x.Polygon); bad != nil {
		err = joined(bad, err)
	}
	return a, err
}

// named finds the units that are named, one a line.
func (p *Pages) named(text string) (ids []string, err error) {
	if text == "" {
		return nil, nil
	}
	tree := p.o.Tree()
	names := network.NamesOf(tree)
	for _, line := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",，;；\n\r", r) }) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		u, _ := names.Find(line)
		if u == nil && tree.Root() != nil && line == tree.Root().Name {
			u = tree.Root()
		}
		if u == nil {
			return ids, errs.E(errs.Invalid, "order.invalid").WithField("units", "orderweb.no_place", "text", line)
		}
		ids = append(ids, u.ID)
	}
	return ids, nil
}

// places are what can be ticked: where the actor may call out, and the parts of it.
func (p *Pages) places(r *http.Request, on []string) (out []choice) {
	tree := p.o.Tree()
	for _, id := range p.o.Policy.Scope(actor(r), mobilise.ActIssue) {
		u := tree.ByID(id)
		if u == nil {
			continue
		}
		out = append(out, choice{u.ID, u.Name, slices.Contains(on, u.ID)})
		for _, child := range tree.Children(u) {
			out = append(out, choice{child.ID, child.Name, slices.Contains(on, child.ID)})
		}
	}
	return out
}

// name ticks the units that can be ticked and names the others.
func (p *Pages) name(x *form, unitIDs []string) {
	tree := p.o.Tree()
	var lines []string
	for _, id := range unitIDs {
		u := tree.ByID(id)
		switch {
		case u == nil:
		case u.Level <= network.Town:
			x.PlaceIDs = append(x.PlaceIDs, id)
		default:
			lines = append(lines, tree.PathName(u, " "))
		}
	}
	x.Units = strings.Join(lines, "\n")
}

// mostFound bounds what a search for teams shows.
const mostFound = 12

// teamChoices are the teams that are chosen, and those that were looked for.
func (p *Pages) teamChoices(r *http.Request, x *form) (out []choice, err error) {
	if p.o.Teams == nil {
		return nil, nil
	}
	names, err := p.teamNames(r.Context(), x.TeamIDs)
	if err != nil {
		return nil, err
	}
	for _, id := range x.TeamIDs {
		if names[id] != "" {
			out = append(out, choice{id, names[id], true})
		}
	}
	if x.TeamText == "" {
		return out, nil
	}
	found, err := p.o.Teams(r.Context(), actor(r), x.TeamText)
	for _, t := range found[:min(len(found), mostFound)] {
		if !slices.Contains(x.TeamIDs, t.Value) {
			out = append(out, choice{t.Value, t.Label, false})
		}
	}
	return out, err
}

func (p *Pages) teamNames(ctx context.Context, ids []string) (map[string]string, error) {
	if len(ids) == 0 || p.o.TeamNames == nil {
		return nil, nil
	}
	return p.o.TeamNames(ctx, ids[:min(len(ids), 500)])
}

// audienceView is an audience in words.
type audienceView struct {
	Places, Roles, Teams, Skills []string
	AllTeams                     bool
	Drawn                        []string // villages inside of the line
}

func (p *Pages) audienceView(ctx context.Context, say Say, a mobilise.Audience) (v audienceView, err error) {
	tree := p.o.Tree()
	for _, id := range a.UnitIDs {
		v.Places = append(v.Places, place(tree, id))
	}
	v.Drawn, v.AllTeams = inside(tree, a.Polygon), a.AllTeams
	for _, role := range a.Roles {
		v.Roles = append(v.Roles, roleName(say, string(role)))
	}
	names, err := p.teamNames(ctx, a.TeamIDs)
	for _, id := range a.TeamIDs {
		v.Teams = append(v.Teams, names[id])
	}
	if len(a.Skills) > 0 && p.o.Skills != nil {
		for _, s := range p.o.Skills(say) {
			if slices.Contains(a.Skills, s.Value) {
				v.Skills = append(v.Skills, s.Label)
			}
		}
	}
	return v, err
}

// inside names the villages within a line.
func inside(tree *network.Tree, line []geo.Point) (names []string) {
	if len(line) < 3 {
		return nil
	}
	ring := geo.Ring(line)
	for _, u := range tree.Units(network.Village) {
		if u.Placed && ring.Contains(geo.Point{X: u.Lon, Y: u.Lat}) {
			names = append(names, u.Name)
		}
	}
	return names
}
