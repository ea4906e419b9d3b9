package app

import (
	"context"
	"net/http"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/homeweb"
	"bilin/internal/i18n"
	"bilin/internal/networkweb"
	"bilin/internal/quiet"
	"bilin/internal/sqldb"
	"bilin/internal/volunteer/wish"
	"bilin/internal/volunteerweb/wishweb"
	"bilin/internal/web"
)

// Wishing is small wishes and who has an hour for one.
type Wishing struct {
	Wishes *wish.Service
}

func (a *App) wireWishes() error {
	a.Wishes = a.wishesAt(a.Now)
	return a.wireWishNews()
}

// wishesAt returns wishes with a clock of their own.
func (a *App) wishesAt(now func() time.Time) *wish.Service {
	return wish.New(wish.Options{DB: a.DB, Network: a.Network, Policy: a.Policy, Audit: a.Audit, Live: a.Live, Seal: a.Sealer, Vault: a.Vault, Purpose: a.Purpose, Volunteers: a.Volunteers, Away: a.awayBetween, Tell: a.tellOfWish, Now: now})
}

func (a *App) awayBetween(ctx context.Context, q sqldb.Querier, from, to string) (map[string][]wish.Span, error) {
	said, err := a.Teams.AwayBetween(ctx, q, from, to)
	out := make(map[string][]wish.Span, len(said))
	for person, list := range said {
		for _, p := range list {
			out[person] = append(out[person], wish.Span{From: p.From, To: p.To})
		}
	}
	return out, err
}

// wishesGone ends what hung on a report-in that ended.
func (a *App) wishesGone(ctx context.Context, tx *sqldb.Tx, volunteerID string) error {
	return a.Wishes.Gone(ctx, tx, volunteerID)
}

// wishNews is the kind of news that wishes are for the messages.
const wishNews = "wish."

// tellOfWish has somebody told of a wish when it suits them.
func (a *App) tellOfWish(ctx context.Context, tx *sqldb.Tx, n wish.News) error {
	return a.Quiet.Tell(ctx, tx, quiet.News{What: wishNews + string(n.What), About: n.WishID, To: quiet.Whom{Person: n.PersonID, Household: n.HouseholdID}, Unit: n.UnitID,
		Urgent: n.What == wish.CalledOff || n.What == wish.WaitsAgain}) // somebody would go, or wait, in vain
}

// wireWishNews makes the words. They say where to look, and nothing of whose wish it is.
func (a *App) wireWishNews() error {
	text, err := i18n.New(wish.Messages)
	if err != nil {
		return err
	}
	for _, what := range wish.Whats() {
		a.Quiet.Hear(wishNews+string(what), func(ctx context.Context, n quiet.News) (quiet.Words, bool, error) {
			ok, err := a.Wishes.Stands(ctx, wish.News{What: what, WishID: n.About, PersonID: n.To.Person, HouseholdID: n.To.Household})
			w := quiet.Words{Title: text.T(i18n.ZH, "wish.told.title"), Text: text.T(i18n.ZH, "wish.told."+string(what)), Path: "/report-in"}
			lead := a.Network.Tree().LeadOf(n.Unit)
			switch {
			case n.To.Household != "":
				w.Path = "/mine/wishes"
			case lead != nil && lead.PersonID == n.To.Person && what != wish.AskedYou && what != wish.CalledOff: // these are a volunteer's, who may lead too
				w.Path = "/wishes/" + n.About
			}
			return w, ok, err
		})
	}
	return nil
}

func (a *App) scheduleWishes() {
	a.Jobs.Every("wish.tick", 10*time.Minute, func(ctx context.Context) error {
		_, err := a.Wishes.Tick(ctx)
		return err
	})
}

// wishModule is the pages of wishes. A household's are behind the session of its own page.
func (a *App) wishModule(server *web.Server) web.Module {
	session := func(r *http.Request) (string, error) {
		c, err := r.Cookie(server.CookieName("mine"))
		if err != nil {
			return "", errs.Wrap(err, errs.Unauthenticated, "privacy.confirm")
		}
		who, err := a.Privacy.Session(r.Context(), c.Value)
		return who.HouseholdID, err
	}
	return wishweb.New(server, wishweb.Options{Wishes: a.Wishes, Network: a.Network, Session: session}).Module()
}

// wishesHome is what leads' start pages say of wishes.
func (a *App) wishesHome() homeweb.Section { return homeweb.Wishes{Service: a.Wishes} }

// wishBeside is the link on a household's page for whoever posts for it.
func (a *App) wishBeside(actor auth.Actor, householdID, unitID string) []networkweb.Link {
	if !a.Wishes.May(actor, unitID) {
		return nil
	}
	return []networkweb.Link{{Key: "wishweb.beside", Href: "/wishes/new?household=" + householdID, Icon: "heart-handshake"}}
}
