"""The container `push` against Docker's registry, and the layer it makes."""

import base64
import hashlib
import io
import json
import os
import shutil
import socket
import subprocess
import tarfile
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path

from support import Workspace
from aerogrid_builder.failures import Failure
from aerogrid_builder.layer import Layer
from aerogrid_builder.registry import MANIFEST, Registry, digest_of

NAME = "registry.aerogrid.local"
CREATED = "1970-01-01T00:00:00Z"
# user:secret-password by bcrypt, as `htpasswd -B` writes it.
HTPASSWD = "user:$2y$05$NVgewHXXaQybMAaBeoFDAeiXNPzIe5PNrQrynWqaQggNY7Mg6/6Y2\n"
CREDENTIAL = ("user", "secret-password")


class Layers(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.site = Path(folder.name) / "site"
        (self.site / "pkg" / "é").mkdir(parents=True)
        (self.site / "pkg" / "a.py").write_text("x = 1\n")
        (self.site / "pkg" / "é" / ("long" * 40 + ".py")).write_text("")
        (self.site / "pkg.py").write_text("y = 2\n")
        (self.site / "tool").write_text("#!/usr/bin/python3\n")
        (self.site / "tool").chmod(0o700)

    def test_the_digest_is_the_same_on_any_machine(self):
        os.utime(self.site / "pkg.py", (1, 1))
        self.assertEqual(Layer(self.site, "opt/aerogrid/dependencies").digest,
                         "sha256:6132330fdd68f2461bc5eecc98ea1fe8431e3a9fe7d3ba5a7a2ee8ce8813399c")

    def test_entries_are_sorted_and_anonymous(self):
        content = io.BytesIO()
        layer = Layer(self.site, "opt/aerogrid/dependencies")
        layer.write(content)
        self.assertEqual(len(content.getvalue()), layer.size)
        content.seek(0)
        with tarfile.open(fileobj=content) as tar:
            entries = tar.getmembers()
        names = [entry.name for entry in entries]
        self.assertEqual(names[:4], ["opt", "opt/aerogrid", "opt/aerogrid/dependencies", "opt/aerogrid/dependencies/pkg"])
        self.assertEqual(names, sorted(names, key=os.fsencode))
        self.assertEqual({(entry.uid, entry.gid, entry.uname, entry.gname, entry.mtime) for entry in entries}, {(0, 0, "", "", 0)})
        self.assertEqual({entry.name.rsplit("/", 1)[1]: entry.mode for entry in entries if entry.isfile()},
                         {"a.py": 0o644, "long" * 40 + ".py": 0o644, "pkg.py": 0o644, "tool": 0o755})

    def test_a_link_that_appears_is_not_followed(self):
        layer = Layer(self.site, "opt")
        (self.site / "pkg.py").unlink()
        (self.site / "pkg.py").symlink_to("/etc/passwd")
        with self.assertRaises((OSError, Failure)):
            layer.write(io.BytesIO())


@unittest.skipUnless(shutil.which("docker-registry"), "docker-registry is not installed")
class Pushes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        (Path(cls.folder.name) / "htpasswd").write_text(HTPASSWD)
        config = Path(cls.folder.name) / "config.json"
        config.write_text(json.dumps({
            "version": 0.1, "log": {"level": "error", "accesslog": {"disabled": True}},
            "storage": {"filesystem": {"rootdirectory": f"{cls.folder.name}/data"}},
            "http": {"addr": f"127.0.0.1:{port}"},
            "auth": {"htpasswd": {"realm": "test", "path": f"{cls.folder.name}/htpasswd"}},
        }))
        cls.server = subprocess.Popen(["docker-registry", "serve", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cls.endpoint = f"http://127.0.0.1:{port}"
        for _ in range(500):
            try:
                urllib.request.urlopen(cls.endpoint + "/v2/")
            except urllib.error.HTTPError:
                break  # 401: it listens
            except OSError:
                time.sleep(0.02)

    @classmethod
    def tearDownClass(cls):
        cls.server.kill()
        cls.server.wait()
        cls.folder.cleanup()

    def setUp(self):
        self.workspace = Workspace()
        self.addCleanup(self.workspace.close)
        (self.workspace.site / "alpha").mkdir(parents=True)
        (self.workspace.site / "alpha" / "__init__.py").write_text("answer = 42\n")
        self.write_credential({"username": CREDENTIAL[0], "password": CREDENTIAL[1]})
        self.registry = Registry(NAME, self.endpoint, CREDENTIAL)
        self.base = self.push_base()

    def write_credential(self, entry):
        (self.workspace.root / "registry" / "config.json").write_text(json.dumps({"auths": {NAME: entry}}))

    def push_base(self):
        layer = b"\0" * 10240
        config = json.dumps({
            "architecture": "amd64", "os": "linux", "config": {"User": "65532", "Env": ["A=b"], "Labels": {"z": "1"}},
            "rootfs": {"type": "layers", "diff_ids": [digest_of(layer)]}, "history": [{"created_by": "test"}], "x-kept": True,
        }).encode()
        for content in (layer, config):
            self.registry.push_bytes("aerogrid/python-web", content)
        manifest = json.dumps({
            "schemaVersion": 2, "mediaType": MANIFEST,
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest_of(config), "size": len(config)},
            "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": digest_of(layer), "size": len(layer)}],
        }).encode()
        self.registry.push_manifest("aerogrid/python-web", "v1", manifest)
        return digest_of(manifest)

    def push(self, **environment):
        return self.workspace.run("push", **{
            "AEROGRID_BASE_IMAGE": f"{NAME}/aerogrid/python-web@{self.base}",
            "AEROGRID_TARGET_IMAGE": f"{NAME}/demo/dependencies:abc123",
            "REGISTRY_ENDPOINT": self.endpoint,
        } | environment)

    def assert_fails(self, outcome, reason, *words):
        code, report = outcome
        self.assertEqual((report["reason"], code), (reason, 75 if reason == "Unavailable" else 1), self.workspace.output)
        for word in words:
            self.assertIn(word, report["message"])

    def test_the_layer_lies_on_the_base_image(self):
        code, report = self.push()

        self.assertEqual(code, 0, self.workspace.output)
        name, digest = report["image"].split("@")
        self.assertEqual(name, f"{NAME}/demo/dependencies")
        content = self.registry.manifest("demo/dependencies", digest)
        self.assertEqual(content, self.registry.manifest("demo/dependencies", "abc123"))
        manifest = json.loads(content)
        self.assertEqual(manifest["annotations"]["org.opencontainers.image.base.digest"], self.base)
        self.assertEqual(len(manifest["layers"]), 2)
        config = json.loads(self.registry.document("demo/dependencies", manifest["config"]["digest"]))
        self.assertEqual(config["config"], {"User": "65532", "Env": ["A=b"], "Labels": {"aerogrid.io/dependencies-hash": "abc123", "z": "1"}})
        self.assertEqual(config["created"], CREATED)
        self.assertEqual(config["x-kept"], True)
        self.assertEqual(config["rootfs"]["diff_ids"], [layer["digest"] for layer in manifest["layers"]])
        layer = self.registry.document("demo/dependencies", manifest["layers"][1]["digest"])
        with tarfile.open(fileobj=io.BytesIO(layer)) as tar:
            self.assertEqual(tar.extractfile("opt/aerogrid/dependencies/alpha/__init__.py").read(), b"answer = 42\n")

    def test_a_second_push_gives_the_same_image(self):
        self.assertEqual(self.push(), self.push())

    def test_the_credential_may_be_in_one_piece(self):
        self.write_credential({"auth": base64.b64encode(":".join(CREDENTIAL).encode()).decode()})
        self.assertEqual(self.push()[0], 0, self.workspace.output)

    def test_a_wrong_credential(self):
        self.write_credential({"username": "user", "password": "wrong-password"})
        self.assert_fails(self.push(), "Failed", "refused the credential")
        self.assertNotIn("wrong-password", self.workspace.output)

    def test_a_missing_credential(self):
        (self.workspace.root / "registry" / "config.json").unlink()
        self.assert_fails(self.push(), "Failed", "refused the credential")

    def test_a_damaged_credential(self):
        (self.workspace.root / "registry" / "config.json").write_text("{")
        self.assert_fails(self.push(), "Failed", "config.json")

    def test_a_registry_that_nobody_listens_for(self):
        with socket.create_server(("127.0.0.1", 0)) as probe:
            free = probe.getsockname()[1]
        self.assert_fails(self.push(REGISTRY_ENDPOINT=f"http://127.0.0.1:{free}"), "Unavailable", NAME)

    def test_a_base_image_that_does_not_exist(self):
        missing = f"sha256:{hashlib.sha256(b'nothing').hexdigest()}"
        self.assert_fails(self.push(AEROGRID_BASE_IMAGE=f"{NAME}/aerogrid/python-web@{missing}"), "Failed", missing)

    def test_names_that_make_no_sense(self):
        self.assert_fails(self.push(AEROGRID_BASE_IMAGE="python"), "Failed", "python")
        self.assert_fails(self.push(AEROGRID_BASE_IMAGE=f"{NAME}/aerogrid/python-web:v1"), "Failed", "digest")
        self.assert_fails(self.push(AEROGRID_TARGET_IMAGE="other.local/demo/dependencies:x"), "Failed", "other.local")
        self.assert_fails(self.push(AEROGRID_TARGET_IMAGE=""), "Failed", "AEROGRID_TARGET_IMAGE")

    def test_links_and_devices_do_not_get_into_an_image(self):
        (self.workspace.site / "link").symlink_to("/etc/passwd")
        self.assert_fails(self.push(), "Failed", "link")
        (self.workspace.site / "link").unlink()
        os.mkfifo(self.workspace.site / "pipe")
        self.assert_fails(self.push(), "Failed", "pipe")

    def test_without_resolve_there_is_nothing_to_push(self):
        shutil.rmtree(self.workspace.site)
        self.assert_fails(self.push(), "Failed", "resolve")

    def test_a_large_layer_takes_little_memory(self):
        with open(self.workspace.site / "large.bin", "wb") as file:
            for _ in range(64):
                file.write(os.urandom(1 << 20))
        import resource
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        self.assertEqual(self.push()[0], 0, self.workspace.output)
        after = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        self.assertLess(max(before, after), 64 << 10, "KiB: less than the layer")


if __name__ == "__main__":
    unittest.main()
