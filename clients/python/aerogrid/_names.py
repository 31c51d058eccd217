"""The rules of names of apps, grids, columns and topics, and the help for a name that was mistyped."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable

MAX_NAME = 128


def check_name(kind: str, name: object) -> str:
    """Returns `name`, or raises: names have 1 to 128 characters, and neither control characters nor `/`."""
    if not isinstance(name, str):
        raise TypeError(f"the name of {kind} must be a text in quotes, found {name!r}")
    if not 1 <= len(name) <= MAX_NAME:
        raise ValueError(f"the name of {kind} must have 1 to {MAX_NAME} characters, found {len(name)}")
    if any(c == "/" or unicodedata.category(c) in ("Cc", "Cs") for c in name):
        raise ValueError(f"the name of {kind} must not contain '/' or control characters, found {name!r}")
    return name


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """The end of a message about an unknown name: the nearest known one where there is one."""
    nearest = difflib.get_close_matches(str(name), list(known), n=1)
    return f"; did you mean {nearest[0]!r}?" if nearest else ""
