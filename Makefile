# What README, CI and people call. Everything needs Go only; the linter is pinned in go.mod (tool directive).

GO ?= go

.PHONY: build test lint

build:
	$(GO) build -trimpath -o bin/ ./cmd/...

test:
	$(GO) test -race ./...

lint:
	@files=$$(gofmt -l cmd config planner executor providers); test -z "$$files" || { echo "gofmt would change: $$files"; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	$(GO) mod verify
