package network

import (
	"context"
	"errors"
	"strings"

	"bilin/internal/seal"
)

// errNoVault is a mistake of whoever put the program together.
var errNoVault = errors.New("network: a household's number, and no vault to seal it in")

// numberOf names the key of a household's number. It is another than the
// household's own: a number that is deleted ends alone, in every copy, and how
// to reach them about a demand stays.
func numberOf(householdID string) string { return numberPrefix + householdID }

const numberPrefix = "tel:"

// NumberOf returns whose number a subject of the vault is, and whether it is one.
func NumberOf(subject string) (householdID string, is bool) {
	return strings.CutPrefix(subject, numberPrefix)
}

func phoneBinding(table, id string) string { return table + "/phone/" + id }

// sealPhone seals a number for a row and makes the index to find it by: a
// household's under its own key, another's under the city's.
func (s *Service) sealPhone(ctx context.Context, table, id, phone string) (sealed, error) {
	if table == PhoneOfHousehold {
		out, err := s.sealHouseholds(ctx, []NewHousehold{{ID: id, Phone: phone}})
		if err != nil {
			return sealed{}, err
		}
		return out[0], nil
	}
	phone = folded(phone)
	if phone == "" {
		return sealed{}, nil
	}
	text, err := s.seal.Seal(phone, phoneBinding(table, id))
	return sealed{text, s.seal.Index("phone", phone)}, err
}

func folded(phone string) string {
	if f, ok := FoldPhone(phone); ok {
		return f
	}
	return phone
}

func (s *Service) sealPersons(rows []NewPerson) ([]sealed, error) {
	out := make([]sealed, len(rows))
	for i := range rows {
		var err error
		if out[i], err = s.sealPhone(context.Background(), PhoneOfPerson, rows[i].ID, rows[i].Phone); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// sealHouseholds seals the numbers of households, each under a key of its own. The
// keys of all are made together.
func (s *Service) sealHouseholds(ctx context.Context, rows []NewHousehold) ([]sealed, error) {
	items, any := make([]seal.Item, len(rows)), false
	for i := range rows {
		items[i] = seal.Item{Subject: numberOf(rows[i].ID), Text: folded(rows[i].Phone), Binding: phoneBinding(PhoneOfHousehold, rows[i].ID)}
		any = any || items[i].Text != ""
	}
	out := make([]sealed, len(rows))
	if !any {
		return out, nil
	}
	if s.vault == nil {
		return nil, errNoVault
	}
	texts, err := s.vault.SealAll(ctx, items)
	if err != nil {
		return nil, err
	}
	for i, text := range texts {
		if text != "" {
			out[i] = sealed{text, s.seal.Index("phone", items[i].Text)}
		}
	}
	return out, nil
}

// openHousehold opens a household's number.
func (s *Service) openHousehold(ctx context.Context, id, text string) (string, error) {
	texts, failed, err := s.openHouseholds(ctx, []RosterHousehold{{Household: Household{ID: id}, Phone: text}})
	if err == nil {
		err = failed[0]
	}
	if err != nil {
		return "", err
	}
	return texts[0], nil
}

// openHouseholds opens numbers, by their own keys; what an earlier release
// sealed, by the households'.
func (s *Service) openHouseholds(ctx context.Context, rows []RosterHousehold) (texts []string, failed []error, err error) {
	if s.vault == nil {
		return nil, nil, errNoVault
	}
	items := make([]seal.Item, len(rows))
	for i, h := range rows {
		items[i] = seal.Item{Subject: numberOf(h.ID), Text: h.Phone, Binding: phoneBinding(PhoneOfHousehold, h.ID)}
	}
	if texts, failed, err = s.vault.OpenAll(ctx, items); err != nil {
		return nil, nil, err
	}
	var old []seal.Item
	for i, h := range rows {
		if errors.Is(failed[i], seal.ErrErased) {
			old = append(old, seal.Item{Subject: h.ID, Text: h.Phone, Binding: phoneBinding(PhoneOfHousehold, h.ID)})
		}
	}
	if len(old) == 0 {
		return texts, failed, nil
	}
	again, why, err := s.vault.OpenAll(ctx, old)
	for i, f := range failed {
		if err == nil && errors.Is(f, seal.ErrErased) {
			texts[i], failed[i], again, why = again[0], why[0], again[1:], why[1:]
		}
	}
	return texts, failed, err
}

// OpenRosterPhones opens the numbers of a roster's households, in their order;
// "" for one whose key was destroyed. Whoever calls it has recorded that.
func (s *Service) OpenRosterPhones(ctx context.Context, rows []RosterHousehold) ([]string, error) {
	texts, failed, err := s.openHouseholds(ctx, rows)
	for _, f := range failed {
		if !errors.Is(f, seal.ErrErased) {
			err = errors.Join(err, f)
		}
	}
	return texts, err
}
