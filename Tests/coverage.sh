#!/bin/sh
# Line coverage by room, plugins included: what the unit tests and the conformance of every plugin run through.
# Usage: Tests/coverage.sh
set -eu
cd "$(dirname "$0")/.."
scratch=.build/coverage
profiles="$PWD/$scratch/profiles"
swift build --build-tests --enable-code-coverage --scratch-path $scratch
bin=$scratch/debug

rm -rf "$profiles"
mkdir -p "$profiles"
# A worker inherits no variables and opens no files; it finds the place beside its program.
ln -sfn "$profiles" "$(readlink -f $bin)/worker-profiles"
# One file per process: the tests start hosts, commands and plugins of their own, and all of them count.
export LLVM_PROFILE_FILE="$profiles/%p-%m.profraw"
export SWIFT_BACKTRACE=enable=no
# Instrumented code is slow, and some tests have deadlines: what failed is told, what was covered counts. `make test` judges the tests.
timeout -k 10 1500 $bin/patchbayPackageTests.xctest --testing-library swift-testing >"$scratch/tests.log" 2>&1 ||
  echo "coverage: $(grep -c 'recorded an issue' "$scratch/tests.log") expectations failed under instrumentation; see $scratch/tests.log" >&2
Tests/EndToEnd/conformance.sh $bin >"$scratch/conformance.log" 2>&1 ||
  echo "coverage: $(grep -c FAILED "$scratch/conformance.log") checks failed under instrumentation; see $scratch/conformance.log" >&2

llvm=$(dirname "$(readlink -f "$(command -v swift)")")
find "$profiles" -name '*.profraw' >"$scratch/profraw.list"
"$llvm/llvm-profdata" merge -sparse --failure-mode=all -f "$scratch/profraw.list" -o "$scratch/all.profdata"
objects=""
for library in $bin/lib*.so $bin/patchbay; do objects="$objects -object $library"; done
# shellcheck disable=SC2086 # the objects are words on purpose
"$llvm/llvm-cov" export -summary-only -instr-profile "$scratch/all.profdata" $bin/patchbayPackageTests.xctest $objects \
  >"$scratch/coverage.json" 2>"$scratch/llvm-cov.log"
python3 Tests/Tools/coverage.py "$scratch/coverage.json"
