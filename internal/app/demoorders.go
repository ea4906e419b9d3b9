package app

import (
	"context"
	"math"
	"math/rand/v2"
	"time"

	"bilin/internal/auth"
	"bilin/internal/mobilise"
	"bilin/internal/sqldb"
)

// demoCallout is last winter's ice storm, which called all teams out, and a
// drill of one town that is under way.
func (a *App) demoCallout(ctx context.Context, alertID string) error {
	if err := a.demoIce(ctx, alertID); err != nil {
		return err
	}
	return a.demoDrill(ctx)
}

// demoClock is a clock that stands until it is set.
type demoClock struct{ at time.Time }

func (c *demoClock) now() time.Time { return c.at }

func demoOfficer(name string) auth.Actor {
	who := auth.System("demo " + name)
	who.Name = name
	return who
}

// demoIce began ten months ago, at two in the morning.
func (a *App) demoIce(ctx context.Context, alertID string) error {
	begin := a.demoWinter()
	clock := &demoClock{begin}
	orders := a.ordersAt(clock.now)
	o, err := orders.Propose(ctx, demoOfficer("值班长"), mobilise.Propose{Key: "demo-ice", Kind: mobilise.Real, Hazard: mobilise.Ice, Wait: 5, AlertID: alertID,
		Words: mobilise.Words{Title: "全市除冰保通", What: "今夜冻雨，省道县道大面积结冰，多处断电。", Do: "带铁锹、草袋、防滑链，由队长带队铲冰、清倒伏树木。",
			Where: "各村部、各镇街应急集合点。", Until: begin.Add(96 * time.Hour)},
		Audience: mobilise.Audience{UnitIDs: []string{a.Network.Tree().RootID()}, AllTeams: true}})
	if err != nil {
		return err
	}
	if o.State == mobilise.Proposed {
		clock.at = begin.Add(4 * time.Minute)
		if o, err = orders.Approve(ctx, demoOfficer("市应急指挥部"), mobilise.Command{Key: "demo-ice", Number: o.Number}); err != nil {
			return err
		}
	}
	story := demoStory{issued: o.IssuedAt, now: a.Now(), rate: 200, outage: [2]time.Duration{70 * time.Second, 9 * time.Minute}, end: 30 * time.Hour}
	if err := orders.Past(ctx, auth.System("demo"), o.Number, story.play); err != nil {
		return err
	}
	if err := a.demoOutage(ctx, o, story.outage); err != nil {
		return err
	}
	if err := a.demoRollcall(ctx, o.ID, o.Number, false, o.IssuedAt.Add(100*time.Minute)); err != nil {
		return err
	}
	if err := a.demoIceBoard(ctx, o); err != nil {
		return err
	}
	clock.at = o.IssuedAt.Add(story.end)
	if _, err := orders.Close(ctx, demoOfficer("市应急指挥部"), mobilise.Command{Key: "demo-ice", Number: o.Number, Note: "主要道路全部通车，抢修转由专业队伍负责。"}); err != nil {
		return err
	}
	// Whoever came was thanked then; nothing of it is to be sent today.
	return orders.Past(ctx, auth.System("demo"), o.Number, func(*mobilise.Order, *mobilise.Receipt) []mobilise.Told { return nil })
}

// demoOutage is that short messages failed for a while.
func (a *App) demoOutage(ctx context.Context, o *mobilise.Order, outage [2]time.Duration) error {
	return a.DB.Write(ctx, func(tx *sqldb.Tx) error {
		for i, kind := range []string{mobilise.EventDown, mobilise.EventUp} {
			e := mobilise.Event{At: o.IssuedAt.Add(outage[i]), Kind: kind, Detail: `{"channel":"sms","why":"gateway.down"}`}
			if err := mobilise.AddEvent(ctx, tx, o.ID, e); err != nil {
				return err
			}
		}
		return nil
	})
}

// demoDrill began three quarters of an hour ago.
func (a *App) demoDrill(ctx context.Context) error {
	tree := a.Network.Tree()
	town := tree.ByCode("430182001000")
	if town == nil {
		return nil
	}
	begin := a.Now().Add(-47 * time.Minute)
	clock := &demoClock{begin}
	orders := a.ordersAt(clock.now)
	o, err := orders.Propose(ctx, demoOfficer("镇街值班员"), mobilise.Propose{Key: "demo-drill", Kind: mobilise.Drill, Hazard: mobilise.Flood, Wait: 5,
		Words:    mobilise.Words{Title: "防汛转移演练", What: "演练：假设沩江水位一小时内超警戒。", Do: "请到集合点报到，按名单演练转移路线。", Where: "各社区党群服务中心门口。", Until: begin.Add(5 * time.Hour)},
		Audience: mobilise.Audience{UnitIDs: []string{town.ID}, Roles: []auth.Role{auth.Lead, auth.GroupLead}, AllTeams: true}})
	if err != nil {
		return err
	}
	if o.State == mobilise.Proposed {
		clock.at = begin.Add(2 * time.Minute)
		if o, err = orders.Approve(ctx, demoOfficer("市应急指挥部"), mobilise.Command{Key: "demo-drill", Number: o.Number}); err != nil {
			return err
		}
	}
	story := demoStory{issued: o.IssuedAt, now: a.Now(), rate: 50, end: 24 * time.Hour}
	if err := orders.Past(ctx, auth.System("demo"), o.Number, story.play); err != nil {
		return err
	}
	if err := a.demoRollcall(ctx, o.ID, o.Number, true, o.IssuedAt.Add(5*time.Minute)); err != nil {
		return err
	}
	return a.demoDrillBoard(ctx, o)
}

var cityZone = time.FixedZone("CST", 8*60*60)

// demoStory is how an order's people were told, and what they said.
type demoStory struct {
	issued, now time.Time
	rate        int              // messages a second
	outage      [2]time.Duration // when short messages failed
	end         time.Duration    // until the order was closed
}

// play brings one receipt to where it stands now.
func (s demoStory) play(o *mobilise.Order, r *mobilise.Receipt) []mobilise.Told {
	dice := rand.New(rand.NewPCG(uint64(s.issued.Unix()), uint64(r.N))) //nolint:gosec // a story, not a secret
	told, reached := s.tell(o, r, dice)
	switch {
	case reached.IsZero():
		s.knock(r, dice)
	case dice.Float64() < 0.055: // has it, and doesn't answer
		s.knock(r, dice)
	default:
		s.answer(r, dice, reached.Add(minutes(dice, 3.5, 1.1)), mobilise.ByLink, "")
	}
	return told
}

// tell hands the message to the channels, and returns when it arrived.
func (s demoStory) tell(o *mobilise.Order, r *mobilise.Receipt, dice *rand.Rand) (told []mobilise.Told, reached time.Time) {
	if dice.Float64() < 0.004 { // no number
		return nil, reached
	}
	at := s.issued.Add(time.Duration(r.N) * time.Second / time.Duration(s.rate))
	channel := mobilise.SMS
	if since := at.Sub(s.issued); since > s.outage[0] && since < s.outage[1] {
		told = append(told, mobilise.Told{Edition: 1, Channel: channel, State: "failed", At: at, Error: "gateway.down"})
		channel, at = mobilise.Voice, at.Add(time.Minute)
	}
	for range 2 {
		if at.After(s.now) {
			return told, reached
		}
		told = append(told, mobilise.Told{Edition: 1, Channel: channel, State: "taken", At: at})
		r.Took(channel, o, 1, at)
		if dice.Float64() < 0.965 {
			reached = at.Add(time.Duration(2+dice.IntN(18)) * time.Second)
			if reached.Before(s.now) {
				r.MarkDelivered(reached)
			}
			return told, reached
		}
		if channel == mobilise.Voice {
			break
		}
		channel, at = mobilise.Voice, at.Add(o.Wait)
	}
	return told, reached
}

// knock puts the receipt on the list of doors; most are found at home.
func (s demoStory) knock(r *mobilise.Receipt, dice *rand.Rand) {
	at := s.issued.Add(11 * time.Minute)
	if r.ToldBy == 0 {
		at = s.issued.Add(time.Second)
	}
	if at.After(s.now) {
		return
	}
	r.Knock(at)
	if dice.Float64() < 0.82 {
		s.answer(r, dice, at.Add(minutes(dice, 28, 0.6)), mobilise.ByVisit, "联组干部")
	}
}

// answer says whether the person comes, and has them arrive.
func (s demoStory) answer(r *mobilise.Receipt, dice *rand.Rand, at time.Time, way mobilise.Way, by string) {
	if at.After(s.now) || at.After(s.issued.Add(s.end)) {
		return
	}
	a := mobilise.Answer{Coming: dice.Float64() < 0.84, Way: way, By: by}
	if !a.Coming {
		reasons := mobilise.Reasons()
		a.Reason = reasons[dice.IntN(len(reasons))]
	}
	if r.Take(a, at) != nil || !a.Coming {
		return
	}
	there := at.Add(minutes(dice, 42, 0.5))
	if dice.Float64() < 0.95 && there.Before(s.now) && there.Before(s.issued.Add(s.end)) {
		_ = r.Take(mobilise.Answer{Arrived: true, Way: way, By: by}, there) // a rule that refuses leaves it where it is
	}
}

// minutes draws a log-normal time of a median.
func minutes(dice *rand.Rand, median, spread float64) time.Duration {
	return time.Duration(median * math.Exp(dice.NormFloat64()*spread) * float64(time.Minute))
}
