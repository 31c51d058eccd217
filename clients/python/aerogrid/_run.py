"""Runs an app: inside the platform, or at home."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING

from ._failures import UserCode
from ._link import Link, LinkClosed, connect
from ._session import Session, deadline, stop_on_signals

if TYPE_CHECKING:
    from ._app import App

SOCKET = "AEROGRID_SOCKET"


def app_folder() -> str:
    """The folder of the program's file."""
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    return os.path.dirname(os.path.abspath(file)) if file else os.getcwd()


def run(app: App) -> int:
    """Runs the app to its end. Returns the exit code."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        pass
    else:
        raise RuntimeError("app.run() starts an event loop of its own: call it at the end of the file, outside of async functions and notebooks")
    path = os.environ.get(SOCKET)
    if path is None:
        from ._home import run_at_home

        return run_at_home(app)
    try:
        return run_connected(app, connect(path))
    except LinkClosed as problem:
        print(f"aerogrid: {problem}", file=sys.stderr, flush=True)
        return 1


def run_connected(app: App, link: Link, observers: Iterable[Callable[[], Awaitable[None]]] = ()) -> int:
    """Runs the app on a connection to the runner."""

    async def session() -> int:
        current = Session(app, link, UserCode(app_folder()), observers)
        stop_on_signals(current, asyncio.get_running_loop())
        return await current.run()

    try:
        return asyncio.run(session())
    except KeyboardInterrupt:
        deadline.code = 130
        deadline.set(1.0)
        return 130
