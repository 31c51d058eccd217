"""Runs pip as a process of its own: with a time limit, without the environment, and with what it prints kept."""

import os
import resource
import signal
import subprocess
import sys
import threading

# Where packages come from and how to get there: all that the tenant may set.
PASSED_ON = (
    "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST", "PIP_CERT", "PIP_CLIENT_CERT", "PIP_PROXY", "PIP_DEFAULT_TIMEOUT", "PIP_RETRIES",
    "SSL_CERT_FILE", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
)
_COMMON = ["--no-cache-dir", "--disable-pip-version-check", "--no-input", "--no-color"]
_PYTHON = "/usr/bin/python3"
_OUTPUT_BYTES = 256 << 10


class OutOfTime(Exception):
    """The time limit has passed; whatever pip had started is gone."""


class Pip:
    def __init__(self, work, deadline, max_bytes, environment=os.environ):
        self._work = work
        self._deadline = deadline
        self._max_bytes = max_bytes
        self._environment = {name: environment[name] for name in PASSED_ON if name in environment} | {
            "HOME": str(work),
            "LANG": "C.UTF-8",
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "PIP_CONFIG_FILE": os.devnull,
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "0",
            "SOURCE_DATE_EPOCH": "315532800",
            "TMPDIR": str(work),
        }

    def install(self, requirements, site, only_wheels):
        """(exit code, output) of installing a requirements file into a folder. Nothing is compiled: that would add times and paths."""
        wheels = ["--only-binary", ":all:"] if only_wheels else []
        return self._run(
            "install", "--target", str(site), "--requirement", str(requirements), "--no-compile", "--no-warn-script-location",
            "--no-warn-conflicts", "--progress-bar", "off", "--root-user-action", "ignore", *wheels, echo=True)

    def versions(self, name):
        """(exit code, output) of asking the index for everything it has of a package, source distributions included."""
        return self._run("index", "versions", "--pre", "-vv", name, echo=False)

    def _run(self, command, *arguments, echo):
        process = subprocess.Popen(
            [_PYTHON, "-I", "-m", "pip", command, *_COMMON, *arguments],
            cwd=self._work, env=self._environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True, preexec_fn=self._limit)
        output = _Output(process.stdout, echo)
        try:
            code = process.wait(timeout=max(0.0, self._deadline.remaining))
        except subprocess.TimeoutExpired:
            raise OutOfTime(output.text) from None
        finally:
            # Also what a build left running: it would keep the pipe open and the folder changing.
            _kill_group(process)
            output.finish()
        return code, output.text

    def _limit(self):
        resource.setrlimit(resource.RLIMIT_FSIZE, (self._max_bytes, self._max_bytes))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class _Output:
    """The last part of what a process prints, however much that is; `echo` also copies it to the container's log."""

    def __init__(self, pipe, echo):
        self._pipe = pipe
        self._echo = echo
        self._kept = bytearray()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    @property
    def text(self):
        return bytes(self._kept).decode("utf-8", "replace")

    def finish(self):
        self._thread.join()
        self._pipe.close()

    def _read(self):
        while block := self._pipe.read1(65536):
            self._kept += block
            del self._kept[:-_OUTPUT_BYTES]
            if self._echo:
                sys.stdout.buffer.write(block)
                sys.stdout.buffer.flush()


def _kill_group(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass  # all of it has ended
    process.wait()
