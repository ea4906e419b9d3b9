package outcome

import "sync"

// Detail adds to all cells what their pages show beside the light, indicators
// side by side, and rounds what was reckoned.
func (j *Judgement) Detail(list []Indicator, m *Matrix) {
	var all sync.WaitGroup
	for _, x := range list {
		cells := j.Cells[x.ID]
		all.Go(func() {
			for i, c := range cells {
				cells[i] = m.Detail(x, c).rounded()
			}
		})
	}
	all.Wait()
}
