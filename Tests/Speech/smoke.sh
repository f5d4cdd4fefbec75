#!/bin/sh
# One conversation per voice and line, a minute and a half. Usage: Tests/Speech/smoke.sh BIN_DIR
set -eu
cd "$(dirname "$0")/../.."
exec python3 Tests/Speech/prove.py "${1:-.build/release}" --smoke
