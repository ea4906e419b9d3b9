package cli

import (
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// bar shows progress on a terminal, and stays silent in a log.
type bar struct {
	out   io.Writer
	title string
	bar   *progressbar.ProgressBar
}

func (c *command) newBar(title string) *bar { return &bar{out: c.err, title: title} }

// set shows that done of total are handled; the first call begins the bar.
func (b *bar) set(done, total int) {
	if total <= 0 {
		return
	}
	if b.bar == nil {
		b.bar = progressbar.NewOptions(total,
			progressbar.OptionSetWriter(b.out), progressbar.OptionSetDescription(b.title),
			progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(true),
			progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetVisibility(isTerminal(b.out)),
			progressbar.OptionSetWidth(30), progressbar.OptionClearOnFinish())
	}
	if b.bar.GetMax() != total {
		b.bar.ChangeMax(total)
	}
	_ = b.bar.Set(min(done, total)) // a bar that can't be drawn is no reason to stop
}

// end removes the bar.
func (b *bar) end() {
	if b.bar != nil {
		_ = b.bar.Finish()
	}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
