#!/bin/sh
# A recorded human voice is the microphone of a headless Chromium on the phone page. Usage: browser.sh BIN_FOLDER
set -eu
cd "$(dirname "$0")/../.."
bin=$(cd "$1" && pwd)
Tests/venv.sh
exec .build/venv/bin/python Tests/Browser/conversation.py --bin "$bin"
