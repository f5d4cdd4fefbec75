#!/usr/bin/env python3
"""The phone page alone, in a real browser, against a scripted agent: nothing lost, nothing twice, silent when cleared.

Needs chromium and the Python packages playwright, aiohttp and numpy. Run: page_test.py [folder for screenshots]
"""

import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np

from agent import Agent
from browser import RATE, captions, heard, level, phone_page, read_wav, state, wait_for, write_wav

HUMAN = pathlib.Path("/usr/share/asterisk/sounds/en/vm-intro.wav")
TENS = [400 + 100 * i for i in range(10)]
UNITS = [1500 + 100 * i for i in range(10)]


def chord(number):
    """A word of word-coded audio: 200 ms of two tones, 50 ms of silence."""
    t = np.arange(RATE // 5) / RATE
    tone = np.sin(2 * np.pi * TENS[number // 10] * t) + np.sin(2 * np.pi * UNITS[number % 10] * t)
    edge = np.minimum(1, np.minimum(np.arange(len(t)), np.arange(len(t))[::-1]) / (RATE * 0.004))
    return np.concatenate([(tone * edge * 8000).astype(np.int16), np.zeros(RATE // 20, np.int16)])


def numbers(samples):
    """The words in a recording, in order: each must sound for at least 150 ms to count."""
    window, found, run = RATE // 50, [], 0
    spectrum = np.exp(-2j * np.pi * np.outer(np.arange(window) / RATE, TENS + UNITS))
    last = None
    for at in range(0, len(samples) - window, window // 2):
        piece = samples[at : at + window].astype(float)
        power = np.abs((piece * np.hanning(window)) @ spectrum)
        now = None if np.sqrt((piece**2).mean()) < 1000 else 10 * int(power[:10].argmax()) + int(power[10:].argmax())
        run = run + 1 if now == last else 1
        last = now
        if now is not None and run == 15:
            found.append(now)
    return found


def microphone(folder):
    """A human voice where one is installed, otherwise a synthetic one."""
    voice = folder / "voice.wav"
    if HUMAN.exists():
        speech = read_wav(HUMAN)[: RATE * 6]
    else:
        subprocess.run(["espeak-ng", "-w", str(voice), "please leave a message after the tone, or hang up and call again"], check=True)
        speech = read_wav(voice)
    write_wav(voice, [0.5, speech, 30])
    return voice, speech


def main():
    shots = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".build/reports")
    shots.mkdir(parents=True, exist_ok=True)
    agent = Agent()
    with tempfile.TemporaryDirectory() as folder:
        voice, speech = microphone(pathlib.Path(folder))
        with phone_page(agent.url + "?to=clinic", voice) as page:
            assert state(page) == "idle"
            page.screenshot(path=shots / "phone-idle.png")

            # The button leads to a call; nothing of the microphone leaves before the answer.
            page.click("#call")
            start = wait_for(lambda: agent.of("start"), 15, "the page asks for a call")[0]
            assert start["to"] == "clinic", start
            agent.send(type="ringing")
            wait_for(lambda: page.inner_text("#status") == "Ringing …", 5, "the page shows that it rings")
            assert not agent.frames
            agent.send(type="answered", rate=16000)
            wait_for(lambda: state(page) == "talking", 5, "the page shows the call")

            # The caller's voice arrives in frames of 20 ms, 50 a second.
            wait_for(lambda: len(agent.frames) > 150, 10, "the microphone is heard")
            assert all(len(frame) == 320 for _, frame in agent.frames)
            pace = 149 / (agent.frames[150][0] - agent.frames[1][0])
            assert 47 < pace < 53, f"{pace:.1f} frames a second"
            loud = level(np.concatenate([frame for _, frame in agent.frames])).max()
            assert loud > 300, f"the voice arrives at a level of {loud:.0f}"

            # Captions: an interim is replaced, then kept.
            agent.send(type="transcript", speaker="agent", text="Good morning, this is the clinic's assistant.", final=True)
            agent.send(type="transcript", speaker="user", text="I would", final=False)
            agent.send(type="transcript", speaker="user", text="I would like to book", final=False)
            agent.send(type="transcript", speaker="user", text="I would like to book an appointment.", final=True)
            agent.send(type="transcript", speaker="agent", text="With pleasure. Which day suits you?", final=True)
            wait_for(lambda: len(captions(page)) == 3, 5, "three captions")
            assert captions(page)[1] == ["user", "I would like to book an appointment."]

            # Forty words over a network that delays a frame in ten by up to 30 ms: each heard once, in order, and marked in time.
            words = list(range(7, 87, 2))
            sound = np.concatenate([chord(word) for word in words])
            before, sent = len(heard(page)), time.monotonic()
            delays = np.random.default_rng(7).uniform(0, 0.03, len(sound) // 320 + 1)
            agent.speak(sound, "1", jitter=lambda i: delays[i] if i % 10 == 0 else 0)
            wait_for(lambda: any(m["name"] == f"1:{len(sound)}" for m in agent.of("mark")), 10, "the last mark comes back")
            assert numbers(heard(page)[before:]) == words, numbers(heard(page)[before:])
            marks = [(t - sent, int(m["name"].split(":")[1]) / RATE) for t, m in agent.messages if m["type"] == "mark"]
            lag = [came - position for came, position in marks]
            assert len(marks) == len(sound) // 3200 and min(lag) > -0.11 and max(lag) < 0.4, (min(lag), max(lag))
            print(f"marks come back {1000 * np.median(lag):.0f} ms after their position (p50), {1000 * max(lag):.0f} ms at most")
            page.screenshot(path=shots / "phone-talking.png")

            # Barge-in: after a clear the browser is silent at once, and says exactly how much it threw away.
            long = np.concatenate([chord(word) for word in range(10, 30)])
            before = len(heard(page))
            agent.speak(long[: RATE * 2], "2")
            agent.send(type="clear")
            dropped = wait_for(lambda: agent.of("cleared"), 5, "the answer to the clear")[0]["dropped"]
            time.sleep(0.3)
            after = heard(page)[before:]
            loud = np.flatnonzero(level(after) > 300)
            played = (loud[-1] - loud[0] + 1) * 160
            assert 0 < dropped <= 0.3 * RATE, dropped
            assert abs(played + dropped - 2 * RATE) < 0.08 * RATE, (played, dropped)
            assert (level(after)[-20:] < 10).all(), "there is sound after the clear"
            print(f"cleared with {dropped * 1000 // RATE} ms unheard; heard {played * 1000 // RATE} of 2000 ms")

            # Keys, from the pad and from the keyboard.
            page.click("#keys")
            page.click("#pad button:has-text('5')")
            page.keyboard.press("9")
            wait_for(lambda: [m["digit"] for m in agent.of("dtmf")] == ["5", "9"], 5, "two keys")
            page.screenshot(path=shots / "phone-keypad.png")
            page.click("#mute")
            wait_for(lambda: np.abs(np.concatenate([f for _, f in agent.frames[-10:]])).max() == 0, 5, "mute is silent")

            # The agent hangs up; then a call that nobody takes; neither leaves an error in the page.
            agent.send(type="hangup", reason="")
            wait_for(lambda: state(page) == "idle", 5, "the page is back to idle")
            page.click("#call")
            wait_for(lambda: len(agent.of("start")) == 2, 15, "a second call")
            agent.send(type="hangup", reason="no answer")
            wait_for(lambda: page.inner_text("#status") == "Nobody answered.", 5, "the page says that nobody answered")
            assert not page.problems, page.problems
        with phone_page(agent.url, voice, dark=True) as page:
            page.screenshot(path=shots / "phone-dark.png")
    print("the phone page holds what it promises")


if __name__ == "__main__":
    main()
