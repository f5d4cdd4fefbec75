#!/bin/sh
# The unit tests. Their log goes to a file; only what failed and the closing line are printed, so that nobody looks for them
# among ten thousand lines of tests that passed.
set -eu
cd "$(dirname "$0")/.."
export SWIFT_BACKTRACE=enable=no
# Many tests wait for a plugin's or a peer's thread and hold theirs meanwhile: no more at once than there are cores, or those that have
# deadlines wait for a thread until they have passed.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=2
mkdir -p .build/reports
log=.build/reports/unit-tests.txt

status=0
timeout -k 10 1800 swift test --skip-build "$@" >"$log" 2>&1 || status=$?
grep -E 'Test run with|Executed [0-9]+ test' "$log" || :
[ "$status" = 0 ] || {
  printf '\nThe unit tests ended with status %s (124: after 1800 s). The last lines, then what failed; all of it is in %s:\n' "$status" "$log"
  tail -n 12 "$log" | cut -c1-200
  printf '\n'
  # Last, because whoever runs this for us may keep the end of what was printed alone.
  grep -E 'recorded an issue|error:|Fatal' "$log" | cut -c1-400 | head -16 || :
  exit 1
}
