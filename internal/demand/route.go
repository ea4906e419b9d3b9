package demand

// Route says which unit of a chain a demand goes to, and why. The chain runs
// from the unit it comes from upwards, each with whoever serves there; the last
// one takes what nobody under it can. skip is the person complained of.
func Route(kind Kind, chain []Stop, skip string) (Stop, Reason) {
	why := ReasonLead
	for i, stop := range chain {
		last := i == len(chain)-1
		if kind == Complaint && !last && (i == 0 || skip != "" && stop.PersonID == skip) {
			why = ReasonComplaint // the lead complained of, in this post or in a higher one
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
