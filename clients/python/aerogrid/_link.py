"""The connection to the runner: frames out from any thread, frames in on the event loop."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import threading
from collections.abc import Callable
from typing import Any, Final

from ._encode import LENGTH, MAX_FRAME, frame, parse

_CHUNK: Final = 1 << 18
HIGH_WATER: Final = 4 << 20
"""Bytes that wait to be sent from which on streams wait, too."""


class LinkClosed(Exception):
    """The runner is gone, or said what this release does not understand."""


class Link:
    """A non-blocking socket. What does not fit into it waits here in order, and is sent on when there is room: by the event loop, or by
    the watchdog's thread while user code blocks the loop. `send` and `flush` are thread-safe; the rest belongs to the event loop."""

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        self._socket = connection
        self._lock = threading.Lock()
        self._waiting = bytearray()
        self._received = bytearray()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._writing = False
        self._room: list[asyncio.Future[None]] = []
        self._on_frame: Callable[[dict[str, Any]], None] = lambda _: None
        self._on_close: Callable[[LinkClosed], None] = lambda _: None
        self.closed: LinkClosed | None = None
        # A copy of this process must not keep the connection open after this one has ended.
        os.register_at_fork(after_in_child=self._socket.close)

    def attach(self, on_frame: Callable[[dict[str, Any]], None], on_close: Callable[[LinkClosed], None]) -> None:
        """Begins to read. `on_close` is called at most once, and after it nothing is."""
        self._loop = asyncio.get_running_loop()
        self._on_frame, self._on_close = on_frame, on_close
        self._loop.add_reader(self._socket, self._readable)
        self._writable()

    def send(self, message: dict[str, Any]) -> None:
        """Sends a message. Never blocks."""
        self.send_frame(frame(message))

    def send_frame(self, encoded: bytes) -> None:
        """Sends what `frame` made. Never blocks; what goes to a runner that is gone is lost with it."""
        with self._lock:
            if self.closed is None:
                self._waiting += encoded
        self.flush()

    def flush(self) -> None:
        """Sends as much of what waits as the socket takes now."""
        with self._lock:
            try:
                while self._waiting and self.closed is None:
                    with memoryview(self._waiting) as view, view[:_CHUNK] as chunk:
                        sent = self._socket.send(chunk)
                    del self._waiting[:sent]
            except (BlockingIOError, InterruptedError):
                pass
            except OSError as problem:
                self.closed = LinkClosed(f"the connection to the runner broke: {problem.strerror}")
            wait = bool(self._waiting) and self.closed is None
        if self._loop is not None and (self.closed is not None or wait != self._writing):
            self._loop.call_soon_threadsafe(self._writable)

    def _writable(self) -> None:
        if self.closed is not None:
            self._close(self.closed)
            return
        assert self._loop is not None
        if self._waiting and not self._writing:
            self._writing = True
            self._loop.add_writer(self._socket, self._on_writable)
        elif not self._waiting and self._writing:
            self._writing = False
            self._loop.remove_writer(self._socket)
        if len(self._waiting) < HIGH_WATER:
            room, self._room = self._room, []
            for waiter in room:
                if not waiter.done():
                    waiter.set_result(None)

    def _on_writable(self) -> None:
        self.flush()
        self._writable()

    async def room(self, below: int = HIGH_WATER) -> None:
        """Waits until less than so much waits to be sent, or the link is closed."""
        while len(self._waiting) >= below and self.closed is None:
            waiter = asyncio.get_running_loop().create_future()
            self._room.append(waiter)
            await waiter

    async def drain(self) -> None:
        """Waits until everything is sent, or the link is closed."""
        while self._waiting and self.closed is None:
            self.flush()
            await asyncio.sleep(0.002)

    def _readable(self) -> None:
        try:
            chunk = self._socket.recv(_CHUNK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as problem:
            self._close(LinkClosed(f"the connection to the runner broke: {problem.strerror}"))
            return
        if not chunk:
            self._close(LinkClosed("the runner has closed the connection"))
            return
        self._received += chunk
        while self.closed is None and len(self._received) >= 4:
            (length,) = LENGTH.unpack_from(self._received)
            if not 1 <= length <= MAX_FRAME:
                self._close(LinkClosed(f"the runner sent a frame of {length} bytes; a frame has 1 to {MAX_FRAME}"))
                return
            if len(self._received) < 4 + length:
                return
            body = self._received[4 : 4 + length]
            del self._received[: 4 + length]
            self._handle(body)

    def _handle(self, body: bytearray) -> None:
        try:
            message = parse(body.decode())
        except (ValueError, RecursionError) as problem:
            kind = "nested too deeply" if isinstance(problem, RecursionError) else problem
            self._close(LinkClosed(f"the runner sent what is not JSON: {kind}"))
            return
        if isinstance(message, dict) and isinstance(message.get("type"), str):  # pyright: ignore[reportUnknownMemberType]
            self._on_frame(message)  # pyright: ignore[reportUnknownArgumentType]
        else:
            self._close(LinkClosed(f"the runner sent a frame without a type: {json.dumps(message)[:80]}"))

    def refuse(self, reason: str) -> None:
        """Ends the connection for what the runner sent."""
        self._close(LinkClosed(reason))

    def _close(self, reason: LinkClosed) -> None:
        if self._socket.fileno() < 0:
            return
        self.closed = self.closed or reason
        self.detach()
        self._on_close(self.closed)

    def detach(self) -> None:
        """Stops to read and closes the socket."""
        if self._loop is not None and self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
        with self._lock:
            self.closed = self.closed or LinkClosed("closed")
            self._socket.close()
        for waiter in self._room:
            if not waiter.done():
                waiter.set_result(None)
        self._room = []


def tell(path: str, message: dict[str, Any]) -> None:
    """Sends one message on a connection of its own. Raises LinkClosed where that fails."""
    link = connect(path)
    try:
        link._socket.settimeout(5)  # pyright: ignore[reportPrivateUsage]
        link._socket.sendall(frame(message))  # pyright: ignore[reportPrivateUsage]
    except OSError as problem:
        raise LinkClosed(f"the connection to the runner broke: {problem}") from None
    finally:
        link.detach()


def connect(path: str) -> Link:
    """Connects to the runner's socket. Raises LinkClosed where it does not listen."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(10)
        connection.connect(path)
    except OSError as problem:
        connection.close()
        raise LinkClosed(f"no runner listens at AEROGRID_SOCKET={path}: {problem.strerror or problem}") from None
    return Link(connection)
