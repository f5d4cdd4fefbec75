"""A host of the plugin interface, as small as it can be: opens a library, runs one op at a time, hears its events.

The structs are those of PluginABI/include/vox; a program in any language can do this.
"""
import ctypes
import heapq
import itertools
import json
import queue
import struct
import time
from ctypes import CFUNCTYPE, POINTER, Structure, byref, c_char_p, c_int16, c_int32, c_uint16, c_uint32, c_uint64, c_void_p

DRAFT = 1
READY, ACCEPTED, USAGE, COMPLETED, CANCELLED, FAILED, RESUME, TIMER, ACCOUNT = 2, 6, 7, 8, 9, 10, 11, 13, 1
CLOSED, TRANSCRIPT, FLUSHED = 5, 257, 260
OK, WOULD_BLOCK, STALE = 0, 1, 2


class View(Structure):
    _fields_ = [("ptr", c_void_p), ("len", c_uint64)]

    @staticmethod
    def of(text: str) -> "View":
        data = text.encode()
        view = View(ctypes.cast(c_char_p(data), c_void_p), len(data))
        view.keep = data
        return view


class HostTable(Structure):
    _fields_ = [("size", c_uint32), ("abi", c_uint32), ("ctx", c_void_p), ("emit", c_void_p), ("now", c_void_p), ("log", c_void_p),
                ("timer", c_void_p), ("service", c_void_p)]


class PluginTable(Structure):
    _fields_ = [("size", c_uint32), ("abi", c_uint32), ("manifest", View)] + [
        (name, c_void_p) for name in ("create", "destroy", "open_account", "update_account", "deliver", "close_account", "role")]


class AccountConf(Structure):
    _fields_ = [("size", c_uint32), ("npairs", c_uint32), ("id", View), ("settings", View), ("routes_base", View), ("nsecrets", c_uint32),
                ("nstate", c_uint32), ("secrets", c_void_p), ("state", c_void_p)]


class Open(Structure):
    _fields_ = [("size", c_uint32), ("flags", c_uint16), ("zero", c_uint16), ("settings", View), ("context", View), ("offer", View),
                ("in_rate", c_uint32), ("out_rate", c_uint32), ("deadline", c_uint64)]


class Request(Structure):
    _fields_ = [("size", c_uint32), ("kind", c_uint16), ("flags", c_uint16), ("deadline", c_uint64), ("stream", c_uint32), ("zero", c_uint32),
                ("text", View), ("body", View), ("key", View)]


class Audio(Structure):
    _fields_ = [("size", c_uint32), ("flags", c_uint16), ("stream", c_uint16), ("rate", c_uint32), ("count", c_uint32),
                ("position", c_uint64), ("samples", c_void_p)]


class SessionTable(Structure):
    _fields_ = [("size", c_uint32), ("flags", c_uint32)] + [
        (name, c_void_p) for name in ("open", "start", "push_audio", "push_bytes", "finalize", "cancel", "deliver", "close", "destroy")]


EMIT = CFUNCTYPE(c_int32, c_void_p, c_void_p)
NOW = CFUNCTYPE(c_uint64, c_void_p)
LOG = CFUNCTYPE(None, c_void_p, c_uint64, c_int32, POINTER(View))
SET_TIMER = CFUNCTYPE(c_int32, c_void_p, c_uint64, c_uint64, c_uint64)
SERVICE = CFUNCTYPE(c_void_p, c_void_p, POINTER(View))


def call(pointer: int, result, *arguments):
    """Calls a member of a table; each argument is a (type, value) pair."""
    return CFUNCTYPE(result, *[kind for kind, _ in arguments])(pointer)(*[value for _, value in arguments])


class Event:
    """What a plugin told, copied out while it was lent."""

    def __init__(self, at: int):
        size, self.kind, self.flags, self.target, self.op, _ = struct.unpack("<IHHQQQ", ctypes.string_at(at, 32))
        data = ctypes.string_at(at, size)
        self.text = ""
        self.value = 0
        if self.kind == TRANSCRIPT:
            pointer, length = struct.unpack_from("<QQ", data, 56)
            self.text = ctypes.string_at(pointer, length).decode() if length else ""
        elif self.kind == FAILED or self.kind == ACCOUNT:
            pointer, length = struct.unpack_from("<QQ", data, 88 if self.kind == FAILED else 112)
            self.text = ctypes.string_at(pointer, length).decode() if length else ""
            self.value = struct.unpack_from("<I", data, 32)[0]
        elif size == 72:
            pointer, length = struct.unpack_from("<QQ", data, 40)
            self.text = ctypes.string_at(pointer, length).decode() if length else ""
        elif size == 56:
            self.value = struct.unpack_from("<Q", data, 40)[0]


class Plugin:
    """One provider with one account. Everything is called from the thread that made it; events may come from any."""

    def __init__(self, library: str, settings: dict | None = None):
        self.events: queue.Queue[Event] = queue.Queue()
        self.timers: list[tuple[int, int, int]] = []
        self.log: list[str] = []
        self._handles = itertools.count(1 << 32 | 1)
        self._owners: dict[int, callable] = {}
        image = ctypes.CDLL(library)
        image.vox_plugin_entry.restype = c_void_p
        why = View()
        table = image.vox_plugin_entry(c_uint32(DRAFT), c_uint32(DRAFT), byref(why))
        if not table:
            raise RuntimeError(ctypes.string_at(why.ptr, why.len).decode())
        self.table = PluginTable.from_address(table)
        # Kept, because the plugin calls them as long as it lives.
        self._calls = (EMIT(self._emit), NOW(lambda _: time.monotonic_ns()), LOG(self._log), SET_TIMER(self._timer), SERVICE(lambda *_: None))
        self.host = HostTable(ctypes.sizeof(HostTable), DRAFT, None, *[ctypes.cast(f, c_void_p) for f in self._calls])
        text = View.of(json.dumps(settings or {}))
        provider = c_void_p()
        if call(self.table.create, c_int32, (c_void_p, ctypes.addressof(self.host)), (POINTER(View), byref(text)), (c_void_p, ctypes.addressof(provider))):
            raise RuntimeError(f"{library}: {self.log[-1:]}")
        conf = AccountConf(ctypes.sizeof(AccountConf), 0, View.of("main"), text, View.of("/"), 0, 0, None, None)
        handle = next(self._handles)
        account = c_void_p()
        if call(self.table.open_account, c_int32, (c_void_p, provider), (c_uint64, handle), (c_void_p, ctypes.addressof(conf)),
                (c_void_p, ctypes.addressof(account))):
            raise RuntimeError(f"{library}: {self.log[-1:]}")
        self.account = account
        self._owners[handle] = lambda event: call(self.table.deliver, c_int32, (c_void_p, account), (c_void_p, event))
        state = self.wait(lambda event: event.kind == ACCOUNT and event.target == handle)
        if state.value != 1:
            raise RuntimeError(f"{library}: {state.text}")

    def _emit(self, _, event):
        self.events.put(Event(event))
        return OK

    def _log(self, _, who, level, text):
        self.log.append(ctypes.string_at(text[0].ptr, text[0].len).decode(errors="replace"))

    def _timer(self, _, owner, token, at):
        if at:
            heapq.heappush(self.timers, (at, owner, token))
        else:
            self.timers = [timer for timer in self.timers if timer[1:] != (owner, token)]
        return OK

    def wait(self, wanted, seconds: float = 30) -> Event:
        """The next event that is wanted; others before it are dropped."""
        deadline = time.monotonic() + seconds
        while True:
            while self.timers and self.timers[0][0] <= time.monotonic_ns():
                _, owner, token = heapq.heappop(self.timers)
                event = struct.pack("<IHHQQQQQII", 56, TIMER, 0, owner, 0, 0, 0, token, 0, 0)
                if owner in self._owners:
                    self._owners[owner](ctypes.cast(c_char_p(event), c_void_p))
            try:
                event = self.events.get(timeout=0.02 if self.timers else 0.2)
                if wanted(event):
                    return event
            except queue.Empty:
                pass
            if time.monotonic() > deadline:
                raise TimeoutError(f"nothing came for {seconds} s; the plugin's last words: {self.log[-3:]}")

    def session(self, role: str, settings: dict | None = None, in_rate: int = 0, control: bool = False) -> "Session":
        return Session(self, role, settings or {}, in_rate, control)


class Session:
    def __init__(self, plugin: Plugin, role: str, settings: dict, in_rate: int, control: bool):
        self.plugin = plugin
        self.rate = in_rate
        self.handle = next(plugin._handles)
        name = View.of(role)
        table = call(plugin.table.role, c_void_p, (POINTER(View), byref(name)))
        if not table:
            raise RuntimeError(f"the plugin has no role {role}")
        self.table = SessionTable.from_address(table)
        opening = Open(ctypes.sizeof(Open), 1 if control else 0, 0, View.of(json.dumps(settings)), View.of("{}"), View.of(""), in_rate, 0, 0)
        self.ctx = c_void_p()
        plugin._owners[self.handle] = lambda event: call(self.table.deliver, c_int32, (c_void_p, self.ctx), (c_void_p, event))
        if call(self.table.open, c_int32, (c_void_p, plugin.account), (c_uint64, self.handle), (c_void_p, ctypes.addressof(opening)),
                (c_void_p, ctypes.addressof(self.ctx))):
            raise RuntimeError(f"no session: {plugin.log[-1:]}")
        state = self._wait(READY, FAILED)
        if state.kind == FAILED:
            raise RuntimeError(state.text)

    def _wait(self, *kinds, op: int | None = None) -> Event:
        return self.plugin.wait(lambda e: e.target == self.handle and e.kind in kinds and (op is None or e.op == op))

    def start(self, kind: int, body: dict | None = None) -> int:
        op = next(self.plugin._handles)
        request = Request(ctypes.sizeof(Request), kind, 0, 0, 0, 0, View.of(""), View.of(json.dumps(body or {})), View.of(""))
        call(self.table.start, c_int32, (c_void_p, self.ctx), (c_uint64, op), (c_void_p, ctypes.addressof(request)))
        return op

    def run(self, kind: int, body: dict | None = None) -> dict:
        """An op from start to end; its result."""
        event = self._wait(COMPLETED, FAILED, op=self.start(kind, body))
        if event.kind == FAILED:
            raise RuntimeError(event.text)
        return json.loads(event.text or "{}")

    def push(self, op: int, samples: bytes, position: int):
        """Hands over sound, waiting whenever the plugin has no room."""
        step = self.rate // 50
        for at in range(0, len(samples) // 2, step):
            count = min(step, len(samples) // 2 - at)
            frame = (c_int16 * count).from_buffer_copy(samples, 2 * at)
            audio = Audio(ctypes.sizeof(Audio), 0, 0, self.rate, count, position + at, ctypes.addressof(frame))
            while (status := call(self.table.push_audio, c_int32, (c_void_p, self.ctx), (c_uint64, op), (c_void_p, ctypes.addressof(audio)))) == WOULD_BLOCK:
                self._keep(RESUME)
            if status != OK:
                raise RuntimeError(f"the sound was refused with status {status}")

    def _keep(self, kind: int) -> Event:
        """Waits for an event without losing the transcripts before it."""
        kept = []

        def wanted(event):
            if event.target == self.handle and event.kind == TRANSCRIPT:
                kept.append(event)
            return event.target == self.handle and event.kind in (kind, FAILED)

        event = self.plugin.wait(wanted)
        if event.kind == FAILED:
            raise RuntimeError(event.text)
        self.finals = getattr(self, "finals", []) + [e.text for e in kept if e.flags & 1 and e.text]
        return event

    def flush(self, op: int, mark: int) -> str:
        """Everything that was understood since the last time."""
        call(self.table.finalize, c_int32, (c_void_p, self.ctx), (c_uint64, op), (c_uint64, mark))
        while self._keep(FLUSHED).value != mark:
            pass
        finals, self.finals = self.finals, []
        return " ".join(finals)

    def close(self):
        call(self.table.close, c_int32, (c_void_p, self.ctx), (c_uint16, 0), (c_uint64, 0))
        self._wait(CLOSED)
        call(self.table.destroy, None, (c_void_p, self.ctx))
        del self.plugin._owners[self.handle]
