"""labkit data: which data sets there are, fetch them, pack them for others, verify them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

# labkit.data brings NumPy along: each command imports it when it runs, so that --help stays quick.

data_app = typer.Typer(no_args_is_help=True, help="The data sets: list, fetch, pack, verify.")

Names = Annotated[list[str] | None, typer.Argument(metavar="NAME...", help="mnist, cifar10, ...")]
All = Annotated[bool, typer.Option("--all", help="Every data set of the course.")]
To = Annotated[
    Path | None, typer.Option("--to", metavar="DIR", help="Folder to write to; else the data folder.")
]


@data_app.command("list")
def list_() -> None:
    """Show the data sets and where each would come from now."""
    from labkit import config
    from labkit.data import CATALOG

    table = Table("name", "title", "classes", "images", "download", "now from")
    table.caption = f"data folder: {config.data_folder()}"
    with _one_line() as faults:
        for known in CATALOG.values():
            images = " + ".join(f"{size:,}" for size in known.sizes)
            size = f"{known.megabytes} MB"
            table.add_row(known.name, known.title, str(known.num_classes), images, size, _origin(known))
        _print(table)
    _exit(faults)


@data_app.command()
def fetch(names: Names = None, everything: All = False) -> None:
    """Have the real data on this machine; downloads what is not here yet."""
    from labkit import data

    _for_each(names, everything, lambda name: typer.echo(f"{name}: {data.fetch(name)}"))


@data_app.command()
def pack(names: Names = None, everything: All = False, to: To = None) -> None:
    """Write NAME.npz for others: into the data folder, or --to a USB stick."""
    from labkit import data

    def one(name: str) -> None:
        place = data.pack(name, to)
        typer.echo(f"{name}: {place} ({place.stat().st_size / 1e6:.0f} MB)")

    _for_each(names, everything, one)


@data_app.command()
def verify(names: Names = None) -> None:
    """Compare the data on this machine with the canonical release; all that are here if none is named."""
    from labkit import data

    here = names or [name for name in data.CATALOG if data.locate(name)]
    if not here:
        _fail("no data set is on this machine yet: run `labkit data fetch NAME`.")
    table, differs = Table("name", "check", "expected", "found", "result"), []

    def one(name: str) -> None:
        for check, row in data.verify(name).iterrows():
            table.add_row(name, check, row["expected"][:16], row["found"][:16], row["result"])
            differs.extend([name] if row["result"] == "differs" else [])

    try:
        _for_each(here, False, one)
    finally:
        if table.rows:
            _print(table)
    if differs:
        _fail(
            f"not the canonical release: {', '.join(dict.fromkeys(differs))}. Labs run; figures may differ."
        )


def _origin(known) -> str:
    from labkit import config, data
    from labkit.data.sources import archive_path

    if config.profile() == "smoke":
        return "offline sample (profile smoke)"
    found = data.locate(known.name)
    if found is None:
        return f"download, about {known.slow_minutes} min" if known.slow_minutes else "download"
    return "data folder" if found == archive_path(known.name) else "Keras cache"


def _for_each(names: list[str] | None, everything: bool, command: Callable[[str], None]) -> None:
    """Run a command on every name; one that fails does not keep the others from their turn."""
    from labkit.data import CATALOG

    names = list(CATALOG) if everything else names
    if not names:
        _fail(f"name one or more of {', '.join(CATALOG)}, or say --all.")
    faults: list[str] = []
    for name in names:
        with _one_line(faults):
            command(name)
    _exit(faults)


@contextmanager
def _one_line(faults: list[str] | None = None) -> Iterator[list[str]]:
    """Turn an expected error into one line on stderr and an entry in `faults`."""
    faults = [] if faults is None else faults
    try:
        yield faults
    except (ValueError, OSError, ImportError) as error:
        faults.append(str(error))
        typer.echo(str(error), err=True)


def _exit(faults: list[str]) -> None:
    if faults:
        raise typer.Exit(1)


def _fail(message: str) -> None:
    typer.echo(message, err=True)
    raise typer.Exit(1)


def _print(table: Table) -> None:
    """At full width even where the output goes into a file: a cut-off path helps nobody."""
    console = Console()
    Console(width=None if console.is_terminal else 120).print(table)
