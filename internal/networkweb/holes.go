package networkweb

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"bilin/internal/audit"
	"bilin/internal/errs"
	"bilin/internal/network"
	"bilin/internal/sheet"
	"bilin/internal/sqldb"
	"bilin/internal/web"
)

// mostHoles is how many holes one download holds.
const mostHoles = 20_000

type holesPage struct {
	web.Base
	Unit   *network.Unit
	Crumbs []web.Crumb
	Kind   network.HoleKind
	Kinds  []holeLink
	N      int
	Rows   []holeRow
	Next   string
	CSV    string // "" for those who may not export
}

// holeRow is one hole, with the page on which it is mended.
type holeRow struct {
	Path    string
	Unit    *network.Unit
	What    string // the post, the household's address, or ""
	Who     string // who serves, or the household's contact, masked
	N       int    // households in the unit
	Claims  []*network.Unit
	Href    string
	DoneKey string // message key of what to do
}

func holesPath(u *network.Unit, kind network.HoleKind) string {
	return "/network/holes?kind=" + string(kind) + "&unit=" + u.Code
}

func (p *Pages) holes(w http.ResponseWriter, r *http.Request) error {
	t, u, err := p.asked(r)
	if err != nil {
		return err
	}
	kind, err := holeKind(r)
	if err != nil {
		return err
	}
	after, err := web.DecodeCursor(r, 1)
	if err != nil {
		return err
	}
	found, next, err := p.svc.Holes(r.Context(), actor(r.Context()), u.ID, kind, first(after), pageSize)
	if err != nil {
		return err
	}
	tr := p.web.T(r)
	page := holesPage{
		Base: p.web.Base(r, "network.hole."+string(kind)), Unit: u, Kind: kind,
		Kinds: holeLinks(u, t.Coverage(u.ID)), N: t.Coverage(u.ID).Hole(kind),
		Crumbs: append(p.deskCrumbs(r, t, u, func(s *network.Unit) string { return "/network/coverage?unit=" + s.Code }), web.Crumb{Label: tr("network.page.holes")}),
	}
	page.Crumbs[len(page.Crumbs)-2].Href = "/network/coverage?unit=" + u.Code
	page.Live = []string{"network"}
	for _, h := range found {
		page.Rows = append(page.Rows, holeRowOf(tr, t, h))
	}
	if next != "" {
		page.Next = web.PageURL(r, web.EncodeCursor(next))
	}
	if p.can(r, network.ActExport, u) {
		page.CSV = "/network/holes.csv?kind=" + string(kind) + "&unit=" + u.Code
	}
	return p.web.Render(w, r, "network/holes", page)
}

func holeKind(r *http.Request) (network.HoleKind, error) {
	kind := network.HoleKind(r.URL.Query().Get("kind"))
	if kind == "" {
		return network.HoleNoLead, nil
	}
	if !slices.Contains(network.HoleKinds(), kind) {
		return "", errs.E(errs.NotFound, "network.page.no_hole_kind")
	}
	return kind, nil
}

func first(parts []string) string {
	if len(parts) == 0 {
		return ""
	}
	return parts[0]
}

func holeRowOf(tr func(string, ...any) string, t *network.Tree, h network.Hole) holeRow {
	row := holeRow{
		Unit: h.Unit, Path: t.PathName(h.Unit, " / "), N: h.Unit.Households, Claims: h.Claims,
		Href: unitPath(h.Unit), DoneKey: "network.page.mend." + string(h.Kind),
	}
	switch {
	case h.Household != nil:
		row.What, row.Who = h.Household.Address, h.Household.Head
		row.Href = householdPath(h.Household.ID)
	case h.Post != nil:
		row.What, row.Href = postName(tr, h.Post), postPath(h.Post)
		if s := h.Post.Serving(); s != nil {
			row.Who = s.Name
		}
	case h.Kind == network.HoleNoLead:
		if post := leadPost(t, h.Unit); post != nil {
			row.Href = postPath(post)
		}
	}
	return row
}

// leadPost is the post of a unit's own lead, or nil.
func leadPost(t *network.Tree, u *network.Unit) *network.Post {
	for _, post := range t.Posts(u.ID) {
		if post.Role.IsLead() {
			return post
		}
	}
	return nil
}

// holesCSV sends all holes of a kind as a table, and records that it did.
func (p *Pages) holesCSV(w http.ResponseWriter, r *http.Request) error {
	t, u, err := p.asked(r)
	if err != nil {
		return err
	}
	kind, err := holeKind(r)
	if err != nil {
		return err
	}
	if err := p.require(r, network.ActExport, u); err != nil {
		return err
	}
	var body bytes.Buffer
	n, err := p.writeHoles(&body, r, t, u, kind)
	if err != nil {
		return err
	}
	if err := p.recordExport(r, u, "network.holes_export", map[string]any{"kind": kind, "rows": n}); err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=\"holes-%s-%s.csv\"", kind, u.Code))
	return p.web.Send(w, r, http.StatusOK, "text/csv; charset=utf-8", body.Bytes())
}

func (p *Pages) writeHoles(body *bytes.Buffer, r *http.Request, t *network.Tree, u *network.Unit, kind network.HoleKind) (int, error) {
	out, err := sheet.NewWriter(body, sheet.CSV)
	if err != nil {
		return 0, err
	}
	tr := p.web.T(r)
	head := []string{tr("network.page.col.code"), tr("network.page.col.unit"), tr("network.page.col.what"), tr("network.page.col.who"), tr("network.page.households")}
	if err := out.Write(head); err != nil {
		return 0, err
	}
	n, cursor := 0, ""
	for n < mostHoles {
		found, next, err := p.svc.Holes(r.Context(), actor(r.Context()), u.ID, kind, cursor, 1000)
		if err != nil {
			return n, err
		}
		for _, h := range found {
			row := holeRowOf(tr, t, h)
			if err := out.Write([]string{h.Unit.Code, row.Path, row.What, row.Who, strconv.Itoa(row.N)}); err != nil {
				return n, err
			}
			n++
		}
		if cursor = next; next == "" {
			break
		}
	}
	return n, out.Close()
}

// recordExport writes the audit row of something that left the system.
func (p *Pages) recordExport(r *http.Request, u *network.Unit, action string, detail map[string]any) error {
	a := actor(r.Context())
	return p.opt.DB.Write(r.Context(), func(tx *sqldb.Tx) error {
		return p.opt.Audit.Append(r.Context(), tx, audit.Entry{
			ActorID: a.ID(), ActorName: a.Name, Action: action, ObjectKind: "unit", ObjectID: u.ID, UnitID: u.ID, Detail: detail,
		})
	})
}
