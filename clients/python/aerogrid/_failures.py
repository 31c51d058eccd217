"""Errors of user code, told in terms of user code: only the user's frames, with files relative to the app's folder."""

from __future__ import annotations

import os
import sys
import traceback
from types import FrameType
from typing import Any, NamedTuple

from ._settings import hide_secrets

_PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep
_NOT_THE_USERS = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")


class Place(NamedTuple):
    """A line of user code. `file` is relative to the app's folder."""

    file: str | None
    line: int | None
    function: str | None


class UserCode:
    """Knows which files are the user's: those in the app's folder, packages installed there excepted. Thread-safe."""

    def __init__(self, folder: str) -> None:
        self.folder = os.path.realpath(folder)

    def relative(self, file: str) -> str | None:
        """The file as the user knows it, or None where it is not the user's."""
        if file.startswith("<"):
            return None
        path = os.path.realpath(file)
        if path.startswith(_PACKAGE) or any(part in path for part in _NOT_THE_USERS) or not path.startswith(self.folder.rstrip(os.sep) + os.sep):
            return None
        return os.path.relpath(path, self.folder)

    def innermost(self, frame: FrameType | None) -> Place | None:
        """Where the user's code is in a stack of frames."""
        while frame is not None:
            file = self.relative(frame.f_code.co_filename)
            if file is not None:
                return Place(file, frame.f_lineno, frame.f_code.co_name)
            frame = frame.f_back
        return None

    def place_of(self, exception: BaseException) -> Place:
        """The user's innermost frame of an exception; of a syntax error the line that Python could not read."""
        if isinstance(exception, SyntaxError) and exception.filename:
            file = self.relative(exception.filename)
            if file is not None:
                return Place(file, exception.lineno, None)
        place = Place(None, None, None)
        for frame, line in traceback.walk_tb(exception.__traceback__):
            file = self.relative(frame.f_code.co_filename)
            if file is not None:
                place = Place(file, line, frame.f_code.co_name)
        if place.file is None and isinstance(exception, BaseExceptionGroup if sys.version_info >= (3, 11) else ()):
            return self.place_of(exception.exceptions[0])
        return place

    def traceback(self, exception: BaseException) -> str:
        """The traceback of Python with the user's frames only; all of it where none is the user's. Secrets are not in it."""
        told = traceback.TracebackException.from_exception(exception)
        self._keep_user_frames(told, set())
        return hide_secrets("".join(told.format()))

    def _keep_user_frames(self, told: Any, seen: set[int]) -> None:
        if told is None or id(told) in seen:
            return
        seen.add(id(told))
        kept: list[traceback.FrameSummary] = []
        for frame in told.stack:
            file = self.relative(frame.filename)
            if file is not None:
                frame.line  # noqa: B018 - reads the source line while the name still leads to the file
                frame.filename = file
                kept.append(frame)
        if kept or isinstance(getattr(told, "exc_type", None), type(SyntaxError)) and getattr(told, "filename", None):
            told.stack[:] = kept
        filename = getattr(told, "filename", None)
        if filename:
            told.filename = self.relative(filename) or filename
        self._keep_user_frames(told.__cause__, seen)
        self._keep_user_frames(told.__context__, seen)
        for inner in getattr(told, "exceptions", None) or ():
            self._keep_user_frames(inner, seen)

    def report(self, exception: BaseException) -> dict[str, Any]:
        """The `failed` message about an exception."""
        place = self.place_of(exception)
        return {
            "type": "failed",
            "exception": type(exception).__name__,
            "message": hide_secrets(message_of(exception))[:4000],
            "file": place.file,
            "line": place.line,
            "function": place.function,
            "traceback": self.traceback(exception)[-64_000:],
        }


def message_of(exception: BaseException) -> str:
    """The text of an exception, whose `__str__` may be user code and fail itself."""
    if isinstance(exception, SystemExit):
        return f"the code called sys.exit({exception.code!r}); an app with grids runs until it is stopped"
    try:
        return str(exception)
    except Exception as problem:
        return f"(its text cannot be made: {type(problem).__name__})"
