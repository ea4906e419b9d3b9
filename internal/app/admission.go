package app

import (
	"context"
	"errors"
	"time"

	"bilin/internal/admission"
	"bilin/internal/admission/burden"
	"bilin/internal/admission/duty"
	"bilin/internal/admission/monthly"
	"bilin/internal/admission/offlist"
	"bilin/internal/admission/oldnet"
	"bilin/internal/admissionweb/burdenweb"
	"bilin/internal/admissionweb/dutyweb"
	"bilin/internal/admissionweb/listweb"
	"bilin/internal/admissionweb/matterweb"
	"bilin/internal/admissionweb/offlistweb"
	"bilin/internal/admissionweb/oldnetweb"
	"bilin/internal/admissionweb/taskweb"
	"bilin/internal/doorcard"
	"bilin/internal/web"
)

// Admissions are the services through which departments' work reaches the network.
type Admissions struct {
	Duties    *duty.Service
	Admission *admission.Service
	Monthly   *monthly.Service
	Offlist   *offlist.Service
	Burden    *burden.Service
	Oldnets   *oldnet.Service
}

// wireAdmission makes them.
func (a *App) wireAdmission(ctx context.Context) (err error) {
	d := &a.Admissions
	d.Duties, err = duty.Open(ctx, duty.Options{DB: a.DB, Network: a.Network, Policy: a.Policy, Audit: a.Audit, Live: a.Live, Now: a.Now, Logger: a.Log})
	if err != nil {
		return err
	}
	d.Admission = a.admissionAt(a.Now)
	d.Monthly = a.monthlyAt(d.Admission, a.Now)
	d.Admission.Observe(d.Monthly)
	d.Offlist = offlist.New(offlist.Options{DB: a.DB, Network: a.Network, Policy: a.Policy, Audit: a.Audit, Seal: a.Sealer, Now: a.Now})
	d.Burden = burden.New(burden.Options{DB: a.DB, Tree: a.Network.Tree, Budgets: d.Admission.AllBudgets, Policy: a.Policy, Now: a.Now})
	d.Oldnets = a.oldnetsAt(a.Now)
	return nil
}

func (a *App) admissionAt(now func() time.Time) *admission.Service {
	return admission.New(admission.Options{
		DB: a.DB, Network: a.Network, Policy: a.Policy, Audit: a.Audit, Live: a.Live,
		Calendar: a.Calendar.Calendar, Duties: a.Duties.Catalog, Owed: a.owed, Now: now,
	})
}

func (a *App) oldnetsAt(now func() time.Time) *oldnet.Service {
	return oldnet.New(oldnet.Options{DB: a.DB, Network: a.Network, Policy: a.Policy, Audit: a.Audit, Duties: a.Duties.Catalog, Now: now})
}

func (a *App) monthlyAt(matters *admission.Service, now func() time.Time) *monthly.Service {
	return monthly.New(monthly.Options{
		DB: a.DB, Network: a.Network, Policy: a.Policy, Audit: a.Audit, Live: a.Live, Admission: matters, Now: now, Logger: a.Log, Paused: a.Emergency.Paused,
	})
}

// scheduleAdmission lets permits run out, lists appear on their day and tasks go out by them.
func (a *App) scheduleAdmission() {
	a.Jobs.Every("admission.tick", time.Minute, func(ctx context.Context) error {
		_, err := a.Admission.Tick(ctx)
		_, issued := a.Monthly.Tick(ctx)
		_, retired := a.Oldnets.Tick(ctx)
		return errors.Join(err, issued, retired)
	})
}

// admissionModules are its pages.
func (a *App) admissionModules(server *web.Server) []web.Module {
	tree := a.Network.Tree
	return []web.Module{
		matterweb.New(server, a.Admission, a.Duties.Catalog, tree, a.Policy, a.Now).Module(),
		listweb.New(server, a.Monthly, tree, doorcard.New(a.Now), a.Policy, a.Now).Module(),
		taskweb.New(server, a.Monthly, tree).Module(),
		burdenweb.New(server, a.Burden, tree).Module(),
		offlistweb.New(server, a.Offlist, tree, a.Now).Module(),
		oldnetweb.New(server, a.Oldnets, tree, a.Duties.Catalog, a.Now).Module(),
		dutyweb.New(server, a.Duties, a.Network).Module(),
	}
}
