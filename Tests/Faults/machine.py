"""Whether the machine itself stood still while something was measured: on a shared one all processes may wait for tens of milliseconds."""
import os
import subprocess
import sys
import time

#: The witness wakes as often as this; it is late by as much as nobody ran.
STEP_S = 0.005


class Witness:
    """One idle process for each core while the block runs; what they saw is known behind it."""

    def __enter__(self) -> "Witness":
        #: The longest that a core stood still, in ms.
        self.stood_still_ms = 0.0
        self._processes = [subprocess.Popen([sys.executable, __file__, str(core)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
                           for core in os.sched_getaffinity(0)]
        return self

    def __exit__(self, *_):
        # The end of their input ends them.
        self.stood_still_ms = max(float(process.communicate()[0] or 0) for process in self._processes)


def wait_until_steady(still_ms: float, seconds: float):
    """Until no core has stood still for longer than `still_ms` in a stretch of three seconds, or `seconds` are over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with Witness() as witness:
            time.sleep(3)
        if witness.stood_still_ms <= still_ms:
            return


def watch(core: int):
    os.sched_setaffinity(0, {core})
    os.set_blocking(0, False)
    worst, before = 0.0, time.monotonic()
    while True:
        time.sleep(STEP_S)
        now = time.monotonic()
        worst, before = max(worst, now - before - STEP_S), now
        try:
            if not os.read(0, 1):
                break
        except BlockingIOError:
            pass
    print(worst * 1000)


if __name__ == "__main__":
    watch(int(sys.argv[1]))
