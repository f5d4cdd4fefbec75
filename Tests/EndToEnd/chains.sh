#!/bin/sh
# One host: a voice is made to fail in the middle of a call, and the caller hears the whole answer from the next one; then the
# tenant's file is edited, and the other voice serves without a restart; then that voice's own file is spoiled in every way, and it
# serves until its file is gone. Usage: chains.sh BIN_FOLDER
set -eu
cd "$(dirname "$0")/../.."
bin=$(cd "$1" && pwd)
work=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null || true; wait; rm -rf "$work"' EXIT
cp -r plugins.d deploy/demo "$work/"
voice=$work/plugins.d/20-other.yaml
{ echo "provider: second"; sed 's/voice: slt/voice: kal16/' plugins.d/flite.yaml; } >"$voice"
sed -i 's/^  tts: flite$/  tts: [flite, second]/' "$work/demo/tenant.yaml"
host="--state $work/state --config $work/demo --plugins $work/plugins.d --libraries $bin --weights .build/silero"

# shellcheck disable=SC2086 # the options are words on purpose
"$bin/patchbay" serve $host --listen 127.0.0.1:0 >"$work/log" 2>&1 &
pid=$!

# Waits until a command's output has a text, for at most 30 s.
until_says() {
  text=$1
  shift
  for _ in $(seq 150); do
    if "$@" 2>/dev/null | grep -qF -- "$text"; then return 0; fi
    kill -0 "$pid" || { cat "$work/log"; exit 1; }
    sleep 0.2
  done
  echo "waited in vain for '$text' from: $*"
  cat "$work/log"
  exit 1
}

until_says "Serving" cat "$work/log"
# shellcheck disable=SC2086
"$bin/patchbay" chains drill $host --tenant demo --fail tts/flite=cut >"$work/drill" 2>&1 || { cat "$work/drill"; exit 1; }
for text in "open Monday to Friday, from 8 am to 5 pm. On Saturday and Sunday we are closed" "flite broke off in the middle" "second took over"; do
  grep -qF "$text" "$work/drill" || { echo "the drill did not say '$text':"; cat "$work/drill"; exit 1; }
done
tail -n 4 "$work/drill"

# The drill was that call's alone, and the file's new order counts without a restart.
# shellcheck disable=SC2086
until_says "1. flite: connect 800 ms, first output 800 ms, stall 1000 ms; healthy" "$bin/patchbay" chains explain $host --tenant demo
sed -i 's/^  tts: \[flite, second\]$/  tts: [second, flite]/' "$work/demo/tenant.yaml"
# shellcheck disable=SC2086
until_says "1. second:" "$bin/patchbay" chains explain $host --tenant demo
# A file that cannot be read changes nothing.
echo "chains: {tts: [nobody" >>"$work/demo/tenant.yaml"
until_says "what was there before stays" cat "$work/log"
# shellcheck disable=SC2086
until_says "1. second:" "$bin/patchbay" chains explain $host --tenant demo
echo "the tenant's chain was changed while the host served"

# Nor does a provider's file: what is wrong is told, and the voice goes on. The name of the file is not that of the provider.
cp "$voice" "$work/good"
refuses() {
  until_says "$1" cat "$work/log"
  # shellcheck disable=SC2086
  until_says "1. second:" "$bin/patchbay" chains explain $host --tenant demo
  cp "$work/good" "$voice"
}
echo "settings: [" >"$voice"
refuses "20-other.yaml:2:"
{ cat "$work/good"; echo "sha256: $(printf '%064d' 0)"; } >"$voice"
refuses "is not the library its file names"
sed 's/^library:.*/library: libNobody.so/' "$work/good" >"$voice"
refuses "libNobody.so"
sed 's/kal16/nobody/' "$work/good" >"$voice"
refuses "settings/voice"
cp "$work/good" "$work/plugins.d/30-rival.yaml"
refuses "the provider name 'second' is claimed by"
rm "$work/plugins.d/30-rival.yaml"
rm "$voice"
until_says "the provider second is taken out of service" cat "$work/log"
[ "$(grep -c "is taken out of service" "$work/log")" = 1 ] || { echo "a provider was taken out of service too early"; cat "$work/log"; exit 1; }
echo "a voice whose file was spoiled in five ways served until its file was gone"
