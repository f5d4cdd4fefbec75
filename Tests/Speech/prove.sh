#!/bin/sh
# Callers book by voice, a recorded person leads dialogues, words are counted: about fifteen minutes. Usage: Tests/Speech/prove.sh BIN_DIR
set -eu
cd "$(dirname "$0")/../.."
exec python3 Tests/Speech/prove.py "${1:-.build/release}"
