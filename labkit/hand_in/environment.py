"""Which versions a hand-in belongs to: those that its outputs name, and those of this machine."""

import ast
import functools
import platform
import re
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, packages_distributions, version

from nbformat import NotebookNode

from labkit import __version__, config
from labkit.hand_in.records import OK, WARNING, Finding
from labkit.hand_in.words import say

# What every lab computes with. labkit itself is no package of an index: what has its name there is something else.
_ALWAYS = ("keras", "matplotlib", "numpy", "pandas", "pillow", "scikit-learn", "seaborn")
_SETUP = re.compile(r"^(python \S+(?:, [\w.-]+ \S+)+)$", re.MULTILINE)  # the first line of lk.setup()
_UNKNOWN = "?"  # as setup() says it
_MAGIC = re.compile(r"^[ \t]*[%!].*$", re.MULTILINE)


def environment(notebook: NotebookNode) -> str:
    """The text of the environment file, which `pip install -r` reads: versions only, no addresses."""
    head = [
        f"# Python {platform.python_version()}",
        f"# labkit {__version__} (from the course, not from an index)",
    ]
    stored = stored_versions(notebook)
    if stored:
        said = ", ".join(f"{name} {number}" for name, number in stored.items())
        head.append(f"# The stored outputs were made with: {said}")
    packages = [f"{name}=={number}" for name, number in sorted(installed(notebook).items())]
    return "\n".join([*head, *packages]) + "\n"


def finding(notebook: NotebookNode, file: str) -> Finding:
    """Whether the stored outputs were made with the versions that are here."""
    here = {"python": platform.python_version(), "labkit": __version__, **installed(notebook)}
    other = {
        name: (number, here[name])
        for name, number in stored_versions(notebook).items()
        if name in here and number not in (here[name], _UNKNOWN)
    }
    if not other:
        return Finding("versions", OK, say("versions", file=file))
    theirs = ", ".join(f"{name} {old}" for name, (old, _) in other.items())
    ours = ", ".join(f"{name} {new}" for name, (_, new) in other.items())
    return Finding(
        "versions", WARNING, say("other versions", theirs=theirs, ours=ours, file=file), tuple(other)
    )


def stored_versions(notebook: NotebookNode) -> dict[str, str]:
    """What `lk.setup()` printed when the outputs were stored; nothing if it is not there."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            match = _SETUP.search(output.get("text", "")) if output.output_type == "stream" else None
            if match:
                return dict(part.split(" ", 1) for part in match[1].split(", "))
    return {}


def installed(notebook: NotebookNode) -> dict[str, str]:
    """Versions of the packages that labs compute with and of those that the notebook imports."""
    packages = _distributions()
    wanted = [*_ALWAYS, config.keras_backend()]
    for module in dict.fromkeys(_imported(notebook)):
        named = packages.get(module, [])
        wanted += [module] if module in named else named[:1]
    found = {name: _version(name) for name in wanted if name != "labkit"}
    return {name: number for name, number in found.items() if number}


def _imported(notebook: NotebookNode) -> Iterator[str]:
    """The top names of all modules that the code imports."""
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        try:
            tree = ast.parse(_MAGIC.sub("", cell.source))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.partition(".")[0]


@functools.cache
def _distributions() -> Mapping[str, list[str]]:
    """The packages that each module may come from; asking takes half a second."""
    return packages_distributions()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
