"""`python -m aerogrid app.py`: loads the file, finds its App and runs it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

from . import _load
from ._failures import UserCode
from ._link import LinkClosed, tell
from ._run import SOCKET, run

_USAGE = "usage: python -m aerogrid FILE [ARGUMENT …]\n\nRuns the app that FILE (such as app.py) makes with aerogrid.App(…)."


def main(arguments: Sequence[str]) -> int:
    """Runs the app of a file. Returns the exit code."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print(_USAGE, file=sys.stdout if arguments else sys.stderr)
        return 0 if arguments else 2
    path = os.path.abspath(arguments[0])
    sys.argv[:] = list(arguments) if arguments != [sys.argv[0]] else sys.argv
    sys.path[0] = os.path.dirname(path)
    try:
        _load.execute(path)
    except OSError as problem:
        if problem.filename != path:
            return _report(path, problem)
        print(f"aerogrid: {arguments[0]} cannot be read: {problem.strerror}", file=sys.stderr)
        return 2
    except (SystemExit, KeyboardInterrupt):
        raise
    except BaseException as problem:
        return _report(path, problem)
    try:
        app = _load.the_app(path)
    except _load.NoApp as problem:
        print(f"aerogrid: {problem}", file=sys.stderr)
        _tell({"type": "failed", "exception": "NoApp", "message": str(problem), "file": os.path.basename(path), "line": 1, "function": None, "traceback": str(problem)})
        return 1
    return run(app)


def _report(path: str, problem: BaseException) -> int:
    report = UserCode(os.path.dirname(path)).report(problem)
    print(report["traceback"], file=sys.stderr, end="", flush=True)
    _tell(report)
    return 1


def _tell(report: dict[str, Any]) -> None:
    """Tells the runner why there will be no `hello`."""
    socket = os.environ.get(SOCKET)
    if socket is not None:
        try:
            tell(socket, report)
        except LinkClosed:
            pass  # the message is in the output, which is where a person looks when there is no runner


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
