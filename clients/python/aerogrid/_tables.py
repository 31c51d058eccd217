"""Grids as text for a terminal or a file."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Iterable
from datetime import date
from typing import Any, Final, TextIO

from ._cells import Error
from ._grid import Grid

_SECONDS: Final = 0.5
_ROWS: Final = 20
_COMPARED: Final = 10_000
"""Rows up to which a grid is compared with what was printed of it."""


def cell_text(value: Any) -> str:
    """A cell as a person reads it, in one line."""
    if value is None:
        return ""
    if isinstance(value, Error):
        return f"#{value.text}"
    if isinstance(value, date):
        return value.isoformat()
    text = str(value)
    return text if text.isprintable() else repr(text)


def table(grid: Grid[Any], width: int) -> list[str]:
    """The first rows of a grid as lines of at most `width` characters."""
    names = [column.name for column in grid.columns]
    keys = list(grid)[:_ROWS]
    rows = [[cell_text(key), *(cell_text(grid[key][name]) for name in names)] for key in keys]
    lines = [["key", *names], *rows]
    widths = [max(len(line[position]) for line in lines) for position in range(len(names) + 1)]
    numeric = [False, *(all(isinstance(grid[key][name], (int, float, type(None))) for key in keys) for name in names)]

    def text(line: list[str]) -> str:
        cells = [cell.rjust(w) if right else cell.ljust(w) for cell, w, right in zip(line, widths, numeric)]
        return "  ".join(cells).rstrip()[:width]

    result = [f"{grid.name} ({len(grid)} row{'' if len(grid) == 1 else 's'})"[:width], text(lines[0])]
    result.append("  ".join("-" * w for w in widths)[:width])
    result += [text(line) for line in rows]
    if len(grid) > _ROWS:
        result.append(f"… and {len(grid) - _ROWS} more")
    return result


class Noted:
    """A text stream that notes whether somebody wrote to it, so that a table is never drawn over what user code printed."""

    def __init__(self, inner: TextIO) -> None:
        self._inner = inner
        self.written = False

    def write(self, text: str) -> int:
        self.written = True
        return self._inner.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class Printer:
    """Prints grids when they have changed, at most twice a second: tables in a terminal, otherwise the changed rows, one a line."""

    def __init__(self, grids: Iterable[Grid[Any]], out: TextIO) -> None:
        self._grids = list(grids)
        self._out = out
        self._terminal = out.isatty()
        self._known: dict[str, Any] = {}
        self._lines = 0
        self._noted: list[Noted] = []

    async def run(self) -> None:
        """Prints until it is cancelled, and once more then."""
        if self._terminal:
            self._noted = [Noted(sys.stdout), Noted(sys.stderr)]
            sys.stdout, sys.stderr = self._noted  # type: ignore[assignment]
        try:
            while True:
                await asyncio.sleep(_SECONDS)
                self.print()
        finally:
            self.print()
            if self._noted:
                sys.stdout, sys.stderr = (noted._inner for noted in self._noted)  # pyright: ignore[reportPrivateUsage]

    def print(self) -> None:
        """Prints what has changed since the last time."""
        changed = [(grid, before, now) for grid in self._grids for before, now in [self._compare(grid)] if before != now]
        if not changed:
            return
        if self._terminal:
            self._draw()
        else:
            for grid, before, now in changed:
                self._append(grid, before, now)
        self._out.flush()

    def _compare(self, grid: Grid[Any]) -> tuple[Any, Any]:
        before = self._known.get(grid.name, {})
        now: Any = {key: tuple(row.values()) for key, row in list(grid.items())} if len(grid) <= _COMPARED else len(grid)
        self._known[grid.name] = now
        return before, now

    def _draw(self) -> None:
        if self._lines and not any(noted.written for noted in self._noted):
            self._out.write(f"\x1b[{self._lines}A\x1b[J")
        width = shutil.get_terminal_size().columns
        lines = [line for grid in self._grids for line in [*table(grid, width), ""]]
        self._out.write("".join(f"{line}\n" for line in lines))
        self._lines = len(lines)
        for noted in self._noted:
            noted.written = False

    def _append(self, grid: Grid[Any], before: Any, now: Any) -> None:
        if not isinstance(now, dict) or not isinstance(before, dict):
            self._out.write(f"{grid.name}: {len(grid)} rows\n")
            return
        names = [column.name for column in grid.columns]
        changed = [key for key, cells in now.items() if before.get(key) != cells]
        for key in changed[:_ROWS]:
            cells = " ".join(f"{name}={cell_text(value)}" for name, value in zip(names, now[key]))
            self._out.write(f"{grid.name} {cell_text(key)}: {cells}\n")
        if len(changed) > _ROWS:
            self._out.write(f"{grid.name}: … and {len(changed) - _ROWS} more rows\n")
        for key in [key for key in before if key not in now][:_ROWS]:
            self._out.write(f"{grid.name} {cell_text(key)}: deleted\n")
