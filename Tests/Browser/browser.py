"""Chromium with a WAV file as its microphone, and an ear inside the page: what tests of the phone page share."""

import base64
import contextlib
import os
import time
import wave

import numpy as np
from playwright.sync_api import sync_playwright

RATE = 16_000

# Runs in the page before its own scripts: a tap on whatever is connected to the speaker, so that a test judges what the
# browser really played and not what it was sent.
EAR = """
(() => {
  const heard = (window.heard = { began: 0, chunks: [] });
  const code = `registerProcessor("ear", class extends AudioWorkletProcessor {
    process([input]) { if (input[0]) this.port.postMessage(input[0].slice()); return true; } });`;
  const addModule = AudioWorklet.prototype.addModule;
  AudioWorklet.prototype.addModule = async function (url) {
    await addModule.call(this, URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
    return addModule.call(this, url);
  };
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (target, ...rest) {
    if (target instanceof AudioDestinationNode) {
      const ear = new AudioWorkletNode(this.context, "ear", { numberOfOutputs: 0 });
      ear.port.onmessage = ({ data }) => {
        heard.began ||= performance.timeOrigin + performance.now();
        heard.chunks.push(Int16Array.from(data, (x) => Math.round(x * 32767)));
      };
      connect.call(this, ear);
    }
    return connect.call(this, target, ...rest);
  };
})();
"""

TAKE = """() => {
  const total = window.heard.chunks.reduce((n, c) => n + c.length, 0), all = new Int16Array(total);
  let at = 0;
  for (const chunk of window.heard.chunks) { all.set(chunk, at); at += chunk.length; }
  let text = "";
  const bytes = new Uint8Array(all.buffer);
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}"""


@contextlib.contextmanager
def phone_page(url, microphone, dark=False, size=(420, 800)):
    """The phone page in headless Chromium; `microphone` is a WAV file that plays once, from the moment the page opens it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
            args=[
                "--no-sandbox",
                "--use-fake-ui-for-media-stream",
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-audio-capture={microphone}%noloop",
                "--autoplay-policy=no-user-gesture-required",
            ],
        )
        context = browser.new_context(
            permissions=["microphone"],
            viewport={"width": size[0], "height": size[1]},
            device_scale_factor=2,
            color_scheme="dark" if dark else "light",
        )
        page = context.new_page()
        page.problems = []
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.on("console", lambda line: page.problems.append(line.text) if line.type == "error" else None)
        page.add_init_script(EAR)
        page.goto(url)
        try:
            yield page
        finally:
            browser.close()


def heard(page):
    """Samples the browser has played so far, 16 kHz."""
    return np.frombuffer(base64.b64decode(page.evaluate(TAKE)), np.int16)


def captions(page):
    """[(speaker, text)] as shown, interims included."""
    return page.evaluate(
        "[...document.querySelectorAll('#captions li')].map(l => [l.classList.contains('user') ? 'user' : 'agent', l.textContent])"
    )


def state(page):
    return page.evaluate("document.body.dataset.state")


def wait_for(fact, seconds, what):
    """Waits until `fact()` is true; answers its value."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = fact()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s: {what}")


def read_wav(path):
    """16 kHz mono samples of a WAV file."""
    with wave.open(str(path)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)[:: file.getnchannels()].astype(float)
        rate = file.getframerate()
    count = int(len(samples) * RATE / rate)
    return np.interp(np.arange(count) * rate / RATE, np.arange(len(samples)), samples).astype(np.int16)


def write_wav(path, parts):
    """Parts are samples, or a number of seconds of silence. 48 kHz, because that is what Chromium's fake microphone runs at."""
    pieces = [np.zeros(int(RATE * part), np.int16) if isinstance(part, (int, float)) else part for part in parts]
    samples = np.concatenate(pieces).astype(float)
    fine = np.interp(np.arange(len(samples) * 3) / 3, np.arange(len(samples)), samples).astype(np.int16)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes(fine.tobytes())


def level(samples):
    """RMS of 10 ms pieces."""
    whole = samples[: len(samples) // 160 * 160].astype(float).reshape(-1, 160)
    return np.sqrt((whole**2).mean(axis=1))
