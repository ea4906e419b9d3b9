package arch

import (
	"fmt"
	"strings"
)

// floor is a storey of the house; a package imports from its own and those below.
type floor int

const (
	ground       floor = iota // platform: knows nothing of cities
	registry                  // who and where: every slice may use it
	capabilities              // slices: none knows another
	roof                      // sees everything
)

// house says on which floor each package stands. A new package must be put
// somewhere, by hand and on purpose.
var house = map[string]floor{
	"errs": ground, "plaintext": ground, "i18n": ground, "config": ground, "sqldb": ground, "sqldbtest": ground, "once": ground,
	"job": ground, "live": ground, "audit": ground, "seal": ground, "workday": ground, "web": ground,
	"geo": ground, "address": ground, "sheet": ground, "webtest": ground, "mirror": ground,
	"backup": ground, "copytext": ground, "photo": ground, "gateway": ground, "number": ground, "cap": ground, "ticket": ground, "ical": ground, "quiet": ground,

	"auth": registry, "authweb": registry, "network": registry, "purpose": registry, "networkweb": registry,
	"roster": registry, "rosterweb": registry, "find": registry, "doorcard": registry,
	"calendar": registry, "calendarweb": registry,
	"recovery": registry, "recoveryweb": registry,

	"demand": capabilities, "demandweb": capabilities,
	"admission": capabilities, "admissionweb": capabilities,
	"mobilise": capabilities, "mobiliseweb": capabilities,
	"outcome": capabilities, "outcomeweb": capabilities,
	"privacy": capabilities, "privacyweb": capabilities,
	"volunteer": capabilities, "volunteerweb": capabilities,
	"programme": capabilities, "programmeweb": capabilities,
	"honour": capabilities, "honourweb": capabilities,
	"outreach": capabilities, "outreachweb": capabilities,
	"feedback": capabilities, "feedbackweb": capabilities,
	"practice": capabilities, "practiceweb": capabilities,
	"lesson": capabilities, "lessonweb": capabilities,
	"care": capabilities, "careweb": capabilities,
	"mediation": capabilities, "mediationweb": capabilities,
	"meeting": capabilities, "meetingweb": capabilities,

	"homeweb": roof, "api": roof, "demo": roof, "rehearsal": roof, "app": roof, "cli": roof, "arch": roof, "faults": roof,
}

// importFault says why package from may not import package to, or "".
// Both are paths below internal/.
func importFault(from, to string) string {
	a, okA := house[top(from)]
	b, okB := house[top(to)]
	switch {
	case !okA:
		return fmt.Sprintf("package %s has no place in the house (internal/arch/house.go)", from)
	case !okB:
		return fmt.Sprintf("package %s has no place in the house (internal/arch/house.go)", to)
	case b > a:
		return fmt.Sprintf("%s stands below %s and may not know it", from, to)
	case a == capabilities && b == capabilities && slice(from) != slice(to):
		return fmt.Sprintf("slices don't know each other: %s imports %s", from, to)
	case isWeb(to) && !isWeb(from) && !strings.HasSuffix(from, "test") && a < roof && top(from) != top(to):
		return fmt.Sprintf("%s holds no pages and may not import %s", from, to)
	case top(from) == "auth" && top(to) == "network":
		return "auth asks the tree through Ancestry; it may not import network"
	}
	return ""
}

func top(pkg string) string {
	head, _, _ := strings.Cut(pkg, "/")
	return head
}

// slice is the capability a package belongs to: demandweb is demand's.
func slice(pkg string) string { return strings.TrimSuffix(top(pkg), "web") }

// isWeb reports whether a package is about pages.
func isWeb(pkg string) bool { return strings.HasSuffix(top(pkg), "web") }
