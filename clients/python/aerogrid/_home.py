"""Running an app at home: this program, a runner of this machine as its helper, and the grids as text."""

from __future__ import annotations

import json
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ._link import LinkClosed, connect
from ._run import run_connected
from ._tables import Printer

if TYPE_CHECKING:
    from ._app import App

_NAME: Final = "aerogrid-runner"
_START_SECONDS: Final = 30.0

_NO_RUNNER: Final = """\
aerogrid: to run an app outside the platform, its helper program aerogrid-runner is needed, and was not found. Any of these will do:
  - start the platform on this machine (aerogrid up) and leave it running: its runner is used
  - put aerogrid-runner into a folder of PATH
  - say where it is: export AEROGRID_RUNNER=/path/to/aerogrid-runner
Or run the app on the platform itself: aerogrid deploy FOLDER"""


def find_runner() -> str | None:
    """The runner that AEROGRID_RUNNER names, that is on PATH, that the running platform has, or that was built in this checkout."""
    named = os.environ.get("AEROGRID_RUNNER")
    if named:
        return named
    data = os.environ.get("AEROGRID_DATA")
    platform = _runner_of_platform(Path(data) if data else Path.home() / ".aerogrid")
    built = Path(__file__).resolve().parents[3] / "artifacts" / "aerogrid" / "current" / "runner" / _NAME
    for candidate in (shutil.which(_NAME), platform, str(built)):
        if candidate and os.access(candidate, os.X_OK):
            return candidate
    return None


def _runner_of_platform(folder: Path) -> str | None:
    try:
        about: Any = json.loads((folder / "platform.json").read_text("utf-8"))
        return about.get("runner") if isinstance(about.get("runner"), str) else None
    except (OSError, ValueError, AttributeError):
        return None  # no platform on this machine, or one of another release


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for entry in sockets:
            entry.bind(("127.0.0.1", 0))
        return [entry.getsockname()[1] for entry in sockets]
    finally:
        for entry in sockets:
            entry.close()


def run_at_home(app: App) -> int:
    """Runs the app with a runner of this machine. Returns the exit code."""
    runner = find_runner()
    if runner is None:
        print(_NO_RUNNER, file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="aerogrid-") as folder, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        path = os.path.join(folder, "program.sock")
        listener.bind(path)
        listener.listen(4)
        try:
            helper = _start(runner, app, path)
        except OSError as problem:
            print(f"aerogrid: {runner} cannot be started: {problem.strerror}", file=sys.stderr)
            return 1
        try:
            return _run(app, helper, listener)
        except KeyboardInterrupt:
            return 130
        finally:
            helper.terminate()
            try:
                helper.wait(5)
            except subprocess.TimeoutExpired:
                helper.kill()


def _start(runner: str, app: App, path: str) -> subprocess.Popen[bytes]:
    http, grpc = _free_ports(2)
    package = str(Path(__file__).resolve().parents[1])
    environment = {
        **os.environ,
        "PORT": str(http),
        "PORT_GRPC": str(grpc),
        "AEROGRID_ADDRESS": "127.0.0.1",
        "AEROGRID_APP": app.name,
        # Who stands at a breakpoint blocks the app for as long as that takes.
        "AEROGRID_BLOCKED_LIMIT_SECONDS": "86400",
        "PYTHONPATH": os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")])),
    }
    print(f"aerogrid: {app.name} runs with broker {app.broker or '(none)'}; its grids are at http://127.0.0.1:{http}/grids", file=sys.stderr, flush=True)
    # A session of its own: Ctrl-C is for this program, which ends the helper after itself.
    command = [runner, "--", sys.executable, "-m", "aerogrid._relay", path]
    return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, start_new_session=True)


def _run(app: App, helper: subprocess.Popen[bytes], listener: socket.socket) -> int:
    limit = time.monotonic() + _START_SECONDS
    while not select.select([listener], [], [], 0.1)[0]:
        if helper.poll() is not None:
            print(f"aerogrid: the runner ended with exit code {helper.returncode} before it began", file=sys.stderr)
            return 1
        if time.monotonic() > limit:
            print(f"aerogrid: the runner did not begin within {_START_SECONDS:.0f} s", file=sys.stderr)
            return 1
    relay, _ = listener.accept()
    with relay:
        address = b"".join(iter(lambda: relay.recv(4096), b"")).decode()
        try:
            return run_connected(app, connect(address), [Printer(app.grids.values(), sys.stdout).run])
        except LinkClosed as problem:
            print(f"aerogrid: {problem}", file=sys.stderr)
            return 1
