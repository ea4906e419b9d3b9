package app_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"bilin/internal/app"
	"bilin/internal/auth"
	"bilin/internal/demand"
	"bilin/internal/demo"
	"bilin/internal/errs"
	"bilin/internal/meeting"
	"bilin/internal/network"
	"bilin/internal/outreach"
	"bilin/internal/sqldb"
)

// TestAMeetingAmongTheSlices: a lead, who may send no notices, announces a meeting
// to the own cell and to nobody else; confined demands can't be picked and of the
// others only what they are about is kept; what is resolved climbs as a demand;
// neighbours' names are struck.
func TestAMeetingAmongTheSlices(t *testing.T) {
	a, _ := city(t)
	ctx := context.Background()
	if _, err := a.BuildDemo(ctx, demo.Options{Dir: a.Config.Dir, Seed: 1, Scale: 0.002}); err != nil {
		t.Fatal(err)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	cell, lead := ledCell(t, a.Network.Tree())
	words := "我家屋后的沟堵了，说不得。"
	private, err := a.Demand.Raise(ctx, auth.Actor{}, demand.Raise{Kind: demand.Help, Text: words, UnitCode: cell.Code, Private: true, Key: "private"})
	must(err)
	open, err := a.Demand.Raise(ctx, auth.Actor{}, demand.Raise{Kind: demand.Help, Text: "井盖坏了，晚上看不见。", UnitCode: cell.Code, Key: "open"})
	must(err)
	call := meeting.Call{Key: "1", UnitCode: cell.Code, Subject: "井盖", Place: "井台边", StartsAt: a.Now().Add(time.Hour / 2), Demands: []string{private.Number}}
	if _, err := a.Meetings.Call(ctx, lead, call); errs.CodeOf(err) != "meeting.no_demand" {
		t.Errorf("a private demand on an agenda: %v", err)
	}
	homes, _, err := a.Network.HouseholdsOf(ctx, auth.System("test"), cell.ID, "", 50)
	must(err)
	call.Demands, call.Lines = []string{open.Number}, []string{homes[0].Head + "家门口也有一个"}
	num, err := a.Meetings.Call(ctx, lead, call)
	must(err)
	m, err := a.Meetings.Get(ctx, auth.Actor{}, num)
	must(err)
	for _, i := range m.Items {
		if strings.Contains(i.Words, homes[0].Head) || strings.Contains(i.Words, "晚上看不见") {
			t.Errorf("on the public agenda: %q", i.Words)
		}
	}
	title, announced := a.Meetings.Invitation(&m.Meeting)
	must(a.Meetings.Invite(ctx, lead, meeting.Invite{Key: "2", Number: num, Title: title, Words: announced, Households: cell.Households, Version: m.Version}))
	m, err = a.Meetings.Get(ctx, lead, num)
	must(err)
	n, err := a.Notices.Get(ctx, auth.Actor{}, m.Notice)
	must(err)
	if n.State != outreach.Sent || len(n.Units) != 1 || n.Units[0] != cell.ID || a.Notices.May(lead, n).Send {
		t.Errorf("the invitation: %+v", n)
	}
	must(crashed(ctx, a, m, lead.AccountID, title, announced))
	if again, err := a.Meetings.Get(ctx, lead, num); err != nil || again.Notice != m.Notice || again.Inviting {
		t.Errorf("the invitation was sent again: %+v %v", again.Meeting, err)
	}
	must(a.Meetings.Move(ctx, lead, meeting.Move{Key: "3", Number: num, Place: "村部", StartsAt: m.StartsAt.Add(10 * time.Minute), Why: "下雨", Version: m.Version + 1}))
	if n, err = a.Notices.Get(ctx, auth.Actor{}, m.Notice); err != nil || n.Edition != 2 || !strings.Contains(n.Words, "村部") {
		t.Errorf("those invited weren't told: %+v %v", n, err)
	}
	must(a.Meetings.Resolve(ctx, lead, meeting.Resolve{Key: "4", Number: num, Kind: meeting.Demand, Words: "请自来水公司换井盖"}))
	m, err = a.Meetings.Get(ctx, lead, num)
	must(err)
	made, err := a.Demand.Get(ctx, lead, m.Resolved[0].Demand)
	must(err)
	track := a.Meetings.Track(lead, &m.Resolved[0].Resolution)
	if made.Source != demand.FromMeeting || made.DueAt.IsZero() || m.Resolved[0].Became != "open" || track == "" || a.Meetings.Track(auth.Actor{}, &m.Resolved[0].Resolution) != "" {
		t.Errorf("the demand: %+v, followed as %s", made.Demand, m.Resolved[0].Became)
	}
}

// crashed is a program that ended after the notice went out and before that was
// noted, and the next tick.
func crashed(ctx context.Context, a *app.App, m *meeting.Sheet, by, title, words string) error {
	err := a.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE meeting SET notice = '' WHERE id = $1`, m.ID); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO meeting_invitation (meeting_id, key, title, words, households, actor_id, actor_name, at) VALUES ($1, '2', $2, $3, 1, $4, '', 0)`, m.ID, title, words, by)
		return err
	})
	if err != nil {
		return err
	}
	return a.Meetings.Tick(ctx)
}

// ledCell is a cell with a lead and households, and its lead.
func ledCell(t *testing.T, tree *network.Tree) (*network.Unit, auth.Actor) {
	t.Helper()
	for _, u := range tree.Units(network.Cell) {
		if h := tree.LeadOf(u.ID); h != nil && !h.Acting && u.Households > 2 {
			return u, auth.Actor{AccountID: "a", PersonID: h.PersonID, Name: h.Name, Grants: tree.Grants(h.PersonID)}
		}
	}
	t.Fatal("no cell with a lead")
	return nil, auth.Actor{}
}
