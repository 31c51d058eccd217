"""Tells the runner each second that the process lives, and where user code keeps the event loop from running."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from typing import Any, Final

from ._failures import Place, UserCode
from ._link import Link

_TICK: Final = 0.25
_TICKS_PER_MESSAGE: Final = 4
_BLOCKED: Final = 1.0


class Watchdog:
    """A thread of its own: the event loop cannot tell that it is blocked. Made and started on the thread of the loop."""

    def __init__(self, link: Link, code: UserCode) -> None:
        self._link = link
        self._code = code
        self._loop = asyncio.get_running_loop()
        self._watched = threading.get_ident()
        self._ran = time.monotonic()
        self._asked = False
        self._told: Place | None = None
        self._end = threading.Event()
        threading.Thread(target=self._run, name="aerogrid-watchdog", daemon=True).start()

    def stop(self) -> None:
        self._end.set()

    def _note(self) -> None:
        self._ran = time.monotonic()
        self._asked = False

    def _run(self) -> None:
        ticks = 0
        while not self._end.wait(_TICK):
            ticks += 1
            lag = time.monotonic() - self._ran if self._asked else 0.0
            if not self._asked:
                self._asked = True
                try:
                    self._loop.call_soon_threadsafe(self._note)
                except RuntimeError:  # the loop is closed: the app has ended
                    return
            if ticks % _TICKS_PER_MESSAGE == 0:
                self._tell(lag)
            elif lag > _TICK:
                self._link.flush()  # what the blocked loop cannot send
            if self._link.closed is not None and lag > _BLOCKED:
                # The runner is gone, and the loop, which would end the process for it, is blocked.
                print(f"aerogrid: {self._link.closed}; the app ends", file=sys.stderr, flush=True)
                os._exit(1)

    def _tell(self, lag: float) -> None:
        message: dict[str, Any] = {"type": "alive", "lag": round(lag, 3)}
        if lag > _BLOCKED:
            place = self._code.innermost(sys._current_frames().get(self._watched)) or Place(None, None, None)
            message.update(place._asdict())
            if place.file is not None and place != self._told and not _debugging():
                self._told = place
                print(
                    f"aerogrid: {place.file}, line {place.line}, in {place.function} has been busy for {lag:.0f} s, and nothing else can run meanwhile; "
                    "use await asyncio.sleep(…) to wait and await asyncio.to_thread(…) for what takes long",
                    file=sys.stderr,
                    flush=True,
                )
        self._link.send(message)


def _debugging() -> bool:
    return sys.gettrace() is not None or "pydevd" in sys.modules
