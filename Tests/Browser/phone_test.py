#!/usr/bin/env python3
"""A conversation through the phone page of a running host, with a recorded voice as the browser's microphone.

    phone_test.py --url http://127.0.0.1:8080/phone --say a.wav b.wav --expect-user "opening hours" --expect-agent "monday"

Each file of --say is spoken when the agent has been silent for a while. The test holds when the agent was heard in the browser
before and after each, and when the captions hold the expected words. Needs chromium and the Python packages playwright and numpy.
"""

import argparse
import base64
import pathlib
import tempfile

import numpy as np

from browser import RATE, captions, heard, level, phone_page, read_wav, state, wait_for, write_wav

# Replaces the microphone by samples that the test hands over when it is the caller's turn.
MOUTH = """
(() => {
  let sound = null;
  navigator.mediaDevices.getUserMedia = async () => {
    const context = new AudioContext(), out = context.createMediaStreamDestination();
    sound = { context, out };
    return out.stream;
  };
  window.speak = (text, rate) => {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0)), samples = new Int16Array(bytes.buffer);
    const buffer = sound.context.createBuffer(1, samples.length, rate), source = sound.context.createBufferSource();
    buffer.copyToChannel(Float32Array.from(samples, (s) => s / 32768), 0);
    source.buffer = buffer;
    source.connect(sound.out);
    source.start();
  };
})();
"""


def quiet_for(page, seconds):
    """True when the agent has spoken and the browser has played nothing for that long."""
    levels = level(heard(page))
    tail = int(seconds * 100)
    return len(levels) > tail and (levels > 100).any() and (levels[-tail:] < 100).all()


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--url", default="http://127.0.0.1:8080/phone")
    options.add_argument("--say", nargs="*", default=[], help="WAV files, one per turn of the caller")
    options.add_argument("--expect-user", nargs="*", default=[], help="words that must appear in the caller's captions")
    options.add_argument("--expect-agent", nargs="*", default=[], help="words that must appear in the agent's captions")
    options.add_argument("--fake-device", action="store_true",
                         help="let Chromium's own fake microphone play the first file, 15 s after the call began")
    options.add_argument("--screenshot", default=".build/reports/phone.png")
    options.add_argument("--record", help="where to write what the browser played, as WAV")
    options.add_argument("--timeout", type=float, default=60, help="seconds for each step")
    chosen = options.parse_args()
    pathlib.Path(chosen.screenshot).parent.mkdir(parents=True, exist_ok=True)

    with tempfile.TemporaryDirectory() as folder:
        voice = pathlib.Path(folder) / "microphone.wav"
        write_wav(voice, [15.0, read_wav(chosen.say[0]), 60.0] if chosen.fake_device else [60.0])
        with phone_page(chosen.url, voice) as page:
            if not chosen.fake_device:
                page.evaluate(MOUTH)
            page.click("#call")
            wait_for(lambda: state(page) == "talking", chosen.timeout, "the call is answered")
            wait_for(lambda: quiet_for(page, 1.2), chosen.timeout, "the agent greets")
            for file in chosen.say:
                before = len(heard(page))
                if not chosen.fake_device:
                    page.evaluate("([text, rate]) => window.speak(text, rate)",
                                  [base64.b64encode(read_wav(file).tobytes()).decode(), RATE])
                wait_for(lambda: (level(heard(page)[before:]) > 300).sum() > 30, chosen.timeout, f"the agent answers {file}")
                # After its good-bye the agent hangs up, and the page plays nothing more.
                try:
                    wait_for(lambda: state(page) == "idle" or quiet_for(page, 1.2), chosen.timeout, "the agent has finished")
                except AssertionError as late:
                    played = heard(page)
                    raise AssertionError(
                        f"{late}; the page is {state(page)}, has played {len(played) / RATE:.1f} s, the last of it at the levels "
                        f"{level(played)[-150::10].astype(int).tolist()}; captions: {captions(page)[-4:]}; {page.problems}") from late
                print("\n".join(f"{speaker:>5}: {text}" for speaker, text in captions(page)[-2:]), flush=True)
            page.screenshot(path=chosen.screenshot)
            said = {who: " ".join(text for speaker, text in captions(page) if speaker == who).lower() for who in ("user", "agent")}
            latency = page.inner_text("#latency").strip()
            played = heard(page)
            if state(page) != "idle":
                page.click("#call")
            wait_for(lambda: state(page) == "idle", 5, "the page is idle again")
            assert not page.problems, page.problems
    if chosen.record:
        write_wav(chosen.record, [played])
    for who, expected in (("user", chosen.expect_user), ("agent", chosen.expect_agent)):
        missing = [words for words in expected if words.lower() not in said[who]]
        assert not missing, f"not among the {who}'s captions: {missing}; there is: {said[who]}"
    print(f"the conversation held; {latency}")


if __name__ == "__main__":
    main()
