package app

import (
	"bilin/internal/admission"
	"bilin/internal/admission/burden"
	"bilin/internal/admission/duty"
	"bilin/internal/admission/monthly"
	"bilin/internal/admission/offlist"
	"bilin/internal/admission/oldnet"
	"bilin/internal/admissionweb/burdenweb"
	"bilin/internal/admissionweb/dutyweb"
	"bilin/internal/admissionweb/listweb"
	"bilin/internal/admissionweb/matterweb"
	"bilin/internal/admissionweb/offlistweb"
	"bilin/internal/admissionweb/oldnetweb"
	"bilin/internal/admissionweb/taskweb"
	"bilin/internal/api"
	"bilin/internal/audit"
	"bilin/internal/auth"
	"bilin/internal/authweb"
	"bilin/internal/calendar"
	"bilin/internal/calendarweb"
	"bilin/internal/cap"
	"bilin/internal/config"
	"bilin/internal/demand"
	"bilin/internal/demand/board"
	"bilin/internal/demand/catalog"
	"bilin/internal/demand/figures"
	"bilin/internal/demand/hotline"
	"bilin/internal/demand/tell"
	"bilin/internal/demand/whistle"
	"bilin/internal/demandweb"
	"bilin/internal/demandweb/boardweb"
	"bilin/internal/demandweb/catalogweb"
	"bilin/internal/demandweb/deskweb"
	"bilin/internal/demandweb/figuresweb"
	"bilin/internal/demo"
	"bilin/internal/doorcard"
	"bilin/internal/find"
	"bilin/internal/gateway"
	"bilin/internal/geo"
	"bilin/internal/homeweb"
	"bilin/internal/i18n"
	"bilin/internal/live"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/alert"
	"bilin/internal/mobilise/capout"
	"bilin/internal/mobilise/mode"
	"bilin/internal/mobilise/push"
	"bilin/internal/mobilise/report"
	"bilin/internal/mobilise/rollcall"
	"bilin/internal/mobilise/situation"
	"bilin/internal/mobilise/team"
	"bilin/internal/mobiliseweb/alertweb"
	"bilin/internal/mobiliseweb/answerweb"
	"bilin/internal/mobiliseweb/modeweb"
	"bilin/internal/mobiliseweb/orderweb"
	"bilin/internal/mobiliseweb/pushweb"
	"bilin/internal/mobiliseweb/reportweb"
	"bilin/internal/mobiliseweb/rollweb"
	"bilin/internal/mobiliseweb/situationweb"
	"bilin/internal/mobiliseweb/teamweb"
	"bilin/internal/network"
	"bilin/internal/networkweb"
	"bilin/internal/once"
	"bilin/internal/outcome"
	"bilin/internal/photo"
	"bilin/internal/roster"
	"bilin/internal/rosterweb"
	"bilin/internal/seal"
	"bilin/internal/sheet"
	"bilin/internal/volunteer"
	"bilin/internal/volunteerweb"
	"bilin/internal/web"
)

// Catalog returns everything the program says, with more from whoever starts it.
func Catalog(more ...i18n.Bundle) (*i18n.Catalog, error) {
	bundles := []i18n.Bundle{
		admission.Messages, burden.Messages, burdenweb.Messages, dutyweb.Messages, listweb.Messages, matterweb.Messages, taskweb.Messages, duty.Messages, monthly.Messages, offlist.Messages, offlistweb.Messages, oldnet.Messages, oldnetweb.Messages,
		api.Messages, audit.Messages, auth.Messages, authweb.Messages, config.Messages, demand.Messages,
		demandweb.Messages, calendar.Messages, calendarweb.Messages, cap.Messages, mode.Messages, modeweb.Messages, alert.Messages, alertweb.Messages, answerweb.Messages, orderweb.Messages, rollcall.Messages, rollweb.Messages, push.Messages, pushweb.Messages, team.Messages, teamweb.Messages, volunteer.Messages, volunteerweb.Messages, mobilise.Messages, capout.Messages, report.Messages, reportweb.Messages, situation.Messages, situationweb.Messages, catalog.Messages, catalogweb.Messages, board.Messages, boardweb.Messages,
		figures.Messages, figuresweb.Messages, hotline.Messages, deskweb.Messages, demo.Messages, doorcard.Messages, find.Messages, geo.Messages, homeweb.Messages,
		network.Messages, networkweb.Messages, once.Messages, outcome.Messages, roster.Messages, rosterweb.Messages, live.Messages,
		seal.Messages, sheet.Messages, web.Messages, gateway.Messages, photo.Messages, tell.Messages, whistle.Messages, Messages,
	}
	return i18n.New(append(bundles, more...)...)
}
