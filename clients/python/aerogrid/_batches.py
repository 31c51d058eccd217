"""Batches of records between the connection and a stream."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from ._decode import Misfit
from ._scalars import parse_json
from ._topics import Topic

Send = Callable[[dict[str, Any]], None]


class Batch:
    """Decoded records. `records` counts what is left; `pairs` consumes it."""

    __slots__ = ("number", "topic", "partition", "offsets", "timestamps", "traceparents", "records", "pairs", "seconds")

    def __init__(self, message: dict[str, Any], keys: list[Any], values: list[Any], positions: list[int] | None) -> None:
        self.number: int = message["batch"]
        self.topic: str = message["topic"]
        self.partition: int = message["partition"]
        offsets, timestamps = message["offsets"], message["timestamps"]
        traces: dict[str, str] = message.get("traceparents") or {}
        kept = range(len(offsets)) if positions is None else positions
        self.offsets: list[int] = offsets if positions is None else [offsets[p] for p in kept]
        self.timestamps: list[int] = timestamps if positions is None else [timestamps[p] for p in kept]
        self.traceparents: list[str | None] | None = [traces.get(str(p)) for p in kept] if traces else None
        self.records: Iterator[Any] = iter(keys)
        self.pairs: Iterator[tuple[Any, Any]] = zip(self.records, values)
        self.seconds = 0.0


class Feed:
    """The batches of one stream: at most two wait here, since the runner sends no more before one is acknowledged."""

    def __init__(self, stream: int, send: Send, flush: Callable[[], None], room: Callable[[], Any]) -> None:
        self._stream = stream
        self._send = send
        self._flush = flush
        self._room = room
        self._waiting: deque[dict[str, Any]] = deque()
        self._arrived: asyncio.Future[None] | None = None

    def put(self, message: dict[str, Any]) -> None:
        """A batch has arrived."""
        self._waiting.append(message)
        if self._arrived is not None and not self._arrived.done():
            self._arrived.set_result(None)

    async def take(self, topic: Topic[Any, Any]) -> Batch:
        """The next batch, decoded. What does not fit its type is reported and not in it."""
        await self._room()
        while not self._waiting:
            self._arrived = asyncio.get_running_loop().create_future()
            try:
                await self._arrived
            finally:
                self._arrived = None
        return self._decode(topic, self._waiting.popleft())

    @property
    def ready(self) -> bool:
        """Whether a batch is here."""
        return bool(self._waiting)

    async def let_others_run(self) -> None:
        """Lets timers and other streams run, and what has changed be sent."""
        await asyncio.sleep(0)

    def acknowledge(self, batch: Batch) -> None:
        """The batch is handled: its changes first, so that none is lost when offsets are committed."""
        self._flush()
        self._send({"type": "ack", "stream": self._stream, "batch": batch.number, "seconds": round(batch.seconds, 6)})

    def _decode(self, topic: Topic[Any, Any], message: dict[str, Any]) -> Batch:
        keys, values = message["keys"], message["values"]
        if not message.get("unverified") and (topic.plain_key or all(key is None for key in keys)):
            try:
                return Batch(message, keys, _decode_all(topic, values), None)
            except Misfit:
                pass  # found again below, one record at a time
        return self._decode_each(topic, message)

    def _decode_each(self, topic: Topic[Any, Any], message: dict[str, Any]) -> Batch:
        unverified: dict[str, str] = message.get("unverified") or {}
        keys: list[Any] = []
        values: list[Any] = []
        positions: list[int] = []
        for position, (key, value) in enumerate(zip(message["keys"], message["values"])):
            try:
                text = unverified.get(str(position))
                value = parse_json(text) if text is not None else value
                if value is None and not topic.nullable:
                    raise _tombstone()
                value = None if value is None else topic.decode_value(value)
            except Misfit as misfit:
                self._reject(message, position, misfit.message, misfit.field or None)
                continue
            try:
                key = None if key is None else topic.decode_key(key)
            except Misfit as misfit:
                self._reject(message, position, f"the key: {misfit}", None)
                continue
            keys.append(key)
            values.append(value)
            positions.append(position)
        return Batch(message, keys, values, positions)

    def _reject(self, message: dict[str, Any], position: int, text: str, field: str | None) -> None:
        self._send(
            {
                "type": "reject",
                "stream": self._stream,
                "topic": message["topic"],
                "partition": message["partition"],
                "offset": message["offsets"][position],
                "message": text,
                "field": field,
            }
        )


def _tombstone() -> Misfit:
    return Misfit("the record has no value (null); write tombstones=True in app.topic(…) to get such records")


def _decode_all(topic: Topic[Any, Any], values: list[Any]) -> list[Any]:
    """The inner loop: all values of a batch. Raises Misfit where one does not fit."""
    decode = topic.decode_value
    if topic.nullable:
        return values if topic.plain_value else [None if value is None else decode(value) for value in values]
    if topic.wire_value != "json" and None in values:  # decoders of JSON refuse null by themselves
        raise _tombstone()
    return values if topic.plain_value else [decode(value) for value in values]
