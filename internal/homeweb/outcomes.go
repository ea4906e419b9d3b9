package homeweb

import (
	"context"
	"slices"
	"time"

	"bilin/internal/auth"
	"bilin/internal/network"
	"bilin/internal/outcome"
)

// Outcomes is the cards about lights: what was published of one's part, how long
// one may still object, what the city office has to answer, and which of a
// department's figures haven't come.
type Outcomes struct {
	Service *outcome.Service
	Tree    func() *network.Tree
	Policy  *auth.Policy
	Now     func() time.Time
}

// newFor is how long published lights are news.
const newFor = 30 * 24 * time.Hour

// HomeCards costs a query for whoever it may concern, and two more where there
// is something to say.
func (s Outcomes) HomeCards(ctx context.Context, actor auth.Actor, t func(key string, kv ...any) string) (cards []Card, err error) {
	preview, feed := s.Policy.May(actor, outcome.ActPreview), s.Policy.May(actor, outcome.ActFeed)
	if !preview && !feed {
		return nil, nil
	}
	if preview {
		if cards, err = s.releases(ctx, actor, t); err != nil {
			return nil, err
		}
	}
	if feed && !preview {
		missing, err := s.missing(ctx, actor, t)
		return append(cards, missing...), err
	}
	return cards, nil
}

func (s Outcomes) releases(ctx context.Context, actor auth.Actor, t translate) (cards []Card, err error) {
	list, err := s.Service.Releases(ctx)
	if err != nil {
		return nil, err
	}
	office := s.Policy.May(actor, outcome.ActPublish)
	for _, r := range list {
		if !s.Service.Visible(actor, r) {
			continue
		}
		switch {
		case r.State == outcome.Objection:
			card, err := s.objections(ctx, actor, r, office, t)
			if err != nil {
				return nil, err
			}
			cards = append(cards, card)
		case r.State == outcome.Published && !office && s.Now().Sub(r.PublishedAt) < newFor:
			card, err := s.news(ctx, actor, r, t)
			if err != nil {
				return nil, err
			}
			cards = append(cards, card)
		}
	}
	return cards, nil
}

func quarterOf(t translate, p outcome.Period) string {
	return t("home.outcome_period", "year", p.Year(), "quarter", p.Quarter())
}

// objections is the card of a quarter that is open to them.
func (s Outcomes) objections(ctx context.Context, actor auth.Actor, r *outcome.Release, office bool, t translate) (Card, error) {
	list, err := s.Service.Objections(ctx, actor, r.Period)
	if err != nil {
		return Card{}, err
	}
	open := 0
	for _, o := range list {
		if o.AnsweredAt.IsZero() {
			open++
		}
	}
	at := "/outcomes/releases/" + r.Period.String()
	days := max(0, int(r.Until.Sub(s.Now()).Hours()+23)/24)
	card := Card{Key: "outcome-" + r.Period.String(), Rank: RankOpen, Title: t("home.outcome_preview", "period", quarterOf(t, r.Period)), Live: outcome.Topic,
		Figures: []Figure{{Label: t("home.outcome_days"), Value: days, Kind: warnIf(days), Href: at}},
		Actions: []Action{{Label: t("home.outcome_look"), Href: at, Icon: "traffic-lights", Main: true}}}
	if office {
		card.Figures = append(card.Figures, Figure{Label: t("home.outcome_to_answer"), Value: open, Kind: badIf(open), Href: at + "#objections"})
		card.Text = t("home.outcome_office")
		return card, nil
	}
	card.Text = t("home.outcome_object")
	v, err := s.Service.Lights(ctx, actor, r.Period)
	if err != nil {
		return Card{}, err
	}
	card.Figures = append(s.lit(actor, v, t, at), card.Figures...)
	return card, nil
}

// news is the card of lights that were published not long ago.
func (s Outcomes) news(ctx context.Context, actor auth.Actor, r *outcome.Release, t translate) (Card, error) {
	v, err := s.Service.Lights(ctx, actor, r.Period)
	if err != nil {
		return Card{}, err
	}
	at := "/outcomes?period=" + r.Period.String()
	if roots := s.Policy.Scope(actor, outcome.ActPreview); len(roots) == 1 {
		if u := s.Tree().ByID(roots[0]); u != nil && u.Level == network.Village {
			at = "/outcomes/villages/" + u.Code + "?period=" + r.Period.String()
		}
	}
	return Card{Key: "outcome-" + r.Period.String(), Rank: RankKnow, Title: t("home.outcome_news", "period", quarterOf(t, r.Period)), Live: outcome.Topic,
		Figures: s.lit(actor, v, t, at), Actions: []Action{{Label: t("home.outcome_see"), Href: at, Icon: "traffic-lights"}}}, nil
}

// lit counts the lights of one's part.
func (s Outcomes) lit(actor auth.Actor, v *outcome.View, t translate, at string) []Figure {
	tree, roots := s.Tree(), s.Policy.Scope(actor, outcome.ActPreview)
	n := map[string]int{}
	for _, cells := range v.Cells {
		for _, c := range cells {
			if c.UnitID == "" || !slices.ContainsFunc(roots, func(root string) bool { return tree.Contains(root, c.UnitID) }) {
				continue
			}
			switch {
			case c.Light == outcome.Red || c.Light == outcome.Yellow:
				n[string(c.Light)]++
			case c.Better:
				n["better"]++
			}
		}
	}
	return []Figure{
		{Label: t("home.outcome_red"), Value: n["red"], Kind: badIf(n["red"]), Href: at},
		{Label: t("home.outcome_yellow"), Value: n["yellow"], Kind: warnIf(n["yellow"]), Href: at},
		{Label: t("home.outcome_better"), Value: n["better"], Kind: "ok", Href: at},
	}
}

// missing is the card of a department whose figures of the last quarter haven't
// all come.
func (s Outcomes) missing(ctx context.Context, actor auth.Actor, t translate) ([]Card, error) {
	last := outcome.PeriodOf(s.Now()) - 1
	arrived, err := s.Service.Arrivals(ctx, last, last)
	if err != nil {
		return nil, err
	}
	have := map[string]int{}
	for _, a := range arrived {
		have[a.IndicatorID] = a.Villages
	}
	all := len(s.Tree().Units(network.Village))
	card := Card{Key: "outcome-feeds", Rank: RankOpen, Title: t("home.outcome_feeds", "period", quarterOf(t, last)), Live: outcome.Topic}
	own := false
	for _, x := range s.Service.Catalog().InUse() {
		if s.Service.MayFeed(actor, x) != nil {
			continue
		}
		own = true
		if have[x.ID] < all {
			card.Items = append(card.Items, Item{Title: t("home.outcome_feed", "name", x.Name, "name_en", x.NameEN), Note: t("home.outcome_feed_n", "n", have[x.ID], "of", all), Href: feedsAt,
				Status: t("home.outcome_feed_missing"), StatusKind: "warn"})
		}
	}
	if !own {
		return nil, nil
	}
	if len(card.Items) == 0 {
		card.Rank, card.Empty = RankIdle, t("home.outcome_feeds_all")
	}
	card.Actions = []Action{{Label: t("home.outcome_feeds_open"), Href: feedsAt, Icon: "database"}}
	return []Card{card}, nil
}

// feedsAt is where a department hands its figures in.
const feedsAt = "/outcomes/feeds"
