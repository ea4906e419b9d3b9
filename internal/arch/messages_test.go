package arch

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestOneKeyOneText: JSON keeps the last of two equal keys without a word, and
// the first one's page would say something else.
func TestOneKeyOneText(t *testing.T) {
	key := regexp.MustCompile(`(?m)^\s*("[^"]+"):`)
	files := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() != "messages.json" {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		seen := map[string]bool{}
		for _, m := range key.FindAllStringSubmatch(string(raw), -1) {
			if seen[m[1]] {
				t.Errorf("%s says %s twice", path, m[1])
			}
			seen[m[1]] = true
		}
		return nil
	})
	if err != nil || files < 20 {
		t.Errorf("%d files of messages, %v", files, err)
	}
}
