package app

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"strings"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/geo"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// setter is who sets a city up from the command line.
var setter = auth.System("cli")

// NewOfficial is somebody to enter with a post and a login.
type NewOfficial struct {
	Login, Name, Password string
	Role                  auth.Role
	UnitCode              string // "" is the city
}

// AddOfficial enters a person, gives them a post and a login: how the first
// administrator of a new city comes in.
func (a *App) AddOfficial(ctx context.Context, o NewOfficial) error {
	tree := a.Network.Tree()
	unit := tree.Root()
	if o.UnitCode != "" {
		unit = tree.ByCode(o.UnitCode)
	}
	switch {
	case unit == nil:
		return errs.E(errs.NotFound, "app.no_unit", "code", o.UnitCode)
	case !o.Role.IsOfficial() || o.Role == auth.Department:
		return errs.E(errs.Invalid, "app.no_role", "role", o.Role)
	case o.Role == auth.TownOfficial && unit.Level != network.Town,
		o.Role == auth.VillageOfficial && unit.Level != network.Village:
		return errs.E(errs.Invalid, "app.role_needs_unit", "role", o.Role)
	}
	// The login first: should its name be taken, nobody was entered for it.
	person, post := sqldb.NewID(), sqldb.NewID()
	_, err := a.Auth.CreateAccount(ctx, setter, auth.NewAccount{
		Login: o.Login, Name: o.Name, PersonID: person, Kind: auth.KindOfficial, Password: o.Password,
	})
	if err != nil {
		return err
	}
	return a.Network.ImportChunk(ctx, setter, network.Chunk{
		UnitID: unit.ID, Source: "account",
		Persons:      []network.NewPerson{{ID: person, Name: o.Name}},
		Posts:        []network.NewPost{{ID: post, UnitID: unit.ID, Role: o.Role, Name: string(o.Role)}},
		Appointments: []network.NewAppointment{{PostID: post, PersonID: person}},
	})
}

// ImportUnits reads a city's divisions (code, name, level, parent_code; parents
// first) and adds those that aren't there yet. All rows go in, or none.
func (a *App) ImportUnits(ctx context.Context, in io.Reader) (total, created int, err error) {
	rows, err := readUnits(in)
	if err != nil {
		return 0, 0, err
	}
	tree := a.Network.Tree()
	ids := map[string]string{}
	chunk := network.Chunk{Source: "units"}
	for _, u := range rows {
		if known := tree.ByCode(u.Code); known != nil {
			ids[u.Code] = known.ID
			continue
		}
		parent, known := ids[u.parent]
		if !known && u.Level != network.City {
			return 0, 0, errs.E(errs.Invalid, "app.no_parent", "row", u.row, "parent", u.parent)
		}
		if u.Level == network.City && (tree.Root() != nil || len(chunk.Units) > 0) {
			return 0, 0, errs.E(errs.Conflict, "app.second_city", "row", u.row)
		}
		ids[u.Code] = sqldb.NewID()
		chunk.Units = append(chunk.Units, network.NewUnit{
			ID: ids[u.Code], Code: u.Code, Name: u.Name, Level: u.Level, ParentID: parent,
		})
	}
	if len(chunk.Units) == 0 {
		return len(rows), 0, nil
	}
	if err := a.Network.ImportChunk(ctx, setter, chunk); err != nil {
		return 0, 0, err
	}
	return len(rows), len(chunk.Units), a.Network.Refresh(ctx)
}

// unitRow is one line of a file of divisions.
type unitRow struct {
	network.NewUnit
	parent string
	row    int
}

// levelWords are the words that files of divisions use for the levels.
var levelWords = map[string]network.Level{
	"city": network.City, "county": network.City, "市": network.City, "县": network.City,
	"town": network.Town, "township": network.Town, "镇街": network.Town, "乡镇": network.Town,
	"village": network.Village, "村社区": network.Village, "村": network.Village,
}

func readUnits(in io.Reader) ([]unitRow, error) {
	r := csv.NewReader(in)
	r.FieldsPerRecord, r.TrimLeadingSpace = 4, true
	var out []unitRow
	for row := 1; ; row++ {
		rec, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, errs.Wrap(err, errs.Invalid, "app.units_row", "row", row)
		}
		if row == 1 && strings.Contains(strings.ToLower(rec[0]), "code") {
			continue
		}
		u := unitRow{row: row, parent: strings.TrimSpace(rec[3])}
		u.Code, u.Name, u.Level = strings.TrimSpace(rec[0]), strings.TrimSpace(rec[1]), levelWords[strings.TrimSpace(rec[2])]
		switch {
		case len(u.Code) != 12 || strings.Trim(u.Code, "0123456789") != "":
			return nil, errs.E(errs.Invalid, "app.units_code", "row", row, "code", u.Code)
		case u.Name == "":
			return nil, errs.E(errs.Invalid, "app.units_name", "row", row)
		case u.Level == 0:
			return nil, errs.E(errs.Invalid, "app.units_level", "row", row, "level", rec[2])
		}
		out = append(out, u)
	}
	if len(out) == 0 {
		return nil, errs.E(errs.Invalid, "app.units_none")
	}
	return out, nil
}

// maxOutline bounds an outline file; the county's at 100 m has 70 KB.
const maxOutline = 10 << 20

// ImportOutline stores the city's outline for the map.
func (a *App) ImportOutline(ctx context.Context, in io.Reader) error {
	root := a.Network.Tree().Root()
	if root == nil {
		return errs.E(errs.NotFound, "app.no_city")
	}
	raw, err := io.ReadAll(io.LimitReader(in, maxOutline))
	if err != nil {
		return err
	}
	return a.DB.Write(ctx, func(tx *sqldb.Tx) error {
		return geo.SaveOutline(ctx, tx, root.ID, raw, a.Now())
	})
}
