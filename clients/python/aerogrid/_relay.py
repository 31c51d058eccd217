"""Stands in for the app as the child of a runner at home: `python -m aerogrid._relay SOCKET`.

A runner starts the program that it supervises. At home a person has started it already, perhaps in a debugger, with a terminal to type in. So the
runner starts this instead, which tells the person's program where the runner listens, and lives as long as that program does.
"""

from __future__ import annotations

import os
import signal
import socket
import sys


def main(path: str) -> None:
    """Tells the program that listens at `path` where the runner is; ends the runner when the program has ended."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as program:
        try:
            program.connect(path)
            program.sendall(os.environ["AEROGRID_SOCKET"].encode())
            program.shutdown(socket.SHUT_WR)
            while program.recv(4096):
                pass
        except OSError:
            pass  # it has ended
    # Also when it was killed and could end nothing itself.
    os.kill(os.getppid(), signal.SIGTERM)


if __name__ == "__main__":
    main(sys.argv[1])
