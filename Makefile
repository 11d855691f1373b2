# What README, CI and people call. Everything needs Go, bash and coreutils only; the linter's version is pinned in .ci/lint/go.mod.

GO ?= go

.PHONY: build demo test lint

build:
	$(GO) build -trimpath -o bin/ ./cmd/...

# A simulated cluster with a corrupt log is planned, restored and put back into normal service.
demo: build
	examples/quickstart/demo.sh

test:
	$(GO) test -race ./...

lint:
	@files=$$(gofmt -l cmd config planner executor providers); test -z "$$files" || { echo "gofmt would change: $$files"; exit 1; }
	$(GO) vet ./...
	$(GO) tool -modfile=.ci/lint/go.mod golangci-lint run ./...
	$(GO) mod verify
