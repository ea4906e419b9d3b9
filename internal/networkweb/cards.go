package networkweb

import (
	"bytes"
	"context"
	"fmt"
	"net/http"

	"bilin/internal/doorcard"
	"bilin/internal/errs"
	"bilin/internal/network"
)

// doorCards answers the cards of a unit's subtree as one PDF: one per
// household, or with ?kind=cell one per cell.
func (p *Pages) doorCards(w http.ResponseWriter, r *http.Request) error {
	t, u, err := p.unit(r.PathValue("code"))
	if err != nil {
		return err
	}
	perCell := r.URL.Query().Get("kind") == "cell"
	if err := p.require(r, network.ActHouseholds, u); err != nil {
		return err
	}
	cards, err := p.cards(r.Context(), t, u, perCell)
	if err != nil {
		return err
	}
	var body bytes.Buffer
	if err := p.opt.Cards.Write(&body, cards, p.web.T(r)); err != nil {
		return err
	}
	if !perCell {
		if err := p.recordExport(r, u, "network.doorcards", map[string]any{"cards": len(cards)}); err != nil {
			return err
		}
	}
	w.Header().Set("Content-Disposition", fmt.Sprintf("inline; filename=\"doorcards-%s.pdf\"", u.Code))
	w.Header().Set("Cache-Control", "no-store")
	return p.web.Send(w, r, http.StatusOK, "application/pdf", body.Bytes())
}

func (p *Pages) cards(ctx context.Context, t *network.Tree, u *network.Unit, perCell bool) ([]doorcard.Card, error) {
	n := t.Coverage(u.ID).Units[network.Cell]
	if !perCell {
		n = t.Coverage(u.ID).Households
	}
	if n > doorcard.MaxCards {
		return nil, errs.E(errs.TooLarge, "doorcard.too_many", "max", doorcard.MaxCards)
	}
	var cells []*network.Unit
	for _, c := range t.Subtree(u) {
		if c.Level == network.Cell {
			cells = append(cells, c)
		}
	}
	out, err := p.cellCards(ctx, t, cells)
	if perCell || err != nil {
		return out, err
	}
	var perDoor []doorcard.Card
	for i, cell := range cells {
		if perDoor, err = p.addHouseholds(ctx, perDoor, out[i], cell); err != nil {
			return nil, err
		}
	}
	return perDoor, nil
}

// cellCards makes one card per cell.
func (p *Pages) cellCards(ctx context.Context, t *network.Tree, cells []*network.Unit) ([]doorcard.Card, error) {
	var people []string
	out := make([]doorcard.Card, len(cells))
	for i, cell := range cells {
		group, village := t.Parent(cell), t.At(cell, network.Village)
		out[i] = doorcard.Card{Path: t.PathName(village, " · "), Cell: group.Name + " " + cell.Name, URL: p.opt.Public + "/u/" + cell.Code}
		if lead := t.LeadOf(cell.ID); lead != nil {
			out[i].Lead, out[i].Acting = lead.Name, lead.Acting
			people = append(people, lead.PersonID)
		}
	}
	phones, err := p.svc.ShownPhones(ctx, people)
	for i, cell := range cells {
		if lead := t.LeadOf(cell.ID); lead != nil {
			out[i].Phone = phones[lead.PersonID]
		}
	}
	return out, err
}

func (p *Pages) addHouseholds(ctx context.Context, out []doorcard.Card, card doorcard.Card, cell *network.Unit) ([]doorcard.Card, error) {
	for cursor := ""; ; {
		homes, next, err := p.svc.HouseholdsOf(ctx, actor(ctx), cell.ID, cursor, pageSize)
		if err != nil {
			return nil, err
		}
		for _, h := range homes {
			one := card
			one.Address, one.Code, one.URL = h.Address, h.Door, p.opt.Public+"/d/"+h.Door
			out = append(out, one)
		}
		if cursor = next; next == "" {
			return out, nil
		}
	}
}

// householdCard answers the card of one household.
func (p *Pages) householdCard(w http.ResponseWriter, r *http.Request) error {
	h, err := p.svc.Household(r.Context(), actor(r.Context()), r.PathValue("id"))
	if err != nil {
		return err
	}
	t := p.svc.Tree()
	cell := t.Current(t.ByID(h.UnitID))
	if cell == nil || cell.Level != network.Cell {
		return errs.E(errs.Conflict, "network.page.card_needs_cell")
	}
	cards, err := p.cellCards(r.Context(), t, []*network.Unit{cell})
	if err != nil {
		return err
	}
	card := cards[0]
	card.Address, card.Code, card.URL = h.Address, h.Door, p.opt.Public+"/d/"+h.Door
	var body bytes.Buffer
	if err := p.opt.Cards.Write(&body, []doorcard.Card{card}, p.web.T(r)); err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", "inline; filename=\"doorcard.pdf\"")
	w.Header().Set("Cache-Control", "no-store")
	return p.web.Send(w, r, http.StatusOK, "application/pdf", body.Bytes())
}
