#!/bin/sh
# A recorded human voice is the microphone of a headless Chromium on the phone page. Usage: browser.sh BIN_FOLDER
set -eu
cd "$(dirname "$0")/../.."
bin=$(cd "$1" && pwd)
[ -x .build/venv/bin/pip ] || /usr/bin/python3 -m venv .build/venv
.build/venv/bin/python -c 'import playwright, numpy' 2>/dev/null || .build/venv/bin/pip -q install playwright numpy
exec .build/venv/bin/python Tests/Browser/conversation.py --bin "$bin"
