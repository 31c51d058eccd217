"""One life of an app: from `hello` to `stop`, or to its first failure."""

from __future__ import annotations

import asyncio
import inspect
import os
import platform
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from ._batches import Feed
from ._encode import changes_frames
from ._failures import UserCode
from ._link import Link, LinkClosed
from ._topics import Stream
from ._version import __version__
from ._watchdog import Watchdog

if TYPE_CHECKING:
    from ._app import App, StreamFunction, Timer

PROTOCOL: Final = 1
_STOP_SECONDS: Final = 4.5
"""All that a stop may take; the runner kills after 5."""
_CANCEL_SECONDS: Final = 2.0
_WELCOME_SECONDS: Final = 30.0


class Session:
    """Runs an app on the current event loop. `run` returns the exit code of the process."""

    def __init__(self, app: App, link: Link, code: UserCode, observers: Iterable[Callable[[], Awaitable[None]]] = ()) -> None:
        self._app = app
        self._link = link
        self._code = code
        self._observers = list(observers)
        self._feeds: dict[int, Feed] = {}
        self._grids = list(app.grids.values())
        self._thread = threading.get_ident()
        self._tasks: list[asyncio.Task[None]] = []
        self._over: asyncio.Future[BaseException | None] = asyncio.get_running_loop().create_future()
        self._welcome: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._loop = asyncio.get_running_loop()

    async def run(self) -> int:
        """Runs the app until it shall stop, fails, or the runner is gone."""
        self._link.attach(self._received, self._closed)
        self._link.send(self._hello())
        watchdog = Watchdog(self._link, self._code)
        try:
            if not await self._welcomed():
                return self._lost()
            self._watch_grids()
            self._tasks = [asyncio.create_task(self._live(), name="on_start"), *(asyncio.create_task(self._observe(o)) for o in self._observers)]
            failure = await self._over
            deadline.set(_STOP_SECONDS)
            await self._cancel()
            if isinstance(failure, LinkClosed):
                return self._lost()
            if failure is None:
                failure = await self._on_stop()
            await self._say_last(failure)
            deadline.code = 0 if failure is None else 1
            return deadline.code
        finally:
            watchdog.stop()
            self._link.detach()

    def stop(self) -> None:
        """Ends the app in good order. On the thread of the event loop."""
        self._end(None)

    def _end(self, why: BaseException | None) -> None:
        if not self._over.done():
            self._over.set_result(why)

    def _hello(self) -> dict[str, Any]:
        app = self._app
        return {
            "type": "hello",
            "protocol": PROTOCOL,
            "app": app.name,
            "sdk": __version__,
            "python": platform.python_version(),
            "broker": app.broker,
            "start": app.start,
            "topics": [{"name": t.name, "key": t.wire_key, "value": t.wire_value} for t in app.topics.values()],
            "grids": [{"name": g.name, "columns": [{"name": c.name, "type": c.wire_type} for c in g.columns]} for g in self._grids],
            "streams": [{"id": number, "topic": s.topic.name, "function": s.name} for number, s in enumerate(app.streams)],
        }

    async def _welcomed(self) -> bool:
        await asyncio.wait([self._welcome, self._over], timeout=_WELCOME_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if not self._welcome.done() and not self._over.done():
            self._link.refuse(f"the runner did not answer within {_WELCOME_SECONDS:.0f} s")
        return self._welcome.done()

    def _lost(self) -> int:
        print(f"aerogrid: {self._link.closed}; the app ends", file=sys.stderr, flush=True)
        return 1

    # Frames of the runner.

    def _received(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "records":
            feed = self._feeds.get(message.get("stream", -1))
            if feed is None:
                self._link.refuse(f"the runner sent records of stream {message.get('stream')!r}, which this app does not have")
            else:
                feed.put(message)
        elif kind == "welcome":
            if message.get("protocol") != PROTOCOL:
                self._link.refuse(f"the runner speaks protocol {message.get('protocol')!r}, this package {PROTOCOL}: use the same release of both")
            elif not self._welcome.done():
                self._make_feeds()
                self._welcome.set_result(None)
        elif kind == "stop":
            self.stop()
        else:
            self._link.refuse(f"the runner sent {kind!r}, which this release does not know")

    def _closed(self, reason: LinkClosed) -> None:
        self._end(reason)

    # Grids.

    def _watch_grids(self) -> None:
        for grid in self._grids:
            grid._changes.wake = self._wake  # pyright: ignore[reportPrivateUsage]
        os.register_at_fork(after_in_child=self._in_copy)
        self.flush()

    def _wake(self) -> None:
        """A grid has changed: its changes are sent as soon as user code lets the loop run."""
        for grid in self._grids:
            grid._changes.idle = False  # pyright: ignore[reportPrivateUsage]
        if threading.get_ident() == self._thread:
            self._loop.call_soon(self.flush)
        else:
            self._loop.call_soon_threadsafe(self.flush)

    def _in_copy(self) -> None:
        def refuse() -> None:
            raise RuntimeError(
                f"this process is a copy of the app (process {os.getppid()}), and what it assigns to a grid would be lost: return the values to the app"
            )

        for grid in self._grids:
            changes = grid._changes  # pyright: ignore[reportPrivateUsage]
            changes.lock = threading.RLock()  # another thread may have held it when the copy was made
            changes.wake, changes.idle = refuse, True

    def flush(self) -> None:
        """Sends what has changed. On the thread of the event loop."""
        for encoded in changes_frames(self._grids):
            self._link.send_frame(encoded)

    # User code.

    def _make_feeds(self) -> None:
        for number in range(len(self._app.streams)):
            self._feeds[number] = Feed(number, self._link.send, self.flush, self._link.room)

    async def _live(self) -> None:
        """Runs `on_start`, then starts streams and timers."""
        try:
            for function in self._app.start_functions:
                await call(function)
        except BaseException as problem:
            self._failed(problem)
            return
        self._tasks += [asyncio.create_task(self._stream(number, s), name=s.name) for number, s in enumerate(self._app.streams)]
        self._tasks += [asyncio.create_task(self._timer(t), name=t.name) for t in self._app.timers]

    async def _stream(self, number: int, declared: StreamFunction) -> None:
        try:
            await declared.function(Stream(declared.topic, self._feeds[number]))
            raise RuntimeError(
                f"{declared.name} ({declared.place}) has ended: a stream function goes on for ever; read its records with "
                "`async for key, value in stream.items():` and leave out `break` and `return`"
            )
        except BaseException as problem:
            self._failed(problem)

    async def _timer(self, timer: Timer) -> None:
        # Ticks are at multiples of the period since the start; those that pass while the function runs are left out.
        started = time.monotonic()
        try:
            while True:
                elapsed = time.monotonic() - started
                await asyncio.sleep((elapsed // timer.seconds + 1) * timer.seconds - elapsed)
                await call(timer.function)
        except BaseException as problem:
            self._failed(problem)

    async def _observe(self, observer: Callable[[], Awaitable[None]]) -> None:
        try:
            await observer()
        except Exception as problem:
            self._failed(problem)

    def _failed(self, problem: BaseException) -> None:
        # A cancellation that comes here first is one that user code made of its own function; Ctrl-C is no failure.
        self._end(None if isinstance(problem, KeyboardInterrupt) else problem)

    async def _cancel(self) -> None:
        for task in self._tasks:
            task.cancel()
        _, pending = await asyncio.wait(self._tasks, timeout=_CANCEL_SECONDS)
        for task in pending:
            print(f"aerogrid: {task.get_name()} does not end when it is cancelled; the app ends without it", file=sys.stderr, flush=True)

    async def _on_stop(self) -> BaseException | None:
        """Runs all of the `on_stop` functions, whatever one of them does. Returns the first failure."""
        first: BaseException | None = None
        for function in self._app.stop_functions:
            try:
                await call(function)
            except BaseException as problem:
                if first is not None:
                    print(self._code.traceback(first), file=sys.stderr, end="", flush=True)
                first = first or problem
        return first

    async def _say_last(self, failure: BaseException | None) -> None:
        self.flush()
        if failure is not None:
            report = self._code.report(failure)
            print(report["traceback"], file=sys.stderr, end="", flush=True)
            self._link.send(report)
        await asyncio.wait_for(self._link.drain(), 2)


async def call(function: Callable[[], Any]) -> None:
    """Calls a function of the user's, and waits for it where it is `async def`."""
    result = function()
    if inspect.isawaitable(result):
        await result


class _Deadline:
    """When the process ends whatever user code does: its threads and `finally` blocks cannot hold it longer than the runner waits."""

    def __init__(self) -> None:
        self.code = 1
        self._timer: threading.Timer | None = None

    def set(self, seconds: float) -> None:
        if self._timer is None:
            self._timer = threading.Timer(seconds, self._end)
            self._timer.daemon = True
            self._timer.start()

    def _end(self) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(self.code)


deadline: Final = _Deadline()
"""Of this process; `code` is its exit code then."""


def stop_on_signals(session: Session, loop: asyncio.AbstractEventLoop) -> None:
    """SIGTERM and the first Ctrl-C stop the app in good order; the second Ctrl-C ends it where it is, also in a loop that never waits."""
    asked = False

    def handle(number: int, _: Any) -> None:
        nonlocal asked
        if asked and number == signal.SIGINT:
            raise KeyboardInterrupt
        asked = True
        loop.call_soon_threadsafe(session.stop)

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, handle)
        signal.signal(signal.SIGINT, handle)
