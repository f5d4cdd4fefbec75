#!/bin/sh
# The unit tests; what failed is repeated at the end, where someone who sees only the last lines of a log finds it.
set -eu
cd "$(dirname "$0")/.."
export SWIFT_BACKTRACE=enable=no
mkdir -p .build/reports
log=.build/reports/unit-tests.txt

{ timeout -k 10 900 swift test --skip-build "$@" 2>&1 && echo passed >"$log.end" || echo failed >"$log.end"; } | tee "$log"
[ "$(cat "$log.end")" = passed ] || {
  printf '\nFailed (all of it in %s):\n' "$log"
  grep -E 'recorded an issue|error:|Fatal' "$log" | cut -c1-300 | head -16
  exit 1
}
