package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"bilin/internal/care/need"
)

const tagCare = "care"

func (s *service) registerCare() {
	register(s, operation{public: true,
		Operation: huma.Operation{OperationID: "care-needs", Method: http.MethodGet, Path: "/care/needs", Tags: []string{tagCare}, Middlewares: s.limited(s.limits.find),
			Summary: "What the city owes regular contact for", Description: "The closed catalogue of needs. Who is listed for one is nobody's to read here."},
	}, s.careNeeds)
}

// Need is what a household can be owed regular contact for.
type Need struct {
	Code      string   `json:"code" example:"alone80"`
	Name      string   `json:"name"`
	NameEN    string   `json:"name_en"`
	EveryDays int      `json:"every_days" doc:"How often somebody is in contact at least."`
	Who       string   `json:"who" enum:"lead,official" doc:"Who goes first: the neighbour lead or the linked official."`
	Do        string   `json:"do" enum:"visit,call"`
	Emergency string   `json:"emergency" enum:"door,power,move" doc:"What is owed in an emergency: this door first, within the hour when power or roads fail, help to leave first."`
	Grounds   []string `json:"grounds" nullable:"false" doc:"The circumstances that define it."`
	Law       string   `json:"law"`
	Benefit   string   `json:"benefit" doc:"What the law grants."`
	Consent   bool     `json:"consent" doc:"The household has to agree; the law alone doesn't do."`
	LongDays  int      `json:"longest_days" doc:"How long an entry lasts at most, until a second person renews it."`
	InUse     bool     `json:"in_use"`
}

type needsOutput struct {
	Body struct {
		Needs []Need `json:"needs" nullable:"false"`
	}
}

func (s *service) careNeeds(context.Context, *struct{}) (*needsOutput, error) {
	out := &needsOutput{}
	for _, n := range s.needs().All() {
		out.Body.Needs = append(out.Body.Needs, needOf(n))
	}
	return out, nil
}

func needOf(n need.Need) Need {
	out := Need{Code: n.Code, Name: n.Name, NameEN: n.NameEN, EveryDays: n.EveryDays, Who: string(n.Who), Do: string(n.Do), Emergency: string(n.Action),
		Law: n.Law, Benefit: n.Benefit, Consent: n.Consent, LongDays: n.LongDays, InUse: !n.Off, Grounds: []string{}}
	for _, g := range n.Grounds {
		out.Grounds = append(out.Grounds, string(g))
	}
	return out
}
