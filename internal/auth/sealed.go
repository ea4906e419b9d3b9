package auth

import "bilin/internal/seal"

// Sealed are the columns that are sealed here, for a rotation of keys.
var Sealed = []seal.Field{
	{Table: "totp", Column: "secret", Key: []string{"account_id"}, Prefix: "totp/secret/"},
	{Table: "totp", Column: "next_secret", Key: []string{"account_id"}, Prefix: "totp/secret/"},
}
