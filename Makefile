# The manual of this repository: `make` lists what there is.
# Needs Go (go.mod says which); `clients` also Node, `test/race` also a C compiler.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

BIN      := bin/earmark
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS  := -s -w -X main.version=$(VERSION)
FUZZTIME ?= 5s
KILLS    ?= 300
BENCH    ?= .
PKGS     ?= ./...
DATA     ?= data
BENCH    ?= .
DEMOFLAGS ?=

.PHONY: help
help: ## Print this list
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z][a-z\/-]*:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo

##@ Use it

.PHONY: build
build: ## Build bin/earmark: one file, no C
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/earmark

.PHONY: demo
demo: build ## Load a year of real orders, print what Earmark found, and serve it on 127.0.0.1
	$(BIN) demo $(DEMOFLAGS)

.PHONY: run
run: build ## Serve the store in DATA (default: data)
	mkdir -p $(DATA)
	$(BIN) serve --data $(DATA)

##@ Work on it

.PHONY: test
test: ## Run all Go tests on the embedded stores; needs Go only
	go test $(PKGS)

# internal/sample/check runs SQLite on one goroutine: nothing to race, and seconds become minutes
# under the detector.
.PHONY: test/race
test/race: ## The same with the race detector and fewer random rounds (-short)
	CGO_ENABLED=1 go test -race -short -timeout 20m $$(go list $(PKGS) | grep -v /internal/sample/check)

.PHONY: kill
kill: ## Kill the process at random points KILLS times (default 300); nothing may be lost
	go test -count=1 -v -timeout 4h ./internal/engine/killtest -rounds $(KILLS)

.PHONY: fuzz
fuzz: ## Run every fuzz target for FUZZTIME (default 5s)
	@grep -rlE --include='*_test.go' '^func Fuzz' internal cmd | sort | while read -r file; do \
		for target in $$(sed -nE 's/^func (Fuzz[A-Za-z0-9_]*)\(.*/\1/p' "$$file"); do \
			echo "fuzz $$target in ./$$(dirname "$$file") for $(FUZZTIME)"; \
			scripts/fuzz "./$$(dirname "$$file")" "$$target" $(FUZZTIME); \
		done; \
	done

.PHONY: bench
bench: ## Measure (BENCH selects); figures and method in docs/performance.md
	go test -run '^$$' -bench '$(BENCH)' -benchtime 1x -timeout 60m -v ./internal/bench

.PHONY: clients
clients: build ## Real Segment and RudderStack clients against the binary; needs Node
	cd test/clients && npm ci --no-audit --no-fund && npm test

.PHONY: lint
lint: ## gofmt, vet, staticcheck, package map and the other rules of internal/archtest
	@unformatted=$$(gofmt -l cmd internal); test -z "$$unformatted" || { echo "not gofmt: $$unformatted"; exit 1; }
	go vet ./...
	go tool staticcheck ./...
	go test ./internal/archtest

.PHONY: vuln
vuln: ## Known vulnerabilities of the dependencies; asks vuln.go.dev, so not part of check
	go tool govulncheck ./...

.PHONY: fmt
fmt: ## Format
	gofmt -w cmd internal

.PHONY: generate
generate: ## Make all generated files (*.gen.*) anew
	go generate ./...

.PHONY: verify
verify: ## Fail when a generated file or go.mod is stale
	@before=$$(git ls-files -z -- '*.gen.*' | xargs -0 -r sha256sum); \
	$(MAKE) --no-print-directory generate; \
	after=$$(git ls-files -z -- '*.gen.*' | xargs -0 -r sha256sum); \
	diff <(echo "$$before") <(echo "$$after") || { echo 'stale: commit what `make generate` wrote'; exit 1; }; \
	new=$$(git ls-files -o --exclude-standard -- '*.gen.*'); \
	test -z "$$new" || { echo "generated and not committed: $$new"; exit 1; }
	go mod tidy -diff

.PHONY: cover
cover: ## Coverage of all packages by all tests, as coverage.html
	go test -short -coverpkg=./internal/... -coverprofile=coverage.out $(PKGS)
	go tool cover -func=coverage.out | tail -n 1
	go tool cover -html=coverage.out -o coverage.html

.PHONY: check
check: lint verify test/race fuzz clients ## Everything a change must pass
