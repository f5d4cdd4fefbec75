#!/bin/sh
# A caller has native functions called in a worker: one answers, one crashes, and the call goes on. Usage: native.sh BIN_FOLDER
set -eu
cd "${ROOT:-$(dirname "$0")/../..}"
bin=$1 work=$(mktemp -d)
host="--state $work/state --config $work/tenant --plugins $work/plugins.d --libraries $bin --weights .build/silero"
mkdir -p "$work/state" "$work/plugins.d" "$work/tenant/agents"
make -s -C Tests/Fixtures/Native OUT="$work/lib"
cp plugins.d/flite.yaml plugins.d/pocketsphinx.yaml plugins.d/script.yaml plugins.d/wavphone.yaml "$work/plugins.d"
sed -e 's/^enabled: false/enabled: true/' -e "s|^# readable:.*|readable: [$work/lib]|" plugins.d/native.yaml >"$work/plugins.d/native.yaml"
cat >>"$work/plugins.d/native.yaml" <<YAML
    crash:
      description: Dies of a segmentation fault.
      library: $work/lib/functions.so
      symbol: crash
YAML
cp deploy/demo/tenant.yaml "$work/tenant"
cat >"$work/tenant/agents/reception.yaml" <<'YAML'
name: Reception
greeting: {from: model}
chains:
  llm:
    - provider: script
      settings: {flow: !path ../flow.yaml}
tools:
  - {name: machine_name, description: Tells the machine., provider: native, schema: {type: object, additionalProperties: false, properties: {}}}
  - {name: crash, description: Crashes., provider: native, schema: {type: object, additionalProperties: false, properties: {}}}
transfers: {front-desk: "+1 555 010 0101"}
YAML
cat >"$work/tenant/flow.yaml" <<'YAML'
agent: Native functions
greet: Hello.
intents:
  name:
    label: make an appointment
    say: ["[can i] make an appointment"]
    do: machine_name
    with: {}
    done: You are on {result.machine}.
    fail: I am sorry, that did not go well.
  crash:
    label: cancel an appointment
    say: ["[please] cancel my appointment"]
    do: crash
    with: {}
    done: It was no crash.
    fail: I am sorry, that did not go well.
limits: {reprompt: 2, then: transfer}
transfer: {to: front-desk, say: One moment., days: mon-fri, from: "08:00", until: "17:00"}
YAML

# shellcheck disable=SC2086 # the options are words on purpose
"$bin/patchbay" serve $host --listen 127.0.0.1:0 >"$work/log" 2>&1 &
pid=$!
trap 'kill "$pid" 2>/dev/null; wait "$pid" 2>/dev/null; rm -rf "$work"' EXIT
tries=0
until curl -fsS --unix-socket "$work/state/control.sock" http://host/readyz >/dev/null 2>&1; do
  tries=$((tries + 1))
  [ $tries -lt 150 ] || { cat "$work/log"; echo "native: the host was not ready within 30 s" >&2; exit 1; }
  sleep 0.2
done
# shellcheck disable=SC2086
"$bin/patchbay" call $host --to reception --say "can i make an appointment" --say "please cancel my appointment" | tee "$work/heard"
grep -q 'tool *machine_name (native): done' "$work/heard"
grep -q "You are on $(hostname)" "$work/heard"
grep -q 'tool *crash (native): failed' "$work/heard"
grep -q 'crashed with a segmentation fault' "$work/heard"
grep -q 'I am sorry, that did not go well' "$work/heard"
kill -0 "$pid"
# shellcheck disable=SC2086
"$bin/patchbay" plugins list $host | grep -qE '^native .*worker .*ready'
echo "native functions: kept"
