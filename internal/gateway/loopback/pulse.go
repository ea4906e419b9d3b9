package loopback

import "time"

// shownSeconds is how far back the picture goes.
const shownSeconds = 60

// pulse counts what came in each of the last seconds.
type pulse struct {
	n      [shownSeconds]int
	second int64 // of the latest
}

func (p *pulse) beat(at time.Time) {
	p.reach(at.Unix())
	p.n[p.second%shownSeconds]++
}

// reach forgets what is too long ago.
func (p *pulse) reach(second int64) {
	for ; p.second < second; p.second++ {
		if second-p.second > shownSeconds {
			p.second = second - shownSeconds
		}
		p.n[(p.second+1)%shownSeconds] = 0
	}
}

// Bar is one second of the picture.
type Bar struct{ X, Y, Height, N int }

// Picture is the last minute, for the page to draw: the bars, the most in one
// second, and how many came in the last whole one.
type Picture struct {
	Bars      []Bar
	Most, Now int
}

// Sizes of the picture.
const (
	barWidth      = 10
	pictureHeight = 120
)

// Picture returns the last minute up to now.
func (g *Gateway) Picture() Picture {
	now := g.opt.Now().Unix()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.pulse.reach(now)
	var p Picture
	at := func(ago int) int { return g.pulse.n[(g.pulse.second-int64(ago))%shownSeconds] }
	for ago := range shownSeconds {
		p.Most = max(p.Most, at(ago))
	}
	p.Now = at(1)
	for i := range shownSeconds {
		n := at(shownSeconds - 1 - i)
		height := n * pictureHeight / max(p.Most, 1)
		if n > 0 {
			height = max(height, 2)
		}
		p.Bars = append(p.Bars, Bar{X: i * barWidth, Y: pictureHeight - height, Height: height, N: n})
	}
	return p
}
