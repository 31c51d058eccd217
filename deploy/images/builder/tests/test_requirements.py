"""Which lines are accepted. Nothing is installed here."""

import unittest

import support  # noqa: F401  makes the builder importable
from aerogrid_builder.failures import FAILED, NOT_ALLOWED, Failure
from aerogrid_builder.requirements import parse


class AcceptedLines(unittest.TestCase):
    def test_every_form_of_a_named_requirement(self):
        for text in ("humanize", "humanize==4.9", "humanize >= 4 , < 5", "humanize[a,b]~=4.0", "ruamel.yaml", "zope.interface!=5.*",
                     "humanize ; python_version < '3.12'", "humanize[x]==1; sys_platform == 'linux' and extra == 'a'", "humanize===1.0+local",
                     "humanize (>=4)", "humanize>=4,", "humanize==4.9 --hash=sha256:00ff --hash=sha256:11ee", "X", "typing_extensions"):
            with self.subTest(text):
                self.assertEqual([line.text for line in parse(text.encode())], [text])

    def test_comments_blank_lines_and_line_numbers(self):
        lines = parse("# Zürich ☕ 日本\n\n  humanize==4.9   # why: ünïcödé\r\n\r\nattrs\n".encode())
        self.assertEqual([(line.number, line.typed, line.text, line.name) for line in lines],
                         [(3, "humanize==4.9   # why: ünïcödé", "humanize==4.9", "humanize"), (5, "attrs", "attrs", "attrs")])

    def test_byte_order_mark_and_old_line_ends(self):
        self.assertEqual([(line.number, line.text) for line in parse(b"\xef\xbb\xbfhumanize\rattrs\r")], [(1, "humanize"), (2, "attrs")])

    def test_a_backslash_joins_lines(self):
        (line,) = parse(b"\nhumanize==4.9 \\\n    --hash=sha256:00 \\\n    --hash=sha256:11\n")
        self.assertEqual((line.number, line.typed), (2, "humanize==4.9"))
        self.assertEqual(line.text.split(), ["humanize==4.9", "--hash=sha256:00", "--hash=sha256:11"])

    def test_names_are_compared_as_the_index_compares_them(self):
        self.assertEqual(parse(b"Ruamel_.Yaml")[0].name, "ruamel-yaml")

    def test_nothing_at_all(self):
        self.assertEqual(parse(b""), [])
        self.assertEqual(parse(b"\n# only this\n\n"), [])


class RefusedLines(unittest.TestCase):
    def refuse(self, content, reason, number):
        with self.assertRaises(Failure) as caught:
            parse(content)
        failure = caught.exception
        self.assertEqual((failure.reason, failure.line and failure.line.number), (reason, number), failure.message)
        return failure

    def test_what_says_where_packages_come_from(self):
        for text in ("https://example.org/a.whl", "a @ https://example.org/a.whl", "a@ file:///tmp/a.whl", "git+https://example.org/a.git", "-e .", "-r other.txt",
                     "--index-url https://example.org/simple", "--index-url=https://user:pw@example.org", "-i https://example.org", "--extra-index-url x",
                     "--find-links /tmp", "-f /tmp", "--trusted-host x", "--no-binary :all:", "-c constraints.txt", "--pre", "./a", "../a", "/tmp/a", "~/a", "a/b",
                     "a.whl", "a-1.0.tar.gz", "A.ZIP", "hg+ssh://x/y", "a --global-option=x", "a==1 --config-settings=x=y", "a --hash=md5:00", "a==${SECRET}",
                     "a==1 \\\n --index-url http://x"):
            with self.subTest(text):
                failure = self.refuse(b"ok\n" + text.encode(), NOT_ALLOWED, 2)
                self.assertEqual(failure.line.typed, text.split("\n")[0].removesuffix("\\").strip())

    def test_what_is_no_requirement(self):
        for text in ("a b", "a=1", "a>>1", "==1", "[x]", "a[", "a==1 b", "prière", "a==", "'a'"):
            with self.subTest(text):
                self.refuse(text.encode(), FAILED, 1)

    def test_control_characters(self):
        self.refuse(b"a\n\n\nb\x00c", NOT_ALLOWED, 4)

    def test_other_encodings(self):
        failure = self.refuse(b"a\n# f\xfcr\nb", FAILED, 2)
        self.assertIn("UTF-8", failure.message)


if __name__ == "__main__":
    unittest.main()
