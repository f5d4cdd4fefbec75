#!/usr/bin/env python3
# Writes the G.711 vectors from an independent implementation: the audioop module of Python 3.12 and older.
"""Usage: g711-vectors.py > Tests/Vectors/g711.json

decode: the sample of each of the 256 codes. encode: for the samples 0 to 32,767 in order, pairs of the first sample and the code
that holds from it on. Negative samples are left out: audioop drops bits before taking the magnitude, so it rounds them the other way.
"""
import audioop
import json
import struct
import sys


def law(encode, decode):
    samples = struct.unpack("<256h", decode(bytes(range(256)), 2))
    codes = encode(struct.pack("<32768h", *range(32768)), 2)
    steps = [[s, codes[s]] for s in range(32768) if s == 0 or codes[s] != codes[s - 1]]
    return {"decode": samples, "encode": steps}


json.dump({"muLaw": law(audioop.lin2ulaw, audioop.ulaw2lin), "aLaw": law(audioop.lin2alaw, audioop.alaw2lin)}, sys.stdout)
print()
