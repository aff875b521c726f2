package app

import (
	"bytes"
	"context"
	"encoding/hex"
	"io"
	"slices"
	"sync"
	"time"

	"xiaobao/internal/access"
	"xiaobao/internal/complaint"
	"xiaobao/internal/fault"
	"xiaobao/internal/party"
	"xiaobao/internal/seal"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/blob"
	"xiaobao/internal/text/classify"
)

// modelStream holds every training of the classifiers.
const modelStream = "model"

// ModelTopics are the topics that a model is trained for (S0.1, S4.3, S4.15).
var ModelTopics = []complaint.Topic{complaint.TopicProduct, complaint.TopicReason, complaint.TopicRight, complaint.TopicLifeCycle, complaint.TopicEmotion, complaint.TopicAbuse}

// modelSeed makes two trainings on the same cases the same.
const modelSeed = 1

// ModelTrained is the event of a model made. Shares are per mille, measured on
// examples that the measured model had not seen. The weights can tell words of
// narratives, so they stand sealed among the attachments, under Key.
type ModelTrained struct {
	Topic     complaint.Topic `json:"topic"`
	Home      string          `json:"home,omitempty"` // owner of the file; "" in older records
	Blob      string          `json:"blob"`
	Key       []byte          `json:"key"` // wrapped
	Size      int64           `json:"size"`
	Digest    string          `json:"digest"` // of the examples
	Docs      int             `json:"docs"`
	Labels    int             `json:"labels"`
	HeldOut   int             `json:"held_out"`
	Accuracy  int             `json:"accuracy"`
	MacroF1   int             `json:"macro_f1"`
	Constant  int             `json:"constant"`
	ECE       int             `json:"ece"`
	Answered  int             `json:"answered"`
	Precision int             `json:"precision"`
}

// ModelSkipped is the event of a topic that had too few examples.
type ModelSkipped struct {
	Topic complaint.Topic `json:"topic"`
	Docs  int             `json:"docs"`
	Need  int             `json:"need"`
}

// ModelInfo is what is known of the model of a topic. Docs below Need and no Blob
// means that there is none yet.
type ModelInfo struct {
	ModelTrained
	Need    int       // examples a model needs, by the setting model.min_examples
	Version int64     // of the training in the stream "model"; the source of a suggestion is "model/<Version>"
	At      time.Time // zero when it was never tried
	By      string
}

// Ready reports whether there is a model.
func (i ModelInfo) Ready() bool { return i.Blob != "" }

// models are the trainings as this process knows them, checked against the head
// of the stream at every use.
type models struct {
	mu     sync.Mutex
	loaded bool
	head   int64
	infos  map[complaint.Topic]ModelInfo
	ready  map[complaint.Topic]*classify.Model // opened when first asked for
}

// Models says for every topic what its model learnt from and how good it is.
func (a *App) Models(ctx context.Context) ([]ModelInfo, error) {
	s := &a.models
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := a.foldModels(ctx); err != nil {
		return nil, err
	}
	out := make([]ModelInfo, 0, len(ModelTopics))
	for _, t := range ModelTopics {
		info := s.infos[t]
		info.Topic, info.Need = t, a.modelNeed()
		out = append(out, info)
	}
	return out, nil
}

// Model returns the newest model of a topic, nil when there is none: too few
// examples, or never trained. It costs one lookup when nothing changed.
func (a *App) Model(ctx context.Context, topic complaint.Topic) (*classify.Model, error) {
	s := &a.models
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := a.foldModels(ctx); err != nil {
		return nil, err
	}
	if m := s.ready[topic]; m != nil || !s.infos[topic].Ready() {
		return m, nil
	}
	m, err := a.openModel(ctx, s.infos[topic])
	if err == nil {
		s.ready[topic] = m
	}
	return m, err
}

func (a *App) foldModels(ctx context.Context) error {
	return a.store.View(ctx, func(tx *storage.Tx) error {
		s := &a.models
		head, err := tx.Head(modelStream)
		if err != nil || s.loaded && head.Version == s.head {
			return err
		}
		events, err := tx.Load(modelStream)
		if err != nil {
			return err
		}
		infos, ready := map[complaint.Topic]ModelInfo{}, map[complaint.Topic]*classify.Model{}
		for _, e := range events {
			info := ModelInfo{Version: e.Version, At: e.At, By: e.By}
			switch e.Kind {
			case "model.Trained":
				if err := tx.Decode(e, &info.ModelTrained); err != nil {
					return err
				}
			case "model.Skipped":
				var skipped ModelSkipped
				if err := tx.Decode(e, &skipped); err != nil {
					return err
				}
				info.Topic, info.Docs = skipped.Topic, skipped.Docs
			case "model.Rewrapped":
				var r ModelRewrapped
				if err := tx.Decode(e, &r); err != nil {
					return err
				}
				info = infos[r.Topic] // the same model under another master key
				info.Key = r.Key
			}
			infos[info.Topic] = info
		}
		for t, m := range s.ready { // what did not change needs no second opening
			if infos[t].Blob == s.infos[t].Blob {
				ready[t] = m
			}
		}
		s.loaded, s.head, s.infos, s.ready = true, head.Version, infos, ready
		return nil
	})
}

// owner is whose the file of a model is: each training's own, because the same
// examples give the same file under another key.
func (m ModelTrained) owner() string {
	if m.Home == "" {
		return "model/" + string(m.Topic)
	}
	return m.Home
}

// modelPatience bounds how long a page waits for the store of the files when it
// wants a suggestion: it goes without one then.
const modelPatience = 5 * time.Second

func (a *App) openModel(ctx context.Context, info ModelInfo) (*classify.Model, error) {
	key, err := a.store.Keys().Unwrap(info.Key, info.owner())
	if err != nil {
		return nil, err
	}
	digest, err := blob.ParseDigest(info.Blob)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, modelPatience)
	defer cancel()
	r, err := a.blobs.Open(ctx, key, info.owner(), digest)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "分类模型的文件打不开。请在“设置”里重新训练；在此之前不给出建议。")
	}
	defer r.Close()
	return classify.Read(r)
}

func (a *App) modelSetting(id string) int {
	s, err := a.Rules(a.Today()).Setting(id)
	if err != nil {
		return 0
	}
	return int(s.Int())
}

// modelNeed is how many examples a model needs at least.
func (a *App) modelNeed() int { return a.modelSetting("model.min_examples") }

// TrainModels trains a model for every topic that has enough examples: the codes
// of closed cases, and what people confirmed or corrected on any case. progress,
// which may be nil, hears how many of the cases were read.
func (a *App) TrainModels(ctx context.Context, who party.Actor, progress func(done, all int)) ([]ModelInfo, error) {
	if err := access.Can(who, access.ManageCoding, access.Target{}).Err(); err != nil {
		return nil, err
	}
	if err := a.loadRules(ctx); err != nil {
		return nil, err
	}
	examples, err := a.modelExamples(ctx, progress)
	if err != nil {
		return nil, err
	}
	for _, topic := range ModelTopics {
		if err := a.trainModel(ctx, who, topic, examples[topic]); err != nil {
			return nil, err
		}
	}
	return a.Models(ctx)
}

// trainModel trains one topic and stores the model, or that there were too few
// examples. A topic that cannot be trained keeps the model it has.
func (a *App) trainModel(ctx context.Context, who party.Actor, topic complaint.Topic, docs []classify.Doc) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m, report, err := (*classify.Model)(nil), classify.Report{}, error(nil)
	if len(docs) >= a.modelNeed() {
		m, report, err = classify.Train(docs, classify.Options{Seed: modelSeed, Trained: a.Today(), Precision: float64(a.modelSetting("model.precision")) / 100})
		if err != nil && !fault.Is(err, fault.Invalid) {
			return err
		}
	}
	s := &a.models
	s.mu.Lock()
	had := s.infos[topic]
	s.mu.Unlock()
	if m == nil {
		if had.Ready() {
			return nil
		}
		return a.noteModel(ctx, who, "model.Skipped", ModelSkipped{Topic: topic, Docs: len(docs), Need: a.modelNeed()})
	}
	e, err := a.keepModel(ctx, topic, m, report.Info)
	if err != nil {
		return err
	}
	if err := a.noteModel(ctx, who, "model.Trained", e); err != nil {
		return err
	}
	if digest, err := blob.ParseDigest(had.Blob); err == nil {
		_ = a.blobs.Remove(ctx, had.owner(), digest) // copies that still use it have it in memory
	}
	return nil
}

func (a *App) noteModel(ctx context.Context, who party.Actor, kind string, body any) error {
	return a.store.Update(ctx, func(tx *storage.Tx) error {
		_, err := tx.AppendNext(modelStream, who.ID, kind, body)
		return err
	})
}

// keepModel stores the weights, sealed under a key of their own.
func (a *App) keepModel(ctx context.Context, topic complaint.Topic, m *classify.Model, info classify.Info) (ModelTrained, error) {
	b, err := m.MarshalBinary()
	if err != nil {
		return ModelTrained{}, err
	}
	key, err := seal.NewCaseKey(a.rand, a.store.Keys().Suite())
	if err != nil {
		return ModelTrained{}, err
	}
	raw := make([]byte, 12)
	if _, err := io.ReadFull(a.rand, raw); err != nil {
		return ModelTrained{}, err
	}
	home := "model/" + string(topic) + "/" + hex.EncodeToString(raw)
	wrapped, err := a.store.Keys().Wrap(a.rand, key, home)
	if err != nil {
		return ModelTrained{}, err
	}
	digest, size, err := a.blobs.Put(ctx, key, home, io.Reader(bytes.NewReader(b)), classify.MaxFile)
	if err != nil {
		return ModelTrained{}, err
	}
	f := info.HeldOut
	return ModelTrained{Topic: topic, Home: home, Blob: digest.String(), Key: wrapped, Size: size, Digest: info.Digest, Docs: info.Docs, Labels: len(info.Labels),
		HeldOut: f.Docs, Accuracy: perMille(f.Accuracy), MacroF1: perMille(f.MacroF1), Constant: perMille(f.Constant), ECE: perMille(f.ECE),
		Answered: perMille(f.Answered), Precision: perMille(f.Precision)}, nil
}

func perMille(share float64) int { return int(share*1000 + 0.5) }

// modelPage is how many cases one snapshot opens, so that no reader is held long.
const modelPage = 200

// modelExamples reads the newest cases, at most as many as the setting
// model.max_cases says, and sorts what is known of them by topic.
func (a *App) modelExamples(ctx context.Context, progress func(done, all int)) (map[complaint.Topic][]classify.Doc, error) {
	out := map[complaint.Topic][]classify.Doc{}
	most, done, before := a.modelSetting("model.max_cases"), 0, complaint.ID(0)
	for done < most {
		n := 0
		err := a.store.View(ctx, func(tx *storage.Tx) error {
			ids, err := tx.NewestComplaints(before, min(modelPage, most-done))
			for _, id := range ids {
				c, err := tx.Complaint(id)
				if err != nil {
					return err
				}
				for _, topic := range ModelTopics {
					out[topic] = append(out[topic], modelDocs(c, topic)...)
				}
				before = id
			}
			n = len(ids)
			return err
		})
		if err != nil {
			return nil, err
		}
		if n == 0 {
			break
		}
		if done += n; progress != nil {
			progress(done, most)
		}
	}
	if progress != nil {
		progress(done, done)
	}
	return out, nil
}

// modelDocs is what one case teaches of a topic. Codes count once the case is
// closed, when a person had to have them complete; a confirmed or corrected
// suggestion counts at once. A case that was merged away, or whose text was
// erased, teaches nothing.
func modelDocs(c complaint.Case, topic complaint.Topic) (out []classify.Doc) {
	if c.MergedInto != 0 || c.Narrative == "" {
		return nil
	}
	var labels []string
	if !c.Open() {
		switch topic {
		case complaint.TopicProduct:
			labels = []string{c.Codes.Product}
		case complaint.TopicReason:
			labels = []string{c.Codes.Reason}
		case complaint.TopicLifeCycle:
			labels = []string{c.Codes.LifeCycle}
		case complaint.TopicRight:
			labels = slices.Clone(c.Codes.Rights)
		}
	}
	for _, j := range c.Judgements {
		switch {
		case j.Topic != topic || j.Value == "":
		case j.Subject > 0:
			if j.Subject <= len(c.Contacts) && c.Contacts[j.Subject-1].Summary != "" {
				out = append(out, classify.Doc{Text: c.Contacts[j.Subject-1].Summary, Label: j.Value})
			}
		case !topic.Several():
			labels = []string{j.Value}
		case !slices.Contains(labels, j.Value):
			labels = append(labels, j.Value)
		}
	}
	for _, label := range labels {
		if label != "" {
			out = append(out, classify.Doc{Text: c.Narrative, Label: label})
		}
	}
	return out
}
