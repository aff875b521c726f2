package demo_test

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/demo"
	"xiaobao/internal/fault"
	"xiaobao/internal/identity"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/blob"
	"xiaobao/internal/storage/storagetest"
)

var loadedAt = at(2026, 6, 30, 15)

// loadApp is the use cases over a store, at the time of the tests.
func loadApp(t testing.TB, s *storage.Store) *app.App {
	t.Helper()
	a, err := app.New(ctx, app.Options{Hasher: identity.NewWeakHasher(1), Store: s, Blobs: blob.New(t.TempDir(), rand.Reader), Now: func() time.Time { return loadedAt }, Rand: rand.Reader, Institution: demo.Institution()})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func loadOptions(a *app.App, cases int) demo.LoadOptions {
	return demo.LoadOptions{App: a, Seed: 3, Cases: cases, Days: 200, Branches: 2, Sentences: []string{"物业公司多次停水停电"},
		Password: func(string) (string, error) { return "load-password-1", nil }}
}

func loadStores(t *testing.T, fn func(*testing.T, *storage.Store)) {
	for name, options := range map[string]func(testing.TB) storage.Options{"sqlite": storagetest.SQLite, "postgres": storagetest.Postgres} {
		t.Run(name, func(t *testing.T) {
			o := options(t)
			o.Now = func() time.Time { return loadedAt }
			fn(t, storagetest.Open(t, o))
		})
	}
}

// What is loaded is a ledger like any other: it verifies, its read tables are those
// that a rebuild derives, and its cases are in all states.
func TestLoad(t *testing.T) {
	loadStores(t, func(t *testing.T, s *storage.Store) {
		a := loadApp(t, s)
		var shown int64
		o := loadOptions(a, 1200)
		o.Progress = func(done, total int64) { shown = max(shown, done); _ = total }
		r, err := demo.Load(ctx, o)
		if err != nil || r.Cases != 1200 || !r.Finished || r.Resumed != 0 || shown != 1200 || r.Events < 5*r.Cases {
			t.Fatalf("%+v, shown %d: %v", r, shown, err)
		}
		if r.Open < 10 || r.Open > 300 {
			t.Errorf("%d of %d are open", r.Open, r.Cases)
		}
		sound(t, s)
		rebuilt, err := s.RebuildReadTables(ctx, storage.RebuildOptions{})
		if err != nil || rebuilt.Differing() != nil || rebuilt.Written != 0 {
			t.Errorf("a rebuild writes %d cases anew and makes others of %v: %v", rebuilt.Written, rebuilt.Differing(), err)
		}
		w := world{app: a, store: s}
		endings, states, recused, again := map[complaint.Ending]int{}, map[complaint.State]int{}, 0, 0
		for _, c := range w.all(t) {
			endings[c.Ending]++
			states[c.State]++
			recused += len(c.Recusals)
			if strings.HasPrefix(c.Narrative, "已经反映过") {
				again++
			}
		}
		if len(endings) < 3 || states["closed"] < 800 || len(states) < 5 || recused == 0 || again == 0 {
			t.Errorf("endings %v, states %v, %d recused, %d repeated", endings, states, recused, again)
		}
		who, err := a.Actor(ctx, "p2")
		if err != nil {
			t.Fatal(err)
		}
		next, err := a.Register(ctx, who, complaint.Register{Channel: "phone", Complainant: complaint.Complainant{Name: "王芳"}, Narrative: "查询之后登记的投诉", Unit: "0110"})
		if err != nil || next.ID <= 1200 {
			t.Errorf("the next case is %d: %v", next.ID, err)
		}
	})
}

func sound(t *testing.T, s *storage.Store) {
	t.Helper()
	if _, err := s.Checkpoint(ctx); err != nil {
		t.Fatal(err)
	}
	r, err := s.Verify(ctx, storage.VerifyOptions{})
	if err != nil || !r.OK() || r.Unsequenced != 0 {
		t.Fatalf("%+v: %v", r, err)
	}
}

// A load that was stopped goes on, and what comes out is what one run makes.
func TestLoadResumes(t *testing.T) {
	loadStores(t, func(t *testing.T, s *storage.Store) {
		o := loadOptions(loadApp(t, s), 1600)
		stop, cancel := context.WithCancel(ctx)
		o.Progress = func(int64, int64) { cancel() }
		first, err := demo.Load(stop, o)
		if err == nil || first.Finished {
			t.Fatalf("%+v: %v", first, err)
		}
		o.Progress = nil
		second, err := demo.Load(ctx, o)
		if err != nil || second.Resumed == 0 || second.Cases+second.Resumed != 1600 {
			t.Fatalf("after %+v: %+v, %v", first, second, err)
		}
		sound(t, s)
		whole := storagetest.SQLite(t)
		whole.Now = func() time.Time { return loadedAt }
		other := storagetest.Open(t, whole)
		if _, err := demo.Load(ctx, loadOptions(loadApp(t, other), 1600)); err != nil {
			t.Fatal(err)
		}
		if lives(t, s) != lives(t, other) {
			t.Error("in two runs other cases come out than in one")
		}
	})
}

// Where a load begins changes nothing of what comes out, and loads that fill one
// server side by side make every case once, also where they come to the same block.
func TestLoadsSideBySide(t *testing.T) {
	const cases = 3_000
	alone := storagetest.SQLite(t)
	alone.Now = func() time.Time { return loadedAt }
	whole := storagetest.Open(t, alone)
	if _, err := demo.Load(ctx, loadOptions(loadApp(t, whole), cases)); err != nil {
		t.Fatal(err)
	}
	want := lives(t, whole)

	o := storagetest.Postgres(t)
	o.Now = func() time.Time { return loadedAt }
	s := storagetest.Open(t, o)
	first := loadOptions(loadApp(t, s), cases)
	stop, cancel := context.WithCancel(ctx)
	first.Progress = func(int64, int64) { cancel() } // what all share is there then
	begun, err := demo.Load(stop, first)
	if err == nil {
		t.Fatalf("not stopped: %+v", begun)
	}
	begins := []int{1_000, 1_000, 2_500} // two of them want the same blocks at the same time
	loads, results := make([]demo.LoadOptions, len(begins)), make([]demo.LoadResult, len(begins))
	for i, begin := range begins {
		loads[i] = loadOptions(loadApp(t, storagetest.Open(t, o)), cases)
		loads[i].Begin = begin
	}
	var wg sync.WaitGroup
	for i, begin := range begins {
		wg.Go(func() {
			var err error
			if results[i], err = demo.Load(ctx, loads[i]); err != nil {
				t.Errorf("begun at %d: %v", begin, err)
			}
		})
	}
	wg.Wait()
	made := begun.Cases
	for i, r := range results {
		if r.Cases+r.Resumed != cases { // one that comes late everywhere makes none
			t.Errorf("load %d made %d and found %d", i, r.Cases, r.Resumed)
		}
		made += r.Cases
	}
	if made < cases || made > cases+begun.Cases+500 { // what was being written at the stop may be there and not counted
		t.Errorf("%d made by all, %d before", made, begun.Cases)
	}
	sound(t, s)
	if lives(t, s) != want {
		t.Error("side by side other cases come out than alone")
	}
}

// lives is what all cases tell, in one text.
func lives(t *testing.T, s *storage.Store) string {
	var out []string
	for _, c := range (world{store: s}).all(t) {
		out = append(out, c.Number+c.Narrative+string(c.State)+c.RegisteredAt.String()+c.Complainant.Phone+string(c.Owner))
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

func TestLoadRefusesOtherData(t *testing.T) {
	so := storagetest.SQLite(t)
	so.Now = func() time.Time { return loadedAt }
	s := storagetest.Open(t, so)
	o := loadOptions(loadApp(t, s), 20)
	if _, err := demo.Load(ctx, o); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*demo.LoadOptions){"seed": func(o *demo.LoadOptions) { o.Seed++ }, "cases": func(o *demo.LoadOptions) { o.Cases++ },
		"sentences": func(o *demo.LoadOptions) { o.Sentences = nil }} {
		other := o
		change(&other)
		if _, err := demo.Load(ctx, other); !fault.Is(err, fault.Conflict) {
			t.Errorf("another %s: %v", name, err)
		}
	}
	told := makeDemo(t, loadedAt, demo.Options{Cases: 3, Days: 10})
	if _, err := demo.Load(ctx, loadOptions(told.app, 20)); !fault.Is(err, fault.Conflict) {
		t.Errorf("into a demo: %v", err)
	}
}
