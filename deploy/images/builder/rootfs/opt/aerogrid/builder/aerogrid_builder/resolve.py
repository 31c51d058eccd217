"""The init container `resolve`: requirements.txt to a folder of installed packages. Has no credential of the platform."""

import os
import shutil
import tempfile
import time
from pathlib import Path

from . import requirements, site
from .diagnosis import Diagnosis
from .failures import TIMEOUT, Failure
from .pip import OutOfTime, Pip

_DEFAULT_INDEX = "https://pypi.org/simple"


class Deadline:
    def __init__(self, seconds):
        self._end = time.monotonic() + seconds

    @property
    def remaining(self):
        return self._end - time.monotonic()


def resolve(settings, environment=os.environ):
    """Raises Failure; returns nothing, the folder is the result."""
    limit, max_bytes, allow_source_builds = settings.time_limit, settings.max_bytes, settings.allow_source_builds
    deadline = Deadline(limit)
    lines = requirements.read(settings.requirements)
    # A container that is restarted finds what its predecessor left.
    shutil.rmtree(settings.site, ignore_errors=True)
    settings.site.mkdir(parents=True)
    if not lines:
        return

    # In the same file system as the result, so that pip moves files instead of copying them.
    with tempfile.TemporaryDirectory(dir=settings.dependencies, prefix=".work-") as work:
        pip = Pip(Path(work), deadline, max_bytes, environment)
        file = Path(work) / "requirements.txt"
        requirements.write(lines, file)
        try:
            code, output = pip.install(file, settings.site, only_wheels=not allow_source_builds)
            if code != 0:
                index = environment.get("PIP_INDEX_URL") or _DEFAULT_INDEX
                raise Diagnosis(lines, pip.versions, index).explain(output)
        except OutOfTime as error:
            raise _timeout(lines, limit, str(error)) from None
    site.tidy(settings.site, max_bytes)


def _timeout(lines, limit, output):
    """Names the requirement at which the time ran out, if pip said which it was at."""
    last = lines[0] if len(lines) == 1 else None
    for text in output.splitlines():
        words = text.split()
        if len(words) > 1 and words[0] in ("Collecting", "Building", "Downloading", "Using"):
            name = requirements.canonical(words[1].split("=")[0].split("<")[0].split(">")[0].split("[")[0].split("!")[0].split("~")[0])
            last = next((line for line in lines if line.name == name), last)
    where = f" It was at '{last.typed}'." if last else ""
    return Failure(TIMEOUT, f"Installing the requirements took longer than {limit} seconds.{where}", last)
