"""Reads pip's output and says which requirement failed and why, in words for the person who wrote it."""

import re
from urllib.parse import urlsplit

from .failures import CONFLICT, FAILED, NOT_FOUND, SOURCE_ONLY, UNAVAILABLE, Failure
from .requirements import canonical

_NO_VERSION = re.compile(
    r"Could not find a version that satisfies the requirement (?P<wanted>.+?)(?: \(from (?P<parent>(?!versions)[^)]*)\))? \(from versions: (?P<versions>[^)]*)\)")
_NO_DISTRIBUTION = re.compile(r"No matching distribution found for (?P<wanted>[^\n(]+)")
_CANNOT_INSTALL = re.compile(r"Cannot install (?P<names>.+?) because these package versions have conflicting dependencies", re.DOTALL)
_CAUSES = re.compile(r"The conflict is caused by:\n(?P<causes>(?: +.+\n)+)")
_DOUBLE = re.compile(r"Double requirement given: (?P<name>[A-Za-z0-9._-]+)")
_OUR_FILE = re.compile(r"(?:-r )?\S*/requirements\.txt \(line (?P<number>\d+)\)|line (?P<other>\d+) of \S*/requirements\.txt")
_LINE = re.compile(r"line (?P<number>\d+) of requirements\.txt")
_TOO_LARGE = re.compile(r"\[Errno 27\]|File too large")
_NO_SPACE = re.compile(r"\[Errno (?:28|122)\]|No space left on device")
_HASH_MISMATCH = re.compile(r"DO NOT MATCH THE HASHES.*?\n +(?P<name>[A-Za-z0-9._-]+)[^\n]*", re.DOTALL)
_HASH_MISSING = re.compile(r"(?:Hashes are required in --require-hashes mode|In --require-hashes mode, all requirements must).*", re.DOTALL)
_BUILD_FAILED = re.compile(r"(?:Failed building wheel for|Failed to build|╰─> (?=[A-Za-z0-9._-]+\n)|ERROR: Could not build wheels for) ?'?(?P<name>[A-Za-z0-9._-]+)")
_OTHER_PYTHON = re.compile(r"Ignored the following versions that require a different python version: (?P<versions>.+)")
_NETWORK = re.compile(
    r"after connection broken by|NewConnectionError|ConnectTimeoutError|ReadTimeoutError|Max retries exceeded|ProxyError|HTTP error 5\d\d|connection error:")
_REFUSED = re.compile(r"Could not fetch URL [^\n]*: (?P<status>40[13]) ")
_AVAILABLE = re.compile(r"Available versions: (?P<versions>.+)")


class Diagnosis:
    """`versions` asks the index what it has of a package: (exit code, output) of pip.Pip.versions."""

    def __init__(self, lines, versions, index):
        self._lines = lines
        self._versions = versions
        self._index = urlsplit(index).hostname or index

    def explain(self, output):
        """The Failure for the output of a pip that failed."""
        output = _OUR_FILE.sub(lambda match: f"line {match['number'] or match['other']} of requirements.txt", output)
        for explain in (self._space, self._conflict, self._not_found, self._double, self._hashes, self._build):
            failure = explain(output)
            if failure:
                return failure
        if _NETWORK.search(output):
            return self._unavailable(None)
        line = self._line_number(output) or self._blame(output)
        return Failure(FAILED, f"pip failed:\n{_errors(output)}", line)

    def _space(self, output):
        if _TOO_LARGE.search(output):
            return Failure(FAILED, "The packages are larger than this platform allows.", self._blame(output))
        if _NO_SPACE.search(output):
            return Failure(FAILED, "There is no space left for the packages on the machine that installs them.")
        return None

    def _conflict(self, output):
        match = _CANNOT_INSTALL.search(output)
        if not match:
            return None
        names = {canonical(name) for name in re.findall(r"[A-Za-z0-9][A-Za-z0-9._-]*", match["names"])}
        numbers = {int(number) for number in _LINE.findall(match["names"])}
        causes = _CAUSES.search(output)
        text = causes["causes"] if causes else match["names"]
        # The later of two lines is the one that was added to what worked.
        candidates = [line for line in self._lines if line.name in names or line.number in numbers]
        line = candidates[-1] if candidates else self._blame(text)
        facts = "\n".join(cause.strip() for cause in text.strip().splitlines())
        return Failure(CONFLICT, f"These requirements exclude each other:\n{facts}", line)

    def _not_found(self, output):
        match = _NO_VERSION.search(output) or _NO_DISTRIBUTION.search(output)
        if not match:
            return None
        groups = match.groupdict()
        wanted = groups["wanted"].strip()
        name = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", wanted)
        name = name[0] if name else wanted
        line = self._find(name)
        needed_by = ""
        if line is None and groups.get("parent"):
            parent = re.split(r"[\s,=<>!~\[(-]+(?=$|[\d\s])|->", groups["parent"])[0].strip()
            line = self._find(parent)
            needed_by = f", which {parent} needs,"
        if _NETWORK.search(output):
            return self._unavailable(line)
        return self._missing(name, wanted, needed_by, line, output)

    def _missing(self, name, wanted, needed_by, line, output):
        _, answer = self._versions(name)
        refused = _REFUSED.search(answer)
        if refused:
            return Failure(FAILED, f"The package index {self._index} refused access ({refused['status']}). Check the credential in the tenant's index address.", line)
        if _NETWORK.search(answer):
            return self._unavailable(line)
        available = _AVAILABLE.search(answer)
        versions = available["versions"].strip().split(", ") if available else []
        other = _OTHER_PYTHON.search(output)
        if not versions:
            if other:
                return Failure(NOT_FOUND, f"No version of {name}{needed_by} runs on this Python: {other['versions']}.", line)
            return Failure(NOT_FOUND, f"There is no package {name}{needed_by} on {self._index}. Is its name spelled right?", line)
        if any(_satisfies(wanted, version) for version in versions):
            return Failure(SOURCE_ONLY, f"{wanted}{needed_by} has no wheel for this Python, only a source distribution; building those is not allowed for this "
                                        "tenant. Choose another version, or ask whoever runs the platform to allow source builds.", line)
        newest = ", ".join(versions[:10])
        return Failure(NOT_FOUND, f"There is no version of {name}{needed_by} that fits {wanted}. {self._index} has: {newest}{', …' if len(versions) > 10 else ''}.", line)

    def _double(self, output):
        match = _DOUBLE.search(output)
        if not match:
            return None
        same = [line for line in self._lines if line.name == canonical(match["name"])]
        return Failure(CONFLICT, f"{match['name']} is required twice.", same[-1] if same else None)

    def _hashes(self, output):
        match = _HASH_MISMATCH.search(output)
        if match:
            return Failure(FAILED, f"What the index has of {match['name']} does not have the hash in requirements.txt:\n{_errors(output)}", self._find(match["name"]))
        match = _HASH_MISSING.search(output)
        if match:
            return Failure(FAILED, f"Where one requirement has a --hash, every one needs an exact version and a hash, packages that others need included:\n{match[0].strip()[:1500]}",
                           self._blame(match[0]))
        return None

    def _build(self, output):
        match = _BUILD_FAILED.search(output)
        if not match:
            return None
        line = self._find(match["name"]) or self._blame(output)
        return Failure(FAILED, f"Building {match['name']} from source failed:\n{_errors(output)}", line)

    def _unavailable(self, line):
        return Failure(UNAVAILABLE, f"The package index {self._index} does not answer.", line)

    def _line_number(self, output):
        match = _LINE.search(output)
        number = int(match["number"]) if match else None
        return next((line for line in self._lines if line.number == number), None)

    def _find(self, name):
        return next((line for line in self._lines if line.name == canonical(name)), None)

    def _blame(self, text):
        """The one line whose package the text names; None when it names several or none."""
        words = {canonical(word) for word in re.findall(r"[A-Za-z0-9][A-Za-z0-9._-]*[A-Za-z0-9]|[A-Za-z0-9]", text)}
        named = [line for line in self._lines if line.name in words]
        return named[0] if len(named) == 1 else None


def _satisfies(wanted, version):
    """Whether a version fits a requirement such as `name>=2`. pip's own rules, from pip's own copy of the library."""
    from pip._vendor.packaging.requirements import InvalidRequirement, Requirement

    try:
        return Requirement(wanted).specifier.contains(version, prereleases=True)
    except InvalidRequirement:
        return True


def _errors(output):
    """The lines of an output that say what went wrong: from the first error on, at the end the last ones."""
    lines = [line.rstrip() for line in output.strip().splitlines()]
    first = next((index for index, line in enumerate(lines) if re.search(r"\berror\b", line, re.IGNORECASE)), max(0, len(lines) - 20))
    return "\n".join(lines[first:][-40:])
