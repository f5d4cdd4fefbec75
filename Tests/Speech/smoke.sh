#!/bin/sh
# One conversation per voice and line, a minute and a half. Usage: Tests/Speech/smoke.sh BIN_DIR
set -eu
cd "$(dirname "$0")/../.."
# Of the weakest voice on a telephone line 8 conversations of 10 are to go well: one that did not says little, two in a row say something.
python3 Tests/Speech/prove.py "${1:-.build/release}" --smoke || exec python3 Tests/Speech/prove.py "${1:-.build/release}" --smoke
