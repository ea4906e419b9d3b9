package demandweb

import (
	"net/http"
	"strconv"
	"time"

	"bilin/internal/demand"
	"bilin/internal/demand/catalog"
	"bilin/internal/network"
	"bilin/internal/web"
)

// promise says who will get a demand and how long they have.
type promise struct {
	To    string
	Why   string // set if it isn't the lead of the place
	Limit string // working time, in words
	Due   time.Time
	Above string // who gets a complaint about whoever is nearest
}

func (p *Pages) promise(r *http.Request, cmd demand.Raise) (*network.Unit, promise, error) {
	t := p.t(r)
	if cmd.Kind == "" {
		cmd.Kind = demand.Help
	}
	from, to, why, err := p.svc.Destination(r.Context(), cmd)
	if web.IsInvalid(err) && cmd.About != "" { // nobody of that role there any more
		cmd.About = ""
		from, to, why, err = p.svc.Destination(r.Context(), cmd)
	}
	if err != nil {
		return nil, promise{}, err
	}
	above := cmd
	above.Kind, above.About = demand.Complaint, ""
	_, over, _, err := p.svc.Destination(r.Context(), above)
	if err != nil {
		return nil, promise{}, err
	}
	terms := p.svc.Terms()
	category := cmd.Category
	if c, ok := terms.Catalog.ByCode(category); ok {
		category = c.ID
	}
	limit := terms.Catalog.Limit(category, cmd.Urgency, to.Rung)
	out := promise{To: t.Stop(to), Above: t.Stop(over), Limit: catalog.Say(t, limit), Due: terms.Calendar.Add(p.now(), limit)}
	if why != demand.ReasonLead {
		out.Why = t("demand.reason." + string(why))
	}
	return from, out, nil
}

// promised answers the form when what was chosen changes who gets it, or by when.
func (p *Pages) promised(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	urgency, _ := strconv.Atoi(q.Get("urgency")) // no number is the ordinary one
	cmd := demand.Raise{
		UnitCode: q.Get("unit"), DoorCode: q.Get("door"), Kind: demand.Kind(q.Get("kind")), About: q.Get("about"), Category: q.Get("category"),
		Urgency: min(max(catalog.Urgency(urgency), catalog.Normal), catalog.Critical),
	}
	if err := p.knock(r, cmd); err != nil {
		return err
	}
	_, out, err := p.promise(r, cmd)
	if err != nil {
		return err
	}
	return p.web.RenderPart(w, r, "demand/raise", "promise", out)
}
