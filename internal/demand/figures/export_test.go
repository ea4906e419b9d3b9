package figures

// Fresh returns the service without what it has counted.
func (s *Service) Fresh() *Service { return New(s.opt) }
