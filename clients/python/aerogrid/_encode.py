"""Frames of the wire, in both directions: a length of 4 bytes, big-endian, and as many bytes of JSON."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from ._cells import error
from ._grid import Grid

MAX_FRAME: Final = 64 << 20
ROWS_PER_FRAME: Final = 10_000
MAX_ROW: Final = 1 << 20
"""Bytes of the JSON of one row's cells."""
SHORT_TEXT: Final = 512
"""Characters of a text that fits always: as many columns as a grid may have, escaped at worst, are below MAX_ROW."""
LENGTH: Final = struct.Struct(">I")

_encoder: Final = json.JSONEncoder(ensure_ascii=False, check_circular=False, allow_nan=False, separators=(",", ":"))
_SURROGATES: Final = re.compile("[\ud800-\udfff]")


def frame(message: dict[str, Any]) -> bytes:
    """A message as a frame. Raises ValueError where it is longer than a frame may be."""
    text = _encoder.encode(message)
    try:
        body = text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can express and UTF-8 cannot
        body = _SURROGATES.sub("\ufffd", text).encode()
    if len(body) > MAX_FRAME:
        raise ValueError(f"a message of {len(body)} bytes does not fit into a frame")
    return LENGTH.pack(len(body)) + body


def _long_number(digits: str) -> Any:
    # Python refuses to make more than some thousand digits an int, for their cost. One such number must not cost the whole batch.
    try:
        return int(digits)
    except ValueError:
        return Decimal(digits)


_patient: Final = json.JSONDecoder(parse_int=_long_number)


def parse(text: str) -> Any:
    """JSON as Python reads it: `NaN` and `Infinity` included. Raises ValueError or RecursionError."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise
    except ValueError:
        return _patient.decode(text)


def changes_frames(grids: list[Grid[Any]]) -> Iterator[bytes]:
    """What has changed in the grids since the last time, in as many frames as that takes. Nothing when nothing has."""
    entries: list[dict[str, Any]] = []
    for grid in grids:
        changes = grid._changes  # pyright: ignore[reportPrivateUsage]
        if changes.idle and not changes.marked and not changes.cleared:
            continue
        with changes.lock:
            clear = changes.take_cleared()
            while True:
                rows, deleted = changes.take(ROWS_PER_FRAME)
                if not rows and not deleted and not clear:
                    break
                entry = _entry(grid, clear, rows, deleted)
                clear = False
                if len(rows) + len(deleted) < ROWS_PER_FRAME:
                    entries.append(entry)
                    break
                yield from _fitting(entry)
    if entries:
        yield from _together(entries)


def _entry(grid: Grid[Any], clear: bool, rows: dict[Any, list[Any]], deleted: list[Any]) -> dict[str, Any]:
    encoders = [column.encode for column in grid.columns]
    entry: dict[str, Any] = {"grid": grid.name}
    if clear:
        entry["clear"] = True
    if rows:
        entry["set"] = {str(key): _row([encode(value) for encode, value in zip(encoders, cells)]) for key, cells in rows.items()}
    if deleted:
        entry["delete"] = [str(key) for key in deleted]
    return entry


def _row(cells: list[Any]) -> list[Any]:
    """The cells; with errors in place of long texts where the row would be longer than a row may be."""
    long = [position for position, cell in enumerate(cells) if type(cell) is str and len(cell) > SHORT_TEXT]
    if long and len(_encoder.encode(cells).encode("utf-8", "surrogatepass")) > MAX_ROW:
        for position in long:
            cells[position] = error(f"the text of {len(cells[position])} characters makes the row longer than {MAX_ROW} bytes")
    return cells


def _together(entries: list[dict[str, Any]]) -> Iterator[bytes]:
    try:
        yield frame({"type": "changes", "grids": entries})
    except ValueError:
        for entry in entries:
            yield from _fitting(entry)


def _fitting(entry: dict[str, Any]) -> Iterator[bytes]:
    """The changes of one grid, halved until each part fits into a frame; a single row always does."""
    try:
        encoded = frame({"type": "changes", "grids": [entry]})
    except ValueError:
        rows = list(entry["set"].items())
        half = len(rows) // 2
        yield from _fitting({**entry, "set": dict(rows[:half])})
        yield from _fitting({"grid": entry["grid"], "set": dict(rows[half:])})
    else:
        yield encoded
