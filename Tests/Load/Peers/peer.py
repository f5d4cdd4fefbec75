"""Runs one test of the peer bench with Patchbay in the place of a peer, unmodified: the host's process is what is measured.

Usage, as the bench calls its peers: peer.py BENCH_FOLDER pb TEST [OPTIONS of the bench's run.py]
"""
import pathlib
import runpy
import sys

import psutil

here, bench = pathlib.Path(__file__).resolve().parent, pathlib.Path(sys.argv.pop(1)).resolve()
sys.path[:0] = [str(here), str(bench)]
import patchbay_agent  # noqa: E402: needs the path above

Process = psutil.Process


class Host(Process):
    """What the bench takes for its own process. Before the host runs there is nothing to measure, and its own is as good."""

    def __init__(self, pid=None):
        super().__init__(pid)
        self._mine = pid

    def __getattribute__(self, name):
        if name in ("cpu_times", "memory_info", "memory_full_info", "num_threads") and object.__getattribute__(self, "_mine") is None:
            if pid := patchbay_agent.host_process():
                return getattr(Process(pid), name)
        return super().__getattribute__(name)


psutil.Process = Host
# `run.py` knows two peers by name; we come under one of these.
sys.modules["lk_agent"] = patchbay_agent
sys.argv = [str(bench / "run.py"), "lk", *sys.argv[2:]]
runpy.run_path(sys.argv[0], run_name="__main__")
