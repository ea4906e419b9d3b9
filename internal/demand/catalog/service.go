package catalog

import (
	"context"
	_ "embed"
	"log/slog"
	"time"

	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/live"
	"bilin/internal/mirror"
	"bilin/internal/network"
	"bilin/internal/once"
	"bilin/internal/sqldb"
)

//go:embed messages.json
var raw []byte

// Messages are this package's words.
var Messages = i18n.MustParse(raw)

// Topic is the live topic of categories and limits.
const Topic = "catalog"

// Options are what a Service works with.
type Options struct {
	DB      *sqldb.DB
	Network *network.Service
	Policy  *auth.Policy
	Audit   *audit.Log
	Live    *live.Hub
	Now     func() time.Time
	Logger  *slog.Logger
}

// Service holds the city's catalogue and changes it.
type Service struct {
	*mirror.Of[*Catalog]
	o Options
}

// Open reads the catalogue, and first writes the built-in one if there has
// never been any.
func Open(ctx context.Context, o Options) (*Service, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if err := seed(ctx, o.DB); err != nil {
		return nil, err
	}
	current, err := mirror.Open(ctx, o.DB, mirror.Source[*Catalog]{Name: "catalog", Rev: readRev, Load: readCatalog}, o.Logger)
	if err != nil {
		return nil, err
	}
	return &Service{current, o}, nil
}

// Catalog returns the catalogue as it is now.
func (s *Service) Catalog() *Catalog { return s.Get() }

// PutCategory adds a category, or changes its names, place and department.
type PutCategory struct {
	Key, ID      string // ID "" for a new one
	ParentID     string // of a new one; "" is the upper level
	Code         string // of a new one; made up if empty
	Name, NameEN string
	DepartmentID string
	Sort         int // 0 keeps it, or puts a new one last
	Version      int // at which it was shown
}

// PutCategory adds or changes a category. A code, once given, stays: files and
// other systems know the category by it.
func (s *Service) PutCategory(ctx context.Context, actor auth.Actor, cmd PutCategory) (Category, error) {
	return s.edit(ctx, actor, "catalog.put_category", cmd.Key, cmd, func(w *work) (Category, error) {
		cat, err := w.start(cmd)
		if err != nil {
			return cat, err
		}
		cat.Name, cat.NameEN, cat.DepartmentID = cmd.Name, cmd.NameEN, cmd.DepartmentID
		if cmd.Sort != 0 {
			cat.Sort = cmd.Sort
		}
		return cat, nil
	})
}

// start returns the stored category as it was shown, or the beginnings of a new one.
func (w *work) start(cmd PutCategory) (Category, error) {
	if cmd.ID != "" {
		return w.shown(cmd.ID, cmd.Version)
	}
	if len(w.catalog.byID) >= maxCategory {
		return Category{}, errs.E(errs.Conflict, "catalog.many_categories", "max", maxCategory)
	}
	cat := Category{ID: sqldb.NewID(), ParentID: cmd.ParentID, Code: cmd.Code, Sort: w.catalog.lastSort(cmd.ParentID)}
	if cat.Code == "" {
		cat.Code = w.catalog.freeCode(cmd.ParentID)
	}
	return cat, nil
}

// Retire takes a category out of use, or back into it.
type Retire struct {
	Key, ID string
	Back    bool // into use again
	Version int
}

// Retire takes a category out of use: no new demand gets it, and those that
// have it keep it.
func (s *Service) Retire(ctx context.Context, actor auth.Actor, cmd Retire) (Category, error) {
	return s.edit(ctx, actor, "catalog.retire", cmd.Key, cmd, func(w *work) (Category, error) {
		cat, err := w.shown(cmd.ID, cmd.Version)
		if err == nil && cat.ParentID == "" && !cmd.Back && len(w.catalog.Roots()) == 1 && !cat.Retired {
			err = errs.E(errs.Conflict, "catalog.last_category")
		}
		cat.Retired = !cmd.Back
		return cat, err
	})
}

// SetDepartment says which department stands behind a category.
type SetDepartment struct {
	Key, ID      string
	DepartmentID string // "" for none, or the parent's
	Version      int
}

// SetDepartment says which department stands behind a category.
func (s *Service) SetDepartment(ctx context.Context, actor auth.Actor, cmd SetDepartment) (Category, error) {
	return s.edit(ctx, actor, "catalog.department", cmd.Key, cmd, func(w *work) (Category, error) {
		cat, err := w.shown(cmd.ID, cmd.Version)
		cat.DepartmentID = cmd.DepartmentID
		return cat, err
	})
}

// edit runs a command on one category.
func (s *Service) edit(ctx context.Context, actor auth.Actor, name, key string, request any, body func(*work) (Category, error)) (Category, error) {
	if err := s.o.Policy.Can(actor, ActEdit, auth.Object{}); err != nil {
		return Category{}, err
	}
	return run(ctx, s, actor, name, key, request, func(w *work) (Category, record, error) {
		if err := w.open(ctx); err != nil {
			return Category{}, record{}, err
		}
		cat, err := body(w)
		if err != nil {
			return cat, record{}, err
		}
		if cat, err = w.catalog.check(cat); err != nil {
			return cat, record{}, err
		}
		if cat.DepartmentID != "" && s.o.Network.Tree().Department(cat.DepartmentID) == nil {
			return cat, record{}, errs.E(errs.Invalid, "catalog.no_department").WithField("department", "catalog.no_department")
		}
		cat.Version++
		rec := record{kind: "demand_category", id: cat.ID, detail: map[string]any{"code": cat.Code, "retired": cat.Retired, "department": cat.DepartmentID}}
		return cat, rec, putCategory(ctx, w.tx, cat)
	})
}

// SetLimits sets what a category says of limits itself.
type SetLimits struct {
	Key        string
	CategoryID string // "" is the city's default
	Rev        int64  // the revision the limits were shown at; 0 for any
	Limits     []Limit
}

// SetLimits replaces a category's own limits: what is not among them falls back
// to the parent's, the city's or the built-in one. Demands that have a limit
// already keep it until they are handed on.
func (s *Service) SetLimits(ctx context.Context, actor auth.Actor, cmd SetLimits) error {
	if err := s.o.Policy.Can(actor, ActEdit, auth.Object{}); err != nil {
		return err
	}
	_, err := run(ctx, s, actor, "catalog.limits", cmd.Key, cmd, func(w *work) (bool, record, error) {
		if err := w.open(ctx); err != nil {
			return false, record{}, err
		}
		if _, known := w.catalog.Category(cmd.CategoryID); !known && cmd.CategoryID != "" {
			return false, record{}, errs.E(errs.NotFound, "catalog.no_category")
		}
		if cmd.Rev != 0 && cmd.Rev != w.rev-1 {
			return false, record{}, errs.E(errs.Stale, "catalog.changed_since")
		}
		after, err := w.catalog.with(cmd.CategoryID, cmd.Limits)
		if err != nil {
			return false, record{}, err
		}
		rec := record{kind: "demand_limit", id: cmd.CategoryID, detail: map[string]any{"limits": len(cmd.Limits)}}
		return true, rec, putLimits(ctx, w.tx, cmd.CategoryID, after.own(cmd.CategoryID))
	})
	return err
}

func checkVersion(shown, now int) error {
	if shown != now {
		return errs.E(errs.Stale, "catalog.changed_since")
	}
	return nil
}

// work is what a command's body has at hand.
type work struct {
	tx      *sqldb.Tx
	s       *Service
	now     time.Time
	catalog *Catalog // after open
	rev     int64    // the command's own, after open
}

// open takes the catalogue for changing: commands on it wait for each other.
func (w *work) open(ctx context.Context) (err error) {
	if w.rev, err = nextRev(ctx, w.tx); err != nil {
		return err
	}
	w.catalog, err = readCatalog(ctx, w.tx)
	return err
}

// shown returns a category, if it is still as it was shown.
func (w *work) shown(id string, version int) (Category, error) {
	cat, ok := w.catalog.Category(id)
	if !ok {
		return cat, errs.E(errs.NotFound, "catalog.no_category")
	}
	return cat, checkVersion(version, cat.Version)
}

// record is what the log keeps of a command.
type record struct {
	kind, id, unitID string
	detail           any
}

// run runs a command once per key, in one transaction with its audit row.
func run[T any](ctx context.Context, s *Service, actor auth.Actor, name, key string, request any, body func(*work) (T, record, error)) (T, error) {
	var out T
	err := s.o.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
		now := s.o.Now()
		out, err = once.Do(ctx, tx, name+"/"+actor.ID(), key, request, now, func() (T, error) {
			w := &work{tx: tx, s: s, now: now}
			result, rec, err := body(w)
			if err != nil {
				return result, err
			}
			return result, w.finish(ctx, actor, name, rec)
		})
		return err
	})
	if err != nil {
		var none T
		return none, err
	}
	s.Settle(ctx)
	return out, nil
}

func (w *work) finish(ctx context.Context, actor auth.Actor, name string, rec record) error {
	err := w.s.o.Audit.Append(ctx, w.tx, audit.Entry{
		ActorID: actor.ID(), ActorName: actor.Name, Action: name,
		ObjectKind: rec.kind, ObjectID: rec.id, UnitID: rec.unitID, Detail: rec.detail,
	})
	if err != nil || w.rev == 0 || w.s.o.Live == nil {
		return err
	}
	return w.s.o.Live.Publish(ctx, w.tx, Topic, "")
}
