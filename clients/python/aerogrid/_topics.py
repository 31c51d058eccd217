"""Topics, and what a stream function gets of them."""

from __future__ import annotations

import base64
import itertools
import operator
import time
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from ._decode import Decoder, accepts_none, decoder_of
from ._names import check_name

if TYPE_CHECKING:
    from ._batches import Batch, Feed

K = TypeVar("K")
V = TypeVar("V")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)


def _bytes(value: Any) -> Any:
    return None if value is None else base64.b64decode(value)


def _same(value: Any) -> Any:
    return value


class Topic(Generic[K, V]):
    """A topic of the event broker, with the types of its keys and values. Make one with `app.topic(…)`.

        orders = app.topic("orders", key_type=str, value_type=Order)
    """

    def __init__(self, name: str, key_type: Any, value_type: Any, tombstones: bool) -> None:
        self.name: str = check_name("a topic", name)
        self.wire_key: str = {str: "str", int: "int", bytes: "bytes"}.get(key_type, "json")
        self.wire_value: str = {str: "str", bytes: "bytes"}.get(value_type, "json")
        self.decode_key: Decoder = _same if key_type in (str, int) else _bytes if key_type is bytes else decoder_of(key_type)
        # A key of str and int is what the runner says it is; the values below are decoded in one go, see _batches.py.
        self.plain_key = key_type in (str, int)
        self.decode_value: Decoder = {str: _same, bytes: _bytes}.get(value_type) or decoder_of(value_type)
        self.nullable = tombstones or accepts_none(value_type)
        self.plain_value = value_type in (Any, object, str)

    def __repr__(self) -> str:
        return f"Topic({self.name!r})"


class Event(Generic[K, V]):
    """A record with all that the broker knows of it. Iterate `stream.events()` to get them.

        async for event in stream.events():
            print(event.partition, event.offset, event.timestamp, event.value)
    """

    __slots__ = ("key", "value", "topic", "partition", "offset", "timestamp_ms", "traceparent")

    def __init__(
        self, key: K | None, value: V, topic: str, partition: int, offset: int, timestamp_ms: int, traceparent: str | None = None
    ) -> None:
        self.key: K | None = key
        """The key; None where the record was sent without one."""
        self.value: V = value
        self.topic: str = topic
        self.partition: int = partition
        self.offset: int = offset
        """The record's number in its partition, from 0."""
        self.timestamp_ms: int = timestamp_ms
        """When it was produced, in milliseconds since 1970 (UTC)."""
        self.traceparent: str | None = traceparent
        """The W3C trace context of the record's headers, or None."""

    @property
    def timestamp(self) -> datetime:
        """When it was produced, as a datetime in UTC."""
        return _EPOCH + timedelta(milliseconds=self.timestamp_ms)

    def __repr__(self) -> str:
        return f"Event(key={self.key!r}, value={self.value!r}, topic={self.topic!r}, partition={self.partition}, offset={self.offset})"


# A loop that never waits would keep timers from running, so a stream lets others run after about this long (seconds).
_TURN: Final = 0.01
_MOST_PER_TURN: Final = 1000


class Stream(Generic[K, V]):
    """The records of a topic as they come, for the function that `@app.stream(topic)` decorates. Iterate it in one of three ways:

        async for key, order in stream.items(): ...    # keys and values
        async for order in stream: ...                 # values
        async for event in stream.events(): ...        # with partition, offset, timestamp

    A record counts as handled once the loop asks for what comes after its batch. Leaving a loop and beginning another goes on with the next
    record. The key is None where a record was sent without one.
    """

    def __init__(self, topic: Topic[K, V], feed: Feed) -> None:
        self._topic = topic
        self._feed = feed
        self._batch: Batch | None = None
        self._turn: Iterator[tuple[K | None, V]] = iter(())
        self._per_turn = 1
        self._started: float | None = None
        self._turn_began = 0.0
        self._waits = False

    @property
    def topic(self) -> Topic[K, V]:
        """The topic that the records come from."""
        return self._topic

    def items(self) -> AsyncIterator[tuple[K | None, V]]:
        """Keys and values.

            async for key, order in stream.items():
                product_sum[order.product]["units_sold"] += order.quantity
        """
        return _Items(self)

    def __aiter__(self) -> AsyncIterator[V]:
        return _Values(self)

    def events(self) -> AsyncIterator[Event[K, V]]:
        """Records with topic, partition, offset, timestamp and trace context.

            async for event in stream.events():
                latest[event.key or ""]["time"] = event.timestamp
        """
        return _Events(self)

    def _pause(self) -> None:
        """The user's code has come back for more: ends its time in the batch."""
        if self._started is not None and self._batch is not None:
            self._batch.seconds += time.perf_counter() - self._started
            self._started = None

    async def _next_turn(self) -> None:
        """Makes `_turn` iterate over the next records, at least one; acknowledges the batch that is done first."""
        if self._waits:
            raise RuntimeError(f"two loops read the same stream of topic {self._topic.name!r}; read it in one, or decorate two functions")
        self._pause()
        self._waits = True
        try:
            while True:
                await self._take_turns()
                if self._batch is not None:
                    if operator.length_hint(self._batch.records):
                        break
                    self._feed.acknowledge(self._batch)
                    self._batch = None
                waits = not self._feed.ready
                self._batch = await self._feed.take(self._topic)
                if waits:
                    self._turn_began = time.perf_counter()
        finally:
            self._waits = False
        self._turn = itertools.islice(self._batch.pairs, self._per_turn)
        self._started = time.perf_counter()

    async def _take_turns(self) -> None:
        """Lets others run when this stream has run long enough, and finds how many records that takes."""
        elapsed = time.perf_counter() - self._turn_began
        if elapsed >= _TURN:
            self._per_turn = max(1, int(self._per_turn * _TURN / elapsed))
            await self._feed.let_others_run()
            self._turn_began = time.perf_counter()
        elif self._per_turn < _MOST_PER_TURN:
            self._per_turn *= 2


class _Items(AsyncIterator[Any]):
    __slots__ = ("_stream",)

    def __init__(self, stream: Stream[Any, Any]) -> None:
        self._stream = stream

    async def __anext__(self) -> Any:
        stream = self._stream
        while True:
            for pair in stream._turn:  # pyright: ignore[reportPrivateUsage]
                return pair
            await stream._next_turn()  # pyright: ignore[reportPrivateUsage]


class _Values(_Items):
    __slots__ = ()

    async def __anext__(self) -> Any:
        stream = self._stream
        while True:
            for _, value in stream._turn:  # pyright: ignore[reportPrivateUsage]
                return value
            await stream._next_turn()  # pyright: ignore[reportPrivateUsage]


class _Events(_Items):
    __slots__ = ()

    async def __anext__(self) -> Any:
        stream = self._stream
        while True:
            for key, value in stream._turn:  # pyright: ignore[reportPrivateUsage]
                batch = stream._batch  # pyright: ignore[reportPrivateUsage]
                assert batch is not None
                position = len(batch.offsets) - operator.length_hint(batch.records) - 1
                return Event(
                    key,
                    value,
                    batch.topic,
                    batch.partition,
                    batch.offsets[position],
                    batch.timestamps[position],
                    batch.traceparents[position] if batch.traceparents else None,
                )
            await stream._next_turn()  # pyright: ignore[reportPrivateUsage]

