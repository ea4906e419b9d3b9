package deskweb

import (
	"testing"

	"bilin/internal/demand"
	"bilin/internal/demand/whistle"
	"bilin/internal/i18n"
)

// Each act says, when it is done, what it did.
func TestEveryActSaysThatItIsDone(t *testing.T) {
	p := &Pages{svc: &demand.Service{}, opt: Options{Whistles: &whistle.Service{}}}
	words, err := i18n.New(Messages)
	if err != nil {
		t.Fatal(err)
	}
	list := p.doings()
	if len(list) < 15 {
		t.Fatalf("%d acts", len(list))
	}
	for _, x := range list {
		if key := "desk.done." + x.name; !words.Has(key) {
			t.Errorf("no words for %s", key)
		}
	}
}
