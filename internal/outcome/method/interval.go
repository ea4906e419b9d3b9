package method

import "gonum.org/v1/gonum/stat/distuv"

// Interval is the exact central interval of a place's own rate or share, at a
// level such as 0.95: Garwood's of a Poisson count ("Fiducial limits for the
// Poisson distribution", Biometrika 28 (1936) 437-442), Clopper and Pearson's of
// a binomial one ("The use of confidence or fiducial limits illustrated in the
// case of the binomial", Biometrika 26 (1934) 404-413). Where the count was
// rounded it is wider, so that it still holds the truth that often. Without a
// denominator it is empty.
func Interval(kind Kind, c Count, level float64) (low, high float64) {
	if c.Den <= 0 {
		return 0, 0
	}
	tail, den := (1-level)/2, float64(c.Den)
	few, many := float64(c.Num)-c.off(), float64(c.Num)+c.off()
	if kind == Rate {
		if few > 0 {
			low = distuv.Gamma{Alpha: few, Beta: 1}.Quantile(tail) / den
		}
		return low, distuv.Gamma{Alpha: many + 1, Beta: 1}.Quantile(1-tail) / den
	}
	high = 1
	if few > 0 {
		low = distuv.Beta{Alpha: few, Beta: den - few + 1}.Quantile(tail)
	}
	if many < den {
		high = distuv.Beta{Alpha: many + 1, Beta: den - many}.Quantile(1 - tail)
	}
	return low, high
}
