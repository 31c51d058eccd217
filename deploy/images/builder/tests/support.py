"""What the tests share: packages made here, an index that serves them on loopback, and the builder run as its containers run it."""

import base64
import functools
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import threading
import unittest
import zipfile
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

BUILDER = Path(__file__).resolve().parent.parent / "rootfs/opt/aerogrid/builder"
sys.path.insert(0, str(BUILDER))


def wheel(folder, name, version, requires=(), files=None, python=None, extras=None, scripts=None):
    """Makes a wheel (PEP 427) of a pure package. Returns its path."""
    module = name.replace("-", "_")
    contents = {f"{module}/__init__.py": f"__version__ = '{version}'\n", f"{module}/data/stamp.txt": "x" * 10} | (files or {})
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    metadata += "".join(f"Requires-Dist: {requirement}\n" for requirement in requires)
    for extra, requirements in (extras or {}).items():
        metadata += f"Provides-Extra: {extra}\n" + "".join(f"Requires-Dist: {r}; extra == '{extra}'\n" for r in requirements)
    if python:
        metadata += f"Requires-Python: {python}\n"
    info = f"{module}-{version}.dist-info"
    contents[f"{info}/METADATA"] = metadata
    contents[f"{info}/WHEEL"] = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    if scripts:
        contents[f"{info}/entry_points.txt"] = "[console_scripts]\n" + "".join(f"{key} = {value}\n" for key, value in scripts.items())
    record = ""
    for path, text in contents.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record += f"{path},sha256={digest},{len(text.encode())}\n"
    contents[f"{info}/RECORD"] = record + f"{info}/RECORD,,\n"
    path = Path(folder) / f"{module}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name_in_archive, text in contents.items():
            archive.writestr(name_in_archive, text)
    return path


def source(folder, name, version, setup):
    """Makes a source distribution with a setup.py. Returns its path."""
    path = Path(folder) / f"{name}-{version}.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for file, text in {"setup.py": setup, f"{name}.py": "", "PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"}.items():
            entry = tarfile.TarInfo(f"{name}-{version}/{file}")
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return path


class Index:
    """A static simple index (PEP 503) of a folder of packages, on loopback."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory()
        self.files = Path(self._folder.name) / "files"
        self.files.mkdir()
        self.status = None
        index = self

        class Handler(SimpleHTTPRequestHandler):
            disable_nagle_algorithm = True

            def do_GET(self):
                if index.status:
                    self.send_error(index.status)
                elif self.path.startswith("/simple/"):
                    self._answer(index._page(self.path.split("/")[2]))
                else:
                    super().do_GET()

            def _answer(self, page):
                if page is None:
                    self.send_error(404)
                    return
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(page)))
                self.end_headers()
                self.wfile.write(page)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=self._folder.name))
        self.address = f"http://127.0.0.1:{self._server.server_port}/simple"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._folder.cleanup()

    def _page(self, name):
        links = []
        for file in sorted(self.files.iterdir()):
            package = file.name.split("-")[0].replace("_", "-").lower()
            if package == name:
                digest = hashlib.sha256(file.read_bytes()).hexdigest()
                python = self._requires_python(file)
                attribute = f' data-requires-python="{python}"' if python else ""
                links.append(f'<a href="/files/{file.name}#sha256={digest}"{attribute}>{file.name}</a>')
        return "<!DOCTYPE html><html><body>{}</body></html>".format("<br>".join(links)).encode() if links else None

    @staticmethod
    def _requires_python(file):
        if file.suffix != ".whl":
            return None
        with zipfile.ZipFile(file) as archive:
            name = next(name for name in archive.namelist() if name.endswith("/METADATA"))
            for line in archive.read(name).decode().splitlines():
                if line.startswith("Requires-Python: "):
                    return line.removeprefix("Requires-Python: ").replace(">", "&gt;").replace("<", "&lt;")
        return None


class Workspace:
    """The folders that the operator's Job mounts."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory()
        self.root = Path(self._folder.name)
        for name in ("source", "dependencies", "registry"):
            (self.root / name).mkdir()
        self.log = self.root / "termination-log"
        self.site = self.root / "dependencies" / "site"

    def close(self):
        self._folder.cleanup()

    def run(self, task, **environment):
        """Runs a container's command; (exit code, content of the termination log as JSON or None)."""
        self.log.write_text("")
        result = subprocess.run(
            ["/usr/bin/python3", "-I", "-B", str(BUILDER), task],
            env={"AEROGRID_WORKSPACE": str(self.root), "AEROGRID_TERMINATION_LOG": str(self.log), "PATH": os.environ["PATH"], **environment},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, check=False)
        self.output = result.stdout.decode()
        text = self.log.read_text()
        return result.returncode, json.loads(text) if text else None

    def resolve(self, requirements, index, **environment):
        content = requirements if isinstance(requirements, bytes) else requirements.encode()
        (self.root / "source" / "requirements.txt").write_bytes(content)
        return self.run("resolve", PIP_INDEX_URL=index.address, PIP_RETRIES="0", **environment)

    def installed(self):
        """Names of the top-level folders without those of metadata."""
        return sorted(path.name for path in self.site.iterdir() if not path.name.endswith(".dist-info"))


class BuilderTest(unittest.TestCase):
    """A test with a workspace and an index of its own."""

    def setUp(self):
        self.index = Index()
        self.addCleanup(self.index.close)
        self.workspace = Workspace()
        self.addCleanup(self.workspace.close)

    def wheel(self, *arguments, **options):
        return wheel(self.index.files, *arguments, **options)

    def source(self, *arguments):
        return source(self.index.files, *arguments)

    def resolve(self, requirements, **environment):
        return self.workspace.resolve(requirements, self.index, **environment)

    def assert_installs(self, requirements, *packages, **environment):
        code, report = self.resolve(requirements, **environment)
        self.assertEqual(code, 0, (report, self.workspace.output))
        self.assertEqual(self.workspace.installed(), sorted(packages))

    def assert_fails(self, requirements, reason, requirement, line, *words, **environment):
        code, report = self.resolve(requirements, **environment)
        self.assertEqual((report or {}).get("reason"), reason, (code, report, self.workspace.output))
        self.assertEqual(report["requirement"], requirement)
        self.assertEqual(report["line"], line)
        for word in words:
            self.assertIn(word, report["message"])
        self.assertEqual(code, 75 if reason == "Unavailable" else 1)
        self.assertLessEqual(len(self.workspace.log.read_bytes()), 4096)
