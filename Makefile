# Two commands do everything: `make run` and `make test`. `make help` lists the rest.

SWIFT   ?= swift
CONFIG  ?= release
STATE   ?= .build/state
LISTEN  ?= 127.0.0.1:8080
SEED    ?= 1
HOURS   ?= 100
SECONDS ?= 60
BIN      = .build/$(CONFIG)

# The simulation is one thread of one program, built apart: no atomic counts, no checks for access from two places at once (the debug
# build of the tests has these); overflow and bounds are checked as everywhere.
ALONE    = --scratch-path .build/simulate --static-swift-stdlib -Xswiftc -enforce-exclusivity=unchecked \
           -Xswiftc -cross-module-optimization -Xswiftc -Xfrontend -Xswiftc -assume-single-threaded

.PHONY: help run test build setup setup-test coverage bench bench-peers fuzz fault-matrix simulate emulators worker-crashes prove-speech format lint examples fixtures clean

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

run: build ## Install what is missing, build, place one demonstration call, then keep serving
	@deploy/run.sh $(BIN) $(STATE) $(LISTEN)

test: setup setup-test ## Everything that proves the product, in under 25 minutes on two cores
	@Tests/run.sh

setup: ## Install the packages the embedded engines need, and fetch the voice detector's weights
	@deploy/setup.sh run

setup-test: ## Install what the tests need besides
	@deploy/setup.sh test

build: setup examples ## Build host and plugins
	$(SWIFT) build -c $(CONFIG)

examples: ## Build the example plugin in C against the headers alone
	@$(MAKE) -s -C PluginABI/Examples/ToneC OUT=$(abspath .build/examples)

fixtures: ## Build the deliberately broken plugins of the tests
	@$(MAKE) -s -C Tests/Fixtures OUT=$(abspath .build/fixtures)

coverage: setup setup-test fixtures examples ## Line coverage by room, plugins included
	@Tests/coverage.sh

bench: build setup-test ## Every figure of the design, as tables and in .build/reports
	@missed=0; \
	for part in Tests/Load/bench.sh Tests/Load/instructions.sh "python3 Tests/Speech/barge_in.py" Tests/Load/figures.sh; do \
	  $$part $(BIN) || missed=1; \
	done; exit $$missed

fault-matrix: build setup-test ## What callers hear when each kind of provider fails in each way; a table and .build/reports
	@Tests/Faults/matrix.sh $(BIN)

simulate: setup ## A seeded world of callers, providers and faults in virtual time: make simulate SEED=1 HOURS=100
	$(SWIFT) build -c release --product patchbay-simulate $(ALONE)
	@.build/simulate/release/patchbay-simulate --seed $(SEED) --hours $(HOURS)

bench-peers: build setup-test ## Beside livekit-agents and pipecat-ai on one provider lab: make bench-peers PEERS_BENCH=FOLDER [QUICK=1]
	@Tests/Load/Peers/bench.sh $(BIN)

fuzz: setup ## Fuzz every reader of strangers' bytes: make fuzz SECONDS=60
	@Tests/Fuzz/fuzz.sh $(SECONDS)

emulators: setup-test ## The providers' emulators against the vendors' own client libraries
	@Tests/Emulators/run.sh

worker-crashes: build setup-test ## Two hundred workers die under fifty calls; then routes and sockets from within a worker
	@Tests/venv.sh
	@.build/venv/bin/python Tests/Load/worker_crashes.py $(BIN)
	@python3 Tests/Load/worker_routes.py $(BIN)

prove-speech: build setup-test ## Synthetic and human callers book by voice, thirty conversations per voice and line
	@Tests/Speech/prove.sh $(BIN)

format: ## Format every Swift file
	@$(SWIFT) format --in-place --parallel --recursive Package.swift Host Plugins PluginABI Tests

lint: ## What the formatter would change, and the rules of the house
	@$(SWIFT) format lint --strict --parallel --recursive Package.swift Host Plugins PluginABI Tests

clean: ## Remove what was built
	rm -rf .build
