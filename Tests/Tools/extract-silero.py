#!/usr/bin/env python3
# Takes the weights of the Silero voice detector out of its ONNX file and lays them out for the host.
"""Usage: extract-silero.py FILE OUTDIR

FILE is `silero_vad.onnx`, or the wheel `silero_vad-6.2.3-py3-none-any.whl` that contains it
(`pip download --no-deps silero-vad==6.2.3`; installing it would pull in torch). Writes OUTDIR/silero-8k.f32 and
OUTDIR/silero-16k.f32: little-endian float32 without a header, in the order in which the forward pass reads them.
Needs nothing but Python's standard library: the few fields of ONNX's protocol buffers are read here.

The weights are Copyright (c) 2020-present Silero Team, MIT licence.
"""
import os
import struct
import sys
import zipfile
from array import array

COLUMNS = 16  # Columns of a packed block; the same number as KERNELS_COLUMNS.


def fields(buf):
    """Yields (field number, value) of a protocol buffer message: integers, or memoryviews of nested bytes."""

    def varint(at):
        value = shift = 0
        while True:
            byte = buf[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value, at

    at = 0
    while at < len(buf):
        key, at = varint(at)
        kind = key & 7
        if kind == 0:
            value, at = varint(at)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
            value, at = buf[at : at + size], at + size
        elif kind == 2:
            size, at = varint(at)
            value, at = buf[at : at + size], at + size
        else:
            raise ValueError(f"unexpected wire type {kind}")
        yield key >> 3, value


def children(buf, *numbers):
    return [value for number, value in fields(buf) if number in numbers]


def text(buf, number):
    return next((bytes(value).decode() for value in children(buf, number)), "")


def constants(graph):
    """Every Constant of a graph: name after the last '__' -> list of floats. GraphProto.node = 1, NodeProto.output = 2, op_type = 4,
    attribute = 5; AttributeProto.t = 5; TensorProto.dims = 1, data_type = 2, float_data = 4, raw_data = 9."""
    found = {}
    for node in children(graph, 1):
        if text(node, 4) != "Constant":
            continue
        for attribute in children(node, 5):
            for tensor in children(attribute, 5):
                if children(tensor, 2) != [1]:  # 1 is FLOAT.
                    continue
                raw = b"".join(bytes(v) for v in children(tensor, 9)) or b"".join(bytes(v) for v in children(tensor, 4))
                name = text(node, 2).split("__")[-1]
                found[name] = list(struct.unpack(f"<{len(raw) // 4}f", raw))
    return found


def branches(model):
    """The two networks: `then_branch` of the model's If is 16 kHz, `else_branch` 8 kHz. ModelProto.graph = 7;
    AttributeProto.name = 1, g = 6."""
    for graph in children(model, 7):
        for node in children(graph, 1):
            if text(node, 4) == "If":
                found = {text(a, 1): g for a in children(node, 5) for g in children(a, 6)}
                return constants(found["then_branch"]), constants(found["else_branch"])
    raise ValueError("no If node: this is not the silero_vad.onnx of silero-vad 6.2.3")


def packed(rows, columns, weight):
    """weight(row, column) -> blocks of 16 columns, each `rows` x 16; missing columns are zeros."""
    out = array("f")
    for first in range(0, columns, COLUMNS):
        for row in range(rows):
            out.extend(weight(row, c) if c < columns else 0.0 for c in range(first, first + COLUMNS))
    return out


def network(w, window, bins):
    def size(name, *dims):
        count = 1
        for d in dims:
            count *= d
        if name not in w or len(w[name]) != count:
            raise ValueError(f"{name} is not a constant of shape {dims}")
        return w[name]

    out = array("f")
    basis = size("stft.forward_basis_buffer", 2 * bins, window)
    out += packed(window, 2 * bins, lambda r, c: basis[c * window + r])
    for layer, (inputs, outputs) in enumerate([(bins, 128), (128, 64), (64, 64), (64, 128)]):
        kernel = size(f"encoder.{layer}.reparam_conv.weight", outputs, inputs, 3)
        # The last convolution sees one step between two of padding: only its middle tap ever meets data.
        taps = [1] if layer == 3 else [0, 1, 2]
        out += packed(
            len(taps) * inputs, outputs, lambda r, c: kernel[(c * inputs + r % inputs) * 3 + taps[r // inputs]]
        )
        out += array("f", size(f"encoder.{layer}.reparam_conv.bias", outputs))
    ih, hh = size("decoder.rnn.weight_ih", 512, 128), size("decoder.rnn.weight_hh", 512, 128)
    out += packed(256, 512, lambda r, c: ih[c * 128 + r] if r < 128 else hh[c * 128 + r - 128])
    bias = zip(size("decoder.rnn.bias_ih", 512), size("decoder.rnn.bias_hh", 512))
    out += array("f", (a + b for a, b in bias))
    out += array("f", size("decoder.decoder.2.weight", 1, 128, 1))
    out += array("f", size("decoder.decoder.2.bias", 1))
    return out


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    file, outdir = sys.argv[1:]
    try:
        if file.endswith(".whl"):
            with zipfile.ZipFile(file) as wheel:
                data = wheel.read("silero_vad/data/silero_vad.onnx")
        else:
            with open(file, "rb") as f:
                data = f.read()
        wide, narrow = branches(memoryview(data))
        results = {"silero-8k.f32": network(narrow, 128, 65), "silero-16k.f32": network(wide, 256, 129)}
    except (OSError, KeyError, IndexError, ValueError, struct.error, zipfile.BadZipFile) as problem:
        sys.exit(f"{file}: the weights cannot be extracted: {problem}. Use the file of silero-vad 6.2.3.")
    os.makedirs(outdir, exist_ok=True)
    for name, floats in results.items():
        if sys.byteorder == "big":
            floats.byteswap()
        path = os.path.join(outdir, name)
        # Under another name until complete, so that a half-written file is never mapped.
        with open(path + ".part", "wb") as f:
            floats.tofile(f)
        os.replace(path + ".part", path)
        print(f"{path}: {len(floats)} floats")


main()
