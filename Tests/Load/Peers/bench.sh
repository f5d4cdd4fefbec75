#!/bin/sh
# Patchbay beside livekit-agents and pipecat-ai on one provider lab, in one run. Usage: bench.sh BIN_DIR
# Environment: PEERS_BENCH, the folder of the peer bench (lab.py, run.py, …); PEERS, where environments and results go; QUICK=1, half
# of the time; PARTS, of "latency barge idle load failover" (all of them when unset).
set -eu
cd "$(dirname "$0")/../../.."
bin=$(realpath "$1")
bench=${PEERS_BENCH:-}
[ -f "$bench/run.py" ] || { echo "bench-peers: set PEERS_BENCH to the folder of the peer bench (lab.py, caller.py, run.py)" >&2; exit 2; }
command -v espeak-ng >/dev/null || { echo "bench-peers: the callers' speech needs espeak-ng; install it with: apt-get install espeak-ng" >&2; exit 2; }
bench=$(realpath "$bench")
PEERS=$(realpath -m "${PEERS:-.build/peers}")
PATCHBAY_BINARIES=$bin PATCHBAY_WEIGHTS=$PWD/.build/silero PEERS_DATA=$PEERS/data PYTHONDONTWRITEBYTECODE=1
export PEERS PATCHBAY_BINARIES PATCHBAY_WEIGHTS PEERS_DATA PYTHONDONTWRITEBYTECODE
results=$PEERS/res
mkdir -p "$results" "$PEERS/pb/bin" .build/reports

for peer in lk pc; do
  [ -f "$PEERS/$peer/complete" ] && continue
  /usr/bin/python3 -m venv --clear "$PEERS/$peer"
  "$PEERS/$peer/bin/pip" -q --disable-pip-version-check install -r "$bench/requirements-$peer.txt"
  touch "$PEERS/$peer/complete"
done
# The bench calls each peer as PEER/bin/python -W ignore run.py PEER TEST …; ours is the same bench with our agent in it.
cat > "$PEERS/pb/bin/python" <<PYTHON
#!/bin/sh
shift 3
exec "$PEERS/lk/bin/python" -W ignore "$PWD/Tests/Load/Peers/peer.py" "$bench" "\$@"
PYTHON
chmod +x "$PEERS/pb/bin/python"
(cd "$bench" && "$PEERS/lk/bin/python" common.py >/dev/null)
rm -f "$results"/*.jsonl

# An hour and three quarters on two cores.
turns=16 barges=10 seconds=40 counts="1 10 25 50" which=default,best
[ -z "${QUICK:-}" ] || { turns=8 barges=8 seconds=20 counts="1 10" which=default; }
parts=" ${PARTS:-latency barge idle load failover} "
last=$(($(nproc) - 1))

# What the last lab said must not be taken for the next one's word, nor its port be in use.
start_lab() { rm -f "$PEERS/lab-$1.out"; bash "$bench/labctl.sh" start "$1"; }
stop_lab() { pid=$(cat "$PEERS/lab-$1.pid"); bash "$bench/labctl.sh" stop "$1"; timeout 10 tail --pid="$pid" -f /dev/null || true; }
run() { peer=$1; shift; (cd "$bench" && timeout 900 "$PEERS/$peer/bin/python" -W ignore run.py "$peer" "$@" >>"$PEERS/$peer.log" 2>&1) || echo "$peer $* failed; see $PEERS/$peer.log" >&2; }
has() { case $parts in *" $1 "*) ;; *) return 1 ;; esac; }

for peer in lk pc pb; do
  start_lab 9100
  ! has idle || run $peer idle --calls 8 --base 9100 --out "$results/idle.jsonl"
  for settings in tuned tuned_pre default; do
    ! has latency || run $peer latency --turns $turns --settings $settings --punct 1 --base 9100 --out "$results/latency.jsonl"
  done
  for settings in tuned default; do
    ! has barge || run $peer barge --turns $barges --settings $settings --base 9100 --out "$results/barge.jsonl"
  done
  stop_lab 9100
done

# A peer of Python is one process with its caller, pinned to the last core; our host alone is pinned there.
if has load; then
  for peer in lk pc pb; do
    for n in $counts; do
      start_lab 9800
      [ "$last" -eq 0 ] || taskset -cp "0-$((last - 1))" "$(cat "$PEERS/lab-9800.pid")" >/dev/null
      if [ $peer = pb ]; then
        PATCHBAY_CORE=$last run pb load --calls "$n" --secs $seconds --base 9800 --words 24 --out "$results/load.jsonl"
      else
        (cd "$bench" && timeout 300 taskset -c "$last" "$PEERS/$peer/bin/python" -W ignore run.py $peer load --calls "$n" --secs $seconds \
          --base 9800 --words 24 --out "$results/load.jsonl" >>"$PEERS/$peer.log" 2>&1) || true
      fi
      stop_lab 9800
    done
  done
fi
! has failover || python3 "$bench/failover_all.py" --peers lk,pc,pb --out "$results/failover.jsonl" --parallel 2 --which $which

python3 "$bench/report.py" "$results" | tee "$results/report.md"
python3 - "$results" <<'JSON' > .build/reports/bench-peers.json
import json, pathlib, sys
rows = [json.loads(line) for file in sorted(pathlib.Path(sys.argv[1]).glob("*.jsonl")) for line in file.read_text().splitlines()]
# A row is void when the caller itself was late.
for row in rows:
    late = row.get("mic_late_ms", {}).get("p99") if isinstance(row.get("mic_late_ms"), dict) else row.get("mic_late_ms_p99")
    row["void"] = late is not None and late > 5
json.dump(rows, sys.stdout, indent=1)
JSON
JSON_ROWS=$(grep -c '"void"' .build/reports/bench-peers.json || true)
echo "$JSON_ROWS rows are in .build/reports/bench-peers.json"
