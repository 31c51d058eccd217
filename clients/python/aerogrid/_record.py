"""Records: what the values of a topic must look like."""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Dict, Literal, TypeVar, Union, get_origin

from ._decode import Decoder, Misfit, decoder_of, parse_json
from ._names import did_you_mean

if TYPE_CHECKING:
    from typing_extensions import Self, dataclass_transform
else:

    def dataclass_transform(**_: Any) -> Callable[[Any], Any]:
        return lambda decorated: decorated


MISSING: Any = object()
_SERIALIZERS = ("json",)
_T = TypeVar("_T")


class Field:
    """What `aerogrid.field` says of a field. Use the function; type checkers know that one."""

    __slots__ = ("default", "default_factory", "json_name")

    def __init__(self, default: Any, default_factory: Callable[[], Any] | None, json_name: str | None) -> None:
        self.default = default
        self.default_factory = default_factory
        self.json_name = json_name

    @property
    def required(self) -> bool:
        return self.default is MISSING and self.default_factory is None

    def make(self) -> Any:
        """The value of a record that does not have the field; each record gets its own list."""
        if self.default_factory is not None:
            return self.default_factory()
        return copy.deepcopy(self.default) if isinstance(self.default, (list, dict, set)) else self.default


def field(*, default: Any = MISSING, default_factory: Callable[[], Any] | None = None, name: str | None = None) -> Any:
    """More about a field of a Record: a default, a function that makes one, or the name that it has in JSON.

        class Order(aerogrid.Record):
            unit_price: float = aerogrid.field(name="unit-price")
            tags: list[str] = aerogrid.field(default_factory=list)
    """
    if default is not MISSING and default_factory is not None:
        raise TypeError("a field has a default or a default_factory, not both")
    return Field(default, default_factory, name)


def _is_class_variable(annotation: Any) -> bool:
    if isinstance(annotation, str):
        return annotation.partition("[")[0].rpartition(".")[2] == "ClassVar"
    return annotation is ClassVar or get_origin(annotation) is ClassVar


def _annotations(namespace: dict[str, Any]) -> dict[str, Any]:
    if sys.version_info >= (3, 14) and "__annotations__" not in namespace:
        import annotationlib

        annotate = annotationlib.get_annotate_from_class_namespace(namespace)
        if annotate is not None:
            return annotationlib.call_annotate_function(annotate, annotationlib.Format.FORWARDREF)
    return dict(namespace.get("__annotations__", {}))


@dataclass_transform(field_specifiers=(field,))
class RecordType(type):
    """The class of record classes: gives each a slot per field, a constructor and, when it is first needed, a decoder made for it."""

    __aerogrid_fields__: dict[str, Field]
    __aerogrid_decoder__: Decoder | None

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], *, serializer: str = "json") -> RecordType:
        if serializer not in _SERIALIZERS:
            raise ValueError(f"{name}: serializer {serializer!r} is not known{did_you_mean(serializer, _SERIALIZERS)} (known: json)")
        inherited: dict[str, Field] = {}
        for base in reversed(bases):
            inherited.update(getattr(base, "__aerogrid_fields__", {}))
        own: dict[str, Field] = {}
        for key, annotation in _annotations(namespace).items():
            if _is_class_variable(annotation):
                continue
            if key in ("asdict", "parse"):
                raise TypeError(f'{name}.{key} is a method of records: name the field otherwise, and say name="{key}" in aerogrid.field(…)')
            value = namespace.pop(key, MISSING)
            own[key] = value if isinstance(value, Field) else Field(value, None, None)
        fields = {**inherited, **own}
        optional = None
        for key, entry in fields.items():
            if entry.required and optional is not None:
                raise TypeError(f"{name}.{key} has no default, but {optional} before it has one: put fields with defaults last")
            optional = optional if entry.required else key
        namespace["__slots__"] = tuple(key for key in own if key not in inherited)
        namespace.setdefault("__match_args__", tuple(fields))
        cls = super().__new__(mcs, name, bases, namespace)
        cls.__aerogrid_fields__ = fields
        cls.__aerogrid_decoder__ = None
        if "__init__" not in namespace and fields:
            cls.__init__ = _constructor(cls, fields)  # type: ignore[misc]
        return cls

    def __init__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], *, serializer: str = "json") -> None:
        super().__init__(name, bases, namespace)


def _constructor(cls: type, fields: dict[str, Field]) -> Callable[..., None]:
    """`__init__` with the fields as its parameters, so that calls are checked, and shown in help, as those of any function."""
    globals_: dict[str, Any] = {"_MISSING": MISSING}
    parameters: list[str] = []
    lines: list[str] = []
    for position, (name, entry) in enumerate(fields.items()):
        globals_[f"_field{position}"] = entry
        parameters.append(name if entry.required else f"{name}=_MISSING")
        lines.append(f" self.{name} = {name}" if entry.required else f" self.{name} = _field{position}.make() if {name} is _MISSING else {name}")
    if hasattr(cls, "__post_init__"):
        lines.append(" self.__post_init__()")
    exec(f"def __init__(self, {', '.join(parameters)}):\n" + "\n".join(lines), globals_)  # noqa: S102
    made: Callable[..., None] = globals_["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    return made


class Record(metaclass=RecordType):
    """Derive from it to say what the values of a topic look like; each annotated name is a field.

        class Order(aerogrid.Record):
            product: str
            quantity: int
            note: str | None = None

    A JSON object with these fields becomes an `Order`, so that `order.product` is a `str` for certain. Other fields of the JSON are
    ignored. What does not fit (`"quantity": "3"`) never reaches your code: it is rejected, and shown in the app's grid of errors.

    Types: `str`, `int`, `float`, `bool`, `datetime` (ISO 8601 text, or milliseconds since 1970), `date`, `Decimal`, `Enum`, `Literal[…]`,
    `X | None`, unions, `list[…]`, `dict[str, …]`, `set[…]`, `tuple[…]`, other Records, and `Any`. A `__post_init__` method may check more: a
    ValueError that it raises rejects the record.

    In tests make one as `Order("apple", 3)` or `Order(product="apple", quantity=3)`, or from JSON with `Order.parse(…)`.
    """

    if TYPE_CHECKING:

        def __init_subclass__(cls, *, serializer: Literal["json"] = "json") -> None: ...

    @classmethod
    def parse(cls, value: Union[str, bytes, Dict[str, Any]]) -> Self:
        """Makes a record of JSON text, or of a dict as JSON gives it, by the rules that hold for topics. Raises ValueError where it does not fit.

            Order.parse('{"product": "apple", "quantity": 3}')
        """
        try:
            return decoder_of(cls)(parse_json(value) if isinstance(value, (str, bytes)) else value)
        except Misfit as misfit:
            raise ValueError(str(misfit)) from None

    def asdict(self) -> Dict[str, Any]:
        """The fields as a dict; records in it become dicts as well.

            product_sum[order.product] = order.asdict()
        """
        return {name: _plain(getattr(self, name)) for name in type(self).__aerogrid_fields__}

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={getattr(self, name, MISSING)!r}" for name in type(self).__aerogrid_fields__)
        return f"{type(self).__qualname__}({fields})"

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in type(self).__aerogrid_fields__)

    __hash__ = None  # type: ignore[assignment]


def _plain(value: Any) -> Any:
    if isinstance(value, Record):
        return value.asdict()
    if isinstance(value, (list, tuple, set, frozenset)):
        return type(value)(_plain(item) for item in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
    return value
