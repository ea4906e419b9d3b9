package auth

import (
	_ "embed"

	"bilin/internal/i18n"
)

//go:embed messages.json
var rawMessages []byte

// Messages are what the service answers when it can't do what was asked, and
// the names of roles.
var Messages = i18n.MustParse(rawMessages)
