package demo

import (
	"context"
	"fmt"

	"bilin/internal/auth"
	"bilin/internal/network"
)

// How far a candidate of the demo city has come.
const (
	justNominated = iota
	reviewed
	filed
	onNotice
)

var statements = []string{
	"我在这儿住了二十多年，左邻右舍都熟，退休了有时间，愿意给大家跑腿。",
	"她平时就帮大家收快递、接孩子，楼里的事都找她。",
	"年轻人手机用得好，愿意帮老人办线上的事。",
}

// openSelections puts candidates forward for posts that nobody holds: one in
// the show village still to be reviewed, some elsewhere further on.
func (s Services) openSelections(ctx context.Context, seed uint64) error {
	r := randFor(seed, "selections")
	tree := s.Network.Tree()
	show := tree.ByCode(showVillage).ID
	elsewhere := 0
	for _, u := range tree.Units(network.Cell) {
		for _, p := range tree.Posts(u.ID) {
			if p.Holder != nil || p.StandIn != nil || elsewhere > 8 {
				continue
			}
			far := justNominated
			if !tree.Contains(show, u.ID) {
				far = elsewhere % (onNotice + 1)
				elsewhere++
			}
			who := newOfficial(r)
			err := s.nominate(ctx, network.Nominate{
				PostID: p.ID, PersonName: who.name, Phone: who.phone,
				By: []string{"self", "neighbour"}[r.IntN(2)], Statement: statements[r.IntN(len(statements))],
			}, far)
			if err != nil {
				return fmt.Errorf("demo: candidate at %s: %w", u.Code, err)
			}
		}
	}
	return nil
}

func (s Services) nominate(ctx context.Context, c network.Nominate, far int) error {
	system := auth.System("demo")
	id, err := s.Network.Nominate(ctx, system, c)
	if err != nil {
		return err
	}
	steps := []func(context.Context, auth.Actor, network.SelectionStep) error{
		s.Network.ReviewSelection, s.Network.FileSelection, s.Network.StartNotice,
	}
	for _, step := range steps[:far] {
		now, err := s.Network.Selection(ctx, system, id)
		if err != nil {
			return err
		}
		if err := step(ctx, system, network.SelectionStep{ID: id, Version: now.Version, Note: "材料齐全，走访过邻居，没有不同意见。"}); err != nil {
			return err
		}
	}
	return nil
}
