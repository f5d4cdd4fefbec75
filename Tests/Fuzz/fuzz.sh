#!/bin/sh
# Fuzzes every reader of strangers' bytes for so many seconds each. Usage: fuzz.sh SECONDS [READER…]
set -eu
cd "$(dirname "$0")/../.."
seconds=$1
shift
[ $# -gt 0 ] || set -- handshake frames "masked frames" head address base64 events json wav sound sieve
PATCHBAY_FUZZ=1 swift build --scratch-path .build/fuzz --sanitize fuzzer --product patchbay-fuzz
for reader; do
  corpus=".build/fuzz/corpus/$reader"
  mkdir -p "$corpus" .build/reports
  printf '%s: ' "$reader"
  if ! READER=$reader .build/fuzz/debug/patchbay-fuzz -max_total_time="$seconds" -max_len=4096 -rss_limit_mb=2048 -timeout=10 \
    -artifact_prefix=".build/reports/fuzz-" "$corpus" >".build/reports/fuzz.txt" 2>&1; then
    tail -40 .build/reports/fuzz.txt
    exit 1
  fi
  grep -E '^Done' .build/reports/fuzz.txt
done
