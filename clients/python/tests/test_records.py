"""Records: what fits, and what is said of what does not."""

from __future__ import annotations

import enum
import unittest
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any, ClassVar, Dict, List, Literal, Optional, Union

import aerogrid


class Color(enum.Enum):
    RED = "red"
    ONE = 1


class Line(aerogrid.Record):
    price: float
    count: int = 1


class Everything(aerogrid.Record):
    text: str = ""
    whole: int = 0
    number: float = 0.0
    flag: bool = False
    maybe: Optional[int] = None
    either: Union[int, str] = 0
    line: Optional[Line] = None
    lines: List[Line] = []
    by_name: Dict[str, Line] = {}
    pair: "tuple[int, str] | None" = None
    tags: "set[str]" = set()
    time: Optional[datetime] = None
    day: Optional[date] = None
    amount: Optional[Decimal] = None
    color: Optional[Color] = None
    side: Literal["buy", "sell", 1] = "buy"
    anything: Any = None
    renamed: int = aerogrid.field(name="re-named", default=0)
    kind: ClassVar[str] = "class"


class Node(aerogrid.Record):
    value: int
    next: Node | None = None


class RecordTests(unittest.TestCase):
    def parse(self, **fields: Any) -> Everything:
        return Everything.parse(fields)

    def misfit(self, value: Any, cls: Any = Everything) -> str:
        with self.assertRaises(ValueError) as caught:
            cls.parse(value)
        return str(caught.exception)

    def test_values_that_fit(self) -> None:
        utc = timezone.utc
        for name, value, expected in (
            ("text", "ü\ud800", "ü\ud800"), ("whole", 3, 3), ("whole", 3.0, 3), ("whole", 10**30, 10**30), ("number", 3, 3.0), ("number", 0.5, 0.5),
            ("flag", True, True), ("maybe", None, None), ("maybe", 5, 5), ("either", "x", "x"), ("either", 5, 5),
            ("line", {"price": 1}, Line(1.0)), ("lines", [{"price": 1, "count": 2}], [Line(1.0, 2)]), ("by_name", {"a": {"price": 2}}, {"a": Line(2.0)}),
            ("pair", [1, "x"], (1, "x")), ("tags", ["a", "a"], {"a"}),
            ("time", "2026-11-25T13:00:00Z", datetime(2026, 11, 25, 13, tzinfo=utc)), ("time", "2026-11-25 13:00", datetime(2026, 11, 25, 13, tzinfo=utc)),
            ("time", "2026-11-25T13:00:00.123456789+0130", datetime(2026, 11, 25, 11, 30, 0, 123456, tzinfo=utc)),
            ("time", 1500, datetime(1970, 1, 1, 0, 0, 1, 500000, tzinfo=utc)), ("day", "2026-11-25", date(2026, 11, 25)),
            ("amount", "1.10", Decimal("1.10")), ("amount", 0.1, Decimal("0.1")), ("color", "red", Color.RED), ("color", 1, Color.ONE),
            ("side", "sell", "sell"), ("side", 1, 1), ("anything", {"a": [1]}, {"a": [1]}),
        ):  # fmt: skip
            with self.subTest(f"{name}={value!r}"):
                found = getattr(self.parse(**{name: value, "unknown": 1}), name)
                self.assertEqual((found, type(found)), (expected, type(expected)))

    def test_values_that_do_not_fit_are_named_with_their_path(self) -> None:
        for value, message in (
            ({"whole": "3"}, "whole: expected a whole number (int), found the text '3'"),
            ({"whole": 3.5}, "whole: expected a whole number (int), found the number 3.5"),
            ({"whole": True}, "whole: expected a whole number (int), found true"),
            ({"whole": None}, "whole: expected a whole number (int), found null"),
            ({"text": 1}, "text: expected a text (str), found the number 1"),
            ({"number": True}, "number: expected a number (float), found true"),
            ({"number": 10**400}, "number: expected a number (float), found the number 1000"),
            ({"flag": 1}, "flag: expected true or false (bool), found the number 1"),
            ({"maybe": "x"}, "maybe: expected a whole number (int), found the text 'x'"),
            ({"either": 1.5}, "either: expected int or str, found the number 1.5"),
            ({"lines": [{"price": 1}, {"price": "x"}]}, "lines[1].price: expected a number (float), found the text 'x'"),
            ({"lines": [{}]}, "lines[0].price: it is missing"),
            ({"by_name": {"a b": {"price": []}}}, "by_name.a b.price: expected a number (float), found a list of 0"),
            ({"lines": {}}, "lines: expected a list, found an object of 0"),
            ({"pair": [1]}, "pair: expected a list of 2, found a list of 1"),
            ({"time": "yesterday"}, "time: expected a time such as"), ({"time": "2026-13-25T00:00Z"}, "time: expected a time such as"),
            ({"time": 10**30}, "time: expected a time such as"), ({"time": float("nan")}, "time: expected a time such as"),
            ({"day": "2026-02-30"}, "day: expected a date"), ({"amount": "x"}, "amount: expected a decimal number"),
            ({"color": "blue"}, "color: expected one of 'red', 1 (Color), found the text 'blue'"), ({"color": True}, "color: expected one of"),
            ({"side": True}, "side: expected 'buy' or 'sell' or 1, found true"), ({"side": []}, "side: expected 'buy'"),
            ({"re-named": "x"}, "re-named: expected a whole number"),
            ([], "expected an object (Everything), found a list of 0"),
        ):  # fmt: skip
            with self.subTest(str(value)[:60]):
                self.assertTrue(self.misfit(value).startswith(message), self.misfit(value))

    def test_missing_fields_get_their_default_and_lists_are_not_shared(self) -> None:
        one, two = Everything.parse({}), Everything.parse("{}")
        one.lines.append(Line(1.0))
        self.assertEqual(two.lines, [])
        self.assertEqual(Everything().lines, [])
        self.assertEqual(Everything.kind, "class")
        self.assertEqual(self.misfit({}, Line), "price: it is missing")

    def test_a_record_may_contain_itself_and_inherit(self) -> None:
        class Special(Line):
            note: str = "-"

        self.assertEqual(Node.parse({"value": 1, "next": {"value": 2}}), Node(1, Node(2)))
        self.assertEqual(Special.parse({"price": 1.5}), Special(1.5, 1, "-"))
        self.assertEqual(self.misfit({"value": 1, "next": {"value": 2, "next": {"value": ""}}}, Node)[:15], "next.next.value")

    def test_records_can_be_made_shown_and_compared(self) -> None:
        line = Line(price=2.0)
        self.assertEqual(repr(line), "Line(price=2.0, count=1)")
        self.assertNotEqual(line, Line(2.0, 2))
        self.assertNotEqual(line, object())
        self.assertEqual(Node(1, Node(2)).asdict(), {"value": 1, "next": {"value": 2, "next": None}})
        with self.assertRaises(TypeError):
            Line()  # type: ignore[call-arg]
        with self.assertRaises(AttributeError):
            line.prize = 3  # type: ignore[attr-defined]

    def test_post_init_may_reject(self) -> None:
        class Positive(aerogrid.Record):
            value: int

            def __post_init__(self) -> None:
                if self.value <= 0:
                    raise ValueError("value must be positive")

        self.assertEqual(Positive.parse({"value": 1}), Positive(1))
        self.assertEqual(self.misfit({"value": 0}, Positive), "value must be positive")
        with self.assertRaises(ValueError):
            Positive(0)

    def test_what_a_class_may_not_say_is_told(self) -> None:
        def bad_type() -> None:
            class Bad(aerogrid.Record):
                value: complex

            Bad.parse({"value": 1})

        def bad_order() -> None:
            class Bad(aerogrid.Record):
                a: int = 1
                b: int  # type: ignore[misc]

        def bad_serializer() -> None:
            class Bad(aerogrid.Record, serializer="xml"):  # type: ignore[call-arg, misc, arg-type]
                a: int

        def bad_name() -> None:
            class Bad(aerogrid.Record):
                parse: int  # type: ignore[assignment]

        for define, text in (
            (bad_type, "Bad.value: the type complex cannot be read from JSON"), (bad_order, "Bad.b has no default, but a before it has one"),
            (bad_serializer, "serializer 'xml' is not known"), (bad_name, "Bad.parse is a method of records"),
        ):  # fmt: skip
            with self.subTest(text), self.assertRaises((TypeError, ValueError)) as caught:
                define()
            self.assertIn(text, str(caught.exception))

    def test_the_serializer_may_be_named(self) -> None:
        class Order(aerogrid.Record, serializer="json"):
            product: str

        self.assertEqual(Order.parse('{"product": "x"}').product, "x")


if __name__ == "__main__":
    unittest.main()
