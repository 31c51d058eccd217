"""Grids: keyed tables which whoever subscribes sees live."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Dict, Generic, TypeVar
from weakref import WeakValueDictionary

from ._changes import Changes, Key
from ._columns import Column, ColumnLike, Shape, parse_columns
from ._names import check_name
from ._rows import AbsentRow, Row, absent_row, become, replace_cells

K = TypeVar("K", str, int)

MAX_KEY = 1024
"""Characters of a key."""

_NO_DEFAULT: Any = object()
_put = dict.__setitem__
_remove = dict.__delitem__


class Grid(Dict[K, Row], Generic[K]):
    """A keyed table that others see live. Make one with `app.Grid(…)`; use it like a dict of rows:

        product_sum = app.Grid("product_sum", columns=["units_sold"], default=0)
        product_sum["apple"]["units_sold"] += 3      # reads the default 0 and inserts the row
        product_sum["pear"] = {"units_sold": 1}      # assigns the whole row; columns that are not named get the default
        product_sum["plum"] = 1                      # the same, where there is only one column
        del product_sum["pear"]

    Reading a key that is not there gives a row with the default cells, and inserts nothing until one of them is assigned. What changes is sent
    when your code awaits something, and at least after each batch of records.

    Threads: single operations (assigning a cell or a row, deleting, clearing) may come from any thread. `+=` is two operations, a read and an
    assignment, so do it in one thread only. In a process made by `fork` (multiprocessing) a changed grid is an error: return values to the app.
    """

    def __init__(
        self,
        name: str,
        columns: Iterable[ColumnLike] | Mapping[str, type[Any] | None],
        default: Any = None,
        key_type: type[K] = str,
    ) -> None:
        super().__init__()
        self._name = check_name("a grid", name)
        if name.startswith("_"):
            raise ValueError(f"grid {name!r}: names that begin with '_' are AeroGrid's own")
        if key_type not in (str, int):
            raise TypeError(f"grid {name!r}: key_type must be str or int, found {key_type!r}")
        self._key_type: type[Any] = key_type
        self._shape = Shape(name, parse_columns(name, columns), default)
        self._changes = Changes()
        # The absent rows that somebody holds: two reads of a missing key give the same row, as those of a present one do.
        self._absent: WeakValueDictionary[Key, AbsentRow] = WeakValueDictionary()

    @property
    def name(self) -> str:
        """The name by which others find the grid."""
        return self._name

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns in their order.

            [column.name for column in product_sum.columns]   # ['units_sold']
        """
        return self._shape.columns

    @property
    def key_type(self) -> type[K]:
        """The type of the keys: str or int."""
        return self._key_type

    def __missing__(self, key: K) -> Row:
        with self._changes.lock:
            row = dict.get(self, key) or self._absent.get(key)
            if row is None:
                self._check_key(key)
                row = self._absent[key] = absent_row(self, key, self._changes, self._shape.default_row())
            return row

    def __setitem__(self, key: K, value: Any) -> None:
        """Assigns a whole row: from a dict, a tuple, a Record, or with one column from its value."""
        cells = self._shape.cells_of(value, self._shape.default_row())
        with self._changes.lock:
            row = dict.get(self, key)
            if row is None:
                self._check_key(key)
                row = self._absent.get(key)
                if row is None:
                    row = absent_row(self, key, self._changes, cells)
                self._insert(row)
            replace_cells(row, cells)
            self._changes.mark(key, row)

    def _insert(self, row: Row) -> None:
        """Puts an absent row into the grid, for its first assignment."""
        with self._changes.lock:
            key: Any = row._key  # pyright: ignore[reportPrivateUsage]
            become(row, Row)
            _put(self, key, row)
            self._absent.pop(key, None)

    def __delitem__(self, key: K) -> None:
        with self._changes.lock:
            row = self._stored(key)
            _remove(self, key)
            self._forget(key, row)
            self._changes.mark(key, None)

    def _stored(self, key: K) -> Row:
        row = dict.get(self, key)
        if row is None:
            raise KeyError(key)
        return row

    def _forget(self, key: K, row: Row) -> None:
        # Whoever holds the row sees what the grid has now under its key: nothing, hence the default.
        replace_cells(row, self._shape.default_row())
        become(row, AbsentRow)
        self._absent[key] = row  # type: ignore[assignment]

    def clear(self) -> None:
        """Deletes all rows.

            @app.timer(3600)
            def forget():
                product_sum.clear()
        """
        with self._changes.lock:
            rows = list(dict.items(self))
            dict.clear(self)
            for key, row in rows:
                self._forget(key, row)
            self._changes.mark_cleared()

    def update(self, *args: Any, **rows: Any) -> None:
        """Assigns several rows, as `grid[key] = value` does for each of them.

            product_sum.update({"apple": 3, "pear": {"units_sold": 1}})
        """
        values: dict[Any, Any] = dict(*args, **rows)
        for key, value in values.items():
            self[key] = value

    def __ior__(self, value: Any) -> Grid[K]:  # type: ignore[override, misc]
        self.update(value)
        return self

    if not TYPE_CHECKING:  # for a type checker they are those of dict

        def pop(self, key: K, default: Any = _NO_DEFAULT) -> Any:
            with self._changes.lock:
                if key not in self and default is not _NO_DEFAULT:
                    return default
                cells = self._stored(key).copy()
                del self[key]
                return cells

        def popitem(self) -> tuple[K, dict[str, Any]]:
            with self._changes.lock:
                if not self:
                    raise KeyError(f"grid {self._name!r} is empty")
                key = next(reversed(self))
                return key, self.pop(key)

        def setdefault(self, key: K, default: Any = None) -> Row:
            with self._changes.lock:
                if key not in self:
                    self[key] = self._shape.default_row() if default is None else default
                return self[key]

    def copy(self) -> Dict[K, Dict[str, Any]]:  # type: ignore[override]
        """All rows as they are now, as plain dicts.

            json.dumps(product_sum.copy())
        """
        return {key: dict(row) for key, row in list(dict.items(self))}

    def __copy__(self) -> Dict[K, Dict[str, Any]]:
        return self.copy()

    def __deepcopy__(self, memo: Any) -> Dict[K, Dict[str, Any]]:
        return self.copy()

    def __reduce__(self) -> Any:
        return dict, (self.copy(),)

    def _check_key(self, key: object) -> None:
        if not isinstance(key, self._key_type) or isinstance(key, bool):
            hint = "; make the grid with key_type=int" if isinstance(key, int) and not isinstance(key, bool) else ""
            raise TypeError(f"grid {self._name!r}: keys must be {self._key_type.__name__}, found {type(key).__name__} {key!r}{hint}")
        if isinstance(key, str) and len(key) > MAX_KEY:
            raise ValueError(f"grid {self._name!r}: a key has at most {MAX_KEY} characters, found {len(key)}: {key[:40]!r}…")
