"""Speaks the protocol of docs/reference/runner-protocol.md by hand, for apps that a test writes as a few lines of Python.

The lines run after `from child import *`, as `python3 child.py LINES`.
"""

import json
import os
import signal
import socket
import struct
import sys
import threading
import time
import traceback

connection = socket.socket(socket.AF_UNIX)
writing = threading.Lock()


def send(**message):
    body = json.dumps(message).encode()
    with writing:
        connection.sendall(struct.pack(">I", len(body)) + body)


def send_bytes(body):
    with writing:
        connection.sendall(body)


def read(count):
    data = b""
    while len(data) < count:
        part = connection.recv(count - len(data))
        if not part:
            os._exit(3)  # the runner is gone
        data += part
    return data


def receive():
    (length,) = struct.unpack(">I", read(4))
    return json.loads(read(length))


def beat():
    while True:
        try:
            send(type="alive", lag=beat.lag, **beat.place)
        except OSError:
            os._exit(3)
        time.sleep(0.2)


beat.lag, beat.place = 0, {}


def grid(name, *columns):
    return {"name": name, "columns": [dict(zip(("name", "type"), c.split(":"))) if ":" in c else {"name": c, "type": "any"} for c in columns]}


def hello(broker=None, grids=(), topics=(), start="beginning", key="str", value="json", streams=None, alive=True):
    connection.connect(os.environ["AEROGRID_SOCKET"])
    topics = [{"name": t, "key": key, "value": value} for t in topics]
    if streams is None:
        streams = [{"id": i, "topic": t["name"], "function": f"on_{t['name']}"} for i, t in enumerate(topics)]
    send(type="hello", protocol=1, app="test", sdk="0", python="3", broker=broker, start=start, topics=topics, grids=list(grids), streams=streams)
    welcome = receive()
    assert welcome == {"type": "welcome", "protocol": 1}, welcome
    if alive:
        threading.Thread(target=beat, daemon=True).start()


def change(name, set=None, delete=(), clear=False):
    part = {"grid": name, "set": set or {}, "delete": list(delete)}
    if clear:
        part["clear"] = True
    send(type="changes", grids=[part])


def ack(message):
    send(type="ack", stream=message["stream"], batch=message["batch"], seconds=0.001)


def records():
    """Every message with records; ends the process well when the runner says stop."""
    while True:
        message = receive()
        if message["type"] == "stop":
            sys.exit(0)
        yield message


def sums(name, topic_broker, topic="orders", **more):
    """Sums `quantity` by `product` of a topic, as the sample app does; `fail` in a value raises."""
    hello(broker=topic_broker, grids=[grid(name, "units_sold:int64")], topics=[topic], **more)
    total = {}
    for message in records():
        changed = {}
        for value in message["values"]:
            if "fail" in value:
                fail(value["fail"])
            total[value["product"]] = changed[value["product"]] = total.get(value["product"], 0) + value["quantity"]
        change(name, {k: [v] for k, v in changed.items()})
        ack(message)


def fail(text, file="app.py", line=7):
    send(type="failed", exception="ValueError", message=text, file=file, line=line, function="on_orders", traceback=f"Traceback: {text}")
    sys.exit(1)


def idle():
    for _ in records():
        pass


if __name__ == "__main__":
    exec(compile(sys.argv[1], "app.py", "exec"), globals())
