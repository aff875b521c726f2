package app

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"xiaobao/internal/change"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/storage"
	"xiaobao/internal/text/rule"
)

// ruleChange is a change of the rules in force: exactly one of its three parts.
type ruleChange struct {
	Release  int64       `json:",omitempty"` // number of an import
	Withdraw string      `json:",omitempty"` // id of a pack
	Switch   string      `json:",omitempty"` // id of a rule
	To       rule.Switch `json:",omitempty"`
	Why      string      `json:",omitempty"` // of the switch
}

// SwitchRule switches a rule on, off or to the shadow, with a reason. Where a
// second person has to confirm, the answer is a *WaitingChange.
func (a *App) SwitchRule(ctx context.Context, who party.Actor, id string, to rule.Switch, why string) error {
	why = strings.TrimSpace(why)
	return a.alter(ctx, who, change.Rule, &ruleChange{Switch: id, To: to, Why: why}, why)
}

// ReleasePack puts an imported pack to use in the place of the one with its id;
// see SetSetting for the reason.
func (a *App) ReleasePack(ctx context.Context, who party.Actor, number int64, reason string) error {
	return a.alter(ctx, who, change.Rule, &ruleChange{Release: number}, reason)
}

// WithdrawPack takes a released import out of use; see SetSetting for the reason.
func (a *App) WithdrawPack(ctx context.Context, who party.Actor, id, reason string) error {
	return a.alter(ctx, who, change.Rule, &ruleChange{Withdraw: id}, reason)
}

func (x *ruleChange) about(a *App, tx *storage.Tx) (about, error) {
	room, err := a.ruleRoomIn(tx)
	if err != nil {
		return about{}, err
	}
	switch {
	case x.Release != 0:
		return x.aboutRelease(room)
	case x.Withdraw != "":
		return x.aboutWithdrawal(room)
	}
	_, old, known := room.Book.Rule(x.Switch)
	var bad fault.Fields
	bad.Need(slices.Contains([]rule.Switch{rule.On, rule.Off, rule.Shadow}, x.To), "state", "请选择打开、关闭或者影子。")
	bad.Need(x.Why != "", "why", "请写明为什么这样改，以便日后查考。")
	bad.Need(len([]rune(x.Why)) <= 300, "why", "理由最多 300 个字。")
	switch {
	case !known:
		return about{}, fault.New(fault.NotFound, "没有编号为“%s”的规则：它可能已随规则包的更换而取消。", x.Switch)
	case bad.Err() != nil:
		return about{}, bad.Err()
	case old == x.To:
		return about{}, fault.New(fault.Conflict, "规则“%s”已经是这个状态，不用再改。", x.Switch)
	}
	return about{subject: x.Switch, title: x.Switch, before: old, lines: []change.Line{{Field: "switch", Old: string(old), New: string(x.To)}}}, nil
}

func (x *ruleChange) aboutRelease(room RuleRoom) (about, error) {
	d, err := room.Draft(x.Release)
	if err != nil {
		return about{}, err
	}
	if _, err := room.with(d.Pack); err != nil {
		return about{}, err
	}
	return about{subject: d.ID, title: d.Title, before: packInUse(room, d.ID), lines: []change.Line{{Field: "pack", Old: packInUse(room, d.ID), New: packText(d.Pack, d.Number)}}}, nil
}

func (x *ruleChange) aboutWithdrawal(room RuleRoom) (about, error) {
	i := slices.IndexFunc(room.Packs, func(p PackState) bool { return p.ID == x.Withdraw && p.Import > 0 })
	if i < 0 {
		return about{}, fault.New(fault.NotFound, "没有导入过编号为“%s”的规则包：程序自带的包不能撤下，可以把其中的规则关掉。", x.Withdraw)
	}
	old := packInUse(room, x.Withdraw)
	return about{subject: x.Withdraw, title: room.Packs[i].Title, before: old, lines: []change.Line{{Field: "pack", Old: old}}}, nil
}

// packInUse names the pack of an id that is in force, "" for none.
func packInUse(room RuleRoom, id string) string {
	for _, p := range room.Packs {
		if p.ID == id {
			return packText(p.Pack, p.Import)
		}
	}
	return ""
}

// packText names a pack; number 0 is the program's own.
func packText(p *rule.Pack, number int64) string {
	text := p.Title + " " + p.Version
	if number > 0 {
		text += fmt.Sprintf("（第 %d 号导入）", number)
	}
	return text
}

func (x *ruleChange) take(a *App, tx *storage.Tx, by string) error {
	kind, body := kindPackReleased, any(PackDecided{Import: x.Release})
	switch {
	case x.Withdraw != "":
		kind, body = kindPackWithdrawn, PackWithdrawn{Pack: x.Withdraw}
	case x.Switch != "":
		room, err := a.ruleRoomIn(tx)
		if err != nil {
			return err
		}
		_, old, _ := room.Book.Rule(x.Switch)
		kind, body = kindRuleSwitched, RuleSwitched{Rule: x.Switch, Old: old, New: x.To, Why: x.Why}
	}
	_, err := tx.AppendNext(rulebookStream, by, kind, body)
	return err
}
