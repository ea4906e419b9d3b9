package network

import (
	"context"
	"errors"

	"bilin/internal/seal"
)

// errNoVault is a mistake of whoever put the program together.
var errNoVault = errors.New("network: a household's number, and no vault to seal it in")

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

// sealHouseholds seals the numbers of households, each under its own key. The
// keys of all are made together.
func (s *Service) sealHouseholds(ctx context.Context, rows []NewHousehold) ([]sealed, error) {
	items, any := make([]seal.Item, len(rows)), false
	for i := range rows {
		items[i] = seal.Item{Subject: rows[i].ID, Text: folded(rows[i].Phone), Binding: phoneBinding(PhoneOfHousehold, rows[i].ID)}
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
	if s.vault == nil {
		return "", errNoVault
	}
	return s.vault.Open(ctx, id, text, phoneBinding(PhoneOfHousehold, id))
}

// OpenRosterPhones opens the numbers of a roster's households, in their order;
// "" for one whose key was destroyed. Whoever calls it has recorded that.
func (s *Service) OpenRosterPhones(ctx context.Context, rows []RosterHousehold) ([]string, error) {
	if s.vault == nil {
		return nil, errNoVault
	}
	items := make([]seal.Item, len(rows))
	for i, h := range rows {
		items[i] = seal.Item{Subject: h.ID, Text: h.Phone, Binding: phoneBinding(PhoneOfHousehold, h.ID)}
	}
	texts, failed, err := s.vault.OpenAll(ctx, items)
	for _, f := range failed {
		if !errors.Is(f, seal.ErrErased) {
			err = errors.Join(err, f)
		}
	}
	return texts, err
}
