package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demand/catalog"
	"bilin/internal/errs"
	"bilin/internal/geo"
	"bilin/internal/network"
	"bilin/internal/sqldb"
)

// Password is that of every demo login. Everybody knows it, so a server with
// demo logins answers only its own machine.
const Password = "bilin-demo"

// Indexer keeps the search index beside the registry's rows.
type Indexer interface {
	IndexChunk(ctx context.Context, tx *sqldb.Tx, c *network.Chunk) error
}

// Services are what the demo city is built through.
type Services struct {
	DB      *sqldb.DB
	Network *network.Service
	Auth    *auth.Service
	Index   Indexer
	Demand  func(now func() time.Time) *demand.Service // a demand service that lives at another time
	Catalog *catalog.Service                           // nil: no departments stand behind categories
	Now     func() time.Time
}

// Options choose the city.
type Options struct {
	Dir      string  // where demo.json goes
	Seed     uint64  // the same seed makes the same city
	Scale    float64 // share of the true size, over 0 to 1
	Progress func(done, total int)
}

// Made says what was made; it is kept in Dir/demo.json.
type Made struct {
	Seed       uint64   `json:"seed"`
	Scale      float64  `json:"scale"`
	Password   string   `json:"password"`
	Logins     []string `json:"logins"`
	Households int      `json:"households"`
	Residents  int      `json:"residents"`
	Leads      int      `json:"leads"`
	Demands    int      `json:"demands"`
}

const madeFile = "demo.json"

// ReadMade returns what Build left in dir; errs.NotFound where there is no demo city.
func ReadMade(dir string) (Made, error) {
	var m Made
	raw, err := os.ReadFile(filepath.Join(dir, madeFile))
	if errors.Is(err, os.ErrNotExist) {
		return m, errs.Wrap(err, errs.NotFound, "demo.none")
	}
	if err != nil {
		return m, err
	}
	return m, json.Unmarshal(raw, &m)
}

// Build makes the demo city in an empty database.
func Build(ctx context.Context, s Services, o Options) (Made, error) {
	if o.Scale <= 0 || o.Scale > 1 {
		return Made{}, errs.E(errs.Invalid, "demo.bad_scale")
	}
	if s.Network.Tree().Root() != nil {
		return Made{}, errs.E(errs.Conflict, "demo.exists", "dir", o.Dir)
	}
	f, err := buildFrame(o.Seed)
	if err != nil {
		return Made{}, err
	}
	if err := s.writeFrame(ctx, f); err != nil {
		return Made{}, err
	}
	homes, err := s.writeVillages(ctx, f, o)
	if err != nil {
		return Made{}, err
	}
	if err := s.Network.Refresh(ctx); err != nil {
		return Made{}, err
	}
	logins, err := s.makeLogins(ctx, f.logins)
	if err != nil {
		return Made{}, err
	}
	demands, err := s.fillDemands(ctx, o, homes)
	if err != nil {
		return Made{}, err
	}
	if err := s.openSelections(ctx, o.Seed); err != nil {
		return Made{}, err
	}
	c := s.Network.Tree().Coverage("")
	m := Made{o.Seed, o.Scale, Password, logins, c.Households, c.Residents, c.Leads, demands}
	return m, m.save(o.Dir)
}

// fillDemands makes what residents brought in the last year.
func (s Services) fillDemands(ctx context.Context, o Options, homes map[string]string) (int, error) {
	if s.Catalog != nil {
		if err := s.nameDepartments(ctx, s.Catalog); err != nil {
			return 0, err
		}
	}
	return s.fillYear(ctx, o, homes)
}

func (m Made) save(dir string) error {
	raw, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, madeFile), append(raw, '\n'), 0o600)
}

func (s Services) writeFrame(ctx context.Context, f *frame) error {
	outline, err := Outline()
	if err != nil {
		return err
	}
	prepared, err := s.Network.Prepare(ctx, f.chunk)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if err := s.writeChunk(ctx, tx, prepared, &f.chunk); err != nil {
			return err
		}
		return geo.SaveOutline(ctx, tx, f.city.ID, outline, s.Now())
	})
}

func (s Services) writeChunk(ctx context.Context, tx *sqldb.Tx, p *network.Prepared, c *network.Chunk) error {
	if err := s.Network.WriteChunk(ctx, tx, auth.System("demo"), p); err != nil {
		return err
	}
	return s.Index.IndexChunk(ctx, tx, c)
}

// drawn is a village ready to be written.
type drawn struct {
	chunk    network.Chunk
	prepared *network.Prepared
	logins   map[string]string
	err      error
}

// writeVillages draws villages on the other cores while this one writes. They
// are written in order, so that a seed makes the same database. It returns one
// household of each cell.
func (s Services) writeVillages(ctx context.Context, f *frame, o Options) (map[string]string, error) {
	shares := quotas(f.villages, f.towns, o.Seed, o.Scale)
	total := 0
	queue := make([]chan drawn, len(f.villages))
	for i := range queue {
		queue[i] = make(chan drawn, 1)
		total += shares[i].households
	}
	group, drawing := errgroup.WithContext(ctx)
	group.SetLimit(max(1, runtime.NumCPU()))
	ahead := make(chan struct{}, 8) // villages drawn and not yet written
	feed := make(chan error, 1)
	go func() {
		defer func() { feed <- group.Wait() }()
		for i := range f.villages {
			select {
			case ahead <- struct{}{}:
			case <-drawing.Done():
				return
			}
			group.Go(func() error {
				queue[i] <- s.draw(ctx, f, i, shares[i], o.Seed)
				return nil
			})
		}
	}()
	done, homes := 0, map[string]string{}
	for i := range queue {
		d := <-queue[i]
		if err := s.writeVillage(ctx, d); err != nil {
			return nil, fmt.Errorf("village %s: %w", f.villages[i].Code, err)
		}
		for _, h := range d.chunk.Households {
			homes[h.UnitID] = h.ID
		}
		<-ahead
		for login, person := range d.logins {
			f.logins[login] = person
		}
		done += shares[i].households
		if o.Progress != nil {
			o.Progress(done, total)
		}
	}
	return homes, <-feed
}

func (s Services) draw(ctx context.Context, f *frame, i int, q quota, seed uint64) drawn {
	p := f.villages[i]
	plan := planVillage(p, q, seed)
	if p.Code == showVillage {
		plan.showcase()
	}
	chunk := villageChunk(plan, f.units[p.Code], f.towns[p.ParentCode].Name, seed)
	d := drawn{chunk: chunk}
	if p.Code == showVillage {
		d.logins = showLogins(chunk)
	}
	d.prepared, d.err = s.Network.Prepare(ctx, chunk)
	return d
}

func (s Services) writeVillage(ctx context.Context, d drawn) error {
	if d.err != nil {
		return d.err
	}
	return s.DB.Write(ctx, func(tx *sqldb.Tx) error { return s.writeChunk(ctx, tx, d.prepared, &d.chunk) })
}

// showcase sees to it that the village of the demo logins has its leads, and
// something to do for each of them.
func (v *villagePlan) showcase() {
	area := &v.areas[0]
	group := &area.groups[0]
	for _, lead := range []**official{&area.lead, &group.lead, &group.cells[0].lead} {
		if *lead == nil {
			*lead = &official{name: "周桂兰", phone: "12900000001"}
		}
	}
	group.official = max(group.official, 0)
	first := &group.cells[0]
	first.standIn, first.leadOf, first.termOver, first.alsoClaim = nil, 0, false, false
	if len(group.cells) > 1 {
		group.cells[1].lead, group.cells[1].leadOf = nil, 0
	}
	if len(group.cells) > 2 {
		group.cells[2].alsoClaim = true
	}
	if len(area.groups) > 1 {
		area.groups[1].lead = nil
	}
}

// showLogins finds the leads of the first area, group and cell of a village, and
// the official who is linked to that group.
func showLogins(c network.Chunk) map[string]string {
	holder := map[string]string{} // post → person
	for _, a := range c.Appointments {
		if !a.Acting {
			holder[a.PostID] = a.PersonID
		}
	}
	out := map[string]string{}
	group := slices.IndexFunc(c.Posts, func(p network.NewPost) bool { return p.Role == auth.GroupLead })
	behind := slices.IndexFunc(c.Posts, func(p network.NewPost) bool {
		return p.Role == auth.LinkedOfficial && p.UnitID == c.Posts[group].UnitID
	})
	out["official"] = holder[c.Posts[behind].ID]
	for login, role := range map[string]auth.Role{"area": auth.AreaLead, "group": auth.GroupLead, "lead": auth.Lead} {
		for _, p := range c.Posts {
			if p.Role == role {
				out[login] = holder[p.ID]
				break
			}
		}
	}
	return out
}
