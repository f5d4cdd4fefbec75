#!/bin/sh
# Everything that proves the product: rules, unit tests, conformance, real calls, the browser. Run by `make test`.
set -eu
cd "$(dirname "$0")/.."
bin=.build/debug
export SWIFT_BACKTRACE=enable=no

step() { printf '\n== %s\n' "$*"; }

step "the rules of the house"
Tests/rules.sh

step "build"
make -s fixtures examples
swift build --build-tests

step "unit tests"
timeout -k 10 900 swift test --skip-build

step "conformance of every plugin"
Tests/EndToEnd/conformance.sh "$bin"

step "a real call on the demo business, and the voice swapped without a build"
Tests/EndToEnd/calls.sh "$bin"

step "synthetic callers book by voice"
Tests/Speech/smoke.sh "$bin"

step "a person's voice in a browser"
Tests/EndToEnd/browser.sh "$bin"

step "the benchmark, in small"
taskset -c 0 "$bin/patchbay-bench" --libraries "$bin" --smoke --report .build/reports/bench-smoke.json || echo "(debug build: the figures are not judged)"

printf '\nAll of it passed.\n'
