package practice_test

import (
	"testing"

	"bilin/internal/auth"
	"bilin/internal/network"
	"bilin/internal/practice"
	"bilin/internal/sqldb"
	"bilin/internal/sqldbtest"
)

// TestALeadsWordIsTheirOwn: whoever answers for the village may change a lead's
// words and say something, and agrees to them only once the lead serves no more.
func TestALeadsWordIsTheirOwn(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		ctx, village, town := t.Context(), w.Actor("村干部1"), w.Actor("镇干部")
		id := w.write(lamps())
		_, err := w.Write(ctx, village, practice.Write{ID: id, Topic: "water", Text: lamps(), Edition: 1})
		w.OK(err)
		_, err = w.Agree(ctx, town, "", id, 2)
		w.OK(err)
		_, err = w.Agree(ctx, village, "", id, 2)
		wantCode(t, err, "practice.authors_own")
		if work, err := w.Work(ctx, village, id); err != nil || work.Waits() || !work.Others() || work.Stands {
			t.Errorf("%+v, %v", work, err)
		}
		if _, err = w.Get(ctx, id); err == nil {
			t.Error("published over the lead's head")
		}
		post := w.Net.Tree().Posts(w.Cells[0])[0]
		w.OK(w.Net.EndAppointment(ctx, w.Actor("村干部1"), network.EndAppointment{PostID: post.ID, AppointmentID: post.Serving().AppointmentID, Reason: "搬走了"}))
		out, err := w.Agree(ctx, village, "", id, 2)
		w.OK(err)
		if !out {
			t.Error("whose author is gone stays unpublished")
		}
	})
}

// TestTheTopicIsAgreedTo: it is part of an edition like the words.
func TestTheTopicIsAgreedTo(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		ctx, lead := t.Context(), w.Actor("邻长1")
		id := w.publish(lamps())
		_, err := w.Write(ctx, lead, practice.Write{ID: id, Topic: "fraud", Text: lamps(), Edition: 1})
		w.OK(err)
		if len(w.find(practice.Filter{Topic: "water"})) != 1 || len(w.find(practice.Filter{Topic: "fraud"})) != 0 {
			t.Error("the topic changed before both agreed")
		}
		if work, err := w.Work(ctx, lead, id); err != nil || work.Latest.Topic != "fraud" || work.Editions[1].Topic != "water" {
			t.Errorf("%+v, %v", work, err)
		}
		for _, who := range []auth.Actor{lead, w.Actor("镇干部")} {
			_, err := w.Agree(ctx, who, "", id, 2)
			w.OK(err)
		}
		if len(w.find(practice.Filter{Topic: "fraud"})) != 1 {
			t.Error("both agreed, and the topic is the old one")
		}
	})
}

// TestItComesBack: what was taken back is published again once both agree anew,
// to what stands there now, and not by what they agreed to before.
func TestItComesBack(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		ctx, lead, town := t.Context(), w.Actor("邻长1"), w.Actor("镇干部")
		id := w.publish(lamps())
		w.OK(w.Withdraw(ctx, lead, "", id, "灯换了"))
		if desk, err := w.Desk(ctx, town, 5); err != nil || len(desk) != 1 || !desk[0].Waits() {
			t.Errorf("%+v, %v", desk, err)
		}
		out, err := w.Agree(ctx, town, "", id, 1)
		w.OK(err)
		if shown, err := w.Get(ctx, id); err != nil || out || shown.State != practice.Withdrawn || shown.Text.Did != "" {
			t.Errorf("back by one side: %+v, %v", shown, err)
		}
		better := lamps()
		better.Did = "灯自己会亮，坏了报。"
		_, err = w.Write(ctx, lead, practice.Write{ID: id, Topic: "water", Text: better, Edition: 1})
		w.OK(err)
		out, err = w.Agree(ctx, lead, "", id, 2)
		w.OK(err)
		if out {
			t.Error("back in words that the town didn't see")
		}
		out, err = w.Agree(ctx, town, "k", id, 2)
		w.OK(err)
		again, err := w.Agree(ctx, town, "k", id, 2)
		w.OK(err)
		shown, err := w.Get(ctx, id)
		w.OK(err)
		if !out || !again || shown.State != practice.Published || shown.Why != "" || shown.Text.Did != better.Did || len(w.find(practice.Filter{Q: "自己会亮"})) != 1 {
			t.Errorf("%v, %v, %+v", out, again, shown)
		}
	})
}

// TestADraftComesBack: one that its author never handed in is theirs to go on with.
func TestADraftComesBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.Open(t, sqldb.SQLite))
	ctx, lead := t.Context(), w.Actor("邻长1")
	id, err := w.Write(ctx, lead, practice.Write{Topic: "water", Text: lamps()})
	w.OK(err)
	w.OK(w.Withdraw(ctx, lead, "", id, "再想想"))
	_, err = w.Agree(ctx, lead, "", id, 1)
	wantCode(t, err, "practice.not_offered")
	_, err = w.Write(ctx, lead, practice.Write{ID: id, Topic: "water", Text: lamps(), Edition: 1})
	w.OK(err)
	if work, err := w.Work(ctx, lead, id); err != nil || work.State != practice.Draft {
		t.Errorf("%+v, %v", work, err)
	}
}

// TestAPictureLeftOut is nowhere any more: neither under a later edition, nor of
// what was taken back.
func TestAPictureLeftOut(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		w := newWorld(t, db)
		ctx, lead, town, nobody := t.Context(), w.Actor("邻长1"), w.Actor("镇干部"), auth.Actor{}
		id, err := w.Write(ctx, lead, practice.Write{Topic: "water", Text: lamps(), Offer: true, Picture: lampPicture()})
		w.OK(err)
		agree := func(edition int) {
			for _, who := range []auth.Actor{lead, town} {
				_, err := w.Agree(ctx, who, "", id, edition)
				w.OK(err)
			}
		}
		agree(1)
		shown, err := w.Get(ctx, id)
		w.OK(err)
		first := shown.Pictures[0].ID
		w.OK(w.Unpicture(ctx, town, "", id, first))
		_, err = w.Write(ctx, lead, practice.Write{ID: id, Topic: "water", Text: lamps(), Edition: 1, Picture: lampPicture()})
		w.OK(err)
		agree(2)
		_, err = w.Picture(ctx, nobody, id, first)
		wantCode(t, err, "practice.no_picture")
		if shown, err = w.Get(ctx, id); err != nil || len(shown.Pictures) != 1 {
			t.Fatalf("%+v, %v", shown, err)
		}
		second := shown.Pictures[0].ID
		_, err = w.Picture(ctx, nobody, id, second)
		w.OK(err)
		w.OK(w.Withdraw(ctx, lead, "", id, "拍到了人"))
		for _, who := range []auth.Actor{nobody, w.Actor("村干部2"), w.Actor("邻长2")} {
			_, err = w.Picture(ctx, who, id, second)
			wantCode(t, err, "practice.no_picture")
		}
		if _, err = w.Picture(ctx, lead, id, second); err != nil {
			t.Error(err)
		}
	})
}

func lampPicture() *practice.Picture {
	return &practice.Picture{Alt: "一盏灯", Image: []byte("jpeg"), Width: 1, Height: 1}
}
