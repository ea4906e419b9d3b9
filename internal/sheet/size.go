package sheet

import "fmt"

// Size writes a number of bytes for people: 10 MiB.
func Size(n int64) string {
	switch {
	case n >= mib:
		return fmt.Sprintf("%.3g MiB", float64(n)/mib)
	case n >= 1024:
		return fmt.Sprintf("%.3g KiB", float64(n)/1024)
	}
	return fmt.Sprintf("%d B", n)
}
