"""A runner for tests: the other end of the socket, and a program started as the platform starts it."""

from __future__ import annotations

import json
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
import unittest
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parents[1]
REPOSITORY = PACKAGE.parents[1]
SECONDS = 20.0

ORDERS = """
import aerogrid
app = aerogrid.App("ordersapp", broker="broker:9092")
class Order(aerogrid.Record):
    product: str
    quantity: int
orders = app.topic("orders", key_type=str, value_type=Order)
product_sum = app.Grid("product_sum", columns=["units_sold"], default=0)
@app.stream(orders)
async def totals(stream):
    async for key, order in stream.items():
        product_sum[order.product]["units_sold"] += order.quantity
"""


def eventually(condition: Any, seconds: float = SECONDS) -> Any:
    """Waits until the condition is true, and returns what it gave."""
    limit = time.monotonic() + seconds
    pause = threading.Event()
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > limit:
            raise AssertionError("it did not become true in time")
        pause.wait(0.01)


class Connection:
    """One connection of an SDK, with its frames."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        connection.settimeout(SECONDS)
        self.seen: list[dict[str, Any]] = []
        self.grids: dict[str, dict[str, list[Any]]] = {}

    def _exactly(self, count: int) -> bytes:
        data = bytearray()
        while len(data) < count:
            chunk = self.socket.recv(min(1 << 20, count - len(data)))
            if not chunk:
                raise EOFError(f"the SDK closed the connection; it said {[m['type'] for m in self.seen]}")
            data += chunk
        return bytes(data)

    def receive(self) -> dict[str, Any]:
        (length,) = struct.unpack(">I", self._exactly(4))
        message = json.loads(self._exactly(length).decode())
        self.seen.append(message)
        if message["type"] == "changes":
            self._apply(message)
        return message

    def _apply(self, message: dict[str, Any]) -> None:
        for entry in message["grids"]:
            rows = self.grids.setdefault(entry["grid"], {})
            if entry.get("clear"):
                rows.clear()
            rows.update(entry.get("set", {}))
            for key in entry.get("delete", []):
                rows.pop(key, None)

    def until(self, kind: str, condition: Any = lambda _: True) -> dict[str, Any]:
        """Reads up to a message of this type; `alive` and others in between are remembered in `seen`."""
        while True:
            message = self.receive()
            if message["type"] == kind and condition(message):
                return message

    def until_grid(self, grid: str, condition: Any) -> dict[str, list[Any]]:
        while not condition(self.grids.get(grid, {})):
            self.receive()
        return self.grids.get(grid, {})

    def send(self, message: dict[str, Any]) -> None:
        body = json.dumps(message).encode()
        self.send_text(body)

    def send_text(self, body: bytes) -> None:
        self.socket.sendall(struct.pack(">I", len(body)) + body)

    def welcome(self) -> dict[str, Any]:
        hello = self.until("hello")
        self.send({"type": "welcome", "protocol": 1})
        return hello

    def records(self, values: list[Any], *, keys: list[Any] | None = None, stream: int = 0, batch: int = 0, topic: str = "orders", **more: Any) -> None:
        self.send(
            {
                "type": "records", "stream": stream, "batch": batch, "topic": topic, "partition": 0,
                "offsets": list(range(len(values))), "timestamps": [1764072000000] * len(values),
                "keys": keys if keys is not None else ["k"] * len(values), "values": values, **more,
            }
        )  # fmt: skip

    def stop(self) -> None:
        self.send({"type": "stop", "reason": "test"})

    def to_end(self) -> list[dict[str, Any]]:
        """Reads until the SDK closes; returns what came."""
        before = len(self.seen)
        try:
            while True:
                self.receive()
        except (EOFError, ConnectionResetError):
            return self.seen[before:]


class RunnerCase(unittest.TestCase):
    """Tests with a folder of their own, a listening socket and programs."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="aerogrid-test-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.addCleanup(self.listener.close)
        self.listener.bind(str(self.folder / "runner.sock"))
        self.listener.listen(4)
        self.listener.settimeout(SECONDS)

    def write(self, source: str, name: str = "app.py") -> Path:
        path = self.folder / name
        path.write_text(textwrap.dedent(source), "utf-8")
        return path

    def environment(self, **more: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AEROGRID_") and name != "BROKER_URI"}
        return {**kept, "PYTHONPATH": str(PACKAGE), "PYTHONDONTWRITEBYTECODE": "1", "HOME": str(self.folder), **more}

    def start(self, source: str, *arguments: str, platform: bool = True, **environment: str) -> subprocess.Popen[str]:
        """Starts a program: in the platform `python -u -m aerogrid app.py`, at home `python app.py`."""
        path = self.write(source)
        command = [sys.executable, "-u", *(["-m", "aerogrid", "app.py"] if platform else [path.name]), *arguments]
        if platform:
            environment.setdefault("AEROGRID_SOCKET", str(self.folder / "runner.sock"))
        self.output = self.folder / "output.txt"
        with self.output.open("w") as output:
            process = subprocess.Popen(command, cwd=self.folder, env=self.environment(**environment), stdout=output, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(self._kill, process)
        self.process = process
        return process

    @staticmethod
    def _kill(process: subprocess.Popen[str]) -> None:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait()

    def accept(self) -> Connection:
        connection, _ = self.listener.accept()
        self.addCleanup(connection.close)
        return Connection(connection)

    def run_app(self, source: str, **environment: str) -> Connection:
        """Starts a program in the platform and welcomes it."""
        self.start(source, **environment)
        connection = self.accept()
        connection.welcome()
        return connection

    def ended(self) -> int:
        """The exit code of the program."""
        return self.process.wait(SECONDS)

    def printed(self) -> str:
        return self.output.read_text("utf-8")
