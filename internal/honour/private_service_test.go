package honour_test

import (
	"strings"
	"testing"

	"bilin/internal/auth"
	"bilin/internal/honour"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// TestNoTextTakesNumbers: not the citation, the village's words, the public
// sentence, an objection, an answer, or a reason; nothing of it is stored.
func TestNoTextTakesNumbers(t *testing.T) {
	t.Parallel()
	const number = "电话13911112222，身份证430102195001011234"
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w, ctx := newWorld(t, db), t.Context()
		office, village := w.Actor("市办"), w.Actor("村干部1")
		_, err := w.Nominate(ctx, w.Actor("邻长2"), honour.Nominate{Key: "n", RoundID: w.id, Category: "c1", Kind: honour.OfPost, NomineeID: "p-邻长1", Citation: citation + number})
		wantCode(t, err, "honour.number")
		n, err := w.nominate("", "邻长1")
		w.OK(err)
		wantCode(t, w.Check(ctx, village, honour.Check{Key: "1", ID: n.ID, True: true, Words: number, Praise: "送菜送水", Version: 1}), "honour.number")
		wantCode(t, w.Check(ctx, village, honour.Check{Key: "2", ID: n.ID, True: true, Words: "问过三户", Praise: number, Version: 1}), "honour.number")
		w.OK(w.Check(ctx, village, honour.Check{Key: "3", ID: n.ID, True: true, Words: "问过三户", Praise: "送菜送水", Version: 1}))
		w.OK(w.Consent(ctx, w.Actor("邻长1"), honour.Consent{Key: "a", ID: n.ID, Agrees: true, Version: 2}))
		w.voting()
		for _, who := range judges {
			yes := []string{n.ID}
			if who == "村干部1" {
				yes = nil
			}
			w.OK(w.cast(who, yes...))
		}
		list, err := w.Proposed(ctx, w.round())
		if err != nil || len(list) != 1 || strings.Contains(list[0].Praise, "139") {
			t.Fatalf("published: %+v, %v", list, err)
		}
		_, err = w.Object(ctx, auth.Actor{}, honour.Object{Key: "o1", NominationID: n.ID, Words: "那几天他不在，问" + number})
		wantCode(t, err, "honour.number")
		_, err = w.Object(ctx, auth.Actor{}, honour.Object{Key: "o2", NominationID: n.ID, Words: "那几天他不在村里，是别人送的。", From: "王 139 1111 2222"})
		wantCode(t, err, "honour.number")
		o, err := w.Object(ctx, auth.Actor{}, honour.Object{Key: "o3", NominationID: n.ID, Words: "那几天他不在村里，是别人送的。"})
		w.OK(err)
		wantCode(t, w.AnswerObjection(ctx, w.Actor("指挥"), honour.Answer{Key: "w", ID: o.ID, Words: "查过了，问" + number, Version: 1}), "honour.number")
		_, err = w.Define(ctx, office, honour.Define{Key: "d2", Name: "又一届", Words: number, NominateUntil: "2026-12-20", PublishDays: 5, Categories: []honour.Category{{Name: "邻长", Places: 1}}})
		wantCode(t, err, "honour.number")
		wantCode(t, w.AskRevoke(ctx, office, "r", "X260000001", "事迹不实，问"+number, 1), "honour.number")
	})
}
