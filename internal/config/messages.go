package config

import (
	_ "embed"

	"bilin/internal/i18n"
)

//go:embed messages.json
var messages []byte

// Messages holds what this package says.
var Messages = i18n.MustParse(messages)
