# Bilin: the two commands are `make run` and `make test`.
# Each installs what it needs from npm and the Go module proxy; Chromium, which
# the browser journeys need, comes from Debian where this user may install it.

SHELL := /bin/bash
DATA  ?= data
ADDR  ?= localhost:8080
SCALE ?= 1.0
GO    ?= go
export CGO_ENABLED ?= 0

.PHONY: all run build assets demo test lint vuln fuzz unit e2e corpus faults bench clean browser

all: build

## run: the demo city on http://localhost:8080
run: build
	@if [ ! -e "$(DATA)/demo.json" ]; then bin/bilin demo --scale $(SCALE) --data "$(DATA)"; fi
	@bin/bilin serve --data "$(DATA)" --addr "$(ADDR)" --welcome

## build: assets and bin/bilin
build: assets
	@mkdir -p bin
	$(GO) build -o bin/bilin ./cmd/bilin

## assets: stylesheets, scripts and fonts into internal/web/dist
# Templates and pages count too: the build keeps the icons and rules that they name.
ASSET_SRC := $(shell find assets/src assets/build -type f 2>/dev/null) assets/build.mjs assets/package-lock.json \
	$(shell find internal -name '*.html' -not -path '*/testdata/*') $(shell find internal -path '*web/*.go' -not -name '*_test.go')
assets: internal/web/dist/manifest.json

assets/node_modules/.package-lock.json: assets/package.json assets/package-lock.json
	npm --prefix assets ci --no-audit --no-fund --loglevel=error
	@touch $@

internal/web/dist/manifest.json: assets/node_modules/.package-lock.json $(ASSET_SRC)
	cd assets && node build.mjs
	@touch $@

## test: format, lint, unit tests on both databases, architecture, browser journeys
test: lint unit e2e

lint: assets
	@out=$$(gofmt -l cmd internal e2e bench); if [ -n "$$out" ]; then echo "not gofmt'ed:"; echo "$$out"; exit 1; fi
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	@.ci/gosec

## vuln: known weaknesses of what the program is made of, where the database of them can be reached
vuln: assets
	@.ci/vuln

## fuzz: every parser for a minute, one after the other
# FUZZTIME=10s is quicker; FUZZ=Cursor chooses by name.
fuzz: assets
	@FUZZTIME="$(or $(FUZZTIME),1m)" FUZZ="$(FUZZ)" GO="$(GO)" bash .ci/fuzz

unit: assets browser
	$(GO) test -timeout 30m ./cmd/... ./internal/... ./bench/...

e2e: build browser
	$(GO) test -count=1 -timeout 30m ./e2e/...

browser:
	@bash e2e/browser.sh

## corpus: what reads ../shared/data
corpus: assets
	BILIN_SHARED="$(abspath ../shared)" $(GO) test -count=1 -tags corpus -run Corpus ./internal/demo ./internal/cap ./internal/mobilise/capout

## faults: the program is killed a thousand times while people work with it, some 200 times while it calls people out, and its disk is filled
faults: assets
	BILIN_FAULTS=1 $(GO) test -count=1 -v -timeout 3h ./internal/faults
	BILIN_FAULTS=1 $(GO) test -count=1 -v -timeout 20m -run TestKilled ./internal/mobilise/dispatch

## bench: the speed table, each figure beside its bare limit
# BENCH="-rows pages,find -scale 0.1" chooses; BENCH=-help lists what there is.
bench: build
	@$(GO) run ./bench/cmd $(BENCH)

clean:
	rm -rf bin internal/web/dist/* assets/node_modules
	@git checkout -q internal/web/dist/.keep 2>/dev/null || touch internal/web/dist/.keep
