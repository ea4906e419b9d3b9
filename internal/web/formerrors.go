package web

import "bilin/internal/errs"

// FormErrors is what a page shows about a form that was not accepted.
type FormErrors struct {
	Code   string
	Args   []any
	Fields []errs.Field
}

// FormErrorsOf takes the message and the fields out of an error.
func FormErrorsOf(err error) FormErrors {
	if err == nil {
		return FormErrors{}
	}
	e := errs.As(err)
	return FormErrors{Code: e.Code, Args: e.Args, Fields: e.Fields}
}

// IsInvalid reports whether err says that what was sent needs correcting, so
// that the form should be shown again.
func IsInvalid(err error) bool { return err != nil && errs.KindOf(err) == errs.Invalid }

// Any reports whether there is something to show.
func (e FormErrors) Any() bool { return e.Code != "" || len(e.Fields) > 0 }

// For returns the first complaint about an input, or nil.
func (e FormErrors) For(name string) *errs.Field {
	for i := range e.Fields {
		if e.Fields[i].Name == name {
			return &e.Fields[i]
		}
	}
	return nil
}
