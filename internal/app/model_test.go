package app_test

import (
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/storage/blob"
)

// Two kinds of complaints that a model can tell apart by their words.
var told = map[string][]string{
	"credit_card": {"信用卡年费没有说明就扣了", "信用卡账单分期手续费算错", "信用卡额度无故下调"},
	"wealth_own":  {"理财产品到期净值亏损", "理财赎回迟迟不到账", "买理财时客户经理承诺保本"},
}

func (w world) teach(n int) {
	w.Helper()
	for i := range n {
		for product, texts := range told {
			r := w.register("bj", complaint.Register{Narrative: fmt.Sprintf("我在网点第%d次来问，%s，客服一直没有答复，要求尽快处理。", i, texts[i%len(texts)])})
			w.do("bj", r.ID, complaint.Judge{Topic: complaint.TopicProduct, Value: product})
		}
	}
}

// S0.1: what people confirm trains a model, which every copy of the program sees;
// below the least number of examples there is none, and the answer says so.
func TestModelsLearnFromWhatPeopleConfirm(t *testing.T) {
	dir := t.TempDir()
	each(t, func(w world) {
		w.useFiles(dir)
		office := w.who("office")
		w.ok(w.app.SetSetting(ctx, party.System, "model.min_examples", "20", ""))
		w.teach(5)
		if _, err := w.app.TrainModels(ctx, w.who("bj"), nil); !fault.Is(err, fault.Forbidden) {
			w.Errorf("a handler trained: %v", err)
		}
		infos, err := w.app.TrainModels(ctx, office, nil)
		w.ok(err)
		if i := infos[0]; i.Topic != complaint.TopicProduct || i.Ready() || i.Docs != 10 || i.Need != 20 {
			w.Errorf("with 10 examples: %+v", i)
		}
		if m, err := w.app.Model(ctx, complaint.TopicProduct); m != nil || err != nil {
			w.Errorf("a model of 10 examples: %v", err)
		}
		closed := w.register("bj", complaint.Register{})
		w.settle(closed.ID)
		w.finish(closed.ID)
		w.teach(12)
		other, err := app.New(ctx, app.Options{Store: w.s, Blobs: blob.New(dir, rand.Reader), Now: func() time.Time { return *w.now }})
		w.ok(err)
		if m, err := other.Model(ctx, complaint.TopicProduct); m != nil || err != nil {
			w.Errorf("the other copy: %v", err)
		}
		last := 0
		infos, err = w.app.TrainModels(ctx, office, func(done, all int) { last = done })
		w.ok(err)
		if i := infos[0]; !i.Ready() || i.Docs != 35 || i.Labels != 2 || i.HeldOut != 35 || i.Accuracy < 900 || i.Constant > 600 || i.By != office.ID || last != 35 {
			w.Errorf("with 34 answers and a closed case: %+v, progress %d", i, last)
		}
		m, err := other.Model(ctx, complaint.TopicProduct)
		w.ok(err)
		if a := m.Classify("买的理财产品亏损了"); a.Label != "wealth_own" || len(a.Words) == 0 {
			w.Errorf("the other copy says %+v", a)
		}
	})
}

// The same examples on the same day give the same file: the model before it goes
// and the new one stays.
func TestTrainingTheSameAgainKeepsAModel(t *testing.T) {
	each(t, func(w world) {
		dir := t.TempDir()
		w.useFiles(dir)
		w.ok(w.app.SetSetting(ctx, party.System, "model.min_examples", "20", ""))
		w.teach(10)
		for range 3 {
			_, err := w.app.TrainModels(ctx, w.who("office"), nil)
			w.ok(err)
			w.useFiles(dir) // as a program that starts now
			if m, err := w.app.Model(ctx, complaint.TopicProduct); err != nil || m.Info().Docs != 20 {
				w.Fatalf("the model in use: %v", err)
			}
		}
	})
}

// A training replaces the model before it, whose file is gone.
func TestTrainingAgainReplacesTheModel(t *testing.T) {
	dir := t.TempDir()
	each(t, func(w world) {
		w.useFiles(dir)
		office := w.who("office")
		w.ok(w.app.SetSetting(ctx, party.System, "model.min_examples", "20", ""))
		w.teach(10)
		first, err := w.app.TrainModels(ctx, office, nil)
		w.ok(err)
		w.teach(2)
		second, err := w.app.TrainModels(ctx, office, nil)
		w.ok(err)
		if second[0].Version <= first[0].Version || second[0].Digest == first[0].Digest || second[0].Docs != 24 {
			w.Errorf("first %+v, then %+v", first[0], second[0])
		}
		if m, err := w.app.Model(ctx, complaint.TopicProduct); err != nil || m.Info().Docs != 24 {
			w.Errorf("the model in use: %v", err)
		}
	})
}

// In the background: one at a time, with its end to be seen.
func TestTrainingAsAJob(t *testing.T) {
	each(t, func(w world) {
		w.useFiles(t.TempDir()) // its own: a file of the same content is not written again, and each store has its own key
		office := w.who("office")
		w.ok(w.app.SetSetting(ctx, party.System, "model.min_examples", "20", ""))
		w.teach(10)
		if tr, err := w.app.Training(ctx, office); err != nil || tr.State != "" {
			w.Errorf("before any training: %+v, %v", tr, err)
		}
		if err := w.app.StartTraining(ctx, w.who("bj")); !fault.Is(err, fault.Forbidden) {
			w.Errorf("a handler started it: %v", err)
		}
		w.ok(w.app.StartTraining(ctx, office))
		w.app.WaitJobs(false)
		tr, err := w.app.Training(ctx, office)
		w.ok(err)
		if tr.State != app.ImportDone || tr.Done != 20 || tr.All != 20 || tr.By != office.ID {
			w.Errorf("afterwards: %+v", tr)
		}
		if m, err := w.app.Model(ctx, complaint.TopicProduct); err != nil || m == nil {
			w.Errorf("no model: %v", err)
		}
	})
}

// useFiles gives the world a folder of attachments that a second copy can share.
func (w *world) useFiles(dir string) {
	w.Helper()
	a, err := app.New(ctx, app.Options{Store: w.s, Blobs: blob.New(dir, rand.Reader), Now: func() time.Time { return *w.now }, Institution: "示例银行股份有限公司"})
	w.ok(err)
	w.app = a
}
