# What README, CI and people call. Everything needs Go, bash and coreutils only; the linter's version is pinned in .ci/lint/go.mod.

GO ?= go
# Google's storage library would bring its gRPC transport's service mesh along, of which nothing is used here: a quarter of the program.
export GOFLAGS := $(GOFLAGS) -tags=disable_grpc_modules
# How long each fuzz target runs in `make fuzz`.
FUZZTIME ?= 1m
# The sizes of the benchmarks' backups, in tasks.
BENCH_TASKS ?= 10000,100000,1000000
BENCH_IMPACT_TASKS ?= 300000
BENCH_SSH_TASKS ?= 2000000

# How many cases of injected faults, from which seed.
FAULTS ?= 500
FAULT_SEED ?= 0
FAULTS_RECORD ?= faults.jsonl

# Which of the lab's tests run, and where they are.
LAB_RUN ?= ^TestLab
LAB_PACKAGES := ./providers/host ./providers/service ./providers/firewall ./providers/flags ./providers/hosts ./cmd/restorectl

.PHONY: build demo test lab lab-shell lab-clean faults faults-table fuzz bench lint cover vulncheck release

build:
	$(GO) build -trimpath -o bin/ ./cmd/...

# A simulated cluster with a corrupt log is planned, restored and put back into normal service.
demo: build
	examples/quickstart/demo.sh

# The second line lets chance look for what the tests forgot, 2 seconds for each decoder.
test:
	$(GO) test -race -timeout 60m ./...
	.ci/fuzz 2s

# The tests that need real hosts, which are made on this machine: docs/lab.md. Elsewhere than as root on Debian they say why they are skipped.
lab:
	LAB=1 $(GO) test ./providers/lab -v -count=1 -timeout 30m
	LAB=1 $(GO) test -p 1 $(LAB_PACKAGES) -run '$(LAB_RUN)' -v -count=1 -timeout 30m

# A shell beside three such hosts.
lab-shell:
	$(GO) test -c -trimpath -o bin/lab.test ./providers/lab
	cd providers/lab && LAB=must LAB_SHELL=1 ../../bin/lab.test -test.run '^TestShell$$' -test.timeout 0

# Removes the hosts' root file system, and what a lab that was killed may have left.
lab-clean:
	LAB=clean $(GO) test ./providers/lab -count=1

# The whole job on sandboxes, with faults injected at every event of the journal. A line for each case is added to FAULTS_RECORD.
faults: build
	$(GO) run ./cmd/faults run -restorectl bin/restorectl -cases $(FAULTS) -seed $(FAULT_SEED) -out $(FAULTS_RECORD)

# The table of docs/reliability.md, from what `make faults` recorded.
faults-table:
	$(GO) run ./cmd/faults table -into docs/reliability.md $(FAULTS_RECORD)

# Every fuzz target: decoders of what comes from outside, quoting, configurations. The seeds are in the tests and their testdata.
fuzz:
	.ci/fuzz $(FUZZTIME)

# The figures of docs/performance.md. A million tasks need about 4 GiB of memory, for the library that is compared with, and the backup
# that is inspected over SSH 2 GB in the folder for temporary files.
bench:
	BENCH_TASKS=$(BENCH_TASKS) $(GO) test ./providers/backup -run '^$$' -bench Decode -benchtime 3x -timeout 60m
	BENCH_IMPACT_TASKS=$(BENCH_IMPACT_TASKS) $(GO) test ./providers -run '^$$' -bench Impact -benchtime 3x -timeout 60m
	BENCH_SSH_TASKS=$(BENCH_SSH_TASKS) $(GO) test ./cmd/restorectl -run '^$$' -bench InspectOverSSH -benchtime 1x -timeout 60m

# The linter's cache holds the paths of the checkout that filled it, by which generated files are told: no two checkouts share it.
lint: export GOLANGCI_LINT_CACHE := $(CURDIR)/bin/golangci-lint
lint:
	@files=$$(gofmt -l cmd config planner executor providers); test -z "$$files" || { echo "gofmt would change: $$files"; exit 1; }
	$(GO) vet ./...
	$(GO) tool -modfile=.ci/lint/go.mod golangci-lint run ./...
	$(GO) mod verify

# What the tests reach, by package, over unit tests, scripts and whole runs together: the processes that they start count as well. Without
# the race detector, which would make everything take several times as long. docs/coverage.md has the table, and says what is left.
# go test gives each test a GOCOVERDIR that it throws away afterwards, so that it is set behind its back.
cover:
	rm -rf coverage && mkdir -p coverage/data
	$(GO) test -cover -coverpkg=./... -exec 'env GOCOVERDIR=$(CURDIR)/coverage/data' -timeout 60m ./... -args -test.gocoverdir=$(CURDIR)/coverage/data >coverage/tests.txt \
		|| { grep -v -e '^ok' -e 'coverage: ' coverage/tests.txt; exit 1; }
	$(GO) tool covdata textfmt -i=coverage/data -o=coverage/profile.txt
	$(GO) tool cover -func=coverage/profile.txt >coverage/functions.txt
	$(GO) tool covdata percent -i=coverage/data

# Known weaknesses in what the program is built from. Where the database of them can't be reached, that is said and is no failure.
vulncheck:
	@$(GO) tool -modfile=.ci/release/go.mod govulncheck ./... >.vulncheck.out 2>&1 && code=0 || code=1; cat .vulncheck.out; \
	if test $$code = 1 && grep -q 'fetching vulnerabilities' .vulncheck.out; then code=0; echo "vulncheck: NOT CHECKED: the database can't be reached from here"; fi; \
	rm -f .vulncheck.out; exit $$code

# Binaries, packages, checksums and a bill of materials of what is committed, into dist; then each is tried, and built again to the same bytes.
release:
	.ci/release/release.sh
	.ci/release/check.sh
