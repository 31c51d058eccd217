"""Settings and secrets from the environment."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar, overload

T = TypeVar("T")
_MISSING: Any = object()
_known_secrets: set[str] = set()


class SettingError(LookupError):
    """A setting or secret is not set, or has a value that cannot be used. The message names the variable and says what to do."""


def _bool(text: str) -> bool:
    known = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
    try:
        return known[text.strip().lower()]
    except KeyError:
        raise ValueError("use true or false") from None


@overload
def setting(name: str) -> str: ...
@overload
def setting(name: str, default: T) -> T: ...
@overload
def setting(name: str, *, type: Callable[[str], T]) -> T: ...
@overload
def setting(name: str, default: T, type: Callable[[str], T]) -> T: ...
def setting(name: str, default: Any = _MISSING, type: Callable[[str], Any] | None = None) -> Any:  # noqa: A002
    """A setting of the app: the environment variable `name`, made a `type` (`int`, `float`, `bool`, or any function of a text).

        threshold = aerogrid.setting("THRESHOLD", 10, type=int)

    Without `type` it has the type of the default, and without a default it must be set: SettingError says how.
    """
    text = os.environ.get(name)
    if text is None:
        if default is _MISSING:
            raise SettingError(f"the setting {name} is not set: add it to spec.env of the app, or at home: export {name}=…")
        return default
    kind: Any = type or (default.__class__ if isinstance(default, (bool, int, float)) else str)
    try:
        return (_bool if kind is bool else kind)(text)
    except (ValueError, TypeError) as problem:
        raise SettingError(f"the setting {name} is {text!r}, which is not {_named(kind)}: {problem}") from None


def _named(kind: Any) -> str:
    return {bool: "true or false", int: "a whole number", float: "a number"}.get(kind, f"what {getattr(kind, '__name__', kind)} takes")


class Secret(str):
    """The value of a secret: a text that does not show itself when it is printed by mistake. `aerogrid.secret` returns it.

        repr(aerogrid.secret("API_KEY"))    # "Secret('***')"
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret('***')"


def secret(name: str) -> Secret:
    """A secret of the app: the environment variable `name`. SettingError says how to set it where it is not.

        api_key = aerogrid.secret("API_KEY")
        request.headers["Authorization"] = f"Bearer {api_key}"

    It is a text like any other, except that its repr and the error reports of this package do not show it.
    """
    text = os.environ.get(name)
    if not text:
        raise SettingError(
            f"the secret {name} is not set: add it to spec.env of the app with valueFrom.secretKeyRef, or at home: export {name}=…"
        )
    if len(text) >= 4:  # a shorter one would blacken half of every report
        _known_secrets.add(text)
    return Secret(text)


def hide_secrets(text: str) -> str:
    """The text with the values of all secrets that were asked for replaced."""
    for value in sorted(_known_secrets, key=len, reverse=True):
        text = text.replace(value, "***")
    return text
