"""Decoders: functions from values as JSON gives them to values of a declared type. Made once per type; a Record's is compiled for it."""

from __future__ import annotations

import enum
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from . import _scalars
from ._scalars import Misfit, parse_json

if TYPE_CHECKING:
    from ._record import Field, RecordType

__all__ = ["Decoder", "Misfit", "decoder_of", "parse_json"]

Decoder = Callable[[Any], Any]
"""Returns the value, or raises Misfit."""

_SCALARS: dict[Any, Decoder] = {
    str: _scalars.decode_str,
    int: _scalars.decode_int,
    float: _scalars.decode_float,
    bool: _scalars.decode_bool,
    datetime: _scalars.decode_datetime,
    date: _scalars.decode_date,
    Decimal: _scalars.decode_decimal,
    None: _scalars.decode_none,
    type(None): _scalars.decode_none,
    dict: _scalars.decode_object,
    list: _scalars.decode_array,
}


def decoder_of(declared: Any) -> Decoder:
    """The decoder of a type. Raises TypeError where there can be none."""
    if declared is Any or declared is object:
        return lambda value: value
    if declared in (typing.Dict, Mapping, typing.Mapping):
        declared = dict
    if declared in (typing.List, Sequence, typing.Sequence):
        declared = list
    if isinstance(declared, typing.Hashable) and declared in _SCALARS:
        return _SCALARS[declared]
    if hasattr(declared, "__aerogrid_fields__"):
        return _record_decoder(declared)
    if isinstance(declared, type) and issubclass(declared, enum.Enum) and get_origin(declared) is None:
        return _scalars.enum_decoder(declared)
    if hasattr(declared, "__supertype__"):  # NewType
        return decoder_of(declared.__supertype__)
    if hasattr(declared, "__value__"):  # `type X = …` of Python 3.12
        return decoder_of(declared.__value__)
    return _generic_decoder(declared, get_origin(declared), get_args(declared))


def _generic_decoder(declared: Any, origin: Any, arguments: tuple[Any, ...]) -> Decoder:
    if origin in (Union, types.UnionType):
        return _union_decoder(arguments)
    if origin is Literal:
        return _scalars.literal_decoder(arguments)
    if origin is typing.Annotated or origin in (typing.Required, typing.NotRequired) if hasattr(typing, "Required") else origin is typing.Annotated:
        return decoder_of(arguments[0])
    if origin in (list, Sequence, set, frozenset) or (origin is tuple and len(arguments) == 2 and arguments[1] is ...):
        make = list if origin is Sequence else origin
        return _array_decoder(make, decoder_of(arguments[0]))
    if origin is tuple:
        return _tuple_decoder([decoder_of(argument) for argument in arguments])
    if origin in (dict, Mapping):
        return _object_decoder(arguments[0], decoder_of(arguments[1]))
    raise TypeError(
        f"the type {getattr(declared, '__name__', declared)!s} cannot be read from JSON: use str, int, float, bool, datetime, date, Decimal, an Enum, Literal, "
        "list[…], dict[str, …], set[…], tuple[…], X | None, a Record or Any"
    )


def accepts_none(declared: Any) -> bool:
    """Whether null fits the type."""
    if declared in (None, type(None), Any, object):
        return True
    return get_origin(declared) in (Union, types.UnionType) and any(accepts_none(argument) for argument in get_args(declared))


def _union_decoder(arguments: tuple[Any, ...]) -> Decoder:
    others = [argument for argument in arguments if argument is not type(None)]
    decoders = [decoder_of(argument) for argument in others]
    nullable = len(others) < len(arguments)
    only = decoders[0] if len(decoders) == 1 else None
    names = [*(getattr(argument, "__name__", str(argument)) for argument in others), *(["null"] if nullable else [])]

    def decode(value: Any) -> Any:
        if value is None and nullable:
            return None
        if only is not None:
            return only(value)
        for decoder in decoders:
            try:
                return decoder(value)
            except Misfit:
                pass
        raise Misfit.of(" or ".join(names), value)

    return decode


def _array_decoder(make: Callable[[Any], Any], item: Decoder) -> Decoder:
    def decode(value: Any) -> Any:
        if type(value) is not list:
            raise Misfit.of("a list", value)
        position = 0
        items: list[Any] = []
        try:
            for position, entry in enumerate(value):  # noqa: B007
                items.append(item(entry))
        except Misfit as misfit:
            raise misfit.inside(f"[{position}]") from None
        if make is list:
            return items
        try:
            return make(items)
        except TypeError:
            raise Misfit("the items of a set must be texts or numbers") from None

    return decode


def _tuple_decoder(decoders: list[Decoder]) -> Decoder:
    def decode(value: Any) -> Any:
        if type(value) is not list or len(value) != len(decoders):
            raise Misfit.of(f"a list of {len(decoders)}", value)
        items: list[Any] = []
        for position, (item, entry) in enumerate(zip(decoders, value)):
            try:
                items.append(item(entry))
            except Misfit as misfit:
                raise misfit.inside(f"[{position}]") from None
        return tuple(items)

    return decode


def _object_decoder(key_type: Any, item: Decoder) -> Decoder:
    if key_type not in (str, int, Any):
        raise TypeError(f"the keys of a dict must be str or int, found {key_type!r}")

    def decode(value: Any) -> Any:
        if type(value) is not dict:
            raise Misfit.of("an object", value)
        result: dict[Any, Any] = {}
        for key, entry in value.items():
            try:
                result[_scalars.int_key(key) if key_type is int else key] = item(entry)
            except Misfit as misfit:
                raise misfit.inside(key) from None
        return result

    return decode


# The tests of these types are written into the code of a record's decoder, which saves a call per field.
_INLINE: dict[Any, str] = {str: "str", int: "int", float: "float", bool: "bool"}


def _record_decoder(cls: RecordType) -> Decoder:
    """The decoder of a record class, compiled at its first use: types may refer to classes that come later in the file."""
    if "__aerogrid_decoder__" in cls.__dict__ and cls.__aerogrid_decoder__ is not None:
        return cls.__aerogrid_decoder__
    # A record that contains itself finds this while it is being compiled.
    cls.__aerogrid_decoder__ = lambda value: cls.__aerogrid_decoder__(value)  # type: ignore[misc]
    try:
        cls.__aerogrid_decoder__ = _compile(cls, cls.__aerogrid_fields__)
    except BaseException:
        cls.__aerogrid_decoder__ = None
        raise
    return cls.__aerogrid_decoder__


def _compile(cls: type, fields: dict[str, Field]) -> Decoder:
    try:
        hints = typing.get_type_hints(cls)
    except NameError as problem:
        raise TypeError(f"{cls.__name__}: the type {problem.name!r} of a field is not known") from None
    names: dict[str, Any] = {"Misfit": Misfit, "new": object.__new__, "cls": cls, "misplaced": _misplaced}
    lines = ["def decode(value):", " if type(value) is not dict:", f"  raise Misfit.of({f'an object ({cls.__name__})'!r}, value)"]
    for position, (name, entry) in enumerate(fields.items()):
        key, declared, local = entry.json_name or name, hints[name], f"v{position}"
        try:
            names[f"decode{position}"] = decoder_of(declared)
        except TypeError as problem:
            raise TypeError(f"{cls.__name__}.{name}: {problem}") from None
        names[f"field{position}"] = entry
        lines += [" try:", f"  {local} = value[{key!r}]", " except KeyError:"]
        if not entry.required:
            lines.append(f"  {local} = field{position}.make()")
        elif accepts_none(declared):
            lines.append(f"  {local} = None")
        else:
            lines.append(f"  raise Misfit('it is missing', {key!r}) from None")
        lines.append(" else:")
        indent = "  "
        if declared in _INLINE:
            lines.append(f"  if type({local}) is not {_INLINE[declared]}:")
            indent = "   "
        lines += [f"{indent}try:", f"{indent} {local} = decode{position}({local})"]
        lines += [f"{indent}except Misfit as misfit:", f"{indent} raise misfit.inside({key!r}) from None"]
    lines.append(" record = new(cls)")
    lines += [f" record.{name} = v{position}" for position, name in enumerate(fields)]
    if hasattr(cls, "__post_init__"):
        lines += [" try:", "  record.__post_init__()", " except ValueError as problem:", "  raise misplaced(problem) from None"]
    lines.append(" return record")
    exec(compile("\n".join(lines), f"<decoder of {cls.__qualname__}>", "exec"), names)  # noqa: S102
    return names["decode"]


def _misplaced(problem: ValueError) -> Misfit:
    return problem if isinstance(problem, Misfit) else Misfit(str(problem) or "it is not valid")
