"""A web app of Python's standard library: it says Hello to whoever asks."""

import os
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Hello(BaseHTTPRequestHandler):
    disable_nagle_algorithm = True  # send an answer at once instead of waiting for more of it
    timeout = 10  # seconds until a caller who connected but asks nothing is left

    def do_GET(self):
        # AeroGrid has checked the caller's token already, and says who it is.
        user = self.headers.get("X-Aerogrid-User", "world")
        body = f"Hello, {user}!\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


# AeroGrid chooses the port.
server = ThreadingHTTPServer(("", int(os.environ["PORT"])), Hello)
server.daemon_threads = False  # so that the end of the program waits for answers in progress

# SIGTERM means that AeroGrid stops the app, for example since a newer version serves: take no new requests.
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())

print("Hello is ready", flush=True)
server.serve_forever()
server.server_close()  # finish the requests in progress
print("Hello has ended", flush=True)
