"""Reads requirements.txt as pip does, and refuses what says where packages come from: that is the tenant's setting, not the app's."""

import re
from dataclasses import dataclass

from .failures import FAILED, NOT_ALLOWED, Failure

MAX_BYTES = 1 << 20

_ARCHIVES = (".whl", ".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz", ".tar.xz", ".txz", ".tlz", ".tar.lz", ".tar.lzma", ".egg")
_COMMENT = re.compile(r"(^|\s+)#.*$")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_HASH = re.compile(r"--hash=(sha256|sha384|sha512):[0-9a-fA-F]+")
_VCS = re.compile(r"\b(git|hg|svn|bzr)\+", re.IGNORECASE)

# PEP 508 without direct references: name, extras, versions, marker. What versions and markers look like inside is pip's business.
_REQUIREMENT = re.compile(
    r"""(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)
        \s*(?:\[[A-Za-z0-9._,\s-]*\])?
        \s*(?P<versions>\(?[^;\[\]()]*\)?)
        \s*(?:;.*)?""",
    re.VERBOSE,
)
_VERSIONS = re.compile(r"\(?\s*(?:(?:===|==|~=|!=|<=|>=|<|>)\s*[^\s,<>=!~()]+\s*(?:,\s*|$|(?=\))))*\s*\)?")


@dataclass(frozen=True)
class Line:
    """A requirement: number of its first line from 1, that line as the person typed it, and the text for pip without comments."""

    number: int
    typed: str
    text: str
    name: str


def canonical(name):
    """The form in which equal names are equal (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read(path):
    """The requirements of a file. An absent file has none: a ConfigMap without the key is an app without requirements."""
    try:
        with open(path, "rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return []
    if len(content) > MAX_BYTES:
        raise Failure(NOT_ALLOWED, f"requirements.txt is larger than {MAX_BYTES} bytes.")
    return parse(content)


def parse(content):
    """The requirements in the bytes of a requirements.txt, in order.

    Raises Failure, with the line, for the first that is not accepted.
    """
    lines = []
    for number, typed, text in _logical_lines(_decode(content)):
        line = Line(number, typed, text, "")
        name = _check(line)
        lines.append(Line(number, typed, text, name))
    return lines


def write(lines, path):
    """Writes a file for pip in which every requirement has the line number it has for the person."""
    with open(path, "w", encoding="utf-8") as file:
        written = 1
        for line in lines:
            file.write("\n" * (line.number - written))
            file.write(line.text)
            written = line.number
        file.write("\n")


def _decode(content):
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = content[:error.start].count(b"\n") + 1
        typed = content.split(b"\n")[number - 1].decode("utf-8", "replace").strip()
        raise Failure(FAILED, "This is not UTF-8 text. Save the file as UTF-8.", Line(number, typed, "", "")) from None


def _logical_lines(text):
    """(number, first line as typed, text without comments) of each line that says something; a backslash at the end joins lines."""
    # Not str.splitlines(): it also splits at characters that editors show within a line.
    physical = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    parts, start = [], 0
    for index, line in enumerate(physical):
        is_comment = line.lstrip().startswith("#")
        if not parts:
            start = index
        if line.endswith("\\") and not is_comment and index + 1 < len(physical):
            parts.append(line[:-1])
            continue
        parts.append(" " + line if is_comment and parts else line)
        joined = _COMMENT.sub("", " ".join(parts) if len(parts) > 1 else parts[0]).strip()
        if joined:
            yield start + 1, physical[start].strip().removesuffix("\\").rstrip(), joined
        parts = []


def _check(line):
    """The requirement's name. Raises Failure when the line is not accepted."""
    text = line.text

    def refuse(why):
        return Failure(NOT_ALLOWED, why, line)

    if _CONTROL.search(text):
        raise refuse("Control characters are not allowed.")
    if text.startswith("-"):
        option = re.split(r"[\s=]", text, maxsplit=1)[0]
        raise refuse(f"The option {option} is not allowed. A line names a package, such as humanize==4.9; "
                     "where packages come from is a setting of the tenant.")
    if _VCS.search(text):
        raise refuse("Packages from version control are not allowed. Name a released version, such as humanize==4.9.")
    if "://" in text or "@" in text.split(";")[0]:
        raise refuse("Addresses are not allowed. Name a released version, such as humanize==4.9.")
    if "${" in text:
        raise refuse("Environment variables are not allowed.")

    requirement, *options = re.split(r"\s+(?=--)", text)
    for option in options:
        if not _HASH.fullmatch(option.strip()):
            raise refuse(f"The option {option.split('=')[0].strip()} is not allowed; --hash=sha256:… is.")
    target = requirement.split(";")[0].strip()
    if target.startswith((".", "/", "~")) or "/" in target or "\\" in target or target.lower().endswith(_ARCHIVES):
        raise refuse("Local files are not allowed. Put your own modules next to app.py; they need no line here.")

    match = _REQUIREMENT.fullmatch(requirement.strip())
    if not match or not _VERSIONS.fullmatch(match["versions"].strip()):
        raise Failure(FAILED, "This is not a requirement. Write a package's name and, if you like, its version: humanize==4.9.", line)
    return canonical(match["name"])
