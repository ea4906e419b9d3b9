package audit

import (
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"
)

// errOtherStatement: the signature is this log's, and of something else.
var errOtherStatement = errors.New("audit: signature of another statement")

// Sign signs a statement with the key that signs checkpoints: for what is
// published once and must stay as it was. A statement ends in a line feed.
func (l *Log) Sign(statement string) (signature string, err error) {
	signed, err := note.Sign(&note.Note{Text: statement}, l.signer)
	if err != nil {
		return "", fmt.Errorf("audit: sign: %w", err)
	}
	return string(signed), nil
}

// Signed reports, by no error, that Sign signed this very statement.
func (l *Log) Signed(statement, signature string) error {
	opened, err := note.Open([]byte(signature), note.VerifierList(l.verifier))
	if err != nil {
		return fmt.Errorf("audit: signature: %w", err)
	}
	if opened.Text != statement {
		return errOtherStatement
	}
	return nil
}
