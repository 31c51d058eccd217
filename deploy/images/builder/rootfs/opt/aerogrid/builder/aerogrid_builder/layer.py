"""A folder as a layer: a plain tar file that is a function of the files alone.

The file is never stored. It is written twice, once to learn its digest and size, and once to the registry, which checks that both were the same.
"""

import hashlib
import os
import stat
import tarfile

from . import site
from .failures import FAILED, Failure

MEDIA_TYPE = "application/vnd.oci.image.layer.v1.tar"
_BLOCK = 1 << 17


class Layer:
    """Entries sorted by the bytes of their names, owner 0:0, modes 0644 and 0755, times 0."""

    def __init__(self, folder, prefix):
        """`prefix` is where the folder is in the image, without a leading slash."""
        root = os.fsencode(folder)
        parts = prefix.split("/")
        self._entries = [(os.fsencode("/".join(parts[:count])), None) for count in range(1, len(parts) + 1)]
        for path, status in site.walk(os.fspath(folder)):
            name = os.fsencode(prefix) + b"/" + os.path.relpath(os.fsencode(path), root)
            self._entries.append((name, None if stat.S_ISDIR(status.st_mode) else path))
        self._entries.sort(key=lambda entry: entry[0])
        sink = _Hash()
        self.write(sink)
        self.digest = f"sha256:{sink.hash.hexdigest()}"
        self.size = sink.size

    @property
    def descriptor(self):
        return {"mediaType": MEDIA_TYPE, "digest": self.digest, "size": self.size}

    def write(self, sink):
        """Writes the tar file to something with a write method."""
        with tarfile.open(mode="w|", fileobj=sink, format=tarfile.PAX_FORMAT, bufsize=_BLOCK, encoding="utf-8", errors="surrogateescape") as tar:
            for name, path in self._entries:
                entry = tarfile.TarInfo(os.fsdecode(name))
                if path is None:
                    entry.type = tarfile.DIRTYPE
                    entry.mode = 0o755
                    tar.addfile(entry)
                else:
                    _add_file(tar, entry, path)


class _Hash:
    def __init__(self):
        self.hash = hashlib.sha256()
        self.size = 0

    def write(self, data):
        self.hash.update(data)
        self.size += len(data)
        return len(data)


def _add_file(tar, entry, path):
    # Whatever put the file there is not trusted to have put a file there.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise Failure(FAILED, f"'{entry.name}' is not a file.")
        entry.size = status.st_size
        entry.mode = 0o755 if status.st_mode & 0o111 else 0o644
        tar.addfile(entry, file)
