package faults_test

import (
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"bilin/internal/sqldb"
)

// Kills of the program, per engine: in every run of the tests, and with
// BILIN_FAULTS set (`make faults`).
const (
	killsShort = 10
	killsLong  = 500
)

// The program is killed at any moment, again and again, while residents raise
// demands, the lead sees them through, marks tasks, reports households and goes
// on visits.
func TestKilledAtAnyMoment(t *testing.T) {
	kills := killsShort
	if os.Getenv("BILIN_FAULTS") != "" {
		kills = killsLong
	}
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			c := newCity(t, engine)
			if len(c.homes) < 2 || len(c.tasks) < 1 || len(c.visits) < 1 {
				t.Errorf("the lead has too little to do: %d, %d, %d", len(c.homes), len(c.tasks), len(c.visits))
			}
			c.killed(kills)
		})
	}
}

func (c *city) killed(kills int) {
	c.Helper()
	seed := uint64(time.Now().UnixNano())
	c.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 1))
	residents, flips := c.voices()
	for k := range kills {
		c.live(residents, flips, dice)
		c.check(residents, flips)
		if c.Failed() {
			c.Fatalf("after %d kills", k+1)
		}
	}
	c.check(residents, flips)
	acknowledged := 0
	for _, r := range residents {
		for _, m := range r.all {
			acknowledged += m.steps
		}
	}
	for _, f := range flips {
		acknowledged += f.n
	}
	c.Logf("%d kills, %d commands acknowledged", kills, acknowledged)
	if acknowledged < kills {
		c.Errorf("only %d commands", acknowledged)
	}
}

// live lets everybody work with one run of the program, and kills it: now and
// then while it starts.
func (c *city) live(residents []*resident, flips []*flip, dice *rand.Rand) {
	c.Helper()
	p := launch(c.T, c.cfg)
	defer p.kill()
	if dice.IntN(10) == 0 {
		time.Sleep(time.Duration(dice.IntN(400)) * time.Millisecond)
		return
	}
	if err := p.ready(); err != nil {
		c.Fatal("the program doesn't start: ", err)
	}
	over := make(chan struct{})
	var busy sync.WaitGroup
	var voices []voice
	for _, r := range residents {
		voices = append(voices, r)
	}
	for _, f := range flips {
		voices = append(voices, f)
	}
	for i, v := range voices {
		mine := rand.New(rand.NewPCG(dice.Uint64(), uint64(i)))
		busy.Go(func() { speak(v, mine, over) })
	}
	time.Sleep(time.Duration(50+dice.IntN(700)) * time.Millisecond)
	p.kill()
	close(over)
	busy.Wait()
}
