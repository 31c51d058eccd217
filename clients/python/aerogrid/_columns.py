"""The columns of a grid, and the row that a key has which nobody has assigned."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Union

from ._cells import ENCODERS, Error
from ._names import check_name, did_you_mean

MAX_COLUMNS: Final = 256

_WIRE_TYPES: Final[dict[Any, str]] = {
    None: "any",
    Any: "any",
    object: "any",
    bool: "bool",
    int: "int64",
    float: "double",
    Decimal: "double",
    str: "string",
    datetime: "timestamp",
    date: "timestamp",
}


class Column:
    """A column of a grid: its name, and the type that all of its cells have (`None`: any type, each cell by itself).

    Types are `bool`, `int`, `float`, `str`, `datetime` and `None`. A cell of a typed column may always be `None` or an `aerogrid.Error`;
    a value of another type becomes an error in that cell, and the app goes on.

        app.Grid("prices", columns=[aerogrid.Column("last", float), aerogrid.Column("time", datetime)])
    """

    __slots__ = ("name", "type", "wire_type")

    def __init__(self, name: str, type: type[Any] | None = None) -> None:  # noqa: A002
        self.name: str = check_name("a column", name)
        if name == "key":
            raise ValueError("a column cannot be named 'key': that is the name of the row's key wherever the grid is shown as a table")
        try:
            self.wire_type: str = _WIRE_TYPES[type]
        except (KeyError, TypeError):
            raise TypeError(f"column {name!r}: the type must be bool, int, float, str, datetime or None, found {type!r}") from None
        self.type: Any = type

    @property
    def encode(self) -> Callable[[Any], Any]:
        """Makes a value a cell of the wire."""
        return ENCODERS[self.wire_type]

    def __repr__(self) -> str:
        return f"Column({self.name!r}, {getattr(self.type, '__name__', self.type)})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Column) and (other.name, other.wire_type) == (self.name, self.wire_type)

    def __hash__(self) -> int:
        return hash((self.name, self.wire_type))


ColumnLike = Union[str, "tuple[str, type[Any] | None]", Column]
"""What `columns=[…]` takes: a name, a name with a type, or a Column."""


def parse_columns(grid: str, columns: Sequence[ColumnLike] | Mapping[str, type[Any] | None]) -> tuple[Column, ...]:
    """Checks what the user wrote. Raises TypeError or ValueError that name the grid."""
    entries: list[Any] = list(columns.items()) if isinstance(columns, Mapping) else []
    if isinstance(columns, str) or not isinstance(columns, (Mapping, Sequence)):
        raise TypeError(f'grid {grid!r}: columns must be a list of names, such as columns=["units_sold"], found {columns!r}')
    result: list[Column] = []
    for entry in entries or columns:
        if isinstance(entry, Column):
            result.append(entry)
        elif isinstance(entry, str):
            result.append(Column(entry))
        elif isinstance(entry, (tuple, list)) and len(entry) == 2:  # pyright: ignore[reportUnknownArgumentType]
            result.append(Column(entry[0], entry[1]))
        else:
            raise TypeError(f"grid {grid!r}: a column is a name or (name, type), found {entry!r}")
    names = [column.name for column in result]
    if not 1 <= len(names) <= MAX_COLUMNS:
        raise ValueError(f"grid {grid!r} must have 1 to {MAX_COLUMNS} columns, found {len(names)}")
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"grid {grid!r}: column {name!r} is there twice")
    return tuple(result)


_SCALARS: Final = (bool, int, float, str, datetime, date, Decimal, Error, type(None))


class Shape:
    """What all rows of a grid have in common: the grid's name, its columns and its default row. Immutable, hence thread-safe."""

    __slots__ = ("grid", "columns", "names", "_default", "_template")

    def __init__(self, grid: str, columns: tuple[Column, ...], default: Any) -> None:
        self.grid = grid
        self.columns = columns
        self.names: tuple[str, ...] = tuple(column.name for column in columns)
        self._default: Callable[[], Any] | None = default if callable(default) else None
        self._template: dict[str, Any] = dict.fromkeys(self.names)
        # A wrong default is an error where the grid is declared, not at the first missing key.
        self._template = self._from_default(self._default() if self._default is not None else default)

    def default_row(self) -> Mapping[str, Any]:
        """The cells of a row that nobody has assigned. Not to be changed."""
        return self._template if self._default is None else self._from_default(self._default())

    def _from_default(self, default: Any) -> dict[str, Any]:
        if isinstance(default, _SCALARS):
            return dict.fromkeys(self.names, default)
        try:
            return self.cells_of(default, dict.fromkeys(self.names))
        except (TypeError, ValueError) as problem:
            raise type(problem)(f"the default of {problem}") from None

    def cells_of(self, value: Any, missing: Mapping[str, Any]) -> dict[str, Any]:
        """All cells of a row from what the user assigns to it: a dict, a tuple or list, a Record, or for one column its value.

        `missing` are the cells of columns that the value does not name.
        """
        fields = getattr(type(value), "__aerogrid_fields__", None)
        if fields is not None:
            value = {name: getattr(value, name) for name in fields}
        if isinstance(value, Mapping):
            cells = dict(missing)
            for name, cell in value.items():  # pyright: ignore[reportUnknownVariableType]
                if name not in cells:
                    raise self.unknown(name)
                cells[name] = cell
            return cells
        if isinstance(value, (tuple, list)):
            if len(value) != len(self.names):  # pyright: ignore[reportUnknownArgumentType]
                raise ValueError(f"grid {self.grid!r}: {len(value)} values for {len(self.names)} columns ({self.listed()})")  # pyright: ignore[reportUnknownArgumentType]
            return dict(zip(self.names, value))  # pyright: ignore[reportUnknownArgumentType]
        if len(self.names) == 1:
            return {self.names[0]: value}
        raise TypeError(f"grid {self.grid!r} has the columns {self.listed()}: assign a dict or a tuple to a row, found {value!r}")

    def listed(self) -> str:
        return ", ".join(self.names)

    def unknown(self, name: object) -> UnknownColumn:
        """The error for a column that the grid does not have."""
        return UnknownColumn(f"grid {self.grid!r} has no column {name!r}{did_you_mean(name, self.names)} (its columns: {self.listed()})")


class UnknownColumn(KeyError, AttributeError, ValueError):
    """A grid has no column of this name. The message names the grid's columns and the nearest one.

        product_sum["apple"]["unit_sold"]   # UnknownColumn: grid 'product_sum' has no column 'unit_sold'; did you mean 'units_sold'?
    """

    def __str__(self) -> str:  # KeyError would show the message in quotes
        return str(self.args[0]) if self.args else ""
