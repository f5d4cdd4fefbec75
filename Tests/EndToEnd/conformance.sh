#!/bin/bash
# Holds every plugin against the contract, in the host's process and in a worker; the vendors' plugins talk to the vendors' emulators.
# Usage: conformance.sh BIN_FOLDER [NAME...]
set -eu
cd "$(dirname "$0")/../.."
bin=$1
shift
only=" $* "
reports=.build/reports/conformance
rm -rf $reports
mkdir -p $reports

# Most of a check is waiting, so several go on at once.
at_once=3
check() {
  local name=$1 isolation
  shift
  [ "$only" = "  " ] || [[ $only == *" $name "* ]] || return 0
  for isolation in in-process worker; do
    while [ "$(jobs -rp | wc -l)" -gt $at_once ]; do wait -n || :; done
    one "$name" $isolation "$@" &
  done
}
one() {
  local report="$reports/$1-$2.txt"
  if "$bin/patchbay" plugins check "${@:3}" --isolation "$2" >"$report" 2>&1; then
    printf -- '-- %s, %s: %s\n' "$1" "$2" "$(tail -n 1 "$report")"
  else
    printf -- '-- %s, %s FAILED; all of it is in %s\n%s\n' "$1" "$2" "$report" "$(grep -A 1 FAIL "$report" || tail -n 5 "$report")"
    touch $reports/failed
  fi
}

Tests/venv.sh
# They serve until they are told to end.
Tests/Emulators/emulate --all >$reports/emulators.jsonl </dev/null &
emulators=$!
trap 'kill $emulators 2>/dev/null || :' EXIT
deadline=$((SECONDS + 30))
until [ "$(wc -l <$reports/emulators.jsonl)" -ge 6 ]; do
  kill -0 $emulators && [ $SECONDS -lt $deadline ] || { echo "the emulators did not start" >&2; exit 1; }
  sleep 0.1
done
url() { sed -n "s/.*\"provider\": \"$1\", \"url\": \"\([^\"]*\)\".*/\1/p" $reports/emulators.jsonl; }
EMULATOR_KEY=$(sed -n 's/.*"key": "\([^"]*\)".*/\1/p;q' $reports/emulators.jsonl)
export EMULATOR_KEY
vendor() { check "$1" "$bin/lib$1.so" --settings "$2" --secret "${3:-api_key}=env:EMULATOR_KEY"; }

check ToneC .build/examples/libToneC.so
check Echo "$bin/libEcho.so"
check Flite "$bin/libFlite.so"
model=/usr/share/pocketsphinx/model/en-us
check PocketSphinx "$bin/libPocketSphinx.so" \
  --settings "{\"dictionary\":\"$model/cmudict-en-us.dict\",\"language_model\":\"$model/en-us.lm.bin\"}"
check Script "$bin/libScript.so" --settings "{\"flow\":\"$PWD/deploy/demo/flow.yaml\"}"
check Native "$bin/libNative.so"
check Diary "$bin/libDiary.so"
check WavPhone "$bin/libWavPhone.so"
check WebPhone "$bin/libWebPhone.so"
vendor Deepgram "{\"base_url\":\"$(url deepgram)\"}"
vendor Claude "{\"base_url\":\"$(url claude)\"}"
vendor OpenAI "{\"base_url\":\"$(url openai)/v1\"}"
vendor Chatterbox "{\"dialect\":\"openai-speech\",\"base_url\":\"$(url chatterbox)\",\"voice\":\"Emily.wav\"}"
resemble=$(url resemble)
vendor Resemble "{\"base_url\":\"$resemble\",\"websocket_url\":\"ws${resemble#http}/stream\",\"voice\":\"55592656\"}"
vendor N8N "{\"base_url\":\"$(url n8n)\",\"tools\":{\"last\":{\"path\":\"last\"}}}" credential

while [ "$(jobs -rp | wc -l)" -gt 1 ]; do wait -n || :; done
[ ! -e $reports/failed ]
