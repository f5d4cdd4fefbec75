#!/bin/sh
# Installs what is missing on a Debian 12 machine that has Swift and nothing else. Usage: deploy/setup.sh run|test
set -eu
cd "$(dirname "$0")/.."
mkdir -p .build

# What the host and the embedded engines need.
packages="pkg-config libssl-dev libcurl4-openssl-dev libffi-dev libebur128-dev libspeexdsp-dev flite1-dev libflite1 libpocketsphinx-dev libsphinxbase-dev pocketsphinx-en-us python3 python3-venv"
# What proves them: other voices, human recordings, a browser.
if [ "$1" = test ]; then
  packages="$packages flite espeak-ng sox asterisk-core-sounds-en asterisk-core-sounds-en-wav asterisk-core-sounds-en-g722
    libspandsp-dev chromium valgrind nginx-light curl"
fi

missing=""
for package in $packages; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
done
if [ -n "$missing" ]; then
  root=""
  [ "$(id -u)" = 0 ] || root="sudo"
  command -v apt-get >/dev/null || { echo "setup: this needs Debian's apt-get; install these yourself:$missing" >&2; exit 1; }
  echo "setup: installing$missing"
  $root apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $root apt-get install -y -qq --no-install-recommends $missing >.build/apt.log 2>&1 || {
    tail -5 .build/apt.log >&2
    echo "setup: apt-get could not install$missing; the whole log is .build/apt.log" >&2
    exit 1
  }
fi

# The voice detector's weights come with a Python package (MIT licence); it is unpacked, never installed.
if [ ! -f .build/silero/silero-16k.f32 ]; then
  echo "setup: fetching the voice detector's weights"
  [ -x .build/venv/bin/pip ] || /usr/bin/python3 -m venv .build/venv
  if .build/venv/bin/pip -q download --no-deps -d .build/silero-wheel silero-vad==6.2.3; then
    .build/venv/bin/python Tests/Tools/extract-silero.py .build/silero-wheel/silero_vad-6.2.3-py3-none-any.whl .build/silero >/dev/null
  else
    echo "setup: the weights could not be fetched; the energy detector will serve until 'make setup' succeeds" >&2
  fi
fi
