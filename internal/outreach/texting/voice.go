package texting

import (
	"cmp"
	"context"
	"regexp"
	"strings"
	"unicode/utf8"

	"bilin/internal/errs"
	"bilin/internal/gateway"
	"bilin/internal/job"
	"bilin/internal/outreach"
	"bilin/internal/workday"
)

// Way is how a telephone hears notices.
type Way string

// The ways.
const (
	SMS   Way = "sms"
	Voice Way = "voice" // it is called, and the notice is read aloud
)

// question is what asks a telephone whether it agrees.
func (w Way) question() string {
	if w == Voice {
		return "agree_voice"
	}
	return "agree"
}

// Bounds of calls.
const (
	spokenFor = 200 // characters: about a minute
	aCall     = 1   // of the month
)

// sender is what carries a way; nil if nothing does.
func (s *Service) sender(way Way) gateway.Sender {
	if way == Voice {
		return s.o.Voice
	}
	return s.o.Sender
}

// offers refuses a way that the city doesn't have.
func (s *Service) offers(way Way) error {
	if way == SMS || way == Voice && s.Calls() {
		return nil
	}
	return errs.Refuse("way", "outreach.short.no_calls")
}

// callable has a call wait for the day, and for an order: each looks, because a
// call takes the line for longer than a message does.
func (s *Service) callable(ctx context.Context, way Way) error {
	if way == SMS {
		return nil
	}
	if d := workday.UntilWaking(s.o.Now()); d > 0 {
		return job.Snooze(d)
	}
	if wait, err := s.wait(ctx); err != nil || wait {
		return cmp.Or(err, job.Snooze(yieldFor))
	}
	return nil
}

// words are what a run says to a telephone.
func (s *Service) words(x *run, opener, token string) string {
	if x.way == Voice {
		return s.said(x.notice, x.kind)
	}
	return s.text(x.notice, x.kind, opener, s.link(token))
}

// said is a notice as it is read aloud: who speaks, the title twice, and the rest
// as long as anybody listens.
func (s *Service) said(n *outreach.Notice, k kind) string {
	from, title := s.from(n), strings.TrimRight(address.ReplaceAllString(n.Title, ""), "。.")
	if k == recall {
		return s.say("said_recalled", "from", from, "title", title)
	}
	words, whole := listen(forEars(n.Words, s.say("said_address")))
	key := "said_news"
	if n.Edition > 1 {
		key = "said_corrected"
	}
	rest := "said_all"
	if !whole {
		rest = "said_rest"
	}
	return s.say(key, "from", from, "title", title, "words", words, "rest", s.say(rest))
}

// address is one of a page: read aloud it is of no use.
var address = regexp.MustCompile(`(?i)(?:https?://|www\.)[!-~]+`)

const (
	ends   = "。！？!?；;"
	pauses = "，、,：:"
)

// forEars makes words fit to be read aloud: addresses are named and not spelled,
// and a line ends as a sentence does.
func forEars(words, instead string) string {
	var b strings.Builder
	for line := range strings.Lines(address.ReplaceAllString(words, instead)) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		b.WriteString(line)
		if last, _ := utf8.DecodeLastRuneInString(line); !strings.ContainsRune(ends+pauses+".", last) {
			b.WriteString("。")
		}
	}
	return b.String()
}

// listen is as much of words as is read aloud: whole sentences of about a minute,
// and where one is longer than that, up to its last pause.
func listen(words string) (text string, whole bool) {
	all := []rune(words)
	if len(all) <= spokenFor {
		return words, true
	}
	for _, marks := range []string{ends, pauses} {
		for i := spokenFor - 1; i > 0; i-- {
			if strings.ContainsRune(marks, all[i]) || marks == ends && all[i] == '.' && all[i+1] == ' ' {
				return strings.TrimRight(string(all[:i]), ends+pauses) + "。", false
			}
		}
	}
	return string(all[:spokenFor]) + "。", false
}
