"""Grids as dicts of rows, and their cells on the wire."""

from __future__ import annotations

import copy
import enum
import json
import unittest
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any

import aerogrid
from aerogrid._cells import ENCODERS, encode
from aerogrid._encode import MAX_FRAME, changes_frames


def grid(columns: Any = ("a", "b"), default: Any = 0, **more: Any) -> aerogrid.Grid[Any]:
    return aerogrid.App("test").Grid("g", columns, default, **more)


def sent(*grids: aerogrid.Grid[Any]) -> list[dict[str, Any]]:
    return [entry for frame in changes_frames(list(grids)) for entry in json.loads(frame[4:])["grids"]]


class GridTests(unittest.TestCase):
    def test_reading_a_missing_row_gives_the_default_and_inserts_nothing(self) -> None:
        g = grid()
        row = g["x"]
        self.assertEqual((row, dict(g), "x" in g, len(g), g.get("x")), ({"a": 0, "b": 0}, {}, False, 0, None))
        row["a"] += 1
        row.b = 5
        self.assertIs(g["x"], row)
        self.assertEqual(sent(g), [{"grid": "g", "set": {"x": [1, 5]}}])
        self.assertEqual(sent(g), [])

    def test_two_reads_of_a_missing_row_give_the_same(self) -> None:
        g = grid()
        one, two = g["x"], g["x"]
        one.a = 1
        two.b = 2
        self.assertEqual(g, {"x": {"a": 1, "b": 2}})

    def test_rows_are_assigned_in_every_way(self) -> None:
        class Both(aerogrid.Record):
            a: int
            b: int

        g = grid()
        g["dict"] = {"b": 1}
        g["tuple"] = (1, 2)
        g["record"] = Both(3, 4)
        g["row"] = g["tuple"]
        g.update({"updated": [5, 6]}, word={"a": 7})
        g |= {"or": (8, 9)}
        g["dict"].update({"a": 5}, b=6)
        g["dict"] |= {"a": 7}
        self.assertEqual(sent(g)[0]["set"], {"dict": [7, 6], "tuple": [1, 2], "record": [3, 4], "row": [1, 2], "updated": [5, 6], "word": [7, 0], "or": [8, 9]})
        self.assertIsNot(g["row"], g["tuple"])
        one = grid(["only"])
        one["x"] = 5
        one["y"] = "text"
        self.assertEqual(one, {"x": {"only": 5}, "y": {"only": "text"}})

    def test_a_row_held_shows_what_the_grid_has(self) -> None:
        g = grid()
        g["x"] = (1, 2)
        row = g["x"]
        g["x"] = (3, 4)
        self.assertEqual(row, {"a": 3, "b": 4})
        del g["x"]
        self.assertEqual(row, {"a": 0, "b": 0})
        self.assertNotIn("x", g)
        row.a = 9
        self.assertEqual(g, {"x": {"a": 9, "b": 0}})
        g.clear()
        row.b = 1
        self.assertEqual(g, {"x": {"a": 0, "b": 1}})

    def test_deletes_and_clear_are_sent_in_order(self) -> None:
        g = grid()
        g["old"] = g["gone"] = (1, 1)
        sent(g)
        del g["gone"]
        self.assertEqual(sent(g), [{"grid": "g", "delete": ["gone"]}])
        g.clear()
        g["new"].a = 1
        g["brief"].a = 1
        del g["brief"]
        self.assertEqual(sent(g), [{"grid": "g", "clear": True, "set": {"new": [1, 0]}, "delete": ["brief"]}])
        with self.assertRaises(KeyError):
            del g["nobody"]

    def test_it_is_a_dict_otherwise(self) -> None:
        g = grid()
        g["x"], g["y"] = (1, 2), (3, 4)
        self.assertEqual((list(g), len(g), "x" in g, list(g.items())[0]), (["x", "y"], 2, True, ("x", {"a": 1, "b": 2})))
        self.assertEqual(g.setdefault("x", (9, 9)), {"a": 1, "b": 2})
        self.assertEqual(g.setdefault("z"), {"a": 0, "b": 0})
        self.assertEqual((g.pop("z"), g.pop("z", None), g.popitem()), ({"a": 0, "b": 0}, None, ("y", {"a": 3, "b": 4})))
        with self.assertRaises(KeyError):
            g.pop("z")
        self.assertEqual(json.dumps(g), '{"x": {"a": 1, "b": 2}}')
        for made in (copy.copy(g), copy.deepcopy(g), g.copy()):
            self.assertEqual((made, type(made), type(made["x"])), ({"x": {"a": 1, "b": 2}}, dict, dict))
        self.assertEqual((type(copy.deepcopy(g["x"])), type(copy.copy(g["x"]))), (dict, dict))
        self.assertIn("x", str(g))

    def test_defaults_of_every_kind(self) -> None:
        calls = iter(range(10))
        for default, row in (
            (None, {"a": None, "b": None}), (1.5, {"a": 1.5, "b": 1.5}), ({"b": 1}, {"a": None, "b": 1}), ((1, "x"), {"a": 1, "b": "x"}),
            (int, {"a": 0, "b": 0}), (str, {"a": "", "b": ""}), (lambda: (next(calls), 5), {"a": 1, "b": 5}),
        ):  # fmt: skip
            with self.subTest(default):
                self.assertEqual(grid(default=default)["x"], row)

    def test_mistakes_name_the_grid_and_the_nearest_column(self) -> None:
        g = grid(["units_sold", "price"])
        n = grid(["items"])

        def attribute() -> None:
            g["x"].unit_sold += 1

        def assigned() -> None:
            g["x"] = {"prize": 1}

        for action, error, text in (
            (lambda: g["x"]["unit_sold"], KeyError, "grid 'g' has no column 'unit_sold'; did you mean 'units_sold'? (its columns: units_sold, price)"),
            (attribute, AttributeError, "did you mean 'units_sold'"),
            (assigned, ValueError, "no column 'prize'; did you mean 'price'"),
            (lambda: g["x"].update(prize=1), KeyError, "did you mean 'price'"),
            (lambda: g.__setitem__("x", 5), TypeError, "assign a dict or a tuple to a row, found 5"),
            (lambda: g.__setitem__("x", (1, 2, 3)), ValueError, "3 values for 2 columns (units_sold, price)"),
            (lambda: g["x"].pop("price"), TypeError, "the columns of a row are fixed"),
            (lambda: g[5], TypeError, "keys must be str, found int 5; make the grid with key_type=int"),
            (lambda: g[None], TypeError, "keys must be str, found NoneType None"),
            (lambda: g["x" * 2000], ValueError, "a key has at most 1024 characters"),
            (lambda: setattr(n["x"], "items", 5), AttributeError, "write row['items'] = …"),
            (lambda: grid(default={"c": 1}), KeyError, "the default of grid 'g' has no column 'c'"),
            (lambda: grid("abc"), TypeError, "columns must be a list of names"),
            (lambda: grid(["a", "a"]), ValueError, "column 'a' is there twice"),
            (lambda: grid([]), ValueError, "must have 1 to 256 columns"),
            (lambda: grid(["key"]), ValueError, "cannot be named 'key'"),
            (lambda: grid([("a", list)]), TypeError, "column 'a': the type must be bool, int, float, str, datetime or None"),
        ):  # fmt: skip
            with self.subTest(text), self.assertRaises(error) as caught:
                action()
            self.assertIn(text, str(caught.exception))
        self.assertFalse(hasattr(g["x"], "unit_sold"))
        self.assertEqual(len(g), 0)

    def test_keys_may_be_whole_numbers(self) -> None:
        g = grid(["v"], key_type=int)
        g[5].v = 1
        with self.assertRaises(TypeError):
            g["5"]  # type: ignore[index]
        with self.assertRaises(TypeError):
            g[True]
        self.assertEqual(sent(g)[0]["set"], {"5": [1]})

    def test_a_million_changes_are_sent_in_frames_that_fit(self) -> None:
        g = grid(["v"])
        for n in range(25_000):
            g[str(n)] = n
        frames = list(changes_frames([g]))
        self.assertEqual(len(frames), 3)
        big = "x" * 1_000_000
        for n in range(100):
            g[str(n)] = big
        frames = list(changes_frames([g]))
        self.assertGreater(len(frames), 1)
        self.assertLess(max(map(len, frames)), MAX_FRAME)
        g["x"] = "\x00" * 600_000
        self.assertIn("longer than 1048576 bytes", sent(g)[0]["set"]["x"][0]["e"])

    def test_half_of_a_surrogate_pair_becomes_the_replacement_character(self) -> None:
        g = grid(["v"])
        g["k\ud800"] = "v\udfff"
        self.assertEqual(sent(g)[0]["set"], {"k\ufffd": ["v\ufffd"]})


class Number(enum.IntEnum):
    ONE = 1


class CellTests(unittest.TestCase):
    def test_values_as_cells(self) -> None:
        zone = timezone(timedelta(hours=2))
        for value, cell in (
            (None, None), (True, True), (5, 5), (1.5, 1.5), ("x", "x"), (float("nan"), {"n": "NaN"}), (float("-inf"), {"n": "-Infinity"}),
            (2**63 - 1, 2**63 - 1), (-(2**63), -(2**63)), (datetime(2026, 11, 25, 13, 0, 0, 5), {"t": "2026-11-25T13:00:00.000005Z"}),
            (datetime(2026, 11, 25, 13, tzinfo=zone), {"t": "2026-11-25T11:00:00Z"}), (date(2026, 11, 25), {"t": "2026-11-25T00:00:00Z"}),
            (Decimal("1.5"), 1.5), (Decimal("NaN"), {"n": "NaN"}), (Fraction(1, 4), 0.25), (Number.ONE, 1), (aerogrid.Error("late"), {"e": "late"}),
        ):  # fmt: skip
            with self.subTest(repr(value)):
                self.assertEqual((encode(value), type(encode(value))), (cell, type(cell)))

    def test_what_is_no_cell_becomes_an_error_that_says_so(self) -> None:
        class Hostile:
            def __repr__(self) -> str:
                raise RuntimeError

        for value, text in (
            (2**63, "does not fit into 64 bits"), ([1], "a cell cannot hold list [1]"), ({}, "a cell cannot hold dict {}"), (b"x", "bytes"),
            (Hostile(), "its repr raised RuntimeError"), (datetime.min.replace(tzinfo=timezone(timedelta(hours=2))), "out of range"), (Decimal("sNaN"), "NaN"),
        ):  # fmt: skip
            with self.subTest(text):
                self.assertIn(text, encode(value)["e"])

    def test_typed_columns_take_their_type_none_and_errors(self) -> None:
        for kind, value, cell in (
            ("int64", 5, 5), ("int64", Decimal(5), 5), ("double", 5, 5.0), ("double", float("inf"), {"n": "Infinity"}), ("bool", False, False), ("string", "", ""),
            ("timestamp", date(2026, 1, 1), {"t": "2026-01-01T00:00:00Z"}), ("int64", None, None), ("bool", aerogrid.Error("x"), {"e": "x"}),
        ):  # fmt: skip
            with self.subTest(f"{kind} {value!r}"):
                found = ENCODERS[kind](value)
                self.assertEqual((found, type(found)), (cell, type(cell)))
        for kind, value in (("int64", 1.5), ("int64", True), ("int64", "1"), ("double", "1"), ("double", True), ("bool", 1), ("string", 1), ("timestamp", "2026"), ("timestamp", 1)):
            with self.subTest(f"{kind} {value!r}"):
                self.assertIn("the column holds", ENCODERS[kind](value)["e"])


if __name__ == "__main__":
    unittest.main()
