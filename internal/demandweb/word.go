package demandweb

import (
	"context"
	"net/http"

	"bilin/internal/demand"
	"bilin/internal/web"
)

func (p *Pages) split(w http.ResponseWriter, r *http.Request) error {
	return p.resident(w, r, request{step: demand.StepSplit, flash: "demand.page.split_done", do: p.svc.Split})
}

func (p *Pages) fixed(w http.ResponseWriter, r *http.Request) error {
	return p.resident(w, r, request{step: demand.StepStillFixed, flash: "demand.page.fixed_done", do: p.svc.StillFixed})
}

func (p *Pages) claim(w http.ResponseWriter, r *http.Request) error {
	return p.answer(w, r, demand.StepClaimed, "demand.page.claim_done", p.svc.Claim)
}

func (p *Pages) publish(w http.ResponseWriter, r *http.Request) error {
	return p.answer(w, r, demand.StepPublished, "demand.page.publish_done", p.svc.SetPublish)
}

// answer carries out what the resident says yes or no to.
func (p *Pages) answer(w http.ResponseWriter, r *http.Request, step demand.Step, flash string,
	do func(ctx context.Context, number, track string, yes bool, cmd demand.Command) (demand.Outcome, error)) error {
	var yes bool
	return p.resident(w, r, request{
		step: step, flash: flash,
		read: func(f *web.Form, _ *typed) { yes = f.Bool("yes") },
		do: func(ctx context.Context, number, track string, cmd demand.Command) (demand.Outcome, error) {
			return do(ctx, number, track, yes, cmd)
		},
	})
}
