package complaint

import (
	"xiaobao/internal/access"
	"xiaobao/internal/fault"
)

// Find answers one allegation.
type Find struct {
	N       int     `json:"n" minimum:"1" doc:"Number of the allegation"`
	Finding Finding `json:"finding"`
}

// Action implements Command.
func (Find) Action() access.Action { return access.HandleComplaint }

// Decide implements Command. Every finding has evidence, a basis and reasons:
// the decision letter must give them point by point (art. 19).
func (d Find) Decide(c Case, _ Env) ([]Event, error) {
	if err := c.mustBeActive(); err != nil {
		return nil, err
	}
	if _, ok := c.point(d.N); !ok {
		return nil, fault.New(fault.NotFound, "没有第 %d 个争议点", d.N)
	}
	if c.State == Deciding || c.State == Decided {
		return nil, fault.New(fault.Conflict, "决定正在审批或已批准，不能再改核查结论；请先退回决定")
	}
	var f fault.Fields
	f.Need(one(Outcomes, d.Finding.Outcome), "finding.outcome", "请选择核查结论：属实、部分属实、不属实或不属处理范围")
	text(&f, "finding.evidence", d.Finding.Evidence, "查证情况", true, 4000)
	text(&f, "finding.basis", d.Finding.Basis, "依据", true, 1000)
	text(&f, "finding.explanation", d.Finding.Explanation, "理由", true, 4000)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&Found{N: d.N, Finding: d.Finding}}, nil
}

// FindFault says who bears fault. Shares add up to one hundred, or FaultNone
// stands alone.
type FindFault struct {
	Finding FaultFinding `json:"finding"`
}

// Action implements Command.
func (FindFault) Action() access.Action { return access.HandleComplaint }

// Decide implements Command.
func (d FindFault) Decide(c Case, env Env) ([]Event, error) {
	if err := c.mustBeOpen(); err != nil {
		return nil, err
	}
	var f fault.Fields
	sum := 0
	for i, s := range d.Finding.Shares {
		field := "finding.shares[" + itoa(i) + "]"
		f.Need(one(Bearers, s.Bearer), field+".bearer", "请选择责任方")
		f.Need(s.Percent >= 0 && s.Percent <= 100, field+".percent", "责任比例应在 0 至 100 之间")
		f.Need(s.Bearer != FaultNone || len(d.Finding.Shares) == 1, field+".bearer", "选择“无责任”时不能再有其他责任方")
		if s.Unit != "" {
			_, ok := env.Tree.Unit(s.Unit)
			f.Need(ok, field+".unit", "机构 %s 不存在", s.Unit)
		}
		if s.Person != "" && env.People != nil {
			_, ok := env.person(s.Person)
			f.Need(ok, field+".person", "人员 %s 不存在，请从列表中选择", s.Person)
		}
		text(&f, field+".name", s.Name, "责任方名称", false, 80)
		if s.Bearer != FaultNone {
			sum += s.Percent
		}
	}
	none := len(d.Finding.Shares) == 1 && d.Finding.Shares[0].Bearer == FaultNone
	f.Need(len(d.Finding.Shares) > 0, "finding.shares", "请至少填写一个责任方；没有责任的选择“无责任”")
	f.Need(none || sum == 100, "finding.shares", "责任比例合计为 %d%%，应为 100%%", sum)
	f.Need(!none || !d.Finding.Team && !d.Finding.Company, "finding.shares", "定责为“无责任”，与勾选的团队或公司有责不一致")
	text(&f, "finding.note", d.Finding.Note, "定责说明", false, 2000)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return []Event{&FaultFound{Finding: d.Finding}}, nil
}
