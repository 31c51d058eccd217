"""Makes what pip installed independent of the run, and checks that it fits into an image."""

import csv
import io
import os
import shutil
import stat

from .failures import FAILED, Failure

MAX_FILES = 200_000


def tidy(site, max_bytes):
    """Removes compiled files and notes of where a package came from, and sorts the lists of files."""
    for folder, folders, files in os.walk(site):
        for name in [name for name in folders if name == "__pycache__"]:
            shutil.rmtree(os.path.join(folder, name))
            folders.remove(name)
        for name in files:
            path = os.path.join(folder, name)
            if name.endswith((".pyc", ".pyo")):
                os.remove(path)
            elif folder.endswith(".dist-info") and name == "direct_url.json":
                os.remove(path)
        if folder.endswith(".dist-info") and "RECORD" in files:
            _sort_record(os.path.join(folder, "RECORD"))
    check(site, max_bytes)


def check(site, max_bytes):
    """Raises Failure for what does not belong into an image: links, devices, too much of anything."""
    count = size = 0
    for path, status in walk(site):
        if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
            raise Failure(FAILED, f"A package brought '{os.path.relpath(path, site)}', which is neither a file nor a folder.")
        count += 1
        size += status.st_size if stat.S_ISREG(status.st_mode) else 0
        if count > MAX_FILES:
            raise Failure(FAILED, f"The packages have more than {MAX_FILES} files together.")
        if size > max_bytes:
            raise Failure(FAILED, f"The packages have more than {max_bytes} bytes together.")


def walk(site):
    """(path, status) of everything below a folder, without following links."""
    pending = [os.fspath(site)]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                status = entry.stat(follow_symlinks=False)
                yield entry.path, status
                if stat.S_ISDIR(status.st_mode):
                    pending.append(entry.path)


def _sort_record(path):
    with open(path, encoding="utf-8", newline="") as file:
        rows = [row for row in csv.reader(file) if row and not row[0].endswith((".pyc", ".pyo", ".dist-info/direct_url.json"))]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(sorted(rows))
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text.getvalue())
