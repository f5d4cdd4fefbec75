#!/bin/sh
# The main job: starts the host on the demo business, places one demonstration call, then keeps serving.
# Usage: deploy/run.sh BIN_FOLDER STATE_FOLDER HOST:PORT
set -eu
cd "$(dirname "$0")/.."
bin=$1 state=$2 listen=$3
host="--state $state --config deploy/demo --plugins plugins.d --libraries $bin --weights .build/silero"

# shellcheck disable=SC2086 # the options are words on purpose
"$bin/patchbay" serve $host --listen "$listen" &
pid=$!
trap 'kill "$pid" 2>/dev/null; wait "$pid" 2>/dev/null' EXIT
trap 'exit 130' INT TERM

# Ready within 30 s, or the host has said why not.
tries=0
until curl -fsS --unix-socket "$state/control.sock" http://host/readyz >/dev/null 2>&1; do
  kill -0 "$pid" 2>/dev/null || { wait "$pid"; exit $?; }
  tries=$((tries + 1))
  [ $tries -lt 150 ] || { echo "run: the host was not ready within 30 s" >&2; exit 1; }
  sleep 0.2
done

echo
echo "A synthetic caller books an appointment:"
echo
# shellcheck disable=SC2086
"$bin/patchbay" call $host --to reception --out "$state/heard.wav" \
  --say "can I make an appointment" --say "monday please" --say "ten thirty" \
  --say "four one five, five five five, two six seven one" --say "yes please" --say "yes please" --say "no thank you" || true
echo
echo "Talk to the agent yourself: http://$listen/phone (Ctrl-C ends the host)"
wait "$pid"
