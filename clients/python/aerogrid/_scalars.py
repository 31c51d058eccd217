"""Decoders of single values, and what they say of a value that does not fit."""

from __future__ import annotations

import enum
import math
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Any

from ._encode import parse

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d)(:\d\d)?(?:[.,](\d{1,12}))?\s*(?:([Zz])|([+-]\d\d):?(\d\d)?)?)?", re.ASCII
)


class Misfit(ValueError):
    """A value does not fit its type: where in the value, and what is wrong."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field

    @classmethod
    def of(cls, expected: str, found: Any) -> Misfit:
        return cls(f"expected {expected}, found {describe(found)}")

    def inside(self, name: str) -> Misfit:
        """The same, seen from the value around it: `name` is a field or `[position]`."""
        separator = "" if not self.field or self.field.startswith("[") else "."
        self.field = f"{name}{separator}{self.field}"
        return self

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


def describe(value: Any) -> str:
    """A value of JSON, in words for whoever wrote the record's type."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        return f"{'an object' if isinstance(value, dict) else 'a list'} of {len(value)}"  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(value, str):
        return f"the text {value[:60]!r}{'…' if len(value) > 60 else ''}"
    if isinstance(value, Decimal):
        return "a number of too many digits"
    text = str(value) if not isinstance(value, int) or value.bit_length() < 4000 else f"of {value.bit_length()} bits"
    return f"the number {text[:60]}"


def parse_json(text: str | bytes) -> Any:
    """JSON, also with NaN and Infinity. Raises Misfit."""
    try:
        return parse(text if isinstance(text, str) else text.decode())
    except RecursionError:
        raise Misfit("the JSON is nested too deeply") from None
    except ValueError as problem:
        raise Misfit(f"not JSON: {problem}") from None


def decode_str(value: Any) -> str:
    if type(value) is not str:
        raise Misfit.of("a text (str)", value)
    return value


def decode_int(value: Any) -> int:
    if type(value) is int:
        return value
    if type(value) is float and value.is_integer():  # 3.0, as some programs write every number
        return int(value)
    raise Misfit.of("a whole number (int)", value)


def decode_float(value: Any) -> float:
    if type(value) is float:
        return value
    if type(value) is int:
        try:
            return float(value)
        except OverflowError:
            pass
    raise Misfit.of("a number (float)", value)


def decode_bool(value: Any) -> bool:
    if type(value) is not bool:
        raise Misfit.of("true or false (bool)", value)
    return value


def decode_none(value: Any) -> None:
    if value is not None:
        raise Misfit.of("null", value)


def decode_object(value: Any) -> Any:
    if type(value) is not dict:
        raise Misfit.of("an object (dict)", value)
    return value  # pyright: ignore[reportUnknownVariableType]


def decode_array(value: Any) -> Any:
    if type(value) is not list:
        raise Misfit.of("a list", value)
    return value  # pyright: ignore[reportUnknownVariableType]


def decode_decimal(value: Any) -> Decimal:
    if type(value) in (int, float, str, Decimal):
        try:
            return Decimal(str(value) if type(value) is float else value)
        except InvalidOperation:
            pass
    raise Misfit.of("a decimal number (Decimal)", value)


def decode_date(value: Any) -> date:
    if type(value) is str and re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise Misfit.of("a date such as 2026-11-25 (date)", value)


def decode_datetime(value: Any) -> datetime:
    """ISO 8601 text, or milliseconds since 1970. Without a zone it is UTC; the result always has one."""
    if type(value) is str:
        match = _TIME.fullmatch(value)
        if match:
            day, minutes, seconds, fraction, _, hours, rest = match.groups()
            text = f"{day}T{minutes or '00:00'}{seconds or ':00'}.{(fraction or '')[:6]:0<6}{hours or '+00'}:{rest or '00'}"
            try:
                return datetime.fromisoformat(text)
            except ValueError:
                pass
    elif type(value) is int or (type(value) is float and math.isfinite(value)):
        try:
            return _EPOCH + timedelta(milliseconds=value)
        except OverflowError:
            pass
    raise Misfit.of("a time such as 2026-11-25T13:00:00Z, or milliseconds since 1970 (datetime)", value)


def int_key(key: str) -> int:
    if re.fullmatch(r"-?\d{1,18}", key, re.ASCII):
        return int(key)
    raise Misfit.of("a whole number as key", key)


def literal_decoder(choices: tuple[Any, ...]) -> Callable[[Any], Any]:
    known = {(type(choice), choice): choice for choice in choices}

    def decode(value: Any) -> Any:
        try:
            return known[type(value), value]
        except (KeyError, TypeError):
            raise Misfit.of(" or ".join(repr(choice) for choice in choices), value) from None

    return decode


def enum_decoder(choices: type[enum.Enum]) -> Callable[[Any], Any]:
    known = {(type(choice.value), choice.value): choice for choice in choices}

    def decode(value: Any) -> Any:
        try:
            return known[type(value), value]
        except (KeyError, TypeError):
            listed = ", ".join(repr(choice.value) for choice in list(choices)[:20])
            raise Misfit.of(f"one of {listed} ({choices.__name__})", value) from None

    return decode
