package app

import (
	"context"
	"time"

	"bilin/internal/auth"
	"bilin/internal/homeweb"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/team"
	"bilin/internal/mobiliseweb/teamweb"
	"bilin/internal/sqldb"
	"bilin/internal/volunteer"
	"bilin/internal/volunteerweb"
	"bilin/internal/web"
)

// Ready are the services that know in peacetime who can be called.
type Ready struct {
	Teams      *team.Service
	Volunteers *volunteer.Service
}

// wireTeams makes them, and lets orders call their people.
func (a *App) wireTeams() {
	a.Volunteers = a.volunteersAt(a.Now)
	a.Teams = a.teamsAt(a.Now)
	a.Network.ReachThrough(a.Teams, a.Volunteers)
	a.callable = callable{members: a.calledOfTeams, units: a.Teams.Units, away: a.Teams.AwayOn, skilled: a.calledOfSkills}
}

func (a *App) teamsAt(now func() time.Time) *team.Service {
	return team.New(team.Options{DB: a.DB, Network: a.Network, Policy: a.Policy, Audit: a.Audit, Live: a.Live, Seal: a.Sealer,
		People: reportedIn{a.Volunteers}, Allow: a.Config.GatewayAllow, Now: now})
}

func (a *App) volunteersAt(now func() time.Time) *volunteer.Service {
	inTeam := func(ctx context.Context, q sqldb.Querier, personID string) (bool, error) {
		return a.Teams.InTeam(ctx, q, personID)
	}
	return volunteer.New(volunteer.Options{DB: a.DB, Network: a.Network, Policy: a.Policy, Audit: a.Audit, Live: a.Live, Seal: a.Sealer, Needed: inTeam, Gone: a.wishesGone, Now: now})
}

// reportedIn lets teams be joined by those who reported in.
type reportedIn struct{ *volunteer.Service }

// Named finds people for a team.
func (r reportedIn) Named(ctx context.Context, q sqldb.Querier, unitIDs []string, name string, limit int) ([]team.Found, error) {
	people, err := r.Service.Named(ctx, q, unitIDs, name, limit)
	out := make([]team.Found, len(people))
	for i, p := range people {
		out[i] = team.Found{PersonID: p.ID, Name: p.Name, UnitID: p.UnitID}
	}
	return out, err
}

func (a *App) calledOfTeams(ctx context.Context, ids []string) ([]mobilise.Called, error) {
	members, err := a.Teams.Members(ctx, ids)
	out := make([]mobilise.Called, len(members))
	for i, m := range members {
		out[i] = mobilise.Called{PersonID: m.PersonID, UnitID: a.currentUnit(m.UnitID), Role: mobilise.AsTeam, TeamID: m.TeamID}
	}
	return out, err
}

func (a *App) calledOfSkills(ctx context.Context, skills []string) ([]mobilise.Called, error) {
	people, err := a.Volunteers.Skilled(ctx, skills)
	out := make([]mobilise.Called, len(people))
	for i, p := range people {
		out[i] = mobilise.Called{PersonID: p.PersonID, UnitID: p.UnitID, Role: mobilise.AsSkill}
	}
	return out, err
}

// currentUnit is the unit that took the place of one that ended, or the unit itself.
func (a *App) currentUnit(id string) string {
	tree := a.Network.Tree()
	if u := tree.Current(tree.ByID(id)); u != nil {
		return u.ID
	}
	return id
}

// scheduleTeams forgets who was away, and who was never taken in.
func (a *App) scheduleTeams() {
	a.Jobs.Every("team.forget", time.Hour, a.Teams.Forget)
	a.Jobs.Every("volunteer.lapse", time.Hour, a.Volunteers.Lapse)
}

// teamModules are their pages.
func (a *App) teamModules(server *web.Server) []web.Module {
	days := volunteerweb.Days{
		List: func(ctx context.Context, personID string) ([]volunteerweb.Day, error) {
			said, err := a.Teams.Aways(ctx, oneself(personID))
			out := make([]volunteerweb.Day, len(said))
			for i, p := range said {
				out[i] = volunteerweb.Day(p)
			}
			return out, err
		},
		Say: func(ctx context.Context, key, personID, from, to string) error {
			_, err := a.Teams.SayAway(ctx, oneself(personID), team.SayAway{Key: key, From: from, To: to})
			return err
		},
		Back: func(ctx context.Context, key, personID, id string) error {
			return a.Teams.SayBack(ctx, oneself(personID), team.SayBack{Key: key, ID: id})
		},
	}
	return []web.Module{
		teamweb.New(server, a.Teams, a.Network, a.Now).Module(),
		volunteerweb.New(server, a.Volunteers, a.Network.Tree, days).With(a.Wishes).Limit(a.Config.PublicRate).Module(),
	}
}

// teamsHome and reportsHome are what start pages say of them.
func (a *App) teamsHome() homeweb.Section { return homeweb.Teams{Service: a.Teams} }

func (a *App) reportsHome() homeweb.Section {
	return homeweb.Volunteers{Service: a.Volunteers, Tree: a.Network.Tree}
}

// oneself is whoever opened their report-in with its key, as a person who says
// when they are away.
func oneself(personID string) auth.Actor { return auth.Actor{PersonID: personID} }
