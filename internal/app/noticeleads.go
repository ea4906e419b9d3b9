package app

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"bilin/internal/errs"
	"bilin/internal/i18n"
	"bilin/internal/outreach"
	"bilin/internal/quiet"
	"bilin/internal/sqldb"
)

// noticeNews is the kind of news that notices are for the messages.
const noticeNews = "notice"

// wireNoticeNews has leads told of notices, by push alone: 42,000 of them would
// be an expensive SMS.
func (a *App) wireNoticeNews() error {
	text, err := i18n.New(outreach.Messages)
	if err != nil {
		return err
	}
	a.Quiet.Hear(noticeNews, func(ctx context.Context, n quiet.News) (quiet.Words, bool, error) {
		about, err := noticeAbout(n.About)
		if err != nil {
			return quiet.Words{}, false, err
		}
		notice, err := outreach.ByNumber(ctx, a.DB.Reader(), about.Number)
		if err != nil || !notice.Current(about.Edition, about.Recalled) {
			return quiet.Words{}, false, err
		}
		key := "news"
		switch {
		case about.Recalled:
			key = "recalled"
		case about.Edition > 1:
			key = "corrected"
		}
		return quiet.Words{Title: text.T(i18n.ZH, "outreach.leads.title"), Text: text.T(i18n.ZH, "outreach.leads."+key, "title", notice.Title), Path: "/notices/" + notice.Number}, true, nil
	})
	a.Notices.To(outreach.Leads{Has: a.hasBrowser, Tell: a.tellOfNotice, Busy: a.orderGoesOut}, a.Sending)
	return nil
}

func (a *App) hasBrowser(ctx context.Context, personIDs []string) (map[string]bool, error) {
	if a.Push == nil || !a.Push.Ready() {
		return nil, nil
	}
	return a.Push.Has(ctx, personIDs)
}

// tellOfNotice queues news of a notice. What puts right or takes back doesn't wait
// for tomorrow; whom the first word hasn't reached yet isn't told that it was taken back.
func (a *App) tellOfNotice(ctx context.Context, tx *sqldb.Tx, list []outreach.LeadNews) error {
	var news, firsts []quiet.News
	for _, l := range list {
		n := noticeTo(l)
		news = append(news, n)
		l.Edition, l.Recalled = 1, false
		firsts = append(firsts, noticeTo(l))
	}
	if len(list) > 0 && list[0].Recalled {
		unheard, err := a.Quiet.Waiting(ctx, tx, firsts)
		if err != nil {
			return err
		}
		news = slices.DeleteFunc(news, func(n quiet.News) bool { return unheard[n.To] })
	}
	return a.Quiet.Tell(ctx, tx, news...)
}

func noticeTo(l outreach.LeadNews) quiet.News {
	about := strings.Join([]string{l.Number, strconv.Itoa(l.Edition), strconv.FormatBool(l.Recalled)}, "/")
	return quiet.News{What: noticeNews, About: about, To: quiet.Whom{Person: l.PersonID}, Unit: l.UnitID, Free: true, Urgent: l.Recalled || l.Edition > 1}
}

// noticeAbout takes apart what noticeTo put together.
func noticeAbout(about string) (n outreach.LeadNews, err error) {
	number, rest, _ := strings.Cut(about, "/")
	edition, recalled, _ := strings.Cut(rest, "/")
	n.Number, n.Recalled = number, recalled == "true"
	if n.Edition, err = strconv.Atoi(edition); err != nil {
		err = errs.Wrap(err, errs.Invalid, "outreach.none")
	}
	return n, err
}
