"""Values of Python as cells of the wire (docs/reference/runner-protocol.md, "Cells")."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any, Final

INT64_MIN: Final = -(2**63)
INT64_MAX: Final = 2**63 - 1
MAX_TEXT: Final = 1 << 20
"""Characters of one cell at most; all of a row must also fit into MAX_ROW of _encode.py."""


class Error:
    """An error as the value of a cell: whoever looks at the grid sees the text in place of a value.

    Use it where a number would be a lie, for example because its source is late:

        prices["ACME"]["last"] = aerogrid.Error("no price since 09:30")
    """

    __slots__ = ("text",)

    def __init__(self, text: object) -> None:
        self.text: str = str(text)

    def __repr__(self) -> str:
        return f"Error({self.text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Error) and other.text == self.text

    def __hash__(self) -> int:
        return hash((Error, self.text))


def error(text: str) -> dict[str, str]:
    return {"e": text[:1000]}


def _describe(value: object) -> str:
    try:
        text = repr(value)
    except Exception as problem:  # the repr of user code may raise anything; the cell says so
        text = f"(its repr raised {type(problem).__name__})"
    return f"{type(value).__name__} {text if len(text) <= 80 else text[:77] + '...'}"


def _plain(value: Any) -> Any:
    return value


def _int(value: int) -> Any:
    if INT64_MIN <= value <= INT64_MAX:
        return value
    return error(f"the whole number does not fit into 64 bits ({value.bit_length()} bits)")


def _float(value: float) -> Any:
    if math.isfinite(value):
        return value
    return {"n": "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"}


def _str(value: str) -> Any:
    return value if len(value) <= MAX_TEXT else error(f"the text is too long for a cell ({len(value)} characters, {MAX_TEXT} fit)")


def _datetime(value: datetime) -> Any:
    # A time without a zone is taken as UTC: on a platform there is no other zone that is everybody's.
    try:
        value = value.replace(tzinfo=timezone.utc) if value.utcoffset() is None else value.astimezone(timezone.utc)
    except OverflowError:
        return error(f"the time {value!s} is out of range in UTC")
    return {"t": value.replace(tzinfo=None).isoformat() + "Z"}


def _date(value: date) -> Any:
    return {"t": f"{value.isoformat()}T00:00:00Z"}


def _decimal(value: Decimal) -> Any:
    return error("a signaling NaN is not a number") if value.is_snan() else _float(float(value))


def _error(value: Error) -> Any:
    return error(value.text)


_BY_TYPE: Final[dict[type, Callable[[Any], Any]]] = {
    type(None): _plain,
    bool: _plain,
    int: _int,
    float: _float,
    str: _str,
    datetime: _datetime,
    date: _date,
    Decimal: _decimal,
    Error: _error,
}


def _other(value: Any) -> Any:
    # Subclasses (IntEnum, pandas.Timestamp), then numbers of other packages (numpy registers its own with `numbers`).
    if type(value).__module__.startswith("pandas.") and value is not value and value != value:
        return None
    for kind in (Error, str, datetime, date, Decimal):
        if isinstance(value, kind):
            return _BY_TYPE[kind](str.__str__(value) if kind is str else value)
    if isinstance(value, numbers.Integral):
        return _int(int(value))
    if isinstance(value, numbers.Real):
        return _float(float(value))
    item = getattr(value, "item", None)
    if callable(item) and getattr(value, "shape", None) == ():  # any other scalar of numpy, such as its bool
        inner = item()
        if type(inner) in _BY_TYPE:
            return _BY_TYPE[type(inner)](inner)
    return error(f"a cell cannot hold {_describe(value)}")


def encode(value: Any) -> Any:
    """The cell of a value, in a column of any type."""
    try:
        return _BY_TYPE.get(type(value), _other)(value)
    except Exception as problem:  # hostile subclasses; a cell must never end the app
        return error(f"a cell cannot hold this {type(value).__name__}: {problem!r}")


def _wrong(value: Any, wanted: str) -> Any:
    return error(f"the column holds {wanted}, found {_describe(value)}")


def _strict(wanted: str, fits: Callable[[Any, Any], bool], convert: Callable[[Any], Any] = _plain) -> Callable[[Any], Any]:
    """An encoder which lets null and errors pass and makes a cell of another type an error that says so."""

    def encode_typed(value: Any) -> Any:
        cell = encode(value)
        if cell is None or (type(cell) is dict and "e" in cell):
            return cell
        return convert(cell) if fits(value, cell) else _wrong(value, wanted)

    return encode_typed


def _is_double(_: Any, cell: Any) -> bool:
    return type(cell) in (int, float) or (type(cell) is dict and "n" in cell)


def _is_int64(value: Any, cell: Any) -> bool:
    # Decimal("3") is a whole number although the cell of a Decimal is a double.
    return type(cell) is int or (type(cell) is float and isinstance(value, Decimal) and value == value.to_integral_value())


ENCODERS: Final[dict[str, Callable[[Any], Any]]] = {
    "any": encode,
    "bool": _strict("bool", lambda _, cell: type(cell) is bool),
    "int64": _strict("int", _is_int64, int),
    "double": _strict("float", _is_double, lambda cell: float(cell) if type(cell) is int else cell),
    "string": _strict("str", lambda _, cell: type(cell) is str),
    "timestamp": _strict("datetime", lambda _, cell: type(cell) is dict and "t" in cell),
}
"""By the type of the column on the wire."""
