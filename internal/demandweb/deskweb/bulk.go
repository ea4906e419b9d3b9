package deskweb

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/errs"
	"bilin/internal/web"
)

// maxBulk is how many demands one request may change.
const maxBulk = 2 * perPage

// bulkPage asks into which demand the others go, or tells what became of each.
type bulkPage struct {
	web.Base
	Asking  bool
	Choices []web.Option // asking: the demands, by number
	Picked  []string     // asking: what was selected
	Into    string
	Done    int
	Results []result
	Return  string
}

// result is what became of one demand.
type result struct {
	Number, Spoken, Href string
	Refused              string // why; empty: it was done
}

// pick is a demand that was selected, at the version that was shown.
type pick struct {
	number  string
	version int
}

func (p *Pages) bulk(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(w, r)
	if err != nil {
		return err
	}
	page := bulkPage{Base: p.web.Base(r, "desk.bulk"), Return: back(f.Text("return", 500)), Picked: f.List("pick")}
	do, into, picks := f.Choice("do", "accept", "merge"), f.Text("into", 40), picksOf(page.Picked)
	if len(picks) == 0 || len(picks) > maxBulk {
		return p.web.SeeOther(w, r, page.Return, "desk.bulk_none")
	}
	if err := f.Err(); err != nil {
		return err
	}
	if do == "merge" && into == "" {
		page.Asking, page.FormKey = true, f.Key()
		page.Choices, page.Into = p.choices(r, picks)
		return p.web.Render(w, r, "desk/bulk", page)
	}
	page.Results = p.each(r, picks, do, into, f.Key())
	for _, one := range page.Results {
		if one.Refused == "" {
			page.Done++
		}
	}
	return p.web.Render(w, r, "desk/bulk", page)
}

// each does the same with every demand; one that is refused stops none of the others.
func (p *Pages) each(r *http.Request, picks []pick, do, into, key string) []result {
	t, actor := p.t(r), auth.From(r.Context())
	var results []result
	for _, one := range picks {
		if one.number == into {
			continue
		}
		cmd := demand.Command{Version: one.version}
		if key != "" {
			cmd.Key = key + "-" + one.number
		}
		err := p.once(r.Context(), actor, one.number, do, into, cmd)
		res := result{Number: one.number, Spoken: demand.Spoken(one.number), Href: "/demands/" + one.number}
		if err != nil {
			res.Refused = refusal(t, err)
		}
		results = append(results, res)
	}
	return results
}

func (p *Pages) once(ctx context.Context, actor auth.Actor, number, do, into string, cmd demand.Command) error {
	var err error
	if do == "merge" {
		_, err = p.svc.Merge(ctx, actor, number, into, cmd)
	} else {
		_, err = p.svc.Accept(ctx, actor, number, cmd)
	}
	return err
}

// refusal says why something wasn't done; of a failure of ours, only that there was one.
func refusal(t func(string, ...any) string, err error) string {
	e := errs.As(err)
	if e.Kind == errs.Internal {
		return t("desk.bulk_failed")
	}
	if len(e.Fields) > 0 {
		return t(e.Fields[0].Code, e.Fields[0].Args...)
	}
	return t(e.Code, e.Args...)
}

// choices are the selected demands, the oldest suggested as the one that stays.
func (p *Pages) choices(r *http.Request, picks []pick) (options []web.Option, oldest string) {
	slices.SortFunc(picks, func(a, b pick) int { return strings.Compare(a.number, b.number) })
	for _, one := range picks {
		f, err := p.svc.Get(r.Context(), auth.From(r.Context()), one.number)
		if err != nil {
			continue // merging it will say why
		}
		options = append(options, web.Option{Value: one.number, Label: demand.Spoken(one.number) + " " + demand.Excerpt(f.Text), Hint: f.Unit})
	}
	if len(options) > 0 {
		oldest = options[0].Value
	}
	return options, oldest
}

func picksOf(values []string) []pick {
	var picks []pick
	for _, v := range values {
		number, version, _ := strings.Cut(v, ".")
		n, err := strconv.Atoi(version)
		if err == nil && number != "" && !slices.ContainsFunc(picks, func(p pick) bool { return p.number == number }) {
			picks = append(picks, pick{number, n})
		}
	}
	return picks
}

// back is the queue that somebody came from.
func back(path string) string {
	if path == "/demands" || strings.HasPrefix(path, "/demands?") {
		return path
	}
	return "/demands"
}
