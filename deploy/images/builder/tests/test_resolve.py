"""The container `resolve` with the real pip and an index on loopback."""

import hashlib
import os
import time
import unittest

from support import BuilderTest, Workspace

SETUP = "from setuptools import setup\nsetup(name='{0}', version='{1}', py_modules=['{0}'])\n"


class Installs(BuilderTest):
    def test_two_packages_and_what_they_need(self):
        self.wheel("alpha", "1.0", requires=["gamma>=2"])
        self.wheel("beta", "1.5")
        self.wheel("gamma", "2.1")
        self.wheel("gamma", "1.0")
        self.assert_installs("alpha\nbeta==1.5\n", "alpha", "beta", "gamma")
        self.assertTrue((self.workspace.site / "gamma-2.1.dist-info").is_dir())

    def test_unicode_comments_and_windows_line_ends(self):
        self.wheel("alpha", "1.0")
        self.wheel("beta", "1.0")
        self.assert_installs("# Größe ☕\r\nalpha # ünd\r\n\r\nbeta\r\n", "alpha", "beta")

    def test_markers_decide(self):
        self.wheel("alpha", "1.0")
        self.wheel("beta", "1.0")
        self.assert_installs("alpha; python_version >= '3'\nbeta; sys_platform == 'win32'\n", "alpha")

    def test_extras_bring_more(self):
        self.wheel("alpha", "1.0", extras={"more": ["beta"]})
        self.wheel("beta", "1.0")
        self.assert_installs("alpha[more]\n", "alpha", "beta")

    def test_a_right_hash_is_accepted(self):
        path = self.wheel("alpha", "1.0")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        self.assert_installs(f"alpha==1.0 \\\n  --hash=sha256:{digest}\n", "alpha")

    def test_no_requirements_at_all(self):
        self.assert_installs("# nothing\n")

    def test_no_file_at_all(self):
        code, _ = self.workspace.run("resolve", PIP_INDEX_URL=self.index.address)
        self.assertEqual(code, 0)
        self.assertEqual(self.workspace.installed(), [])

    def test_packages_of_the_machine_do_not_count(self):
        self.wheel("pip", "99.0")
        self.assert_installs("pip\n", "pip")

    def test_the_tenants_index_is_the_only_one(self):
        self.wheel("alpha", "1.0")
        links = Workspace()
        self.addCleanup(links.close)
        self.assert_fails("beta\n", "NotFound", "beta", 1, PIP_FIND_LINKS=str(links.root), PIP_NO_INDEX="1")

    def test_source_builds_where_they_are_allowed(self):
        self.source("alpha", "1.0", SETUP.format("alpha", "1.0"))
        self.assert_installs("alpha\n", "alpha.py", AEROGRID_ALLOW_SOURCE_BUILDS="true")

    def test_a_second_run_replaces_what_the_first_left(self):
        self.wheel("alpha", "1.0")
        self.wheel("beta", "1.0")
        self.assert_installs("alpha\n", "alpha")
        self.assert_installs("beta\n", "beta")

    def test_two_runs_leave_the_same_bytes(self):
        self.wheel("alpha", "1.0", requires=["beta"], scripts={"alpha-tool": "alpha:main"})
        self.wheel("beta", "1.0", files={f"beta/m{n}.py": f"x = {n}\n" for n in range(30)})
        self.assert_installs("beta\nalpha\n", "alpha", "beta", "bin")
        first = self._content()
        other = Workspace()
        self.addCleanup(other.close)
        self.workspace = other
        self.assert_installs("beta\nalpha\n", "alpha", "beta", "bin")
        self.assertEqual(self._content(), first)
        self.assertFalse([path for path in first if path.endswith((".pyc", "direct_url.json"))])
        self.assertIn(b"#!/usr/bin/python3\n", first["bin/alpha-tool"])

    def _content(self):
        site = self.workspace.site
        return {str(path.relative_to(site)): path.read_bytes() for path in sorted(site.rglob("*")) if path.is_file()}


class Fails(BuilderTest):
    def test_a_package_that_does_not_exist(self):
        self.wheel("alpha", "1.0")
        self.assert_fails("alpha\n\nnosuchpackage==1.0  # as typed\n", "NotFound", "nosuchpackage==1.0  # as typed", 3, "nosuchpackage", "127.0.0.1")

    def test_a_version_that_does_not_exist(self):
        self.wheel("alpha", "1.0")
        self.wheel("alpha", "1.1")
        self.assert_fails("alpha>=2\n", "NotFound", "alpha>=2", 1, "1.1, 1.0")

    def test_a_package_that_another_needs(self):
        self.wheel("alpha", "1.0", requires=["nosuchpackage>=3"])
        self.assert_fails("alpha\n", "NotFound", "alpha", 1, "nosuchpackage", "alpha needs")

    def test_two_versions_of_one_package(self):
        self.wheel("alpha", "1.0")
        self.wheel("alpha", "2.0")
        self.assert_fails("alpha==1.0\nalpha==2.0\n", "Conflict", "alpha==2.0", 2)

    def test_two_packages_that_exclude_each_other(self):
        self.wheel("alpha", "1.0", requires=["gamma<2"])
        self.wheel("beta", "1.0", requires=["gamma>=2"])
        self.wheel("gamma", "1.0")
        self.wheel("gamma", "2.0")
        self.assert_fails("alpha\nbeta\n", "Conflict", "beta", 2, "gamma<2", "gamma>=2")

    def test_only_a_source_distribution(self):
        self.source("alpha", "1.0", SETUP.format("alpha", "1.0"))
        self.assert_fails("alpha\n", "SourceOnly", "alpha", 1, "source")

    def test_a_wheel_of_another_version_does_not_help(self):
        self.wheel("alpha", "1.0")
        self.source("alpha", "2.0", SETUP.format("alpha", "2.0"))
        self.assert_fails("alpha>=2\n", "SourceOnly", "alpha>=2", 1)

    def test_only_for_another_python(self):
        self.wheel("alpha", "1.0", python=">=9")
        self.assert_fails("alpha\n", "NotFound", "alpha", 1, "Python", ">=9")

    def test_a_wrong_hash(self):
        self.wheel("alpha", "1.0")
        self.assert_fails(f"alpha==1.0 --hash=sha256:{'0' * 64}\n", "Failed", f"alpha==1.0 --hash=sha256:{'0' * 64}", 1, "hash")

    def test_a_hash_for_one_of_two(self):
        digest = hashlib.sha256(self.wheel("alpha", "1.0").read_bytes()).hexdigest()
        self.wheel("beta", "1.0")
        self.assert_fails(f"alpha==1.0 --hash=sha256:{digest}\nbeta\n", "Failed", "beta", 2, "hash")

    def test_an_address_and_an_option(self):
        self.assert_fails("https://example.org/a.whl\n", "NotAllowed", "https://example.org/a.whl", 1, "Addresses")
        self.assert_fails("a\n--index-url https://example.org\n", "NotAllowed", "--index-url https://example.org", 2, "--index-url")

    def test_a_build_that_never_ends(self):
        self.source("alpha", "1.0", "import time\nwhile True: time.sleep(1)\n")
        self.source("setuptools", "99.0", "import time\nwhile True: time.sleep(1)\n")
        self.source("wheel", "99.0", "import time\nwhile True: time.sleep(1)\n")
        started = time.monotonic()
        self.assert_fails("alpha\n", "Timeout", "alpha", 1, "3 seconds", "alpha", AEROGRID_ALLOW_SOURCE_BUILDS="true", AEROGRID_TIME_LIMIT_SECONDS="3")
        self.assertLess(time.monotonic() - started, 20)
        self.assertEqual([], [entry for entry in os.listdir(self.workspace.root / "dependencies") if entry.startswith(".work-")])

    def test_an_index_that_nobody_listens_for(self):
        self.index.close()
        self.index.close = lambda: None
        self.assert_fails("alpha\n", "Unavailable", "alpha", 1, "does not answer")

    def test_an_index_that_fails(self):
        self.index.status = 503
        self.assert_fails("alpha\n", "Unavailable", "alpha", 1)

    def test_an_index_that_refuses(self):
        self.index.status = 403
        self.assert_fails("alpha\n", "Failed", "alpha", 1, "403", "credential")

    def test_too_large(self):
        self.wheel("alpha", "1.0", files={"alpha/big.txt": "x" * 300_000})
        self.assert_fails("alpha\n", "Failed", "alpha", 1, "larger", AEROGRID_MAX_BYTES="200000")
        self.wheel("beta", "1.0", files={f"beta/{n}.txt": "x" * 50_000 for n in range(9)})
        self.assert_fails("beta\n", "Failed", None, None, "200000", AEROGRID_MAX_BYTES="200000")

    def test_settings_that_make_no_sense(self):
        self.assert_fails("", "Failed", None, None, "AEROGRID_TIME_LIMIT_SECONDS", AEROGRID_TIME_LIMIT_SECONDS="soon")

    def test_the_index_password_is_not_told(self):
        index = type("WithPassword", (), {"address": self.index.address.replace("http://", "http://user:geheim@")})
        code, report = self.workspace.resolve("nosuch\n", index)
        self.assertEqual((code, report["reason"]), (1, "NotFound"), self.workspace.output)
        self.assertNotIn("geheim", str(report) + self.workspace.output)


if __name__ == "__main__":
    unittest.main()
