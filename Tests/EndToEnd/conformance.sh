#!/bin/sh
# Holds every plugin against the contract. Usage: conformance.sh BIN_FOLDER
set -eu
cd "$(dirname "$0")/../.."
bin=$1
check() { printf '%s\n' "-- $1"; shift; "$bin/patchbay" plugins check "$@"; }
check "the example in C" .build/examples/libToneC.so
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
