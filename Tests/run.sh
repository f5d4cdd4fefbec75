#!/bin/sh
# Everything that proves the product: rules, unit tests, conformance, a real call. Run by `make test`.
set -eu
cd "$(dirname "$0")/.."
bin=.build/debug
export SWIFT_BACKTRACE=enable=no

step() { printf '\n== %s\n' "$*"; }

step "the rules of the house"
Tests/rules.sh
swift format lint --strict --parallel --recursive Package.swift Host Plugins PluginABI Tests

step "build"
make -s fixtures examples
swift build --build-tests

step "unit tests"
Tests/unit.sh

step "the providers' emulators against the vendors' own client libraries"
Tests/Emulators/run.sh

step "conformance of every plugin"
Tests/EndToEnd/conformance.sh "$bin"

step "a real call, and the voice swapped by editing one file"
Tests/EndToEnd/calls.sh "$bin"

step "a drill, and a chain changed while the host serves"
Tests/EndToEnd/chains.sh "$bin"

step "native functions called in a worker, one of which crashes"
Tests/EndToEnd/native.sh "$bin"

step "the host's own clients against other people's servers"
Tests/Integration/services.sh "$bin"

step "hot swaps under live calls, a small version"
python3 Tests/Load/hot_swap.py "$bin" --swaps 10 --calls 5

step "the fault matrix, a small version"
Tests/Faults/matrix.sh "$bin" --smoke

step "callers book by voice"
Tests/Speech/smoke.sh "$bin"

step "a person on the phone page"
Tests/EndToEnd/browser.sh "$bin"

step "benchmarks, a small version"
Tests/Load/bench.sh "$bin" --smoke

printf '\nAll of it passed.\n'
