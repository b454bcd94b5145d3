# Everything that a developer or CI runs. `make help` lists it.

GO       ?= go
TOOLS    := bin
LINT     := $(TOOLS)/golangci-lint
TESTSUM  := $(TOOLS)/gotestsum
FUZZTIME ?= 30s

# Where goroutines meet.
RACED := $(addprefix ./internal/,decide change signin oidc lockout password mail history server journal discovery feed gate gate/home gate/remote)

.DEFAULT_GOAL := help

.PHONY: help build test test-fast postgres chromium axe dagster-cloud dagster lint bench bench-ci docs pictures fuzz demo clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  \033[1m%-13s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build bin/bailiwick
	$(GO) build -o bin/bailiwick ./cmd/bailiwick

demo: ## walk through the demo organization
	$(GO) run ./cmd/bailiwick demo

test: $(TESTSUM) postgres chromium axe dagster-cloud dagster ## every test, the race detector where goroutines meet, and those of the modules beside
	$(TESTSUM) --format pkgname -- -timeout 40m ./...
	$(GO) test -race -count=1 -run 'Concurrent' ./access
	BAILIWICK_STEPS=200 $(GO) test -race -short -timeout 20m $(RACED)
	$(GO) test -race -short -run 'Trap14|SameTime|Nothing|ManyRuns' ./internal/gate/workspace
	cd bench && $(GO) vet ./... && $(GO) test ./...
	cd examples/check && $(GO) vet ./... && $(GO) test ./...

test-fast: postgres chromium axe dagster-cloud dagster ## seconds: every test, with 200 random organizations instead of 10,000
	BAILIWICK_ORGANIZATIONS=200 BAILIWICK_REQUESTS=1000 $(GO) test ./...

postgres: ## install PostgreSQL if the tests would not find it (as root on Debian)
	@scripts/postgres.sh

chromium: ## install Chromium if the tests would not find a browser (as root on Debian)
	@scripts/chromium.sh

axe: ## fetch axe-core, with which the tests look at the console's pages, if they would not find it
	@scripts/axe.sh

dagster-cloud: ## install Dagster+'s own command line, which the tests run, if they would not find it
	@scripts/dagster-cloud.sh

dagster: ## install the real Dagster that the tests start, if they would not find it
	@scripts/dagster.sh

lint: $(LINT) ## gofmt, vet and the linters, in every module
	$(LINT) run ./...
	cd bench && ../$(LINT) run --config ../.golangci.yaml ./...
	cd e2e/provider && ../../$(LINT) run --config ../../.golangci.yaml ./...
	cd examples/check && ../../$(LINT) run --config ../../.golangci.yaml ./...

bench: dagster ## speed and memory against the limits, the peers and a million users; exit 1 on a miss
	cd bench && $(GO) run . -peers -million

bench-ci: dagster ## the limits at three times the slack, without the peers and the million
	cd bench && $(GO) run . -slack 3

docs: ## rewrite what is generated: docs/reference, docs/security, the picture in the README, and the code of the GraphQL schema
	$(GO) generate ./internal/reference ./docs/picture ./docs/security ./internal/api/graphql

pictures: chromium dagster ## take the pictures of the console, and of Dagster's pages behind the gate, again
	cd docs/picture && $(GO) run ./console .
	cd docs/picture && $(GO) run ./dagster dagster-viewer.png

fuzz: dagster ## each fuzz target for FUZZTIME (30s), and a million requests to the gate and to the real Dagster's reading
	$(GO) test -run '^$$' -fuzz '^FuzzLoad$$' -fuzztime $(FUZZTIME) ./rolemodel
	$(GO) test -run '^$$' -fuzz '^FuzzRead$$' -fuzztime $(FUZZTIME) ./internal/accessfile
	$(GO) test -run '^$$' -fuzz '^FuzzParse$$' -fuzztime $(FUZZTIME) ./internal/yamltext
	$(GO) test -run '^$$' -fuzz '^FuzzNormalizeIsStable$$' -fuzztime $(FUZZTIME) ./internal/email
	$(GO) test -run '^$$' -fuzz '^FuzzLocalPath$$' -fuzztime $(FUZZTIME) ./internal/oidc
	$(GO) test -run '^$$' -fuzz '^FuzzPath$$' -fuzztime $(FUZZTIME) ./access
	$(GO) test -run '^$$' -fuzz '^FuzzDecide$$' -fuzztime $(FUZZTIME) ./access
	$(GO) test -run '^$$' -fuzz '^FuzzQuick$$' -fuzztime $(FUZZTIME) ./event
	$(GO) test -run '^$$' -fuzz '^FuzzJSON$$' -fuzztime $(FUZZTIME) ./internal/api/authzen
	$(GO) test -run '^$$' -fuzz '^FuzzRequest$$' -fuzztime $(FUZZTIME) ./internal/api/authzen
	$(GO) test -run '^$$' -fuzz '^FuzzRead$$' -fuzztime $(FUZZTIME) ./internal/gate/dagster
	$(GO) test -run '^$$' -fuzz '^FuzzParse$$' -fuzztime $(FUZZTIME) ./internal/gate/dagster
	$(GO) test -run '^$$' -fuzz '^FuzzMessage$$' -fuzztime $(FUZZTIME) ./internal/gate/dagster
	BAILIWICK_REQUESTS=1000000 $(GO) test -count=1 -timeout 12h -run '^TestAttack085TheServerRunsWhatTheGateSays$$' ./internal/gate/dagster

clean: ## remove what was built
	rm -rf bin

# Tools come from a module of their own, pinned there; they are built once.
$(LINT): tools/go.mod tools/go.sum
	cd tools && $(GO) build -o ../$(LINT) github.com/golangci/golangci-lint/v2/cmd/golangci-lint

$(TESTSUM): tools/go.mod tools/go.sum
	cd tools && $(GO) build -o ../$(TESTSUM) gotest.tools/gotestsum
