# make run    starts the demo at http://127.0.0.1:8080
# make test   checks everything; the other targets are parts of these two
GO       ?= go
UI       := internal/web/ui
ADDR     ?= 127.0.0.1:8080
DATA     ?= ./data/demo
FUZZTIME ?= 1h
export CGO_ENABLED := 0

.PHONY: run build assets fonts check test bench many bench-many eval fuzz fuzz-minute soak release clean

run: build
	bin/xiaobao demo --addr $(ADDR) --data $(DATA)

build: assets fonts
	$(GO) build -trimpath -o bin/xiaobao ./cmd/xiaobao

# What the pages need from npm, cut down to what they use and embedded.
assets: $(UI)/node_modules/.package-lock.json
	@node $(UI)/build.mjs

$(UI)/node_modules/.package-lock.json: $(UI)/package.json $(UI)/package-lock.json
	cd $(UI) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# The typeface of letters, embedded too.
fonts:
	@sh internal/document/fonts/fetch.sh

check: assets fonts
	@bad="$$(gofmt -l $$(git ls-files '*.go'))"; test -z "$$bad" || { echo "gofmt these files:"; echo "$$bad"; exit 1; }
	$(GO) vet ./...

test: check
	@GO=$(GO) .ci/test

bench: assets fonts
	$(GO) test -p 1 -run '^$$' -bench . -benchmem -timeout 60m ./...

# Many invented cases in the folder MANY (or behind MANY_DSN, with the key in MANY), made through the whole event
# path; run again it goes on where it stopped. WORDS names a file of sentences to mix in.
CASES ?= 1000000
MANY  ?= ./data/many
many: assets fonts
	$(GO) run ./cmd/xiaobao generate --data $(MANY) $(if $(MANY_DSN),--dsn "$(MANY_DSN)") --cases $(CASES) $(if $(WORDS),--words $(WORDS))

# What people wait for, over the cases in MANY: median, 95th percentile, and the ratio to the bare engine.
bench-many: assets fonts
	XIAOBAO_BENCH_MANY=$(abspath $(MANY)) XIAOBAO_BENCH_MANY_DSN="$(MANY_DSN)" $(GO) test ./internal/demo -run '^$$' -bench 'Many$$' -benchtime 200x -timeout 60m

# How good the words are: every TestEval on the public sets, as tables. docs/evaluation.md says what they show.
eval: assets fonts
	@mkdir -p bin; XIAOBAO_EVAL=1 $(GO) test -p 1 -count=1 -timeout 60m -run '^TestEval' -v ./... >bin/eval.log 2>&1; code=$$?; \
	sed -nE -e 's/^    [a-z_]+\.go:[0-9]+: //p' -e '/^(--- (FAIL|SKIP)|FAIL|panic:)/p' bin/eval.log; test $$code -eq 0 || { echo "the whole output is in bin/eval.log"; exit $$code; }

# Every fuzz target for FUZZTIME, two at a time; fuzz-minute is what CI runs.
fuzz: assets fonts
	@GO=$(GO) .ci/fuzz $(FUZZTIME)

fuzz-minute: assets fonts
	@GO=$(GO) .ci/fuzz

# Binaries for four platforms, built twice and compared; list of materials, licences, digests: dist/.
release: assets fonts
	@release/build.sh

# Kills during every kind of work, ROUNDS times each; docs/reliability.md has the last figures.
ROUNDS ?= 100
soak: assets fonts
	XIAOBAO_SOAK=$(ROUNDS) $(GO) test -p 1 -count=1 -timeout 120m -run '^TestKill' -v ./internal/storage ./internal/app

clean:
	rm -rf bin $(UI)/node_modules
	find $(UI)/dist -type f ! -name .keep -delete
