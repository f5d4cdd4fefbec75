#!/bin/sh
# Rules that a machine can check; each message names what to do instead.
set -eu
cd "$(dirname "$0")/.."
bad=0
complain() { printf '%s\n' "$1" >&2; bad=1; }

# The host names no vendor: a provider is a file in plugins.d.
names=$(for folder in Plugins/*/; do basename "$folder"; done | grep -vE '^(Echo|Script|WavPhone|WebPhone|Diary|Native)$' | paste -sd'|')
found=$(grep -rnwE "$names" Host --include='*.swift' | grep -vE '^[^:]+:[0-9]+:\s*//' || true)
[ -z "$found" ] || complain "A vendor is named under Host/; say what the role is instead:
$found"

# Plugins link PluginKit, the overlay and Sound, never the host.
found=$(grep -rnE '^(public |internal )?import (Base|Failover|Isolation|Media|Tenants|Loader|Calls|Journal|API|Observe|Config|Runtime|Commands|Terminal|Services|WebSocket|CCurl)$' Plugins --include='*.swift' || true)
[ -z "$found" ] || complain "A plugin imports a room of the host; it may import PluginKit, Vox, PluginABI and Sound:
$found"

# Pure rooms read no clock and start no task.
found=$(grep -rnE 'Task *\{|Task\.detached|clock_gettime|SystemClock|DispatchQueue' Host/Media Host/Failover --include='*.swift' || true)
[ -z "$found" ] || complain "Media and Failover are pure: pass the time in:
$found"

found=$(grep -rnE 'try!|fatalError\(| as! ' Host Plugins PluginABI --include='*.swift' | grep -vE ':\s*//' || true)
[ -z "$found" ] || complain "A trap that the outside could reach; make it an error value:
$found"

# What a build makes is no source: only text, and the few recordings and pictures that tests and documents need.
if git rev-parse --git-dir >/dev/null 2>&1; then
  found=$(git ls-files | grep -E '^[^/]+$' | grep -vxE '\.gitignore|\.swift-format|Makefile|Package\.swift|README\.md' || true)
  found="$found$(git ls-files | grep -E '\.(bc|o|a|so|dylib|pyc|profdata|profraw)$' || true)"
  [ -z "$found" ] || complain "A file that belongs to no room, or that a build makes; take it out of git:
$found"
fi

[ $bad = 0 ] && echo "kept"
exit $bad
