#!/bin/sh
# Runs the benchmark. Usage: Tests/Load/bench.sh BIN_FOLDER [options of patchbay-bench]
set -eu
cd "$(dirname "$0")/../.."
bin=$1
shift
make -s -C Tests/Fixtures/Isolation OUT="$PWD/.build/isolation-fixtures"
exec "$bin/patchbay-bench" --libraries "$bin" --examples .build/examples "$@"
