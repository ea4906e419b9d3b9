package gateway

import (
	"errors"
	"net"
)

// untouched is the cause of an error after which it is certain that the
// message was not taken.
type untouched struct{ error }

func (u untouched) Unwrap() error { return u.error }

// Untouched reports whether a Sender's error says for certain that the message
// wasn't taken: nobody was reached, or whoever was wants none of us, or no more
// now. After any other error it may have been.
func Untouched(err error) bool {
	_, ok := errors.AsType[untouched](err)
	return ok
}

// reached marks an error of a call that never came to a connection.
func reached(err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return untouched{err}
	}
	return err
}
