#!/bin/sh
# Proves the emulators: the vendors' own client libraries work against them, and every documented error can be made.
set -eu
cd "$(dirname "$0")"
../venv.sh
# No proxy of the machine may stand between a client and loopback.
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY 2>/dev/null || true
PYTHONDONTWRITEBYTECODE=1 exec ../../.build/venv/bin/python -m pytest -q -p no:cacheprovider -W ignore::DeprecationWarning tests "$@"
