package duty

import (
	"context"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// PutFunction adds a function or category, or changes its names and place.
type PutFunction struct {
	Key, ID      string // ID "" for a new one
	ParentID     string // of a new one; "" makes a category
	Code         string // of a new one; made up if empty
	Name, NameEN string
	Sort         int // 0 keeps it, or puts a new one last
	Version      int // at which it was shown
}

// PutFunction adds or changes a function. A code, once given, stays.
func (s *Service) PutFunction(ctx context.Context, actor auth.Actor, cmd PutFunction) (Function, error) {
	return s.editFunction(ctx, actor, "duty.put_function", cmd.Key, cmd, func(w *work) (Function, error) {
		f, known := w.catalog.Function(cmd.ID)
		if cmd.ID != "" {
			if err := shown(known, "duty.no_function", cmd.Version, f.Version); err != nil {
				return f, err
			}
		} else {
			if len(w.catalog.functions) >= maxFunctions {
				return f, errs.E(errs.Conflict, "duty.too_many", "max", maxFunctions)
			}
			f = Function{ID: sqldb.NewID(), ParentID: cmd.ParentID, Code: cmd.Code, Sort: w.catalog.lastSort(cmd.ParentID)}
			if f.Code == "" {
				f.Code = freeCode(w.base(cmd.ParentID), w.catalog.codes)
			}
		}
		f.Name, f.NameEN = cmd.Name, cmd.NameEN
		if cmd.Sort != 0 {
			f.Sort = cmd.Sort
		}
		return f, nil
	})
}

// base begins the code of a new function of a category.
func (w *work) base(parentID string) string {
	if parent, ok := w.catalog.Function(parentID); ok {
		return parent.Code
	}
	return "category"
}

// RetireFunction takes a function out of use: no new matter gets it, and those
// that have it keep it.
func (s *Service) RetireFunction(ctx context.Context, actor auth.Actor, cmd Retire) (Function, error) {
	return s.editFunction(ctx, actor, "duty.retire_function", cmd.Key, cmd, func(w *work) (Function, error) {
		f, known := w.catalog.Function(cmd.ID)
		err := shown(known, "duty.no_function", cmd.Version, f.Version)
		if err == nil && f.ParentID == "" && !cmd.Back && !f.Retired && len(w.catalog.Functions()) == 1 {
			err = errs.E(errs.Conflict, "duty.last_category")
		}
		f.Retired = !cmd.Back
		return f, err
	})
}

func (s *Service) editFunction(ctx context.Context, actor auth.Actor, name, key string, request any, body func(*work) (Function, error)) (Function, error) {
	return run(ctx, s, actor, name, key, request, func(w *work) (Function, record, error) {
		f, err := body(w)
		if err == nil {
			f, err = w.catalog.checkFunction(f)
		}
		if err != nil {
			return f, record{}, err
		}
		f.Version++
		rec := record{"duty_function", f.ID, map[string]any{"code": f.Code, "retired": f.Retired}}
		return f, rec, putFunction(ctx, w.tx, f)
	})
}

// PutDuty adds an item to a duty list, or changes it.
type PutDuty struct {
	Key, ID                  string // ID "" for a new one
	Code                     string // of a new one
	DepartmentID, FunctionID string
	List, Title, Basis       string
	Version                  int
}

// PutDuty adds or changes an item of a duty list.
func (s *Service) PutDuty(ctx context.Context, actor auth.Actor, cmd PutDuty) (Duty, error) {
	return s.editDuty(ctx, actor, "duty.put", cmd.Key, cmd, func(w *work) (Duty, error) {
		d, known := w.catalog.Duty(cmd.ID)
		if cmd.ID == "" {
			if len(w.catalog.duties) >= maxDuties {
				return d, errs.E(errs.Conflict, "duty.too_many", "max", maxDuties)
			}
			d = Duty{ID: sqldb.NewID(), Code: cmd.Code}
		} else if err := shown(known, "duty.no_duty", cmd.Version, d.Version); err != nil {
			return d, err
		}
		d.DepartmentID, d.FunctionID, d.List, d.Title, d.Basis = cmd.DepartmentID, cmd.FunctionID, cmd.List, cmd.Title, cmd.Basis
		return d, nil
	})
}

// RetireDuty takes an item off its list, or puts it back.
func (s *Service) RetireDuty(ctx context.Context, actor auth.Actor, cmd Retire) (Duty, error) {
	return s.editDuty(ctx, actor, "duty.retire", cmd.Key, cmd, func(w *work) (Duty, error) {
		d, known := w.catalog.Duty(cmd.ID)
		err := shown(known, "duty.no_duty", cmd.Version, d.Version)
		d.Retired = !cmd.Back
		return d, err
	})
}

func (s *Service) editDuty(ctx context.Context, actor auth.Actor, name, key string, request any, body func(*work) (Duty, error)) (Duty, error) {
	return run(ctx, s, actor, name, key, request, func(w *work) (Duty, record, error) {
		d, err := body(w)
		if err == nil {
			d, err = w.catalog.checkDuty(d)
		}
		if err == nil {
			err = w.department(d.DepartmentID, true)
		}
		if err != nil {
			return d, record{}, err
		}
		d.Version++
		rec := record{"duty", d.ID, map[string]any{"code": d.Code, "list": d.List, "department": d.DepartmentID, "retired": d.Retired}}
		return d, rec, putDuties(ctx, w.tx, d)
	})
}

// PutField adds a kind of data, or changes it.
type PutField struct {
	Key, ID      string // ID "" for a new one
	Code         string // of a new one; made up if empty
	Name, NameEN string
	DepartmentID string // "" if not said
	Place        string
	Words        []string
	Version      int
}

// PutField adds or changes a kind of data.
func (s *Service) PutField(ctx context.Context, actor auth.Actor, cmd PutField) (Field, error) {
	return s.editField(ctx, actor, "duty.put_field", cmd.Key, cmd, func(w *work) (Field, error) {
		f, known := w.catalog.Field(cmd.ID)
		if cmd.ID == "" {
			if len(w.catalog.fields) >= maxFields {
				return f, errs.E(errs.Conflict, "duty.too_many", "max", maxFields)
			}
			f = Field{ID: sqldb.NewID(), Code: cmd.Code}
			if f.Code == "" {
				f.Code = freeCode("data", w.catalog.fieldCodes)
			}
		} else if err := shown(known, "duty.no_field", cmd.Version, f.Version); err != nil {
			return f, err
		}
		f.Name, f.NameEN, f.DepartmentID, f.Place, f.Words = cmd.Name, cmd.NameEN, cmd.DepartmentID, cmd.Place, cmd.Words
		return f, nil
	})
}

// RetireField takes a kind of data out of use, or back into it.
func (s *Service) RetireField(ctx context.Context, actor auth.Actor, cmd Retire) (Field, error) {
	return s.editField(ctx, actor, "duty.retire_field", cmd.Key, cmd, func(w *work) (Field, error) {
		f, known := w.catalog.Field(cmd.ID)
		err := shown(known, "duty.no_field", cmd.Version, f.Version)
		f.Retired = !cmd.Back
		return f, err
	})
}

func (s *Service) editField(ctx context.Context, actor auth.Actor, name, key string, request any, body func(*work) (Field, error)) (Field, error) {
	return run(ctx, s, actor, name, key, request, func(w *work) (Field, record, error) {
		f, err := body(w)
		if err == nil {
			f, err = w.catalog.checkField(f)
		}
		if err == nil {
			err = w.department(f.DepartmentID, false)
		}
		if err != nil {
			return f, record{}, err
		}
		f.Version++
		rec := record{"data_field", f.ID, map[string]any{"code": f.Code, "department": f.DepartmentID, "retired": f.Retired}}
		return f, rec, putField(ctx, w.tx, f)
	})
}

// Holders says who holds the built-in data whose holder is still open, by the
// departments' codes: for a city whose departments came after the catalogue.
func (s *Service) Holders(ctx context.Context, actor auth.Actor) (set int, err error) {
	return run(ctx, s, actor, "duty.holders", "", nil, func(w *work) (int, record, error) {
		n := 0
		for _, f := range Fields(func(code string) string { return departmentByCode(s.o.Network, code) }) {
			now, known := w.catalog.Field(f.ID)
			if !known || now.DepartmentID != "" || f.DepartmentID == "" {
				continue
			}
			now.DepartmentID = f.DepartmentID
			now.Version++
			if err := putField(ctx, w.tx, now); err != nil {
				return n, record{}, err
			}
			n++
		}
		return n, record{"data_field", "", map[string]any{"holders": n}}, nil
	})
}
