"""Starts emulators: `python -m emulators --provider NAME [--port N]` or `--all`. One line of JSON per emulator tells its ports."""
import argparse
import asyncio
import json
import os
import pathlib
import signal
import stat
import sys
from typing import Any

from . import tls
from .providers import PROVIDERS


async def _until_told() -> None:
    """Waits for SIGTERM, SIGINT, or the end of a pipe on standard input, which is the end of whoever started this."""
    loop, told = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    waiting: list[asyncio.Task[Any]] = [asyncio.create_task(told.wait())]
    if stat.S_ISFIFO(os.fstat(0).st_mode):
        reader = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        waiting.append(asyncio.create_task(reader.read()))
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)


async def _run(arguments: argparse.Namespace) -> None:
    side = tls.context(arguments.tls, arguments.tls_expired) if arguments.tls else None
    emulators = [PROVIDERS[name]() for name in (sorted(PROVIDERS) if arguments.all else [arguments.provider])]
    for emulator in emulators:
        print(json.dumps(await emulator.start(arguments.port, arguments.control_port, side)), flush=True)
    await _until_told()
    for emulator in emulators:
        await emulator.stop()


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="emulators", description=__doc__)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--provider", choices=sorted(PROVIDERS))
    which.add_argument("--all", action="store_true", help="every provider, each on free ports")
    parser.add_argument("--port", type=int, default=0, help="the vendor's port; 0 takes a free one")
    parser.add_argument("--control-port", type=int, default=0)
    parser.add_argument("--tls", type=pathlib.Path, metavar="DIR", help="speak TLS; DIR gets ca.pem, which the client is to trust")
    parser.add_argument("--tls-expired", action="store_true", help="with a certificate that has expired")
    arguments = parser.parse_args()
    if arguments.all and (arguments.port or arguments.control_port):
        parser.error("--all takes free ports; name one provider to choose its port")
    asyncio.run(_run(arguments))


main()
