"""Why a build failed, in the form that the operator reads: see the table of reasons in the image's README."""

import json

# Kubernetes keeps at most this many bytes of a container's termination message.
MESSAGE_BYTES = 4096

NOT_FOUND = "NotFound"
CONFLICT = "Conflict"
SOURCE_ONLY = "SourceOnly"
NOT_ALLOWED = "NotAllowed"
FAILED = "Failed"
TIMEOUT = "Timeout"
UNAVAILABLE = "Unavailable"

# EX_TEMPFAIL of sysexits.h: trying again can help.
_EXIT_CODES = {UNAVAILABLE: 75}


class Failure(Exception):
    """Ends the build. `line` is a requirements.Line, or None when no single line is to blame."""

    def __init__(self, reason, message, line=None):
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.line = line

    @property
    def exit_code(self):
        return _EXIT_CODES.get(self.reason, 1)

    def to_json(self):
        """The object for the termination log, with a message short enough to fit."""
        return fit(self.message, lambda message: {
            "requirement": self.line.typed[:500] if self.line else None,
            "line": self.line.number if self.line else None,
            "reason": self.reason,
            "message": message,
        })


def fit(message, make):
    """JSON of make(message), where the middle of the message gives way until all fits into a termination message."""
    text = json.dumps(make(message), ensure_ascii=False)
    length = len(message)
    while len(text.encode("utf-8", "replace")) > MESSAGE_BYTES:
        length = length * 3 // 4
        text = json.dumps(make(f"{message[:length // 2]}\n…\n{message[-(length // 2):]}"), ensure_ascii=False)
    return text
