#!/bin/sh
# What callers hear when providers fail. Usage: Tests/Faults/matrix.sh BIN_DIR [--smoke | --only ROLE/FAULT | --docs FILE]
set -eu
cd "$(dirname "$0")/../.."
[ -x .build/venv/bin/pip ] || /usr/bin/python3 -m venv .build/venv
.build/venv/bin/python -c 'import numpy' 2>/dev/null || .build/venv/bin/pip -q install numpy
exec .build/venv/bin/python Tests/Faults/matrix.py "$@"
