"""Chooses the container's task, and reports how it ended."""

import json
import signal
import sys

from .failures import FAILED, Failure
from .settings import Settings


def main(arguments):
    """The exit code of the container."""
    # As first process of a container, Python would ignore the signal.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    settings = Settings()
    if arguments not in (["resolve"], ["push"]):
        print("usage: python3 -I -B /opt/aerogrid/builder resolve|push", file=sys.stderr)
        return 2
    try:
        _run(arguments[0], settings)
    except Failure as failure:
        return _fail(settings, failure)
    except OSError as error:
        # A full disk, for example.
        return _fail(settings, Failure(FAILED, f"{arguments[0]} failed: {error.strerror}{f' ({error.filename})' if error.filename else ''}."))
    return 0


def _run(task, settings):
    if task == "resolve":
        from .resolve import resolve

        resolve(settings)
    else:
        from .push import push

        _report(settings, json.dumps({"image": push(settings)}))


def _fail(settings, failure):
    where = f"requirements.txt line {failure.line.number}: {failure.line.typed}: " if failure.line else ""
    print(where + failure.message, file=sys.stderr)
    _report(settings, failure.to_json())
    return failure.exit_code


def _report(settings, text):
    try:
        settings.termination_log.write_text(text, encoding="utf-8", errors="replace")
    except OSError as error:
        # Run by hand, without a kubelet: the message is on the standard error.
        print(f"{settings.termination_log}: {error.strerror}", file=sys.stderr)
