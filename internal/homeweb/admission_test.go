package homeweb

import (
	"testing"

	"bilin/internal/admission/monthly"
)

func TestTasksThatWaitAreCountedApart(t *testing.T) {
	todo, waiting := apart([]monthly.Task{{ID: "flood", Bypass: true}, {ID: "water", Waits: true}, {ID: "heat"}, {ID: "survey", Waits: true}})
	if len(todo) != 2 || todo[0].ID != "flood" || todo[1].ID != "heat" || waiting != 2 {
		t.Errorf("%+v, %d", todo, waiting)
	}
}
