package app

import (
	"context"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/gateway"
	"bilin/internal/i18n"
	"bilin/internal/job"
	"bilin/internal/sqldb"
)

// ownerKind names the jobs that tell somebody of their account, one for each channel.
const ownerKind = "account.tell"

type ownerJob struct {
	Channel gateway.Kind
	Person  string
	What    auth.Told
	Args    []any
}

// owners tells people what others do with their accounts.
type owners struct{ a *App }

// TellPerson queues it for each channel; who has none of them finds it on their page.
func (o owners) TellPerson(ctx context.Context, tx *sqldb.Tx, personID string, what auth.Told, args ...any) error {
	var jobs []job.Job
	if o.a.SMS != nil {
		jobs = append(jobs, job.Job{Kind: ownerKind, Payload: ownerJob{gateway.SMS, personID, what, args}})
	}
	if o.a.Push != nil && o.a.Push.Ready() {
		jobs = append(jobs, job.Job{Kind: ownerKind, Payload: ownerJob{gateway.Push, personID, what, args}})
	}
	if len(jobs) == 0 {
		return nil
	}
	return job.EnqueueMany(ctx, tx, jobs)
}

// wireOwners has them told.
func (a *App) wireOwners() error {
	text, err := i18n.New(auth.Messages)
	if err != nil {
		return err
	}
	a.Sending.Handle(ownerKind, func(ctx context.Context, run job.Run) error { return a.tellOwner(ctx, run, text) })
	return nil
}

func (a *App) tellOwner(ctx context.Context, run job.Run, text *i18n.Catalog) error {
	var j ownerJob
	if err := run.Decode(&j); err != nil {
		return err
	}
	m := gateway.Message{ID: run.ID, Kind: j.Channel, To: j.Person, Text: text.T(i18n.ZH, string(j.What), j.Args...)}
	var err error
	if j.Channel == gateway.Push {
		m.Title, m.URL, m.Tag = text.T(i18n.ZH, "auth.told.title"), a.Config.BaseURL()+"/account", run.ID
		err = a.Push.Send(ctx, m)
	} else if a.SMS != nil {
		if m.To, err = a.ownersNumber(ctx, j.Person, string(j.What)); err == nil && m.To != "" {
			err = a.SMS.Send(ctx, m)
		}
	}
	if errs.KindOf(err) == errs.Invalid {
		return nil // no browser, or a number that is none: their page says it
	}
	return err
}

// ownersNumber opens somebody's number to tell them of their account, and
// enters that into the record. Empty: they have none.
func (a *App) ownersNumber(ctx context.Context, person, what string) (number string, err error) {
	err = a.DB.Write(ctx, func(tx *sqldb.Tx) error {
		sealed, err := a.Network.SealedPhones(ctx, tx, []string{person})
		if err != nil || sealed[person] == "" {
			return err
		}
		if number, err = a.Network.OpenPhone(person, sealed[person]); err != nil {
			return err
		}
		return a.Network.RecordPhones(ctx, tx, auth.System("account"), "account", map[string]any{"what": what, "person": person}, 1)
	})
	return number, err
}
