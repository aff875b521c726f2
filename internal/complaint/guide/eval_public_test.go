package guide_test

import (
	"encoding/csv"
	"errors"
	"os"
	"testing"

	"xiaobao/internal/complaint"
	"xiaobao/internal/text/classify"
)

// publicRows reads two columns of a public set beside the repository.
func publicRows(t *testing.T, file, text, label string, most int) [][2]string {
	t.Helper()
	f, err := os.Open("../../../../shared/data/" + file)
	if errors.Is(err, os.ErrNotExist) && os.Getenv("XIAOBAO_REQUIRE_ALL") == "" {
		t.Skipf("%s is not on this machine; see docs/evaluation.md", file)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]int{}
	for i, name := range all[0] {
		at[name] = i
	}
	var out [][2]string
	for _, row := range all[1:] {
		if len(out) < most {
			out = append(out, [2]string{row[at[text]], row[at[label]]})
		}
	}
	return out
}

// ours maps the classes of the public sets to three of ours. Fear and surprise
// have no counterpart and are left out; threatening and desperate stand in no set.
var ours = map[string]string{"happy": "calm", "happiness": "calm", "like": "calm", "neutral": "calm", "sad": "dissatisfied", "sadness": "dissatisfied", "disgust": "dissatisfied", "angry": "angry", "anger": "angry"}

// quick bounds a run without XIAOBAO_EVAL.
func quick(full int) int {
	if os.Getenv("XIAOBAO_EVAL") == "" {
		return min(full, 400)
	}
	return full
}

// TestEvalEmotion reads public posts: rules alone, and a classifier that learnt
// from the training part of the same collection. Posts are no complaints.
func TestEvalEmotion(t *testing.T) {
	var model *classify.Model
	if os.Getenv("XIAOBAO_EVAL") != "" {
		var docs []classify.Doc
		for _, r := range publicRows(t, "emotion/smp2020_virus_train.csv", "content", "label", 1<<30) {
			if label := ours[r[1]]; label != "" {
				docs = append(docs, classify.Doc{Text: r[0], Label: label})
			}
		}
		m, _, err := classify.Train(docs, classify.Options{Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		model = m
	}
	for _, set := range []string{"smp2020_virus_eval", "smp2020_usual_eval", "cluemotion_valid"} {
		var rules, learnt, angry score
		for _, r := range publicRows(t, "emotion/"+set+".csv", "content", "label", quick(1<<30)) {
			truth := ours[r[1]]
			if truth == "" {
				continue
			}
			s, _ := readText(t, r[0]).Suggestion(complaint.TopicEmotion, 0)
			said := s.Value
			if said == "threatening" || said == "desperate" {
				said = "angry" // the sets know nothing graver
			}
			rules.add(truth, said)
			angry.add(yes(truth == "angry"), yes(said == "angry"))
			if model != nil {
				label, _, _ := model.Guess(r[0])
				learnt.add(truth, label)
			}
		}
		t.Log(rules.line(set + " rules"))
		t.Log(angry.line(set + " rules, angry or not"))
		if model != nil {
			t.Log(learnt.line(set + " classifier"))
		}
		marked, hit := angry.seen[[2]string{"no", "yes"}]+angry.seen[[2]string{"yes", "yes"}], angry.seen[[2]string{"yes", "yes"}]
		t.Logf("%-28s marked %d as angry, of these labelled so %.1f%%, of all %.1f%%; found %.1f%% of those labelled", set+" rules", marked, 100*share(hit, marked), 100*share(angry.byTruth["yes"], angry.n), 100*share(hit, angry.byTruth["yes"]))
		if share(hit, marked) <= share(angry.byTruth["yes"], angry.n) {
			t.Errorf("%s: what the rules call angry is so in %d of %d, no more than by chance", set, hit, marked)
		}
	}
}

// TestEvalAbuse reads public comments about groups of people. Their label means
// offence to a group, ours abuse of whoever is spoken to: the rules hear only the latter.
func TestEvalAbuse(t *testing.T) {
	var model *classify.Model
	name := map[string]string{"0": "no", "1": "yes"}
	if os.Getenv("XIAOBAO_EVAL") != "" {
		var docs []classify.Doc
		for _, r := range publicRows(t, "abuse/cold_train.csv", "TEXT", "label", 1<<30) {
			docs = append(docs, classify.Doc{Text: r[0], Label: name[r[1]]})
		}
		m, _, err := classify.Train(docs, classify.Options{Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		model = m
	}
	var rules, learnt score
	for _, r := range publicRows(t, "abuse/cold_dev.csv", "TEXT", "label", quick(1<<30)) {
		s, _ := readText(t, r[0]).Suggestion(complaint.TopicAbuse, 0)
		rules.add(name[r[1]], yes(s.Value == "abusive"))
		if model != nil {
			label, _, _ := model.Guess(r[0])
			learnt.add(name[r[1]], label)
		}
	}
	t.Log(rules.line("cold_dev rules"))
	hit, wrong := rules.seen[[2]string{"yes", "yes"}], rules.seen[[2]string{"no", "yes"}]
	t.Logf("%-28s marked %d, of these labelled abusive %.1f%%, found %.1f%% of those labelled", "cold_dev rules", hit+wrong, 100*share(hit, hit+wrong), 100*share(hit, rules.byTruth["yes"]))
	if share(hit, hit+wrong) <= rules.constant() {
		t.Errorf("what the rules mark is abusive in %d of %d", hit, hit+wrong)
	}
	if model != nil {
		t.Log(learnt.line("cold_dev classifier"))
	}
}
