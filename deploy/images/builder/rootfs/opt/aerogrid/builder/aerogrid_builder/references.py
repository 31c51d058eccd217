"""Image references: registry/repository:tag or registry/repository@sha256:…"""

import re
from dataclasses import dataclass

from .failures import FAILED, Failure

_REFERENCE = re.compile(
    r"(?P<registry>[A-Za-z0-9.-]+(?::\d+)?)/(?P<repository>[a-z0-9]+(?:[._/-]+[a-z0-9]+)*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?")


@dataclass(frozen=True)
class Reference:
    registry: str
    repository: str
    tag: str | None
    digest: str | None

    @property
    def selector(self):
        return self.digest or self.tag


def parse(text):
    match = _REFERENCE.fullmatch(text)
    if not match or not (match["tag"] or match["digest"]):
        raise Failure(FAILED, f"'{text}' is not an image reference with a tag or a digest.")
    return Reference(**match.groupdict())
