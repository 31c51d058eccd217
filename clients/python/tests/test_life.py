"""Start, failures and end of an app."""

import signal
import textwrap

from support import ORDERS, RunnerCase, eventually

HEAD = """
import asyncio, os, sys, threading, time
import aerogrid
app = aerogrid.App("a")
g = app.Grid("g", columns=["v"], default=0)
t = app.topic("t")
"""


def source(body: str) -> str:
    return HEAD + textwrap.dedent(body)


class FailureTests(RunnerCase):
    def test_an_exception_is_told_with_the_users_frames_only(self) -> None:
        self.write("def price(order):\n    return order['price'] / 0\n", "prices.py")
        runner = self.run_app(source("""
            import prices
            @app.stream(t)
            async def totals(stream):
                async for order in stream:
                    prices.price(order)
        """))
        runner.records([{"price": 1}], topic="t")
        failed = runner.until("failed")
        self.assertEqual((failed["exception"], failed["message"]), ("ZeroDivisionError", "division by zero"))
        self.assertEqual((failed["file"], failed["line"], failed["function"]), ("prices.py", 2, "price"))
        self.assertIn('File "app.py", line 12, in totals', failed["traceback"])
        self.assertIn("prices.price(order)", failed["traceback"])
        self.assertNotIn("_session", failed["traceback"])
        self.assertEqual(self.ended(), 1)
        self.assertEqual(self.printed(), failed["traceback"])

    def test_exceptions_in_timers_start_functions_and_sys_exit_are_failures(self) -> None:
        for body, name in (
            ("@app.timer(0.01)\ndef f():\n    raise KeyError('x')", "KeyError"),
            ("@app.on_start\nasync def f():\n    raise ValueError('x')", "ValueError"),
            ("@app.on_start\ndef f():\n    sys.exit(0)", "SystemExit"),
            ("@app.stream(t)\nasync def f(stream):\n    raise asyncio.CancelledError", "CancelledError"),
            ("@app.stream(t)\nasync def f(stream):\n    async for x in stream: return", "RuntimeError"),
            ("class E(BaseException): pass\n@app.on_start\ndef f():\n    raise E", "E"),
        ):
            with self.subTest(name):
                runner = self.run_app(source(body))
                if "async for" in body:
                    runner.records([1], topic="t")
                self.assertEqual(runner.until("failed")["exception"], name)
                self.assertEqual(self.ended(), 1)

    def test_a_file_that_python_cannot_read_tells_the_line_before_any_hello(self) -> None:
        self.start("import aerogrid\nprint('x'\n")
        failed = self.accept().receive()
        self.assertEqual((failed["type"], failed["exception"], failed["file"], failed["line"]), ("failed", "SyntaxError", "app.py", 2))
        self.assertEqual(self.ended(), 1)
        self.assertIn("print('x'", self.printed())

    def test_an_exception_while_the_file_is_loaded_is_told(self) -> None:
        self.start("import aerogrid\napp = aerogrid.App('a')\n1/0\n")
        failed = self.accept().receive()
        self.assertEqual((failed["exception"], failed["file"], failed["line"]), ("ZeroDivisionError", "app.py", 3))

    def test_no_app_and_two_apps_are_told(self) -> None:
        for body, text in (("x = 1", 'write app = aerogrid.App("app")'), ("import aerogrid\na = aerogrid.App('a')\nb = aerogrid.App('b')", "'a' (app.py, line 2) and 'b' (app.py, line 3)")):
            with self.subTest(text):
                self.start(body)
                self.assertIn(text, self.accept().receive()["message"])
                self.assertEqual(self.ended(), 1)
                self.assertIn(text, self.printed())

    def test_secrets_are_in_no_report(self) -> None:
        runner = self.run_app(source("""
            key = aerogrid.secret("API_KEY")
            @app.on_start
            def f(): raise RuntimeError(f"cannot sign in with {key}")
        """), API_KEY="hunter2hunter2")
        failed = runner.until("failed")
        self.assertEqual(failed["message"], "cannot sign in with ***")
        self.ended()
        self.assertNotIn("hunter2", self.printed() + failed["traceback"])


class LifeTests(RunnerCase):
    def test_start_functions_run_before_records_and_stop_functions_at_the_end(self) -> None:
        runner = self.run_app(source("""
            @app.on_start
            async def begin():
                await asyncio.sleep(0.01)
                g["start"] = 1
            @app.stream(t)
            async def f(stream):
                async for _ in stream: g["record"] = dict(g["start"])["v"] + 1
            @app.on_stop
            async def first(): g["first"] = 1
            @app.on_stop
            def second(): g["second"] = 1
        """))
        runner.records([1], topic="t")
        runner.until("ack")
        self.assertEqual(runner.grids["g"], {"start": [1], "record": [2]})
        runner.stop()
        runner.to_end()
        self.assertEqual(set(runner.grids["g"]), {"start", "record", "first", "second"})
        self.assertEqual(self.ended(), 0)

    def test_all_stop_functions_run_when_one_fails(self) -> None:
        runner = self.run_app(source("""
            @app.on_stop
            def first(): raise ValueError("x")
            @app.on_stop
            def second(): g["second"] = 1
        """))
        runner.stop()
        self.assertEqual(runner.until("failed")["exception"], "ValueError")
        self.assertIn("second", runner.grids["g"])
        self.assertEqual(self.ended(), 1)

    def test_code_that_ignores_its_cancellation_and_threads_do_not_hold_the_end(self) -> None:
        runner = self.run_app(source("""
            threading.Thread(target=threading.Event().wait).start()
            @app.stream(t)
            async def stubborn(stream):
                g["started"] = 1
                while True:
                    try: await asyncio.sleep(60)
                    except asyncio.CancelledError: g["cancelled"] = 1
        """))
        runner.until_grid("g", bool)
        runner.stop()
        runner.to_end()
        self.assertEqual(self.ended(), 0)
        self.assertIn("stubborn does not end", self.printed())

    def test_sigterm_stops_in_good_order(self) -> None:
        runner = self.run_app(source("""
            @app.on_stop
            def stop(): g["stop"] = 1
        """))
        runner.until("alive")
        self.process.send_signal(signal.SIGTERM)
        runner.to_end()
        self.assertEqual((runner.grids["g"], self.ended()), ({"stop": [1]}, 0))

    def test_the_app_ends_when_the_runner_is_gone_also_from_blocked_code(self) -> None:
        for body in ("", "@app.on_start\ndef f():\n    while True: pass"):
            with self.subTest(body):
                runner = self.run_app(source(body))
                runner.until("alive")
                runner.socket.close()
                self.assertEqual(self.ended(), 1)
                self.assertIn("the app ends", self.printed())

    def test_what_the_runner_may_not_send_ends_the_app(self) -> None:
        for body, text in ((b"nonsense", "not JSON"), (b'{"type":"other"}', "does not know"), (b"[]", "without a type"), (b'{"type":"records","stream":9}', "stream 9")):
            with self.subTest(text):
                runner = self.run_app(source(""))
                runner.send_text(body)
                self.assertEqual(self.ended(), 1)
                self.assertIn(text, self.printed())

    def test_blocked_code_is_found_by_file_line_and_function(self) -> None:
        runner = self.run_app(source("""
            @app.stream(t)
            async def f(stream):
                async for _ in stream:
                    time.sleep(30)
        """))
        runner.records([1], topic="t")
        alive = runner.until("alive", lambda message: message["lag"] > 1)
        self.assertEqual((alive["file"], alive["line"], alive["function"]), ("app.py", 11, "f"))
        eventually(lambda: "app.py, line 11, in f has been busy" in self.printed())

    def test_an_idle_app_says_each_second_that_it_lives(self) -> None:
        runner = self.run_app(source(""))
        first, second = runner.until("alive"), runner.until("alive")
        self.assertLess(max(first["lag"], second["lag"]), 1)

    def test_changes_are_sent_as_soon_as_code_awaits(self) -> None:
        runner = self.run_app(source("""
            @app.on_start
            async def f():
                g["a"] = 1
                await asyncio.Event().wait()
        """))
        self.assertEqual(runner.until_grid("g", bool), {"a": [1]})

    def test_what_the_file_assigns_while_it_is_loaded_is_sent_first(self) -> None:
        runner = self.run_app(source('g["a"] = 1'))
        self.assertEqual(runner.until_grid("g", bool), {"a": [1]})

    def test_other_threads_may_assign_and_what_they_assign_is_sent(self) -> None:
        runner = self.run_app(source("""
            def work(name):
                for n in range(20_000): g[name]["v"] = n
            @app.on_start
            async def f():
                for name in "abcd": threading.Thread(target=work, args=[name], daemon=True).start()
                await asyncio.to_thread(g.__setitem__, "thread", 5)
        """))
        rows = runner.until_grid("g", lambda rows: len(rows) == 5 and all(rows[name] == [19_999] for name in "abcd"))
        self.assertEqual(rows["thread"], [5])

    def test_a_copy_of_the_process_cannot_assign(self) -> None:
        runner = self.run_app(source("""
            @app.on_start
            def f():
                child = os.fork()
                if child == 0:
                    try: g["child"] = 1
                    except RuntimeError as problem: os.write(2, str(problem).encode())
                    os._exit(0)
                os.waitpid(child, 0)
                g["parent"] = 1
        """))
        self.assertEqual(runner.until_grid("g", bool), {"parent": [1]})
        self.assertIn("is a copy of the app", self.printed())

    def test_app_run_at_the_end_and_a_main_guard_work_in_the_platform(self) -> None:
        for tail in ("app.run()\nraise SystemExit(9)\n", "if __name__ == '__main__':\n    app.run()\n"):
            with self.subTest(tail):
                runner = self.run_app(ORDERS + tail)
                runner.stop()
                self.assertEqual(self.ended(), 0)

    def test_a_script_that_does_not_call_run_runs_its_app_once(self) -> None:
        self.start("print('loaded')\nimport asyncio\n" + ORDERS + "print('after', flush=True)\nif False: asyncio.run(None)\n", platform=False, AEROGRID_SOCKET=str(self.folder / "runner.sock"))
        runner = self.accept()
        runner.welcome()
        runner.records([{"product": "a", "quantity": 1}])
        runner.until("ack")
        runner.stop()
        self.assertEqual(self.ended(), 0)
        self.assertEqual(self.printed(), "loaded\nloaded\nafter\n")

    def test_a_runner_that_is_not_there_is_told(self) -> None:
        self.start(ORDERS, AEROGRID_SOCKET=str(self.folder / "nobody.sock"))
        self.assertEqual(self.ended(), 1)
        self.assertIn("no runner listens at AEROGRID_SOCKET=", self.printed())

    def test_the_environment_names_the_broker(self) -> None:
        self.start(ORDERS.replace(', broker="broker:9092"', ""), BROKER_URI="b:1")
        self.assertEqual(self.accept().until("hello")["broker"], "b:1")
