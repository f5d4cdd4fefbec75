#!/bin/sh
# A caller asks the demo business for its hours and hangs up; then the voice is swapped by editing one file, and the agent
# speaks through the plugin in C. Usage: calls.sh BIN_FOLDER
set -eu
cd "$(dirname "$0")/../.."
bin=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r plugins.d "$work/plugins.d"

call() {
  "$bin/patchbay" call --state "$work/state-$1" --config deploy/demo --plugins "$work/plugins.d" --libraries "$bin" \
    --weights .build/silero --to reception --out "$work/$1.wav" --say "what are your opening hours" --say "goodbye" --json >"$work/$1.json"
}

call voice
python3 - "$work/voice.json" <<'PY'
import json, sys
text = open(sys.argv[1]).read()
assert "open Monday to Friday" in text, "the agent did not say when it is open:\n" + text[-2000:]
print("the agent answered the question")
PY

# One file decides who speaks.
sed -i "s|^library:.*|library: $PWD/.build/examples/libToneC.so|; /^settings:/,\$d" "$work/plugins.d/flite.yaml"
call tones
python3 - "$work/voice.wav" "$work/tones.wav" <<'PY'
import sys, wave
def frames(path):
    with wave.open(path) as f: return f.getnframes(), f.readframes(f.getnframes())
(n1, a), (n2, b) = frames(sys.argv[1]), frames(sys.argv[2])
assert n1 > 16000 and n2 > 16000, "a recording is too short: %d and %d samples" % (n1, n2)
assert a[:64000] != b[:64000], "the agent still speaks with the old voice"
print("the agent speaks through the other plugin")
PY
