"""The app object: what the user declares, and its start."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Coroutine, Iterable, Mapping
from datetime import timedelta
from types import FrameType
from typing import Any, Final, Literal, NoReturn, TypeVar, overload

from . import _load
from ._columns import ColumnLike
from ._grid import Grid, K as GridKey
from ._names import check_name, did_you_mean
from ._topics import Stream, Topic

K = TypeVar("K")
V = TypeVar("V")
AnyFunction = TypeVar("AnyFunction", bound=Callable[[], Any])
_Handler = TypeVar("_Handler", bound=Callable[[Any], Coroutine[Any, Any, Any]])

STARTS: Final = ("beginning", "committed", "end")
MAX_GRIDS: Final = 256
MAX_TOPICS: Final = 64
MAX_STREAMS: Final = 64


class StreamFunction:
    """A function and the topic whose records it gets."""

    def __init__(self, topic: Topic[Any, Any], function: Callable[[Any], Coroutine[Any, Any, Any]]) -> None:
        self.topic = topic
        self.function = function
        self.name: str = getattr(function, "__name__", "function")
        self.place = place_of(function)


class Timer:
    """A function and how often it runs."""

    def __init__(self, seconds: float, function: Callable[[], Any]) -> None:
        self.seconds = seconds
        self.function = function
        self.name: str = getattr(function, "__name__", "function")


def place_of(function: Any) -> str:
    """File and line of a function, for messages."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return f"{os.path.basename(code.co_filename)}, line {code.co_firstlineno}" if code is not None else repr(function)


class App:
    """An app: a name, the grids that it shows, and the functions that keep them up to date.

        import aerogrid

        app = aerogrid.App("ordersapp")

    `broker` is the address of the event broker (`host:port`, several separated by commas); without it the environment variable `BROKER_URI`
    says it. `start` is where topics are read from when the app starts: `"beginning"` (the grids are made anew from all records that the broker still
    has), `"committed"` (after the last record that the app has handled) or `"end"` (new records only).

    The platform runs the app after it has loaded the file. At home `python app.py` does, with or without `app.run()` at the end.
    """

    def __init__(self, name: str, broker: str | None = None, start: Literal["beginning", "committed", "end"] = "beginning") -> None:
        self.name: str = check_name("an app", name)
        if broker is not None and (not isinstance(broker, str) or not broker.strip()):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ValueError(f'app {name!r}: broker must be an address such as "localhost:9092", found {broker!r}')
        if start not in STARTS:
            raise ValueError(f'app {name!r}: start must be "beginning", "committed" or "end", found {start!r}{did_you_mean(start, STARTS)}')
        self.broker: str | None = broker or os.environ.get("BROKER_URI") or None
        self.start: str = start
        self.grids: dict[str, Grid[Any]] = {}
        self.topics: dict[str, Topic[Any, Any]] = {}
        self.streams: list[StreamFunction] = []
        self.timers: list[Timer] = []
        self.start_functions: list[Callable[[], Any]] = []
        self.stop_functions: list[Callable[[], Any]] = []
        frame = sys._getframe(1)  # pyright: ignore[reportPrivateUsage]
        self.made_at = f"{os.path.basename(frame.f_code.co_filename)}, line {frame.f_lineno}"
        _load.created.append(self)
        _run_main_script(frame)

    def __repr__(self) -> str:
        return f"App({self.name!r})"

    @overload
    def topic(self, name: str, key_type: type[K], value_type: type[V], *, tombstones: Literal[False] = False) -> Topic[K, V]: ...
    @overload
    def topic(self, name: str, key_type: type[K], value_type: type[V], *, tombstones: bool) -> Topic[K, V | None]: ...
    @overload
    def topic(self, name: str, *, value_type: type[V], tombstones: Literal[False] = False) -> Topic[str, V]: ...
    @overload
    def topic(self, name: str, *, value_type: type[V], tombstones: bool) -> Topic[str, V | None]: ...
    @overload
    def topic(self, name: str, key_type: type[K], *, tombstones: bool = False) -> Topic[K, Any]: ...
    @overload
    def topic(self, name: str, key_type: Any = str, value_type: Any = Any, *, tombstones: bool = False) -> Topic[Any, Any]: ...
    def topic(self, name: str, key_type: Any = str, value_type: Any = Any, *, tombstones: bool = False) -> Topic[Any, Any]:
        """Declares a topic of the broker.

            orders = app.topic("orders", key_type=str, value_type=Order)

        `key_type` is `str`, `int` or `bytes`. `value_type` is a Record (the value is JSON and must fit it), `str` or `bytes` (the value as it
        is), or any other type that JSON can have: `dict`, `list`, `list[Order]`, `Order | None`; without it any JSON. A record that does not
        fit is rejected and never reaches your code. With `tombstones=True` records without a value come as None instead of being rejected.
        """
        if name in self.topics:
            raise ValueError(f"topic {name!r} is declared twice; use the first for all of its streams")
        try:
            topic: Topic[Any, Any] = Topic(name, key_type, value_type, tombstones)
        except TypeError as problem:
            raise TypeError(f"topic {name!r}: {problem}") from None
        if len(self.topics) >= MAX_TOPICS:
            raise ValueError(f"an app has at most {MAX_TOPICS} topics")
        self.topics[name] = topic
        return topic

    @overload
    def Grid(self, name: str, columns: Iterable[ColumnLike] | Mapping[str, type[Any] | None], default: Any = None) -> Grid[str]: ...
    @overload
    def Grid(
        self, name: str, columns: Iterable[ColumnLike] | Mapping[str, type[Any] | None], default: Any = None, *, key_type: type[GridKey]
    ) -> Grid[GridKey]: ...
    def Grid(self, name: str, columns: Any, default: Any = None, *, key_type: Any = str) -> Grid[Any]:  # noqa: N802
        """Makes a grid: a keyed table that others see live.

            product_sum = app.Grid("product_sum", columns=["units_sold"], default=0)
            prices = app.Grid("prices", columns=[("last", float), ("time", datetime)])

        `columns` are names, names with types, or `aerogrid.Column`s. `default` is what the cells of a new row are: one value for all, a dict or
        tuple for the row, a type such as `int` (0), or a function that returns one of these. `key_type` is `str` or `int`.
        """
        if name in self.grids:
            raise ValueError(f"grid {name!r} is declared twice; each grid of an app has a name of its own")
        if len(self.grids) >= MAX_GRIDS:
            raise ValueError(f"an app has at most {MAX_GRIDS} grids")
        grid: Grid[Any] = Grid(name, columns, default, key_type)
        self.grids[name] = grid
        return grid

    def stream(self, topic: Topic[Any, Any]) -> Callable[[_Handler], _Handler]:
        """Decorates the function that gets the records of a topic. It is `async def`, has one parameter, and goes on for ever.

            @app.stream(orders)
            async def totals(stream: aerogrid.Stream[str, Order]):
                async for key, order in stream.items():
                    product_sum[order.product]["units_sold"] += order.quantity

        The annotation of `stream` is for your editor, which then knows what `order` is; the program runs without it, too.
        Several functions on one topic each get every record.
        """
        if not isinstance(topic, Topic):  # pyright: ignore[reportUnnecessaryIsInstance]
            if callable(topic):
                raise TypeError(f"write @app.stream(topic) above {getattr(topic, '__name__', 'the function')}, with the topic in parentheses")
            raise TypeError(f'@app.stream takes what app.topic("…") returns, found {topic!r}')
        if self.topics.get(topic.name) is not topic:
            raise ValueError(f"topic {topic.name!r} belongs to another app")

        def declare(function: _Handler) -> _Handler:
            name = getattr(function, "__name__", repr(function))
            if inspect.isasyncgenfunction(function):
                raise TypeError(f"{name} ({place_of(function)}) must not contain `yield`: it gets records, and assigns to grids")
            if not inspect.iscoroutinefunction(function):
                raise TypeError(f"{name} ({place_of(function)}) must be `async def {name}(stream):`, so that other functions run while it waits")
            _check_parameters(function, 1, f"async def {name}(stream):")
            if len(self.streams) >= MAX_STREAMS:
                raise ValueError(f"an app has at most {MAX_STREAMS} stream functions")
            self.streams.append(StreamFunction(topic, function))
            return function

        return declare

    def timer(self, seconds: float | timedelta) -> Callable[[AnyFunction], AnyFunction]:
        """Decorates a function that runs every so many seconds, `async def` or plain.

            @app.timer(60)
            def forget():
                product_sum.clear()

        Two runs never overlap: a run that takes longer than the period makes the next ones wait for the following tick.
        """
        period = seconds.total_seconds() if isinstance(seconds, timedelta) else seconds
        if callable(period):
            raise TypeError("write @app.timer(60), with the seconds between two runs in parentheses")
        if isinstance(period, bool) or not isinstance(period, (int, float)) or not 0.001 <= period <= 31_536_000:  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ValueError(f"@app.timer takes seconds, from 0.001 to a year, found {seconds!r}")

        def declare(function: AnyFunction) -> AnyFunction:
            _check_parameters(function, 0, f"def {getattr(function, '__name__', 'function')}():")
            self.timers.append(Timer(float(period), function))
            return function

        return declare

    def on_start(self, function: AnyFunction) -> AnyFunction:
        """Decorates a function that runs once before the first record, `async def` or plain.

            @app.on_start
            async def load():
                names.update(await asyncio.to_thread(read_names))
        """
        self.start_functions.append(_hook("on_start", function))
        return function

    def on_stop(self, function: AnyFunction) -> AnyFunction:
        """Decorates a function that runs when the app is stopped or replaced, `async def` or plain. All together have about 4 seconds.

            @app.on_stop
            async def goodbye():
                await database.close()

        It does not run after a failure.
        """
        self.stop_functions.append(_hook("on_stop", function))
        return function

    def run(self) -> NoReturn:
        """Runs the app and ends the process with its exit code: 0 when it was stopped, 1 when it failed.

            if __name__ == "__main__":
                app.run()

        Optional, at the end of the file: the app runs without it, too. Inside the platform it talks to the platform; elsewhere it runs
        against the broker with a runner of this machine, and shows its grids in the terminal.
        """
        if len(_load.created) > 1:
            _load.the_app(sys.argv[0])
        from ._run import run

        sys.exit(run(self))


def _hook(decorator: str, function: Any) -> Any:
    if not callable(function):
        raise TypeError(f"write @app.{decorator} above a function, found {function!r}")
    _check_parameters(function, 0, f"def {getattr(function, '__name__', 'function')}():")
    return function


def _check_parameters(function: Any, count: int, example: str) -> None:
    if not callable(function):
        raise TypeError(f"this decorates a function, found {function!r}")
    try:
        inspect.signature(function).bind(*range(count))
    except TypeError:
        raise TypeError(f"{getattr(function, '__name__', 'function')} ({place_of(function)}) must take {count or 'no'} parameter{'' if count else 's'}: {example}") from None


def _run_main_script(frame: FrameType) -> None:
    """Makes `python app.py` run the app, also where the file does not call `app.run()`.

    Nothing of ours is called at the end of a script: what atexit offers comes after the interpreter has shut its threads down, when
    asyncio.to_thread no longer works. So the whole file is executed once more, here, under the eyes of `execute`; then the app runs, and the process
    ends by SystemExit, so that the rest of the first execution, which made this App only in part, never happens. It is the same process and
    the same file name: breakpoints and debuggers see nothing unusual.
    """
    if _load.loading or not _load.is_main_script(frame):
        return
    path = frame.f_code.co_filename
    with open(path, "rb") as file:
        if _load.calls_run(file.read()):
            return
    from .__main__ import main

    sys.exit(main([path]))


__all__ = ["App", "StreamFunction", "Timer"]
