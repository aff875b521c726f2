// Package app is the use cases: load, ask, decide, append. It is the only place
// that opens a write transaction. Pages, API, import, demo and command line call
// the same methods, so that none of them can do what another may not.
//
//	complaint.go  register, command, merge, split     read.go     case, lists, search, overview
//	letter.go     letters and attachments             access.go   who read what
//	org.go        units and people                    sign.go     sign-in, sessions, tokens
//	portal.go     the consumer's way                  import.go   tables of complaints
//	settings.go   settings and holiday notices        assist.go   the attached language model
package app

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"sync"
	"time"

	"xiaobao/internal/assist"
	"xiaobao/internal/calendar"
	"xiaobao/internal/complaint"
	"xiaobao/internal/document/extract"
	"xiaobao/internal/identity"
	"xiaobao/internal/party"
	"xiaobao/internal/regulation"
	"xiaobao/internal/storage"
	"xiaobao/internal/storage/blob"
)

// Options is what an App needs.
type Options struct {
	Store       *storage.Store
	Blobs       *blob.Store // attachments and letters
	Log         *slog.Logger
	Now         func() time.Time // the same clock as the store's
	Rand        io.Reader        // nil means crypto/rand
	Institution string           // name on letters, such as "示例银行股份有限公司"
	Assist      AssistConfig     // an attached language model; the zero value is none
	OCR         string           // path of tesseract, "" for none: pictures are not read then
	Hasher      *identity.Hasher // of passwords; nil for one at a time at the full cost
}

// App holds the use cases. It is safe for concurrent use and keeps nothing that
// another copy of the program would miss: what is cached is checked against the
// database each time.
type App struct {
	store       *storage.Store
	blobs       *blob.Store
	log         *slog.Logger
	now         func() time.Time
	rand        io.Reader
	institution string
	ocr         string
	checkpoints string // folder of exported checkpoints, "" for none
	hasher      *identity.Hasher
	orgMu       sync.Mutex
	org         *Org
	rulesMu     sync.Mutex
	rulesHead   int64
	rulebook    ruleState
	models      models
	shares      pairShares
	jobs        runningJobs
	readings    *storage.Kept[string, extract.Document]
	laws        lawCache
	codings     codingCache
	assist      assistant
	backups     BackupConfig
	post        PostConfig
	outside     identity.Sources
	passkeys    *identity.Passkeys // nil: none can be used, noPasskeys says why
	noPasskeys  error
}

// New returns the use cases over an open store, with the settings in force.
func New(ctx context.Context, o Options) (*App, error) {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.Hasher == nil {
		o.Hasher = identity.NewHasher(1)
	}
	model, err := assist.New(o.Assist)
	if err != nil {
		return nil, err
	}
	a := &App{assist: assistant{client: model}, store: o.Store, blobs: o.Blobs, log: o.Log, now: o.Now, rand: o.Rand, institution: o.Institution, ocr: o.OCR, readings: storage.NewKept[string, extract.Document](keptReadings), hasher: o.Hasher, rulesHead: -1}
	a.store.SetHerald(storage.Herald{Case: a.herald, Review: a.heraldReview})
	return a, a.loadRules(ctx)
}

// Store returns the store, for jobs of the command line.
func (a *App) Store() *storage.Store { return a.store }

// Institution is the name on letters and pages.
func (a *App) Institution() string { return a.institution }

// Today is the day in the institution's zone.
func (a *App) Today() calendar.Date { return calendar.FromTime(a.now()) }

// Now is the program's time.
func (a *App) Now() time.Time { return a.now() }

// env is what a decision on a case received on a day may depend on.
func (a *App) env(tx *storage.Tx, who party.Actor, received calendar.Date) (complaint.Env, *Org, error) {
	org, err := a.orgIn(tx)
	if err != nil {
		return complaint.Env{}, nil, err
	}
	rules := a.store.Rules()
	if received.IsZero() {
		received = calendar.FromTime(tx.Now())
	}
	codings, err := a.codingsIn(tx)
	if err != nil {
		return complaint.Env{}, nil, err
	}
	return complaint.Env{Coding: codings, By: who, At: tx.Now(), Rules: rules.Library.At(received), Cal: rules.Calendar, Tree: org.Tree, People: org.Person, Duty: org.duty,
		Range: a.rangeIn(tx, who, rules.Library.At(received))}, org, nil
}

// Rules returns the rules in force on a day.
func (a *App) Rules(on calendar.Date) regulation.Set { return a.store.Rules().Library.At(on) }

// Calendar returns the calendar with the imported notices.
func (a *App) Calendar() *calendar.Calendar { return a.store.Rules().Calendar }
