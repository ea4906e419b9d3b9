// Package api is Bilin for programs: JSON over HTTP, described by OpenAPI.
//
// It adds nothing to what the services do: an operation reads its input, calls
// one service and writes the answer. Who may do what is decided there.
package api

import (
	_ "embed"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"bilin/internal/admission"
	"bilin/internal/admission/burden"
	"bilin/internal/admission/duty"
	"bilin/internal/admission/monthly"
	"bilin/internal/auth"
	"bilin/internal/care/need"
	"bilin/internal/demand"
	"bilin/internal/demand/georeport"
	"bilin/internal/demand/hotline"
	"bilin/internal/demand/suggestion"
	"bilin/internal/feedback"
	"bilin/internal/find"
	"bilin/internal/honour"
	"bilin/internal/i18n"
	"bilin/internal/meeting"
	"bilin/internal/mobilise"
	"bilin/internal/mobilise/alert"
	"bilin/internal/mobilise/capout"
	"bilin/internal/network"
	"bilin/internal/outcome"
	"bilin/internal/outcome/feed"
	"bilin/internal/outreach"
	"bilin/internal/practice"
	"bilin/internal/programme"
	"bilin/internal/volunteer/wish"
	"bilin/internal/web"
)

//go:embed messages.json
var rawMessages []byte

// Messages are the words of the API's own errors.
var Messages = i18n.MustParse(rawMessages)

// Prefix is where the handler is to be mounted.
const Prefix = "/api/"

const base = "/api/v1"

// Options are what the API is made of.
type Options struct {
	Auth        *auth.Service
	Network     *network.Service
	Find        *find.Service
	Demand      *demand.Service
	Hotline     *hotline.Service
	Reports     *georeport.Service // for the open interface
	Matters     *admission.Service
	Lists       *monthly.Service
	Duties      func() *duty.Catalog
	Burden      *burden.Service
	Alerts      *alert.Service
	Outcome     *outcome.Service
	Feeds       *feed.Service
	Orders      *mobilise.Service
	Programmes  *programme.Service
	Honours     *honour.Service
	Wishes      *wish.Service
	Notices     *outreach.Service
	Meetings    *meeting.Service
	Feedback    *feedback.Service
	Practices   *practice.Service
	Suggestions *suggestion.Service
	Needs       func() *need.Catalog
	Catalog     *i18n.Catalog
	Logger      *slog.Logger
	Now         func() time.Time // default time.Now
	// PublicURL is how people reach the pages, for links to them; "" gives paths only.
	PublicURL string
	Limits    Limits // zero fields mean the defaults
}

// Limits are how often one address may do what needs no token, per minute and
// at once. A village hall's whole network can share one address.
type Limits struct {
	Find, FindBurst     int
	Raise, RaiseBurst   int
	Follow, FollowBurst int // read, confirm and re-open by key
}

// Even limits everything to the same rate; 0 means the defaults.
func Even(perMinute int) Limits {
	return Limits{perMinute, perMinute, perMinute, perMinute, perMinute, perMinute}
}

func (l Limits) withDefaults() Limits {
	or := func(v *int, otherwise int) {
		if *v == 0 {
			*v = otherwise
		}
	}
	or(&l.Find, 120)
	or(&l.FindBurst, 120)
	or(&l.Raise, 300)
	or(&l.RaiseBurst, 300)
	or(&l.Follow, 60)
	or(&l.FollowBurst, 60)
	return l
}

// service carries out the operations.
type service struct {
	auth        *auth.Service
	network     *network.Service
	finder      *find.Service
	demand      *demand.Service
	hotline     *hotline.Service
	reports     *georeport.Service
	matters     *admission.Service
	lists       *monthly.Service
	duties      func() *duty.Catalog
	burden      *burden.Service
	alerts      *alert.Service
	outcomes    *outcome.Service
	feeds       *feed.Service
	orders      *mobilise.Service
	programmes  *programme.Service
	honours     *honour.Service
	wishes      *wish.Service
	notices     *outreach.Service
	meetings    *meeting.Service
	feedback    *feedback.Service
	practices   *practice.Service
	suggestions *suggestion.Service
	needs       func() *need.Catalog
	capOut      *capout.Service
	catalog     *i18n.Catalog
	now         func() time.Time
	log         *slog.Logger
	api         huma.API
	limits      limiters

	publicURL string
}

// limiters hold back an address without a token.
type limiters struct{ find, raise, follow *web.Limiter }

// newService returns what carries out the operations, without any yet.
func newService(opt Options) *service {
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	limits := opt.Limits.withDefaults()
	return &service{
		auth: opt.Auth, network: opt.Network, finder: opt.Find, demand: opt.Demand, hotline: opt.Hotline, reports: opt.Reports,
		matters: opt.Matters, lists: opt.Lists, duties: opt.Duties, burden: opt.Burden, alerts: opt.Alerts, outcomes: opt.Outcome, feeds: opt.Feeds,
		orders: opt.Orders, programmes: opt.Programmes, honours: opt.Honours, wishes: opt.Wishes, notices: opt.Notices, meetings: opt.Meetings, feedback: opt.Feedback, practices: opt.Practices, suggestions: opt.Suggestions, needs: opt.Needs, capOut: capout.New(capout.Options{Orders: opt.Orders, Policy: opt.Auth.Policy(), Tree: opt.Network.Tree, Catalog: opt.Catalog, PublicURL: strings.TrimRight(opt.PublicURL, "/")}),
		catalog: opt.Catalog, log: opt.Logger, now: opt.Now,
		publicURL: strings.TrimRight(opt.PublicURL, "/"),
		limits: limiters{
			find:   web.NewLimiter(limits.Find, limits.FindBurst),
			raise:  web.NewLimiter(limits.Raise, limits.RaiseBurst),
			follow: web.NewLimiter(limits.Follow, limits.FollowBurst),
		},
	}
}

// New returns the handler for everything under Prefix.
func New(opt Options) http.Handler {
	s := newService(opt)
	mux := http.NewServeMux()
	s.api = humago.New(mux, s.config())
	s.registerNetwork()
	s.registerDemands()
	s.registerQueue()
	s.registerHotline()
	s.registerAdmission()
	s.registerCap()
	s.registerOrders()
	s.registerOutcome()
	s.registerProgrammes()
	s.registerHonours()
	s.registerWishes()
	s.registerNotices()
	s.registerMeetings()
	s.registerFeedback()
	s.registerPractices()
	s.registerSuggestions()
	s.registerCare()
	s.registerMe()
	s.forgetForeignErrors()
	return s.edge(mux)
}

// forgetForeignErrors drops huma's own error schemas, which nothing here answers with.
func (s *service) forgetForeignErrors() {
	schemas := s.api.OpenAPI().Components.Schemas.Map()
	delete(schemas, "ErrorModel")
	delete(schemas, "ErrorDetail")
}

// config describes the API as a whole. Documents carry no links to schemas:
// their fields are what the description says and no more.
func (s *service) config() huma.Config {
	c := huma.DefaultConfig("Bilin 比邻", "1")
	c.Info.Description = description
	c.OpenAPIPath = "/api/openapi"
	c.DocsPath, c.SchemasPath = "", ""
	c.CreateHooks = nil
	c.RejectUnknownQueryParameters = true
	c.Transformers = []huma.Transformer{s.translate}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		bearerScheme: {Type: "http", Scheme: "bearer", BearerFormat: "bln_…",
			Description: "A token from `bilin token --as LOGIN`. It can do what its account can do at that moment; of what is sensitive, such as orders, only what it was issued for (`--allow`)."},
	}
	c.Tags = []*huma.Tag{
		{Name: tagNetwork, Description: "The city's one tree of units, its coverage, and who leads where."},
		{Name: tagDemand, Description: "What residents ask, report and suggest, until they say that it is solved."},
		{Name: tagHotline, Description: "The work orders of the 12345 hotline and the way back."},
		{Name: tagAdmission, Description: "What departments ask of leads: the permit, the month's list, the tasks, and what it all costs."},
		{Name: tagMobilise, Description: "Alerts that come in, and the orders that people make of them."},
		{Name: tagOutcome, Description: "How places fare, from departments' own data and from what residents said."},
		{Name: tagWish, Description: "Small wishes of households, without whose they are."},
		{Name: tagHonours, Description: "Rounds of honours and who was honoured. A certificate is verified at /verify/{certificate}."},
		{Name: tagProgramme, Description: "Towns' and villages' own points for voluntary acts, and their ledgers."},
		{Name: tagFeedback, Description: "What became of what people said about Bilin itself."},
		{Name: tagCare, Description: "What the city owes households regular contact for."},
		{Name: tagAccount, Description: "Whoever is asking."},
	}
	return c
}

const (
	tagNetwork = "network"
	tagDemand  = "demand"
	tagHotline = "hotline"
	tagAccount = "account"

	bearerScheme = "bearer"
)

const description = `The service network of one city: units, coverage, neighbour leads and residents' demands.

Requests and answers are JSON. Errors are problem documents (RFC 9457) in the language of ` + "`Accept-Language`" + `
(` + "`zh-CN`" + ` or ` + "`en`" + `), whose ` + "`code`" + ` is stable. A request with an ` + "`Idempotency-Key`" + ` can be
repeated without harm. Operations that need no token are limited per address and answer 429 with ` + "`Retry-After`" + `.`
