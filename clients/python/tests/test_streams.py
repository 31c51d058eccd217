"""Records to grids, as the platform runs an app."""

import base64
import json

from support import ORDERS, RunnerCase


class StreamTests(RunnerCase):
    def test_orders_are_summed_by_product_and_changes_come_before_the_acknowledgment(self) -> None:
        self.start(ORDERS)
        runner = self.accept()
        hello = runner.welcome()
        self.assertEqual(hello["topics"], [{"name": "orders", "key": "str", "value": "json"}])
        self.assertEqual(hello["grids"], [{"name": "product_sum", "columns": [{"name": "units_sold", "type": "any"}]}])
        self.assertEqual(hello["streams"], [{"id": 0, "topic": "orders", "function": "totals"}])
        self.assertEqual((hello["protocol"], hello["app"], hello["broker"], hello["start"]), (1, "ordersapp", "broker:9092", "beginning"))

        runner.records([{"product": "äpple", "quantity": 3, "more": [1]}, {"product": "pear", "quantity": 1}, {"product": "äpple", "quantity": 4}])
        acknowledged = runner.until("ack")

        self.assertEqual((acknowledged["stream"], acknowledged["batch"]), (0, 0))
        self.assertEqual(runner.grids["product_sum"], {"äpple": [7], "pear": [1]})
        runner.stop()
        self.assertEqual((runner.to_end(), self.ended(), self.printed()), ([], 0, ""))

    def test_a_record_that_does_not_fit_is_rejected_and_the_stream_goes_on(self) -> None:
        runner = self.run_app(ORDERS)

        runner.records([{"product": "a", "quantity": "3"}, {"product": "a", "quantity": 2}, None, "text", {"quantity": 1}, {"product": "a", "quantity": True}])
        runner.until("ack")

        rejected = [message for message in runner.seen if message["type"] == "reject"]
        self.assertEqual([(m["offset"], m["field"]) for m in rejected], [(0, "quantity"), (2, None), (3, None), (4, "product"), (5, "quantity")])
        self.assertEqual(rejected[0]["message"], "expected a whole number (int), found the text '3'")
        self.assertIn("tombstones=True", rejected[1]["message"])
        self.assertEqual(runner.grids["product_sum"], {"a": [2]})

    def test_a_batch_without_any_fitting_record_is_acknowledged(self) -> None:
        runner = self.run_app(ORDERS)
        for batch in range(3):
            runner.records([1, 2], batch=batch)
            self.assertEqual(runner.until("ack")["batch"], batch)

    def test_numbers_that_are_not_json_are_read_and_other_text_is_rejected(self) -> None:
        runner = self.run_app("""
            import aerogrid
            app = aerogrid.App("a")
            g = app.Grid("g", ["v"])
            @app.stream(app.topic("t"))
            async def f(stream):
                async for key, value in stream.items():
                    g[key] = value
        """)
        texts = {"0": "NaN", "1": "-Infinity", "2": "nonsense", "4": "[" * 100_000, "5": "9" * 5000}
        runner.records([None] * 6, keys=list("abcdef"), topic="t", unverified=texts)
        runner.until("ack")
        self.assertEqual(runner.grids["g"]["a"], [{"n": "NaN"}])
        self.assertEqual(runner.grids["g"]["b"], [{"n": "-Infinity"}])
        self.assertEqual(runner.grids["g"]["d"], [None])
        self.assertEqual([m["offset"] for m in runner.seen if m["type"] == "reject"], [2, 4])

    def test_a_number_of_thousands_of_digits_does_not_cost_the_batch(self) -> None:
        runner = self.run_app(ORDERS)
        body = {
            "type": "records", "stream": 0, "batch": 0, "topic": "orders", "partition": 0, "offsets": [0, 1], "timestamps": [0, 0],
            "keys": [None, None], "values": [{"product": "a", "quantity": "BIG"}, {"product": "a", "quantity": 5}],
        }  # fmt: skip
        runner.send_text(json.dumps(body).replace('"BIG"', "1" * 5000).encode())
        runner.until("ack")
        self.assertEqual(runner.grids["product_sum"], {"a": [5]})

    def test_keys_are_what_the_topic_says_and_null_keys_are_none(self) -> None:
        runner = self.run_app("""
            import aerogrid
            app = aerogrid.App("a")
            g = app.Grid("g", ["v"])
            @app.stream(app.topic("ints", key_type=int, value_type=str))
            async def ints(stream):
                async for key, value in stream.items():
                    g[value] = repr(key)
            @app.stream(app.topic("bytes", key_type=bytes, value_type=bytes))
            async def some_bytes(stream):
                async for event in stream.events():
                    g[event.value.decode()] = repr(event.key)
        """)
        runner.records(["x", "y"], keys=[5, None], topic="ints")
        runner.records([base64.b64encode(b"z").decode()], keys=[base64.b64encode(b"\xff").decode()], topic="bytes", stream=1)
        grid = runner.until_grid("g", lambda rows: len(rows) == 3)
        self.assertEqual(grid, {"x": ["5"], "y": ["None"], "z": [r"b'\xff'"]})

    def test_events_tell_offset_time_and_trace_and_leaving_a_loop_loses_nothing(self) -> None:
        runner = self.run_app("""
            import aerogrid
            app = aerogrid.App("a")
            g = app.Grid("g", ["v", "offset", "time", "trace"])
            @app.stream(app.topic("t", value_type=str, tombstones=True))
            async def f(stream):
                async for key, value in stream.items():
                    g[key] = (value, None, None, None)
                    break
                async for value in stream:
                    g["b"] = (value, None, None, None)
                    break
                async for event in stream.events():
                    g[event.key] = (event.value, event.offset, event.timestamp, event.traceparent)
        """)
        runner.records(["1", "2", "3", None], keys=["a", "b", "c", "d"], topic="t", traceparents={"2": "00-abc"})
        runner.until("ack")
        time = {"t": "2025-11-25T12:00:00Z"}
        expected = {"a": ["1", None, None, None], "b": ["2", None, None, None], "c": ["3", 2, time, "00-abc"], "d": [None, 3, time, None]}
        self.assertEqual(runner.grids["g"], expected)

    def test_a_slow_stream_lets_timers_and_other_streams_go_on(self) -> None:
        runner = self.run_app("""
            import time, aerogrid
            app = aerogrid.App("a")
            ticks, done = app.Grid("ticks", ["n"], default=0), app.Grid("done", ["n"], default=0)
            @app.stream(app.topic("slow"))
            async def slow(stream):
                async for value in stream:
                    end = time.perf_counter() + 0.02
                    while time.perf_counter() < end: pass
                    done["slow"]["n"] += 1
            @app.stream(app.topic("fast"))
            async def fast(stream):
                async for value in stream:
                    done["fast"]["n"] += 1
            @app.timer(0.05)
            def tick():
                ticks["t"].n += 1
        """)
        runner.records([0] * 500, topic="slow")
        runner.records([0] * 500, topic="fast", stream=1)
        runner.until("ack", lambda message: message["stream"] == 1)
        runner.until_grid("ticks", lambda rows: rows.get("t", [0])[0] >= 5)
        self.assertLess(runner.grids["done"]["slow"][0], 500)

    def test_a_value_of_a_megabyte_and_a_full_socket_lose_nothing(self) -> None:
        runner = self.run_app("""
            import aerogrid
            app = aerogrid.App("a")
            g = app.Grid("g", ["v"])
            @app.stream(app.topic("t", value_type=str))
            async def f(stream):
                async for key, value in stream.items():
                    g[key] = value
        """)
        # Far more than a socket takes is on its way in both directions before anything is read.
        for batch in range(2):
            runner.records(["x" * 1_000_000] * 20, keys=[f"{batch}-{n}" for n in range(20)], topic="t", batch=batch)
        runner.until("ack", lambda message: message["batch"] == 1)
        self.assertEqual(len(runner.grids["g"]), 40)
        self.assertTrue(all(len(cells[0]) == 1_000_000 for cells in runner.grids["g"].values()))

    def test_two_functions_on_one_topic_each_get_every_record(self) -> None:
        runner = self.run_app("""
            import aerogrid
            app = aerogrid.App("a")
            g = app.Grid("g", ["n"], default=0)
            t = app.topic("t", value_type=int)
            @app.stream(t)
            async def one(stream):
                async for value in stream: g["one"].n += value
            @app.stream(t)
            async def two(stream):
                async for value in stream: g["two"].n += value
        """)
        for stream in (0, 1):
            runner.records([1, 2], topic="t", stream=stream)
        self.assertEqual(runner.until_grid("g", lambda rows: len(rows) == 2), {"one": [3], "two": [3]})

    def test_two_loops_on_one_stream_are_an_error(self) -> None:
        runner = self.run_app("""
            import asyncio, aerogrid
            app = aerogrid.App("a")
            @app.stream(app.topic("t"))
            async def f(stream):
                async def loop():
                    async for _ in stream: pass
                await asyncio.gather(loop(), loop())
        """)
        self.assertIn("two loops read the same stream", runner.until("failed")["message"])
