#!/bin/sh
# Counts the instructions of one frame's way from a line to a recogniser: what later changes are held to, on a machine of any speed.
# Usage: Tests/Load/instructions.sh BIN_FOLDER        writes .build/reports/instructions.json
set -eu
cd "$(dirname "$0")/../.."
bin=$1
command -v valgrind >/dev/null || { echo "instructions: install the Debian package valgrind" >&2; exit 1; }
mkdir -p .build/reports

# Debian's valgrind cannot read Swift's debug information, so it gets copies without.
bare=$(mktemp -d)
trap 'rm -rf "$bare"' EXIT
cp "$bin/patchbay-bench" "$bin/libEcho.so" "$bare"
strip --strip-debug "$bare"/*

# Two runs of different length: what starting costs falls out of the difference.
count() {
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$bare/patchbay-bench" --libraries "$bare" --frames "$1" 2>&1 |
    sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}
short=$(count 2000)
long=$(count 6000)
[ -n "$short" ] && [ -n "$long" ] || { echo "instructions: valgrind gave no count" >&2; exit 1; }
each=$(((long - short) / 4000))
echo "instructions per 20 ms frame, line to recogniser: $each"
echo "{\"rows\": [{\"name\": \"instructions per 20 ms frame, line to recogniser\", \"value\": $each, \"unit\": \"\"}]}" >.build/reports/instructions.json
