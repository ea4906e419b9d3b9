package team

import (
	"context"
	"slices"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/gateway"
	"bilin/internal/live"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/seal"
	"bilin/internal/sqldb"
	"bilin/internal/workday"
)

// Found is somebody who could be taken into a team.
type Found struct{ PersonID, Name, UnitID string }

// People knows those who have no post: who reported in, and where they live.
type People interface {
	Named(ctx context.Context, q sqldb.Querier, unitIDs []string, name string, limit int) ([]Found, error) // units nil: anywhere
	Home(ctx context.Context, q sqldb.Querier, personID string) (unitID string, err error)                 // "" if not known
}

// Options are what a Service works with. Live may be left out.
type Options struct {
	DB      *sqldb.DB
	Network *network.Service
	Policy  *auth.Policy
	Audit   *audit.Log
	Live    *live.Hub
	Seal    *seal.Sealer
	People  People
	Allow   []string // host:port of gateways in a private network
	Now     func() time.Time
}

// Service keeps teams.
type Service struct{ o Options }

// New returns a Service.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Service{o}
}

// Topic is the live topic on which a team's page hears of changes.
func Topic(teamID string) string { return "team:" + teamID }

func (s *Service) tree() *network.Tree { return s.o.Network.Tree() }

func (s *Service) today() string { return dayOf(s.o.Now()) }

func dayOf(at time.Time) string { return at.In(workday.City).Format(time.DateOnly) }

// deed is a command about a team and what the log keeps of it.
type deed struct {
	name, key string
	request   any
	actor     auth.Actor
}

// done is what a command did: the team, and an id it answers with.
type done struct {
	team   *Team
	id     string
	detail any
}

// command runs a deed once per key, in one transaction with its audit row and
// its live event.
func (s *Service) command(ctx context.Context, d deed, body func(tx *sqldb.Tx) (done, error)) (id string, err error) {
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
		id, err = once.Do(ctx, tx, d.name+"/"+d.actor.ID(), d.key, d.request, s.o.Now(), func() (string, error) {
			out, err := body(tx)
			if err != nil {
				return "", err
			}
			return out.id, s.finish(ctx, tx, d, out)
		})
		return err
	})
	return id, err
}

func (s *Service) finish(ctx context.Context, tx *sqldb.Tx, d deed, out done) error {
	err := s.o.Audit.Append(ctx, tx, audit.Entry{ActorID: d.actor.ID(), ActorName: d.actor.Name, Action: d.name,
		ObjectKind: "team", ObjectID: out.team.ID, UnitID: out.team.UnitID, Detail: out.detail})
	if err != nil || s.o.Live == nil {
		return err
	}
	return s.o.Live.Publish(ctx, tx, Topic(out.team.ID), "")
}

// managed reads a team that the actor may change.
func (s *Service) managed(ctx context.Context, q sqldb.Querier, actor auth.Actor, teamID string) (*Team, error) {
	t, err := readTeam(ctx, q, teamID)
	if err != nil {
		return nil, err
	}
	if err := s.o.Policy.Can(actor, ActManage, auth.Object{UnitID: t.UnitID}); err != nil {
		return nil, err
	}
	if t.Over() {
		return nil, errs.E(errs.Conflict, "team.over")
	}
	return t, nil
}

// MayManage lists the units at and under which the actor may have teams.
func (s *Service) MayManage(actor auth.Actor) []string { return s.o.Policy.Scope(actor, ActManage) }

// Put makes a team, or changes what it is called and for, and returns its id.
func (s *Service) Put(ctx context.Context, actor auth.Actor, cmd Put) (string, error) {
	unit := s.tree().ByID(cmd.UnitID)
	if err := home(unit); err != nil {
		return "", err
	}
	if err := s.o.Policy.Can(actor, ActManage, auth.Object{UnitID: unit.ID}); err != nil {
		return "", err
	}
	cmd, err := cmd.check()
	if err != nil {
		return "", err
	}
	d := deed{"team.put", cmd.Key, cmd, actor}
	return s.command(ctx, d, func(tx *sqldb.Tx) (done, error) {
		if cmd.ID == "" {
			t := &Team{ID: sqldb.NewID(), Name: cmd.Name, Kind: cmd.Kind, UnitID: unit.ID, CreatedAt: s.o.Now(), Version: 1}
			return done{team: t, id: t.ID}, insertTeams(ctx, tx, []*Team{t})
		}
		t, err := s.managed(ctx, tx, actor, cmd.ID)
		if err != nil {
			return done{}, err
		}
		if cmd.Version != t.Version {
			return done{}, errs.E(errs.Stale, "team.changed_since")
		}
		t.Name, t.Kind, t.UnitID = cmd.Name, cmd.Kind, unit.ID
		return done{team: t, id: t.ID}, updateTeam(ctx, tx, t)
	})
}

// SetChannel stores the address of a team's group, sealed. Nobody reads it again.
func (s *Service) SetChannel(ctx context.Context, actor auth.Actor, cmd SetChannel) error {
	address, err := s.address(cmd.URL)
	if err != nil {
		return err
	}
	cmd.URL = s.o.Seal.Index("team_channel", address) // a digest of it would give it away
	d := deed{"team.channel", cmd.Key, cmd, actor}
	_, err = s.command(ctx, d, func(tx *sqldb.Tx) (done, error) {
		t, err := s.managed(ctx, tx, actor, cmd.TeamID)
		if err != nil {
			return done{}, err
		}
		sealed, err := s.o.Seal.Seal(address, channelBinding(t.ID))
		if err != nil {
			return done{}, err
		}
		_, err = tx.ExecContext(ctx, `UPDATE team SET channel = $1, version = version + 1 WHERE id = $2`, sealed, t.ID)
		return done{team: t, detail: map[string]any{"set": address != ""}}, err
	})
	return err
}

// address refuses what no group could be told by.
func (s *Service) address(text string) (string, error) {
	text, err := channel(text)
	if err != nil || text == "" {
		return "", err
	}
	if _, err := gateway.NewGroup(text, s.o.Allow); err != nil {
		e := errs.As(err)
		return "", errs.E(e.Kind, e.Code, e.Args...).WithField("channel", e.Code, e.Args...)
	}
	return text, nil
}

func channelBinding(teamID string) string { return "team/channel/" + teamID }

// GroupURL opens the address of a team's group, "" if it has none or was ended.
// It is for whoever sends: the context must carry a System actor.
func (s *Service) GroupURL(ctx context.Context, teamID string) (string, error) {
	if actor := auth.From(ctx); !actor.System {
		return "", auth.Denied(actor)
	}
	sealed, err := readChannel(ctx, s.o.DB.Reader(), teamID)
	if err != nil {
		return "", err
	}
	return s.o.Seal.Open(sealed, channelBinding(teamID))
}

// End ends a team. Everybody leaves it, and its group is forgotten.
func (s *Service) End(ctx context.Context, actor auth.Actor, cmd End) error {
	d := deed{"team.end", cmd.Key, cmd, actor}
	_, err := s.command(ctx, d, func(tx *sqldb.Tx) (done, error) {
		t, err := s.managed(ctx, tx, actor, cmd.TeamID)
		if err != nil {
			return done{}, err
		}
		if cmd.Version != t.Version {
			return done{}, errs.E(errs.Stale, "team.changed_since")
		}
		now := sqldb.Millis(s.o.Now())
		if _, err := tx.ExecContext(ctx, `UPDATE team SET ended_at = $1, channel = '', version = version + 1 WHERE id = $2`, now, t.ID); err != nil {
			return done{}, err
		}
		_, err = tx.ExecContext(ctx, `UPDATE team_member SET left_at = $1 WHERE team_id = $2 AND left_at = 0`, now, t.ID)
		return done{team: t}, err
	})
	return err
}

// PutEquipment adds a line of equipment, or changes one, and returns its id.
func (s *Service) PutEquipment(ctx context.Context, actor auth.Actor, cmd PutEquipment) (string, error) {
	cmd, err := cmd.check()
	if err != nil {
		return "", err
	}
	d := deed{"team.equipment", cmd.Key, cmd, actor}
	return s.command(ctx, d, func(tx *sqldb.Tx) (done, error) {
		t, err := s.managed(ctx, tx, actor, cmd.TeamID)
		if err != nil {
			return done{}, err
		}
		lines, err := readEquipment(ctx, tx, t.ID)
		if err != nil {
			return done{}, err
		}
		e := Equipment{ID: cmd.ID, TeamID: t.ID, Name: cmd.Name, Quantity: cmd.Quantity, Place: cmd.Place, Repair: cmd.Repair}
		if cmd.ID == "" {
			if len(lines) >= MaxEquipment {
				return done{}, errs.E(errs.Conflict, "team.much_equipment", "max", MaxEquipment)
			}
			e.ID, e.Version = sqldb.NewID(), 1
			return done{team: t, id: e.ID}, insertEquipment(ctx, tx, []Equipment{e})
		}
		i := slices.IndexFunc(lines, func(x Equipment) bool { return x.ID == cmd.ID })
		switch {
		case i < 0:
			return done{}, errs.E(errs.NotFound, "team.no_equipment")
		case lines[i].Version != cmd.Version:
			return done{}, errs.E(errs.Stale, "team.changed_since")
		}
		return done{team: t, id: e.ID}, updateEquipment(ctx, tx, e)
	})
}

// DropEquipment removes a line of equipment.
func (s *Service) DropEquipment(ctx context.Context, actor auth.Actor, cmd Drop) error {
	d := deed{"team.drop_equipment", cmd.Key, cmd, actor}
	_, err := s.command(ctx, d, func(tx *sqldb.Tx) (done, error) {
		t, err := s.managed(ctx, tx, actor, cmd.TeamID)
		if err != nil {
			return done{}, err
		}
		n, err := changed(tx.ExecContext(ctx, `DELETE FROM team_equipment WHERE id = $1 AND team_id = $2`, cmd.ID, t.ID))
		if err == nil && n == 0 {
			err = errs.E(errs.NotFound, "team.no_equipment")
		}
		return done{team: t}, err
	})
	return err
}
