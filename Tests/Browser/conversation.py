#!/usr/bin/env python3
"""A person asks the demo business for its hours on the phone page: the real host, a headless Chromium, recorded human speech.

    conversation.py --bin BIN_FOLDER        writes .build/reports/phone.png
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent / "Speech"))
import voices  # noqa: E402  The human voice is the one that leads the dialogues of `make prove-speech`.


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--bin", type=pathlib.Path, required=True)
    chosen = options.parse_args()
    human = voices.Human()
    turns = [human.say(text, 16_000) for text in ("hours", "no")]
    with tempfile.TemporaryDirectory(prefix="patchbay-browser-") as folder:
        log = pathlib.Path(folder) / "log"
        with open(log, "w") as output:
            host = subprocess.Popen(
                [chosen.bin / "patchbay", "serve", "--state", f"{folder}/state", "--config", ROOT / "deploy/demo", "--plugins",
                 ROOT / "plugins.d", "--libraries", chosen.bin, "--weights", ROOT / ".build/silero", "--listen", "127.0.0.1:0",
                 "--drain-ms", "1000"], stdout=output, stderr=output)
        try:
            url = address(host, log)
            subprocess.run(
                [sys.executable, HERE / "phone_test.py", "--url", url, "--say", *turns, "--expect-user", "hours", "--expect-agent",
                 "computer assistant", "Monday to Friday"], check=True, timeout=240, cwd=ROOT)
        except BaseException:
            print(log.read_text(), file=sys.stderr)
            raise
        finally:
            host.terminate()
            host.wait(20)


def address(host: subprocess.Popen, log: pathlib.Path) -> str:
    """Where the phone page is, as the host says it."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for line in log.read_text().splitlines():
            if "The phone page: " in line:
                return line.split("The phone page: ")[1].split()[0].rstrip(".")
        if host.poll() is not None:
            raise RuntimeError("the host did not start")
        time.sleep(0.05)
    raise RuntimeError("the host did not say where its phone page is within a minute")


if __name__ == "__main__":
    main()
