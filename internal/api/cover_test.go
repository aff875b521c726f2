package api_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"xiaobao/internal/api"
	"xiaobao/internal/app"
	"xiaobao/internal/complaint"
	"xiaobao/internal/precedent"
	"xiaobao/internal/review"
)

// Every command of the domain has an operation, under the domain's name.
func TestEveryVerbHasAnOperation(t *testing.T) {
	var want []string
	for _, v := range complaint.Verbs() {
		want = append(want, v.Name)
	}
	if got := api.VerbNames(); !slices.Equal(got, want) {
		t.Errorf("verbs of the API\n%v\nwant those of the domain\n%v", got, want)
	}
}

// The commands on reviews too.
func TestEveryReviewVerbHasAnOperation(t *testing.T) {
	var want []string
	for _, v := range review.Verbs() {
		want = append(want, v.Name)
	}
	if got := api.ReviewVerbNames(); !slices.Equal(got, want) {
		t.Errorf("verbs of the API\n%v\nwant those of the domain\n%v", got, want)
	}
}

// The commands on precedents too.
func TestEveryPrecedentVerbHasAnOperation(t *testing.T) {
	var want []string
	for _, v := range precedent.Verbs() {
		want = append(want, v.Name)
	}
	if got := api.PrecedentVerbNames(); !slices.Equal(got, want) {
		t.Errorf("verbs of the API\n%v\nwant those of the domain\n%v", got, want)
	}
}

// pageOnly are the use cases that the API does not offer, with the reason.
var pageOnly = map[string]string{
	"SignIn":             "a token takes the place of signing in",
	"SecondFactor":       "a token takes the place of signing in",
	"SignOut":            "a token is revoked instead",
	"SessionActor":       "who a browser is; TokenActor answers for programs",
	"TokenActor":         "who a program is: every operation begins with it",
	"ChangePassword":     "secrets of a person are changed by the person, not by a token",
	"TOTP":               "the same",
	"EnrolTOTP":          "the same",
	"ConfirmTOTP":        "the same",
	"Prove":              "the same",
	"UseSources":         "of the program: who may sign in from outside",
	"SingleSignOn":       "a token takes the place of signing in",
	"BeginOIDC":          "the same",
	"FinishOIDC":         "the same",
	"RenewCodes":         "the same",
	"RemoveTOTP":         "the same",
	"Passkeys":           "security keys belong to a browser; a token takes the place of signing in",
	"NewPasskey":         "the same",
	"AddPasskey":         "the same",
	"RemovePasskey":      "the same",
	"AskPasskey":         "the same",
	"Factors":            "the same",
	"SecondFactorByKey":  "the same",
	"ProveByPasskey":     "the same",
	"SetPasskeys":        "of the program: its configuration",
	"Rewrap":             "of the command line: key change",
	"RegisterOnce":       "keeps a form from being sent twice; programs have Idempotency-Key",
	"Case":               "Complaint without the record, for a page that is open already",
	"Find":               "Search without the record, for what is typed into a page",
	"PrintComplaint":     "a page for printers; what it shows is in Complaint",
	"WaitingChanges":     "the same; /config-changes?waiting=true lists them",
	"WaitingApprovals":   "the number beside a room of the pages; the worklist's tally has it",
	"ExportOverview":     "writes the tables of a page; programs have the numbers",
	"ExportReviewStats":  "the same",
	"ExportCoded":        "the same; /codings/cases lists them",
	"ExportCounts":       "writes the tables of a page; programs have the numbers",
	"ExportReadings":     "the same; /access-log has the lines",
	"RegisterExport":     "of the program: what leaves in another form than a table",
	"DropExports":        "of the program: a timer",
	"ArchiveNow":         "of the command line: at once what the timer does at night",
	"KeepArchive":        "of the program: a timer",
	"KeepBackups":        "of the program: a timer",
	"KeepCheckpoints":    "of the program: a timer",
	"KeepFiles":          "of the program: a timer",
	"KeepMail":           "of the program: a timer",
	"SealWords":          "of pages: an address of a search; the API searches by POST",
	"OpenWords":          "the same",
	"SendMail":           "of the program: a timer",
	"SendHooks":          "of the program: a timer",
	"ReadsMailbox":       "of pages: which tabs there are; Inbox lists what may be read",
	"FailedHooks":        "of the program: doctor; Hooks tells it",
	"DropPost":           "of the program: a timer",
	"DropInbox":          "of the program: a timer",
	"FetchMail":          "of the program: a timer",
	"FetchesMail":        "of the program: its configuration",
	"BoxState":           "of the program: /metrics and doctor",
	"SetPost":            "of the program: its configuration",
	"PostStates":         "of the program: /metrics and doctor; /mail has the numbers",
	"ResumeJobs":         "of the program: a timer",
	"SetBackups":         "of the program: its configuration",
	"SetCheckpoints":     "of the program: its configuration",
	"BackupStatus":       "of the program: Backups without a person, for the banner and doctor",
	"BackupTo":           "of the command line: a backup into a folder that an operator names",
	"CompareCheckpoints": "of the command line: checkpoint files that somebody kept; /checkpoints says whether each agrees",
	"ProveOpened":        "of the command line: verify --open, on a file that somebody holds",
	"OwnTree":            "what forms offer; programs read /codings/own",
	"CarryOutRuns":       "of the program: a timer",
	"FlagReadings":       "of the program: a timer",
	"RuleVerdicts":       "the same; /reviews/stats has the numbers of every rule",
	"JudgedTexts":        "for the command line: rules backtest --reviews",
	"InstitutionKind":    "a setting (coding.institution)",
	"SoonDays":           "a setting (warning.days)",
	"Moods":              "the confirmed emotion beside a list; it is in /complaints/{id}/person",
	"Actor":              "of the program: a person as an actor",
	"Store":              "of the program: the store for its commands",
	"Now":                "of the program: its clock",
	"Empty":              "of the program: before there is an institution there is no token",
	"Bootstrap":          "of the program: the same",
	"DropSessions":       "of the program: a timer",
	"DropAnswers":        "of the program: a timer",
	"WaitJobs":           "of the program: when it stops",
	"Ready":              "of the program: /readyz",
	"LedgerSize":         "of the program: /metrics",
	"Import":             "of the command line; programs upload to /imports",
	"Model":              "of the program: what suggestions are made of",
	"TrainModels":        "of the command line and the demo; programs start it in the background",
}

// The API can do whatever a page can: a new use case fails here until it has an
// operation or a reason.
func TestEveryUseCaseHasAnOperation(t *testing.T) {
	offered := map[string]bool{}
	for _, op := range api.Operations(api.Options{App: new(app.App)}) {
		for _, name := range op.Uses {
			offered[name] = true
		}
	}
	methods := map[string]bool{}
	for m := range reflect.TypeFor[*app.App]().Methods() {
		methods[m.Name] = true
		if strings.Contains(m.Name, "Portal") {
			continue // the consumer's own way: a consumer holds no token
		}
		switch {
		case offered[m.Name] && pageOnly[m.Name] != "":
			t.Errorf("%s is offered and listed as page-only", m.Name)
		case !offered[m.Name] && pageOnly[m.Name] == "":
			t.Errorf("app.%s has no operation: add one, or say in pageOnly why not", m.Name)
		}
	}
	for name := range offered {
		if !methods[name] {
			t.Errorf("an operation says it offers app.%s, which does not exist", name)
		}
	}
	for name := range pageOnly {
		if !methods[name] {
			t.Errorf("pageOnly lists app.%s, which does not exist", name)
		}
	}
}

// The operations with their permissions, as a reviewer reads them.
func TestOperations(t *testing.T) {
	var b strings.Builder
	for _, op := range api.Operations(api.Options{App: new(app.App)}) {
		need := string(op.Need)
		if need == "" {
			need = "-"
		}
		fmt.Fprintf(&b, "%-6s %-45s %-24s %-5s %s\n", op.Method, op.Path, op.ID, op.Scope, need)
	}
	golden(t, "operations.txt", b.String())
}

// The description is whole: every operation has a summary, a response schema
// where it answers with JSON, and references that resolve.
func TestDescription(t *testing.T) {
	w := newWorld(t)
	var doc struct {
		OpenAPI    string
		Components struct{ Schemas map[string]json.RawMessage }
		Paths      map[string]map[string]struct {
			OperationID, Summary, Description string
			Responses                         map[string]json.RawMessage
			Parameters                        []struct{ Name, In string }
		}
	}
	text := w.must("", "GET", "/openapi.json", "").body
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("version %q", doc.OpenAPI)
	}
	n := 0
	for path, methods := range doc.Paths {
		for method, op := range methods {
			n++
			if op.OperationID == "" || op.Summary == "" || !strings.Contains(op.Description, "scope: `") || len(op.Responses) < 2 {
				t.Errorf("%s %s is not described: %+v", method, path, op)
			}
			left := path
			for _, p := range op.Parameters {
				if p.In == "path" {
					left = strings.Replace(left, "{"+p.Name+"}", "", 1)
				}
			}
			if strings.Contains(left, "{") {
				t.Errorf("%s %s: a part of the address is not read", method, path)
			}
		}
	}
	if want := len(api.Operations(api.Options{App: w.app})); n != want {
		t.Errorf("%d operations are described, want %d", n, want)
	}
	for _, part := range strings.Split(text, `"$ref":"#/components/schemas/`)[1:] {
		name, _, _ := strings.Cut(part, `"`)
		if doc.Components.Schemas[name] == nil {
			t.Errorf("schema %s does not exist", name)
		}
	}
	var register struct {
		Properties map[string]struct{ Format string }
	}
	if err := json.Unmarshal(doc.Components.Schemas["Register"], &register); err != nil || register.Properties["received_on"].Format != "date" {
		t.Errorf("received_on of a registration: %+v, %v", register.Properties["received_on"], err)
	}
}

func TestDocsPage(t *testing.T) {
	w := newWorld(t)
	a := w.must("", "GET", "/docs", "")
	for _, want := range []string{`data-url="/api/v1/openapi.json"`, `src="/assets/swagger.js"`, `src="/assets/swagger-start.js"`, `href="/assets/swagger.css"`} {
		if !strings.Contains(a.body, want) {
			t.Errorf("no %s in the page", want)
		}
	}
	policy := a.header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "script-src 'self';") || strings.Contains(strings.Split(policy, "style-src")[0], "unsafe") {
		t.Errorf("scripts are not kept to our own: %s", policy)
	}
}
