"""A web app that uses a package of requirements.txt: it tells how long it has been running, in numbers that read well."""

import os
import signal
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import humanize

started = time.monotonic()


class Uptime(BaseHTTPRequestHandler):
    disable_nagle_algorithm = True
    timeout = 10
    requests = 0

    def do_GET(self):
        Uptime.requests += 1
        milliseconds = int((time.monotonic() - started) * 1000)
        body = f"Running for {humanize.intcomma(milliseconds)} ms, this is request {humanize.intcomma(Uptime.requests)}.\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = ThreadingHTTPServer(("", int(os.environ["PORT"])), Uptime)
server.daemon_threads = False
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
print("Ready", flush=True)
server.serve_forever()
server.server_close()
