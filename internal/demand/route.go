package demand

import (
	"slices"

	"bilin/internal/network"
)

// Route says which unit of a chain a demand goes to, and why. The chain runs
// from the unit it comes from upwards, each with whoever serves there; the last
// one takes what nobody under it can. skip is the person complained of.
func Route(kind Kind, chain []Stop, skip string) (Stop, Reason) {
	why := ReasonLead
	for i, stop := range chain {
		last := i == len(chain)-1
		if kind == Complaint && !last && (i == 0 || skip != "" && stop.PersonID == skip) {
			why = ReasonComplaint // the person complained of, in this post or in a higher one
			continue
		}
		if stop.PersonID != "" || last {
			return stop, why
		}
		if why == ReasonLead {
			why = ReasonNoLead
		}
	}
	return Stop{}, why
}

// first says who gets a new demand from unit u. passed is the unit of the person
// complained of, nil if it is about nobody; own: its author reports it themselves.
func (d *Demand) first(tree *network.Tree, u, passed *network.Unit, own bool) (Stop, Reason) {
	office := stopAt(tree, tree.Root(), d.AboutID)
	if u.Level == network.City {
		return office, ReasonOffice
	}
	if passed != nil {
		return Route(Complaint, append(complaintChain(tree, passed, d.AboutID), office), d.AboutID)
	}
	if !own {
		return Route(d.plain(), d.offices(chainOf(tree, u, "")), "")
	}
	to, _ := Route("", append(complaintChain(tree, u, d.AuthorID), office), "")
	return to, ReasonReporter
}

// plain is the kind for routing when nobody is passed over.
func (d *Demand) plain() Kind {
	if d.Kind == Complaint {
		return ""
	}
	return d.Kind
}

// offices leaves of a chain only those who can decide, where that takes an office.
func (d *Demand) offices(chain []Stop) []Stop {
	i := slices.IndexFunc(chain, func(s Stop) bool { return s.Rung >= Village })
	if d.Kind != Suggestion || i < 0 {
		return chain
	}
	return chain[i:]
}
