#!/bin/sh
# The figures of whole calls on the vendors' plugins: many at once on one core, at a real day's stage times, and interrupted ones.
# All are measured, whatever the first ones come to. Usage: Tests/Load/figures.sh BIN_FOLDER [--smoke]
set -eu
cd "$(dirname "$0")/../.."
Tests/venv.sh
status=0
for part in full_calls vendors cancels; do
  printf '\n'
  .build/venv/bin/python "Tests/Load/$part.py" "$@" || status=1
done
exit $status
