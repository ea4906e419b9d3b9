package app

import (
	"net/http"
	"slices"
	"strings"

	"bilin/internal/admission"
	"bilin/internal/admission/duty"
	"bilin/internal/auth"
	"bilin/internal/calendar"
	"bilin/internal/care"
	"bilin/internal/care/need"
	"bilin/internal/demand"
	"bilin/internal/demand/catalog"
	"bilin/internal/feedback"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/alert"
	"bilin/internal/mobilise/mode"
	"bilin/internal/mobilise/rollcall"
	"bilin/internal/mobilise/situation"
	"bilin/internal/network"
	"bilin/internal/outcome"
	"bilin/internal/privacy"
	"bilin/internal/purpose"
	"bilin/internal/volunteer"
	"bilin/internal/web"
)

// liveModule is the one event stream of a browser.
func (a *App) liveModule() web.Module {
	return web.Module{
		Name: "live",
		Routes: []web.Route{{Pattern: "GET /live", Access: web.Public, Stream: true, Handler: func(w http.ResponseWriter, r *http.Request) error {
			actor := auth.From(r.Context())
			return a.Live.ServeSSE(w, r, func(topic string) bool { return a.mayFollow(actor, topic) })
		}}},
	}
}

// mayFollow says whether somebody may hear that a topic moved. An event says
// that, and nothing of what happened; the page is then fetched with its own
// rights. A demand's topic is its random id, which its resident has.
func (a *App) mayFollow(actor auth.Actor, topic string) bool {
	kind, id, _ := strings.Cut(topic, ":")
	switch kind {
	case "demand":
		return true
	case "account":
		return id == actor.AccountID && id != ""
	case "unit":
		return a.Policy.Can(actor, demand.ActView, auth.Object{UnitID: id}) == nil
	case "department":
		return slices.ContainsFunc(actor.Grants, func(g auth.Grant) bool { return g.Role == auth.Department && g.DepartmentID == id })
	case "tasks":
		return a.Policy.Can(actor, admission.ActTask, auth.Object{UnitID: id}) == nil
	case "care":
		return a.Policy.Can(actor, care.ActContact, auth.Object{UnitID: id}) == nil || a.Policy.Can(actor, care.ActSee, auth.Object{UnitID: id}) == nil
	case "programme", "honour", "notice", "meetings", "practice", "lesson", "matter", "matters", "monthly", need.Topic, duty.Topic, mode.Topic, outcome.Topic:
		return true // decisions are public; the page asks for the rest itself
	case "board": // numbers only, of an order whose random id the asker has
		return a.Policy.May(actor, situation.ActBoard)
	case mobilise.ListTopic, "order":
		return a.mayFollowOrders(actor, kind == "order")
	case privacy.Topic, purpose.Topic:
		return a.Policy.May(actor, privacy.ActAnswer) || a.Policy.May(actor, privacy.ActWatch)
	case rollcall.Topic, "rollcall", "rollcall-help":
		return a.Policy.May(actor, rollcall.ActReport)
	case feedback.Topic:
		return a.Policy.May(actor, feedback.ActAnswer)
	case alert.Topic:
		return a.Policy.May(actor, alert.ActView)
	case "team":
		return !actor.Anonymous() // which teams one sees, their pages decide
	case "volunteers":
		return a.Policy.Can(actor, volunteer.ActView, auth.Object{UnitID: id}) == nil
	case "wishes":
		return a.Wishes.May(actor, id)
	case catalog.Topic:
		return a.Policy.May(actor, catalog.ActEdit)
	case calendar.Topic:
		return a.Policy.May(actor, calendar.ActView)
	case "network":
		return a.Policy.May(actor, network.ActView)
	case "import":
		return a.Policy.May(actor, network.ActRoster)
	}
	return false
}
