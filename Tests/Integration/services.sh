#!/bin/sh
# The host's HTTP and WebSocket clients against other people's servers. Usage: services.sh FOLDER_OF_BINARIES [--figures]
set -eu
cd "$(dirname "$0")/../.."
[ -x .build/venv/bin/pip ] || /usr/bin/python3 -m venv .build/venv
.build/venv/bin/python -c 'import aiohttp, hypercorn, h2, websockets' 2>/dev/null || .build/venv/bin/pip -q install aiohttp hypercorn h2 websockets
exec .build/venv/bin/python Tests/Integration/services.py "$@"
