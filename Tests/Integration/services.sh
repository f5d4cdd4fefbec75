#!/bin/sh
# The host's HTTP and WebSocket clients against other people's servers. Usage: services.sh FOLDER_OF_BINARIES [--figures]
set -eu
cd "$(dirname "$0")/../.."
Tests/venv.sh
exec .build/venv/bin/python Tests/Integration/services.py "$@"
