#!/bin/sh
# Everything that proves the product: rules, unit tests, conformance, a real call. Run by `make test`.
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
timeout -k 10 1500 swift test --skip-build --skip SimulationTests --skip tenThousand

step "conformance of every plugin"
Tests/EndToEnd/conformance.sh "$bin"


printf '\nAll of it passed.\n'
