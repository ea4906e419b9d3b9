package situation

import "time"

// Hurry lets boards look every few milliseconds whether anybody looks.
func Hurry(s *Service) { s.beat = 20 * time.Millisecond }

// Boards counts the boards that are kept.
func Boards(s *Service) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.watch)
}
