"""Loads the user's file and finds the app that it makes."""

from __future__ import annotations

import ast
import os
import sys
import types
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._app import App

created: list[App] = []
"""Every App made in this process, in order."""

loading = False
"""Whether the user's file is being executed by `execute`, whose caller runs the app after it."""


class NoApp(Exception):
    """The file makes no app, or several. The message says what to write."""


def execute(path: str) -> None:
    """Executes a file as the main program. Its module stays `__main__`, where types of records, pickle and debuggers look for it."""
    global loading
    with open(path, "rb") as file:
        code = compile(file.read(), path, "exec", dont_inherit=True)
    main = types.ModuleType("__main__")
    main.__dict__.update(__file__=path, __builtins__=__builtins__, __cached__=None)
    sys.modules["__main__"] = main
    created.clear()
    loading = True
    try:
        exec(code, main.__dict__)  # noqa: S102
    finally:
        loading = False


def the_app(path: str) -> App:
    """The one app that was made. Raises NoApp otherwise."""
    if not created:
        raise NoApp(f'{os.path.basename(path)} makes no app: write app = aerogrid.App("{os.path.splitext(os.path.basename(path))[0]}") near its top')
    if len(created) > 1:
        listed = " and ".join(f"{app.name!r} ({app.made_at})" for app in created)
        raise NoApp(f"there are {len(created)} apps: {listed}; one program is one app with as many grids and streams as you like")
    return created[0]


def is_main_script(frame: types.FrameType) -> bool:
    """Whether the code of a frame is the script that Python was started with."""
    main: Any = sys.modules.get("__main__")
    file = getattr(main, "__file__", None)
    return file is not None and frame.f_globals is main.__dict__ and frame.f_code.co_filename == file and os.path.isfile(file)


def calls_run(source: bytes) -> bool:
    """Whether a program runs its app by itself: it has a call such as `app.run()`, of something that it has not imported (`asyncio.run()`)."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return True
    imported = {
        (alias.asname or alias.name).partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "run"
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id not in imported | {"self", "cls"}
        for node in ast.walk(tree)
    )
