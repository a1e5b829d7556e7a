"""Where this Python lies: the folders and links that a kernel needs of it, whatever installed it, and no more."""

import os
import site
import sys
from pathlib import Path


def folders() -> list[str]:
    """The folders that Python runs from, by real names; those in /usr, which is the system's, left out.

    Raises:
        ValueError: Python's folder is a home folder, all of which would be laid open.
    """
    named = [sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix, *packages()]
    found = list(dict.fromkeys(os.path.realpath(path) for path in named))
    for folder in found:
        if within(str(Path.home()), folder):
            raise ValueError(f"Python lies in {folder} itself: make a virtual environment somewhere else.")
    return [folder for folder in found if not within(folder, "/usr")]


def links(path: str) -> list[tuple[str, str]]:
    """(link, what it says) for every link on the way to `path`: a venv's `python` is often a link through links."""
    found, todo, here = [], [*reversed(Path(path).parts)], "/"
    while todo and len(found) < 40:
        part = todo.pop()
        here = os.path.normpath(os.path.join(here, part))
        if os.path.islink(here):
            found.append((here, os.readlink(here)))
            todo += reversed(Path(found[-1][1]).parts)
            here = os.path.dirname(here)
    return found


def within(path: str, folder: str) -> bool:
    """Whether `path` is `folder` or lies below it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def packages() -> list[str]:
    """Package folders outside Python's own, such as those of `pip install --user`."""
    own = (os.path.realpath(sys.prefix), os.path.realpath(sys.base_prefix), "/usr")
    user = {site.getusersitepackages()} if site.ENABLE_USER_SITE else set()
    names = ("site-packages", "dist-packages")
    named = [path for path in sys.path if os.path.basename(path) in names or path in user]
    return [path for path in named if not any(within(os.path.realpath(path), folder) for folder in own)]


def closed(paths: list[str]) -> str:
    """The first of these folders, or of those above them, that a user without rights cannot enter; "" for none."""
    for path in paths:
        for step in (*reversed(Path(os.path.realpath(path)).parents), Path(os.path.realpath(path))):
            if step.is_dir() and not step.stat().st_mode & 0o001:
                return str(step)
    return ""
