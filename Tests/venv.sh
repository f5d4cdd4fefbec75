#!/bin/sh
# Makes .build/venv, the Python of every test, with what requirements.txt and constraints.txt pin, once for each content of those files.
set -eu
cd "$(dirname "$0")/.."
venv=.build/venv
pins="Tests/requirements.txt Tests/constraints.txt"
cat $pins | cmp -s - "$venv/made-of.txt" 2>/dev/null && exit 0
python=/usr/bin/python3
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "tests: Python 3.11 or newer is needed" >&2; exit 1; }
mkdir -p .build
"$python" -m venv --clear "$venv"
"$venv/bin/pip" -q --disable-pip-version-check install -r Tests/requirements.txt -c Tests/constraints.txt
cat $pins > "$venv/made-of.txt"
