package demand

import "bilin/internal/auth"

// maxTopics bounds how many units one open page listens to.
const maxTopics = 8

// Scope returns the units at and under which the actor sees demands.
func (s *Service) Scope(actor auth.Actor) []string { return s.opt.Policy.Scope(actor, ActView) }

// Works reports whether the actor has a desk: units or a department whose
// demands they work on.
func (s *Service) Works(actor auth.Actor) bool {
	return len(s.Scope(actor)) > 0 || len(departmentsOf(actor)) > 0
}

// Topics are what an actor's queue listens to: their own units. The city's own
// queue isn't live, for it would never be still.
func (s *Service) Topics(actor auth.Actor) []string {
	root := s.tree().RootID()
	var topics []string
	for _, id := range s.Scope(actor) {
		if id != root && len(topics) < maxTopics {
			topics = append(topics, "unit:"+id)
		}
	}
	for _, id := range departmentsOf(actor) {
		topics = append(topics, "department:"+id)
	}
	return topics
}
