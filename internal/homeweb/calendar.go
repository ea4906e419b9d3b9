package homeweb

import (
	"context"
	"strconv"
	"strings"

	"bilin/internal/auth"
	"bilin/internal/calendar"
)

// Calendar asks for the holidays of a year that is near and not entered yet:
// without them every weekday counts as a working day.
type Calendar struct {
	Service *calendar.Service
	Policy  *auth.Policy
}

// HomeCards shows nothing while nothing is missing.
func (c Calendar) HomeCards(_ context.Context, actor auth.Actor, t func(key string, kv ...any) string) ([]Card, error) {
	missing := c.Service.Missing()
	if len(missing) == 0 || !c.Policy.May(actor, calendar.ActManage) {
		return nil, nil
	}
	years := make([]string, len(missing))
	for i, y := range missing {
		years[i] = strconv.Itoa(y)
	}
	return []Card{{
		Key: "calendar", Rank: RankOpen, Title: t("home.calendar"),
		Items:   []Item{{Title: t("home.calendar_missing", "years", strings.Join(years, ", ")), Href: "/settings/calendar", Status: t("home.calendar_lacks"), StatusKind: "warn"}},
		Actions: []Action{{Label: t("home.calendar_enter"), Href: "/settings/calendar", Icon: "calendar-cog"}},
	}}, nil
}
