package duty

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

// Topic is the live topic of functions, duty lists and data.
const Topic = "duty"

// Options are what a Service works with.
type Options struct {
	DB      *sqldb.DB
	Network *network.Service
	Policy  *auth.Policy
	Audit   *audit.Log
	Live    *live.Hub // nil: nobody is told
	Now     func() time.Time
	Logger  *slog.Logger
}

// Service holds the city's catalogue and changes it.
type Service struct {
	*mirror.Of[*Catalog]
	o Options
}

// Open reads the catalogue, and first writes the built-in functions and data if
// there have never been any.
func Open(ctx context.Context, o Options) (*Service, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if err := seed(ctx, o.DB, func(code string) string { return departmentByCode(o.Network, code) }); err != nil {
		return nil, err
	}
	current, err := mirror.Open(ctx, o.DB, mirror.Source[*Catalog]{Name: "duty", Rev: readRev, Load: readCatalog}, o.Logger)
	if err != nil {
		return nil, err
	}
	s := &Service{current, o}
	return s, s.Assign(ctx)
}

// Assign gives the built-in data that nobody has edited its usual holders. A
// city that enters its departments later has them then.
func (s *Service) Assign(ctx context.Context) error {
	var changed []Field
	for _, f := range Fields(func(code string) string { return departmentByCode(s.o.Network, code) }) {
		if now, known := s.Catalog().Field(f.ID); known && now.Version == 1 && now.DepartmentID == "" && f.DepartmentID != "" {
			now.DepartmentID = f.DepartmentID
			changed = append(changed, now)
		}
	}
	if len(changed) == 0 {
		return nil
	}
	err := s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		for _, f := range changed {
			if err := putField(ctx, tx, f); err != nil {
				return err
			}
		}
		_, err := nextRev(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	return s.Refresh(ctx)
}

func departmentByCode(net *network.Service, code string) string {
	if net == nil {
		return ""
	}
	for _, d := range net.Tree().Departments() {
		if d.Code == code {
			return d.ID
		}
	}
	return ""
}

// Catalog returns the catalogue as it is now.
func (s *Service) Catalog() *Catalog { return s.Get() }

// Retire takes something out of use, or back into it.
type Retire struct {
	Key, ID string
	Back    bool // into use again
	Version int
}

// work is what a command's body has at hand.
type work struct {
	tx      *sqldb.Tx
	s       *Service
	catalog *Catalog
}

// record is what the log keeps of a command.
type record struct {
	kind, id string
	detail   any
}

// run runs a command on the catalogue once per key, in one transaction with its
// audit row. Commands wait for each other.
func run[T any](ctx context.Context, s *Service, actor auth.Actor, name, key string, request any, body func(*work) (T, record, error)) (T, error) {
	var out T
	if err := s.o.Policy.Can(actor, ActEdit, auth.Object{}); err != nil {
		return out, err
	}
	err := s.o.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
		out, err = once.Do(ctx, tx, name+"/"+actor.ID(), key, request, s.o.Now(), func() (T, error) {
			w := &work{tx: tx, s: s}
			if err := w.open(ctx); err != nil {
				var none T
				return none, err
			}
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

// open takes the catalogue for changing.
func (w *work) open(ctx context.Context) (err error) {
	if _, err = nextRev(ctx, w.tx); err != nil {
		return err
	}
	w.catalog, err = readCatalog(ctx, w.tx)
	return err
}

func (w *work) finish(ctx context.Context, actor auth.Actor, name string, rec record) error {
	err := w.s.o.Audit.Append(ctx, w.tx, audit.Entry{
		ActorID: actor.ID(), ActorName: actor.Name, Action: name, ObjectKind: rec.kind, ObjectID: rec.id, Detail: rec.detail,
	})
	if err != nil || w.s.o.Live == nil {
		return err
	}
	return w.s.o.Live.Publish(ctx, w.tx, Topic, "")
}

// department refuses one that isn't known; none is "".
func (w *work) department(id string, required bool) error {
	if id == "" && !required || id != "" && w.s.o.Network.Tree().Department(id) != nil {
		return nil
	}
	return errs.Refuse("department", "duty.no_department")
}

// shown checks that what is changed is there and still as it was shown.
func shown(known bool, missing string, version, now int) error {
	switch {
	case !known:
		return errs.E(errs.NotFound, missing)
	case version != now:
		return errs.E(errs.Stale, "duty.changed_since")
	}
	return nil
}

// MayEdit reports whether the actor may change the catalogue: for the links of pages.
func (s *Service) MayEdit(actor auth.Actor) bool {
	return s.o.Policy.Can(actor, ActEdit, auth.Object{}) == nil
}
