// Package e2e walks the journeys of each role through the real program, in a
// real browser, on a small demo city.
package e2e
