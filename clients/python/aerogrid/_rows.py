"""A row of a grid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Dict, NoReturn

if TYPE_CHECKING:
    from ._changes import Changes, Key
    from ._grid import Grid

_set_cell = dict.__setitem__


class Row(Dict[str, Any]):
    """A row of a grid: its cells by column name. A cell is read and assigned in either of these ways:

        row = product_sum["apple"]
        row["units_sold"] += 3
        row.units_sold += 3

    A row shows what its grid has under its key, for as long as you hold it. A row that nobody has assigned has the grid's default cells, and
    its first assignment puts it into the grid. Columns are fixed: an unknown name is an error, and a cell can be emptied with `None` but not
    deleted. A column named like one of the methods here (such as `update` or `items`) can only be reached as `row["items"]`.
    """

    __slots__ = ("_grid", "_key", "_changes", "__weakref__")
    if TYPE_CHECKING:
        _grid: Grid[Any]
        _key: Key
        _changes: Changes

    def __setitem__(self, name: str, value: Any) -> None:
        if name not in self:
            raise self._grid._shape.unknown(name)  # pyright: ignore[reportPrivateUsage]
        _set_cell(self, name, value)
        changes = self._changes
        changes.marked[self._key] = self  # in this order, see _changes.py
        if changes.idle:
            changes.wake()

    def __missing__(self, name: str) -> Any:
        raise self._grid._shape.unknown(name)  # pyright: ignore[reportPrivateUsage]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name not in self:
            raise AttributeError(name)  # what Python asks every object, for example when it copies one
        return self[name]

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self and hasattr(Row, name):
            raise AttributeError(f"{name!r} is also a method of rows: write row[{name!r}] = …")
        self[name] = value

    def update(self, *args: Any, **cells: Any) -> None:
        """Assigns several cells at once; the others keep their values.

            product_sum["apple"].update(units_sold=3)
            product_sum["apple"].update({"units_sold": 3})
        """
        values: dict[str, Any] = dict(*args, **cells)
        for name in values:  # all or nothing
            if name not in self:
                raise self._grid._shape.unknown(name)  # pyright: ignore[reportPrivateUsage]
        for name, value in values.items():
            self[name] = value

    def __ior__(self, value: Mapping[str, Any]) -> Row:  # type: ignore[override, misc]
        self.update(value)
        return self

    def copy(self) -> Dict[str, Any]:
        """The cells as they are now, as a dict of its own.

            before = product_sum["apple"].copy()
        """
        return dict(self)

    def __copy__(self) -> Dict[str, Any]:
        return dict(self)

    def __deepcopy__(self, memo: Any) -> Dict[str, Any]:
        return dict(self)

    def __reduce__(self) -> Any:
        return dict, (dict(self),)

    if not TYPE_CHECKING:  # for a type checker they are those of dict

        def _fixed(self, *_: Any) -> NoReturn:
            grid = self._grid.name
            raise TypeError(f"grid {grid!r}: the columns of a row are fixed; assign None to empty a cell, del grid[key] removes the row")

        __delitem__ = pop = popitem = clear = setdefault = _fixed


class AbsentRow(Row):
    """A row that is not in its grid. Its first assignment puts it there and makes it a plain Row.

    Being present is a matter of the class and not of a flag, so that assigning a cell of a present row checks nothing.
    """

    __slots__ = ()

    def __setitem__(self, name: str, value: Any) -> None:
        if name not in self:
            raise self._grid._shape.unknown(name)  # pyright: ignore[reportPrivateUsage]
        self._grid._insert(self)  # pyright: ignore[reportPrivateUsage]
        Row.__setitem__(self, name, value)


# Assigning an attribute of a row assigns a cell, so the row's own attributes are set past that.
_set_grid: Any = Row.__dict__["_grid"].__set__
_set_key: Any = Row.__dict__["_key"].__set__
_set_changes: Any = Row.__dict__["_changes"].__set__


def absent_row(grid: Grid[Any], key: Key, changes: Changes, cells: Mapping[str, Any]) -> AbsentRow:
    """A new row with these cells that is not in the grid."""
    row = AbsentRow(cells)
    _set_grid(row, grid)
    _set_key(row, key)
    _set_changes(row, changes)
    return row


def become(row: Row, kind: type[Row]) -> None:
    """Makes a row present (Row) or absent (AbsentRow)."""
    object.__setattr__(row, "__class__", kind)


def replace_cells(row: Row, cells: Mapping[str, Any]) -> None:
    """Sets all cells without marking the row."""
    dict.update(row, cells)
