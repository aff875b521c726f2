package app_test

import (
	"testing"

	"xiaobao/internal/app"
	"xiaobao/internal/document/extract"
	"xiaobao/internal/fault"
	"xiaobao/internal/review"
)

// S3.1, CP-43: what circulates is held against what was cleared.
func TestRecheck(t *testing.T) {
	each(t, func(w world) {
		w.reviewers()
		const good = "稳享三号净值型产品，业绩比较基准为年化3.2%至3.8%，不代表未来收益。理财非存款，产品有风险，投资须谨慎。发行人为示例理财有限责任公司，风险等级R2。"
		w.clear(w.draft("sub", good).ID)
		vetoed := w.draft("sub", "极速贷秒到账零门槛，凭身份证即可申请，三分钟放款，利率低至两折，先到先得名额有限，快来申请吧。")
		w.review("sub", vetoed.ID, review.HandIn{})
		w.review("sub", vetoed.ID, review.TakeBack{Why: "不做了"})
		for _, tt := range []struct {
			name, text string
			days       int
			want       app.Standing
			changes    int
		}{
			{"the same", good, 0, app.StandsCleared, 0},
			{"other layout", "稳享三号净值型产品，业绩比较基准为年化３.２％至３.８％，\n不代表未来收益。\n\n理财非存款，产品有风险，投资须谨慎。发行人为示例理财有限责任公司，风险等级R2。", 0, app.StandsCleared, 0},
			{"the warning cut out", "稳享三号净值型产品，业绩比较基准为年化3.2%至3.8%，不代表未来收益。发行人为示例理财有限责任公司，风险等级R2。", 0, app.StandsDiffers, 1},
			{"the rate raised", "稳享三号净值型产品，业绩比较基准为年化5.2%至5.8%，不代表未来收益。理财非存款，产品有风险，投资须谨慎。发行人为示例理财有限责任公司，风险等级R2。", 0, app.StandsDiffers, 1},
			{"withdrawn", "极速贷秒到账零门槛，凭身份证即可申请，三分钟放款，利率低至两折，先到先得名额有限，快来申请吧。", 0, app.StandsRefused, 0},
			{"never seen", "社区反诈讲座周六上午九点在居委会举行，欢迎居民参加，现场提供茶水。", 0, app.StandsUnknown, 0},
			{"the same after its last day", good, 100, app.StandsExpired, 0},
		} {
			*w.now = w.now.AddDate(0, 0, tt.days)
			got, err := w.app.Recheck(ctx, w.who("bj"), extract.Plain(tt.text))
			w.ok(err)
			if got.Standing != tt.want {
				t.Errorf("%s: %s, want %s (%+v)", tt.name, got.Standing, tt.want, got.Hits)
			}
			for _, h := range got.Hits {
				if h.Reach || h.Title != "" || h.Result.Changes != nil {
					t.Errorf("%s: a clerk reads %+v", tt.name, h)
				}
			}
			mine, err := w.app.Recheck(ctx, w.who("rev"), extract.Plain(tt.text))
			w.ok(err)
			if tt.want != app.StandsUnknown && (len(mine.Hits) == 0 || len(mine.Hits[0].Result.Changes) != tt.changes) {
				t.Errorf("%s: the reviewer sees %+v", tt.name, mine.Hits)
			}
		}
		if _, err := w.app.Recheck(ctx, w.who("bj"), extract.Plain(" \n ")); !fault.Is(err, fault.Invalid) {
			t.Errorf("an empty text: %v", err)
		}
	})
}

// A second submission of the same poster is found at once.
func TestAlike(t *testing.T) {
	each(t, func(w world) {
		w.reviewers()
		first := w.draft("sub", "秋季存款送礼活动，活动期间新开户客户可领取纪念品一份，数量有限，送完即止，活动细则以网点公示为准。")
		w.review("sub", first.ID, review.HandIn{})
		again := w.draft("sub", "秋季存款送礼活动，活动期间新开户客户可领取纪念品一份，数量有限，送完即止，活动细则以网点公告为准。")
		got, err := w.app.Alike(ctx, w.who("sub"), again.ID)
		w.ok(err)
		if len(got) != 1 || got[0].Review != first.ID || got[0].Result.Share < 950 {
			t.Errorf("%+v", got)
		}
	})
}
