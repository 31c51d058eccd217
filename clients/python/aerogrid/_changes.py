"""What has changed in a grid since it was last sent.

Setting a cell is the inner loop of an app, so it costs two operations of dictionaries and no lock: it marks the row, then looks whether anyone
will collect the marks. Collecting goes the other way round: it says that nobody will, then takes the marks out one at a time. Each step is
atomic, so that a cell set by another thread in the middle is either taken now or wakes the next collection, and is never forgotten. What
changes the set of rows (insert, delete, clear) is rare and holds `lock`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Optional, Union

Key = Union[str, int]


def _nobody() -> None:
    """Until the app runs, marks wait for its start."""


class Changes:
    """The marks of one grid. Thread-safe."""

    __slots__ = ("marked", "cleared", "idle", "wake", "lock")

    def __init__(self) -> None:
        self.marked: dict[Key, Optional[dict[str, Any]]] = {}
        """The rows with changed cells by key, None where the row was deleted."""
        self.cleared = False
        """Whether all rows went away before those marks."""
        self.idle = False
        """Whether the next mark must call `wake`."""
        self.wake: Callable[[], None] = _nobody
        self.lock = threading.RLock()

    def mark(self, key: Key, row: Optional[dict[str, Any]]) -> None:
        """Notes that a row changed, or with None that it was deleted."""
        self.marked[key] = row
        if self.idle:
            self.wake()

    def mark_cleared(self) -> None:
        """Notes that all rows were deleted. The caller holds `lock`."""
        self.marked.clear()
        self.cleared = True
        if self.idle:
            self.wake()

    def take_cleared(self) -> bool:
        """Begins a collection: whether the grid was cleared. The caller holds `lock`."""
        self.idle = True
        cleared, self.cleared = self.cleared, False
        return cleared

    def take(self, limit: int) -> tuple[dict[Key, list[Any]], list[Key]]:
        """At most `limit` marks: the values of changed rows by key, and the keys of deleted ones. The caller holds `lock`."""
        rows: dict[Key, list[Any]] = {}
        deleted: list[Key] = []
        while self.marked and len(rows) + len(deleted) < limit:
            key, row = self.marked.popitem()
            if row is None:
                deleted.append(key)
            else:
                rows[key] = list(row.values())
        return rows, deleted
