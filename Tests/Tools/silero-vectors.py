#!/usr/bin/env python3
# Writes the probabilities that ONNX Runtime computes for a generated signal, to hold the host's own forward pass against.
"""Usage: silero-vectors.py silero_vad.onnx OUTDIR      (needs the packages numpy and onnxruntime)

Writes OUTDIR/silero-8k.json and OUTDIR/silero-16k.json. The signal is made from integers alone, so that the tests make the same
samples bit for bit; the checksum is their sum.
"""
import json
import os
import sys

import numpy
import onnxruntime

SECONDS = 12


# Formants of four vowels through three two-pole resonators: 2 r cos(2 pi f / rate) and r^2 in units of 1/16384, bandwidths 80, 100, 140 Hz.
VOWELS = {
    8000: [[26677, 20649, -10506], [31043, -7114, -22103], [29043, 3949, -11417], [30877, 24433, -5812]],
    16000: [[30941, 29232, 18331], [32076, 19991, 12084], [31561, 24102, 17919], [32034, 30274, 20321]],
}
DAMPING = {8000: [15386, 15146, 14678], 16000: [15877, 15753, 15508]}
# Height of a glottal pulse, right shifts of the hiss at a syllable's end and of the result: found by trial so that probabilities of
# all sizes occur.
LEVELS = {8000: (8000, 8, 3), 16000: (600, 9, 1)}


def signal(rate):
    """Syllables over noise that grows. Keep in step with `VectorSignal.swift` of the tests."""
    pulse, hiss, quieter = LEVELS[rate]
    y1, y2 = [0, 0, 0], [0, 0, 0]
    noise, phase, samples = 12345, 0, []
    for n in range(rate * SECONDS):
        noise = (noise * 1664525 + 1013904223) & 0xFFFFFFFF
        white = (noise >> 16) - 32768
        ms = n * 1000 // rate
        syllable, within, spoken = ms // 200, ms % 200, ms % 4000 < 2600
        phase += 120 - (ms % 4000) // 80 + within // 10
        x = 0
        if phase >= rate:
            phase -= rate
            x = pulse if spoken and within < 150 else 0
        if spoken and within >= 170:
            x += white >> hiss
        vowel = VOWELS[rate][(syllable * 7 + syllable // 4) % 4]
        for i in range(3):
            y = x + ((vowel[i] * y1[i] - DAMPING[rate][i] * y2[i]) >> 14)
            y1[i], y2[i] = y, y1[i]
            x = y >> 1
        samples.append(max(-32768, min(32767, (y1[2] >> quieter) + (white * (ms // 12) >> 17))))
    return numpy.array(samples, dtype=numpy.int16)


def probabilities(session, samples, rate):
    window, context = (256, 32) if rate == 8000 else (512, 64)
    state = numpy.zeros((2, 1, 128), numpy.float32)
    before = numpy.zeros(context, numpy.float32)
    out, loud, quiet, armed = [], 0, 0, False
    for start in range(0, len(samples) - window + 1, window):
        frame = samples[start : start + window].astype(numpy.float32) / 32768
        feed = {"input": numpy.concatenate([before, frame])[None, :], "state": state, "sr": numpy.array(rate, numpy.int64)}
        p, state = session.run(None, feed)
        before = frame[-context:]
        out.append(round(float(p[0, 0]), 6))
        # The host clears the network's state once in the pause after speech.
        loud = loud + 1 if p >= 0.5 else 0
        quiet = quiet + 1 if p < 0.35 else 0
        armed = armed or loud >= 3
        if armed and quiet >= 16:
            state, armed = numpy.zeros_like(state), False
    return out


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    model, outdir = sys.argv[1:]
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    for rate in (8000, 16000):
        samples = signal(rate)
        values = probabilities(session, samples, rate)
        path = os.path.join(outdir, f"silero-{rate // 1000}k.json")
        with open(path, "w") as f:
            json.dump({"rate": rate, "checksum": int(samples.astype(numpy.int64).sum()), "probabilities": values}, f)
            f.write("\n")
        print(f"{path}: {len(values)} windows, {sum(v > 0.5 for v in values)} of them speech")


main()
