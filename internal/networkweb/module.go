package networkweb

import (
	"bilin/internal/network"
	"bilin/internal/purpose"
	"bilin/internal/web"
)

// formBody is more than any of these forms can hold, ticked boxes included.
const formBody = 256 << 10

// Module returns what the pages add to the site.
func (p *Pages) Module() web.Module {
	m := web.Module{Name: "network", Templates: web.Sub(files, "templates"), Messages: Messages, Nav: nav()}
	m.Pages = []web.PageDef{
		{Name: "network/coverage", Data: coveragePage{}}, {Name: "network/holes", Data: holesPage{}},
		{Name: "network/map", Data: mapPage{}}, {Name: "network/unit", Data: unitPage{}},
		{Name: "network/change", Data: &changePage{}}, {Name: "network/history", Data: historyPage{}},
		{Name: "network/post", Data: &postPage{}}, {Name: "network/newpost", Data: &newPostPage{}},
		{Name: "network/household", Data: &householdPage{}}, {Name: "network/newhome", Data: &newHomePage{}},
		{Name: "network/person", Data: &personPage{}}, {Name: "network/search", Data: searchPage{}},
		{Name: "network/selections", Data: selectionsPage{}}, {Name: "network/selection", Data: &selectionPage{}},
		{Name: "network/find", Data: findPage{}}, {Name: "network/tree", Data: treePage{}}, {Name: "network/lead", Data: leadPage{}},
		{Name: "network/nominate", Data: &nominatePage{}}, {Name: "network/notices", Data: noticesPage{}},
	}
	m.Routes = append(m.Routes, p.publicRoutes()...)
	m.Routes = append(m.Routes, p.deskRoutes()...)
	m.Routes = append(m.Routes, p.unitRoutes()...)
	m.Routes = append(m.Routes, p.postRoutes()...)
	m.Routes = append(m.Routes, p.householdRoutes()...)
	m.Routes = append(m.Routes, p.selectionRoutes()...)
	return m
}

func nav() []web.NavItem {
	return []web.NavItem{
		{Key: "network.page.nav.find", Href: "/find", Icon: "map-pin-search", Access: web.Public, Order: 20},
		{Key: "network.page.nav.network", Href: "/network", Icon: "sitemap", Access: string(network.ActSelectView), Order: 40},
		{Key: "network.page.nav.coverage", Href: "/network/coverage", Icon: "shield-check", Access: string(network.ActSelectView), Order: 41},
		{Key: "network.page.nav.map", Href: "/network/map", Icon: "map-2", Access: string(network.ActSelectView), Order: 42},
		{Key: "network.page.nav.search", Href: "/network/search", Icon: "search", Access: string(network.ActView), Order: 43},
		{Key: "network.page.nav.selections", Href: "/network/selections", Icon: "user-check", Access: string(network.ActSelectView), Order: 44},
	}
}

func (p *Pages) publicRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /find", Access: web.Public, Handler: p.find},
		{Pattern: "GET /network/ground.geojson", Access: web.Public, Handler: p.ground},
		{Pattern: "GET /find/tree", Access: web.Public, Handler: p.browse},
		{Pattern: "GET /find/tree/{code}", Access: web.Public, Handler: p.browse},
		{Pattern: "GET /d/{door}", Access: web.Public, Handler: p.byDoor},
		{Pattern: "GET /u/{code}", Access: web.Public, Handler: p.byUnit},
		{Pattern: "GET /u/{code}/nominate", Access: web.Public, Handler: p.nominateForm},
		{Pattern: "POST /u/{code}/nominate", Access: web.Public, Handler: p.nominate, MaxBody: 16 << 10},
		{Pattern: "GET /notices/leads", Access: web.Public, Handler: p.notices},
	}
}

func (p *Pages) deskRoutes() []web.Route {
	view := string(network.ActView)
	return []web.Route{
		{Pattern: "GET /network", Access: view, Handler: p.start},
		{Pattern: "GET /network/coverage", Access: view, Handler: p.coverage},
		{Pattern: "GET /network/holes", Access: view, Handler: p.holes},
		{Pattern: "GET /network/holes.csv", Access: string(network.ActExport), Handler: p.holesCSV},
		{Pattern: "GET /network/map", Access: view, Handler: p.showMap},
		{Pattern: "GET /network/map.geojson", Access: view, Handler: p.mapData},
		{Pattern: "GET /network/search", Access: view, Handler: p.search},
		{Pattern: "GET /network/pick", Access: view, Handler: p.pick},
	}
}

func (p *Pages) unitRoutes() []web.Route {
	view, manage := string(network.ActView), string(network.ActManage)
	routes := []web.Route{
		{Pattern: "GET /network/units/{code}", Access: view, Handler: p.showUnit},
		{Pattern: "GET /network/units/{code}/history", Access: view, Handler: p.history},
		{Pattern: "GET /network/units/{code}/doorcards.pdf", Access: string(network.ActHouseholds), Handler: p.doorCards},
	}
	for _, kind := range []string{changeNew, changeRename, changeMove, changeSplit, changeMerge, changeEnd, changeHomes} {
		at := "/network/units/{code}/" + kind
		routes = append(routes, web.Route{Pattern: "GET " + at, Access: manage, Handler: p.change(kind)},
			web.Route{Pattern: "POST " + at, Access: manage, Handler: p.doChange(kind), MaxBody: formBody})
	}
	return routes
}

func (p *Pages) postRoutes() []web.Route {
	view, appoint, phone := string(network.ActView), string(network.ActAppoint), string(network.ActReadPhone)
	routes := []web.Route{
		{Pattern: "GET /network/units/{code}/posts/new", Access: appoint, Handler: p.newPost},
		{Pattern: "POST /network/units/{code}/posts/new", Access: appoint, Handler: p.createPost, MaxBody: formBody},
		{Pattern: "GET /network/posts/{id}", Access: view, Handler: p.showPost},
		{Pattern: "POST /network/posts/{id}/phone", Access: phone, Handler: p.openPhone, MaxBody: formBody},
		{Pattern: "GET /network/people/pick", Access: appoint, Handler: p.pickPeople},
		{Pattern: "GET /network/people/{id}", Access: appoint, Handler: p.showPerson},
		{Pattern: "POST /network/people/{id}", Access: appoint, Handler: p.updatePerson, MaxBody: formBody},
		{Pattern: "POST /network/people/{id}/phone", Access: phone, Handler: p.personPhone, MaxBody: formBody},
		{Pattern: "POST /network/me/phone", Access: view, Handler: p.showMyPhone, MaxBody: formBody},
		{Pattern: "POST /network/posts/{id}/second/{ask}/agree", Access: string(network.ActSecond), Handler: p.second(true), MaxBody: formBody},
		{Pattern: "POST /network/posts/{id}/second/{ask}/refuse", Access: string(network.ActSecond), Handler: p.second(false), MaxBody: formBody},
	}
	for _, deed := range []string{deedAppoint, deedStandIn, deedEnd, deedExtend, deedHandOver, deedClose} {
		routes = append(routes, web.Route{Pattern: "POST /network/posts/{id}/" + deed, Access: appoint, Handler: p.doPost(deed), MaxBody: formBody})
	}
	return routes
}

func (p *Pages) householdRoutes() []web.Route {
	homes, manage := string(network.ActHouseholds), string(network.ActManage)
	at := "/network/households/{id}"
	return []web.Route{
		{Pattern: "GET /network/units/{code}/households/new", Access: manage, Handler: p.newHousehold},
		{Pattern: "POST /network/units/{code}/households/new", Access: manage, Handler: p.createHousehold, MaxBody: formBody},
		{Pattern: "GET " + at, Access: homes, Handler: p.showHousehold},
		{Pattern: "GET " + at + "/doorcard.pdf", Access: homes, Handler: p.householdCard},
		{Pattern: "POST " + at + "/edit", Access: homes, Handler: p.doHousehold("edit", p.updateHousehold), MaxBody: formBody},
		{Pattern: "POST " + at + "/move", Access: manage, Handler: p.doHousehold("home_move", p.moveHousehold), MaxBody: formBody},
		{Pattern: "POST " + at + "/left", Access: manage, Handler: p.doHousehold("left", p.householdLeft), MaxBody: formBody},
		{Pattern: "POST " + at + "/door", Access: manage, Handler: p.doHousehold("door", p.renewDoor), MaxBody: formBody},
		{Pattern: "POST " + at + "/settle", Access: manage, Handler: p.doHousehold("settle", p.settleClaim), MaxBody: formBody},
		{Pattern: "POST " + at + "/phone", Access: string(purpose.ActOpen), Handler: p.doHousehold("phone", p.readPhone), MaxBody: formBody, Emergency: true},
		{Pattern: "POST " + at + "/glass", Access: string(purpose.ActGlass), Handler: p.doHousehold("glass", p.breakGlass), MaxBody: formBody, Emergency: true},
	}
}

func (p *Pages) selectionRoutes() []web.Route {
	view, review, file := string(network.ActSelectView), string(network.ActSelectReview), string(network.ActSelectFile)
	at := "/network/selections/{id}"
	return []web.Route{
		{Pattern: "GET /network/selections", Access: view, Handler: p.selections},
		{Pattern: "GET " + at, Access: view, Handler: p.showSelection},
		{Pattern: "POST " + at + "/review", Access: review, Handler: p.stepSelection("review", p.svc.ReviewSelection), MaxBody: formBody},
		{Pattern: "POST " + at + "/file", Access: file, Handler: p.stepSelection("file", p.svc.FileSelection), MaxBody: formBody},
		{Pattern: "POST " + at + "/notice", Access: file, Handler: p.stepSelection("notice", p.svc.StartNotice), MaxBody: formBody},
		{Pattern: "POST " + at + "/appoint", Access: file, Handler: p.stepSelection("appoint", p.svc.AppointSelected), MaxBody: formBody},
		{Pattern: "POST " + at + "/reject", Access: view, Handler: p.stepSelection("reject", p.svc.RejectSelection), MaxBody: formBody},
		{Pattern: "POST " + at + "/withdraw", Access: view, Handler: p.stepSelection("withdraw", p.svc.WithdrawSelection), MaxBody: formBody},
		{Pattern: "POST " + at + "/phone", Access: string(network.ActReadPhone), Handler: p.candidatePhone, MaxBody: formBody},
	}
}
