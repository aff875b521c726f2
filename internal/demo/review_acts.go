package demo

import (
	"context"

	"xiaobao/internal/calendar"
	"xiaobao/internal/party"
	"xiaobao/internal/review"
)

// acts are the words of fates. Each plans what one person does.
var acts = map[string]func(*docket){
	"hand-in": func(k *docket) { k.do(k.By, 1, just(review.HandIn{})) },
	"hand-in-urgent": func(k *docket) {
		k.do(k.By, 0.5, just(review.HandIn{Urgent: true, Why: "活动档期已定，须在上线前完成审查"}))
	},
	"idle":   func(k *docket) { k.life.sleep(6) },
	"linger": func(k *docket) { k.life.sleep(18) },
	"take":   func(k *docket) { k.do(k.reviewer(), 2, just(review.Take{})) },
	"take-head": func(k *docket) {
		k.head = true
		k.do(headReviewer, 3, just(review.Take{}))
	},
	"send-back": func(k *docket) {
		k.do(k.reviewer(), 3, just(review.SendBack{Why: "缺少产品说明书、费率表和适当性安排，请补充后再送审"}))
	},
	"ask": func(k *docket) {
		k.do(k.reviewer(), 2, just(review.Ask{Text: "请说明定价与收费的依据，以及对存量客户的影响和告知方式。"}))
	},
	"reply": func(k *docket) {
		k.do(k.By, 5, just(review.AnswerQuestion{N: 1, Text: "依据已附测算表；存量客户按原标准执行，变更前通过短信和客户端逐户告知。"}))
	},
	"judge":       func(k *docket) { k.judge(-1) },
	"judge-some":  func(k *docket) { k.judge(1) },
	"opinion":     (*docket).opinion,
	"mend":        func(k *docket) { k.mend(k.Mended) },
	"mend-final":  func(k *docket) { k.mend(k.Final) },
	"note":        (*docket).note,
	"adopt":       (*docket).adopt,
	"refuse":      (*docket).refuse,
	"raise":       (*docket).raise,
	"check":       (*docket).check,
	"disagree":    (*docket).disagree,
	"pass-up":     func(k *docket) { k.do(k.decider(), 4, just(review.Clear{Note: "同意，报总行复审"})) },
	"clear":       func(k *docket) { k.clear(150) },
	"clear-short": func(k *docket) { k.clear(30) },
	"conditions": func(k *docket) {
		k.clear(120, "材料显著位置印制通过编号和有效期", "上线后一个月内抽取十名消费者做理解度回访")
	},
	"veto": func(k *docket) {
		k.do(k.decider(), 4, just(review.Veto{Why: "材料作出保证性承诺、误导消费者，且修改后难以消除误导，不得使用"}))
	},
	"take-back": func(k *docket) {
		k.do(k.By, 4, just(review.TakeBack{Why: "保险公司调整了产品，活动取消"}))
	},
	"revoke": func(k *docket) {
		k.do(k.decider(), 4, just(review.Revoke{Why: "产品暂缓上线，材料停止使用"}))
	},
}

// reviewer is who reviews at the stage.
func (k *docket) reviewer() party.PersonID {
	if k.head {
		return headReviewer
	}
	return k.Reviewer
}

// desk is the institution that reviews at the stage.
func (k *docket) desk() party.UnitID {
	if k.head {
		return headOffice
	}
	for _, p := range theInstitution().People {
		if p.ID == k.By {
			return k.staff.tree.Institution(p.Unit)
		}
	}
	return headOffice
}

func (k *docket) decider() party.PersonID { return deskOf[k.desk()][0] }

// judge plans that the reviewer goes through the findings, at most so many: what
// is serious or moderate is accepted, hints are dismissed, and so is what a
// mended version still shows, since it was seen and settled before. The checklist
// follows when all are judged.
func (k *docket) judge(most int) {
	k.do(k.reviewer(), 4, func(r review.Review, _ calendar.Date) []review.Command {
		var out []review.Command
		for i, f := range r.Unjudged() {
			if i == most {
				return out
			}
			c := &review.JudgeFinding{N: []int{f.N}, Verdict: review.Accepted}
			switch {
			case k.Final != "" && f.Title == "最终解释权":
				c.Verdict, c.Why = review.Dismissed, "合同通行表述，附有投诉渠道"
			case f.Severity == review.Info:
				c.Verdict, c.Why = review.Dismissed, "属于提示，材料已有相应说明"
			case len(r.Opinions) > 0:
				c.Verdict, c.Why = review.Dismissed, "已按前一次意见改正，此处语境不构成问题"
			case f.Severity == review.Warn && f.N%4 == 3:
				c.Verdict, c.Why = review.Dismissed, "结合上下文不会误导消费者"
			case f.Severity == review.Warn && f.N%5 == 4:
				c.Verdict, c.Advice = review.Edited, f.Advice+"（结合版面一并调整）"
			}
			out = append(out, c)
		}
		if most >= 0 {
			return out
		}
		for _, i := range r.Unchecked() {
			out = append(out, &review.CheckItem{Item: i.ID, Verdict: review.ItemOK})
		}
		return out
	})
}

// opinion plans the written opinion: one point for each rule that hit.
func (k *docket) opinion() {
	k.do(k.reviewer(), 2, func(r review.Review, _ calendar.Date) []review.Command {
		o := &review.GiveOpinion{Conclusion: review.Agree, Summary: "材料内容完整，未发现侵害消费者权益的内容，同意使用。"}
		at := map[string]int{}
		m, _ := r.Current()
		for _, f := range r.FindingsOf(m.N) {
			if f.Verdict != review.Accepted && f.Verdict != review.Edited || spoken(r, f.N) {
				continue
			}
			i, ok := at[f.Rule]
			if !ok {
				i, at[f.Rule] = len(o.Points), len(o.Points)
				o.Points = append(o.Points, review.OpinionItem{Text: f.Title + "：" + f.Advice})
			}
			p := &o.Points[i]
			p.Findings, p.Must = append(p.Findings, f.N), p.Must || f.Severity == review.Error && k.presses(r)
		}
		switch {
		case k.Fate == "vetoed":
			o.Conclusion, o.Summary = review.Disagree, "材料含有保证性承诺和误导性表述，不同意使用。"
		case len(o.Points) > 0:
			o.Conclusion, o.Summary = review.AfterChange, "材料总体可行，按下列意见修改后同意使用。"
		}
		return []review.Command{o}
	})
}

// presses reports whether serious points have to be adopted: where the dossier has
// a mended version, or ends before one is asked for.
func (k *docket) presses(r review.Review) bool {
	if r.Stage == review.Head && r.Unit != "" && len(r.Opinions) > 0 {
		return k.Final != ""
	}
	switch k.Fate {
	case "escalated", "opinion", "vetoed", "withdrawn", "noted":
		return true
	}
	return k.Mended != ""
}

func spoken(r review.Review, n int) bool {
	for _, p := range r.Points {
		for _, x := range p.Findings {
			if x == n {
				return true
			}
		}
	}
	return false
}

// mend plans the version after the opinion, where there is one.
func (k *docket) mend(text string) {
	if text == "" {
		return
	}
	k.act(k.By, 6, func(ctx context.Context, t *teller, by party.Actor) error {
		if k.r.State != review.Opinion {
			return nil
		}
		return k.add(ctx, t, by, text, "按审查意见修改表述，补充风险提示")
	})
}

// adopt plans that the submitter answers every open point, one in four otherwise
// than advised.
func (k *docket) adopt() {
	k.do(k.By, 3, func(r review.Review, _ calendar.Date) []review.Command {
		var out []review.Command
		for _, p := range r.Points {
			switch {
			case p.State != review.PointOpen:
			case !p.Must && p.N%5 == 3:
				out = append(out, &review.AnswerPoint{N: p.N, Answer: review.NotAdopted, Text: "该处为产品法定名称，不能改动"})
			case p.N%4 == 2:
				out = append(out, &review.AnswerPoint{N: p.N, Answer: review.Otherwise, Text: "改用说明书的统一表述，含义一致"})
			default:
				out = append(out, &review.AnswerPoint{N: p.N, Answer: review.Adopted, Text: "已按意见修改"})
			}
		}
		return out
	})
}

// refuse plans that the submitter does not adopt what must be.
func (k *docket) refuse() {
	k.do(k.By, 4, func(r review.Review, _ calendar.Date) []review.Command {
		var out []review.Command
		for _, p := range r.Points {
			if p.State == review.PointOpen {
				out = append(out, &review.AnswerPoint{N: p.N, Answer: review.NotAdopted, Text: "同业短信均有类似表述，删改后影响转化"})
			}
		}
		return out
	})
}

// raise plans that the first refusal goes to the superior.
func (k *docket) raise() {
	k.do(k.reviewer(), 3, func(r review.Review, _ calendar.Date) []review.Command {
		for _, p := range r.Points {
			if p.State == review.NotAdopted && p.Must {
				return []review.Command{&review.RaisePoint{N: p.N, Why: "涉及法律禁止的表述，不能以转化率为由保留"}}
			}
		}
		return nil
	})
}

// check plans that the reviewer confirms every answer.
func (k *docket) check() {
	k.do(k.reviewer(), 3, func(r review.Review, _ calendar.Date) []review.Command {
		var out []review.Command
		for _, p := range r.Points {
			switch p.State {
			case review.Adopted, review.Otherwise, review.NotAdopted:
				out = append(out, &review.CheckPoint{N: p.N, OK: true, Text: "已核对修改稿"})
			}
		}
		return out
	})
}

// disagree plans that head office accepts one finding the branch had dismissed.
func (k *docket) disagree() {
	k.do(headReviewer, 3, func(r review.Review, _ calendar.Date) []review.Command {
		m, _ := r.Current()
		for _, f := range r.FindingsOf(m.N) {
			if f.Verdict == review.Dismissed {
				return []review.Command{&review.JudgeFinding{N: []int{f.N}, Verdict: review.Accepted, Why: "总行口径：此处仍应修改"}}
			}
		}
		return nil
	})
}

// clear plans the clearance, for so many days.
func (k *docket) clear(days int, conditions ...string) {
	k.do(k.decider(), 5, func(r review.Review, today calendar.Date) []review.Command {
		channels := r.Channels()
		if len(channels) == 0 {
			channels = []string{"branch", "app"}
		}
		return []review.Command{&review.Clear{Scope: "本机构个人客户，不得转发给合作机构使用", Channels: channels, Until: today.AddDays(days), Conditions: conditions}}
	})
}

// note plans a finding of the reviewer's own, beside the machine's.
func (k *docket) note() {
	k.do(k.reviewer(), 2, func(r review.Review, _ calendar.Date) []review.Command {
		return []review.Command{&review.AddFinding{Severity: review.Error, Title: "未经本人确认代为办理", Quote: "我这边直接帮您办了", Advice: "由客户本人在客户端确认办理，坐席不得代办",
			Cites: []review.Cite{{Instrument: "nfra-2022-9", Article: "26"}}}}
	})
}
