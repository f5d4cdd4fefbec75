#!/bin/sh
# What callers hear when providers fail. Usage: Tests/Faults/matrix.sh BIN_DIR [--smoke | --only ROLE/FAULT | --docs FILE]
set -eu
cd "$(dirname "$0")/../.."
Tests/venv.sh
exec .build/venv/bin/python Tests/Faults/matrix.py "$@"
