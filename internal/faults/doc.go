// Package faults kills the program at any moment while people work with it, and fills its disk: what was acknowledged is there, once, and the record proves it.
package faults
