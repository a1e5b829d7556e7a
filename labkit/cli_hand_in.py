"""`labkit hand-in`: the table of checks and the paths; the work is in labkit.hand_in."""

from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from labkit.cli_say import cell_bars, console, or_exit, say

Language = StrEnum("Language", ["en", "fr"])

COLOURS = {"ok": "green", "mended": "cyan", "warning": "yellow", "missing": "red", "left out": "dim"}

Notebook = Annotated[Path, typer.Argument(help="Your .ipynb; it stays as it is.", show_default=False)]
Name = Annotated[str, typer.Option(help="Yours, for the name of the file.", show_default=False)]
Out = Annotated[Path, typer.Option(metavar="DIR", help="Folder of the copy and its environment file.")]
Run = Annotated[bool, typer.Option("--run/--no-run", help="Execute a copy once more, in smoke.")]
Minutes = Annotated[float, typer.Option(min=0.1, help="Most that this run may take.")]
Spoken = Annotated[
    Language | None, typer.Option(help="Of what is said; the notebook's if not given.", show_default=False)
]


def hand_in(
    notebook: Notebook,
    name: Name = "",
    out: Out = Path("hand-in"),
    run: Run = True,
    minutes: Minutes = 20,
    language: Spoken = None,
) -> None:
    """Check a finished lab as a teacher will, and write the one .ipynb to hand in, with an environment file.

    Exit code 0 if it can be handed in, 1 if something is missing or it is no notebook, 2 if nothing could be done.
    """
    from labkit import config

    wishes = {"name": name, "out": out, "fresh_run": run, "minutes": minutes}
    with _progress(notebook.name) as on_cell:
        done = or_exit(
            lambda: _prepared(notebook, language=language and language.value, on_cell=on_cell, **wishes)
        )
    from labkit.hand_in import HandIn
    from labkit.hand_in.words import say_of

    if not isinstance(done, HandIn):
        words = say_of(language or or_exit(config.language), "refused", path=notebook, reason=done)
        say(f"labkit: {words}", style="red", to=Console(stderr=True))
        raise typer.Exit(1)
    console.print(_table(done))
    say(say_of(done.language, "passed" if done.passed else "failed"), style="green" if done.passed else "red")
    for path in (done.notebook, done.environment):
        say(str(path))
    raise typer.Exit(0 if done.passed else 1)


def _prepared(notebook: Path, **wishes):
    """What came of it, or why the notebook was rejected."""
    from labkit.grading.records import Rejected
    from labkit.hand_in import prepare

    try:
        return prepare(notebook, **wishes)
    except Rejected as reason:
        return reason


@contextmanager
def _progress(name: str):
    """A bar of the fresh run's cells; until that begins it only shows that something is done."""
    with cell_bars() as bars:
        task = bars.add_task(name, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


def _table(done) -> Table:
    from labkit.hand_in.records import MARKS
    from labkit.hand_in.words import CHECKS

    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for finding in done.findings:
        mark, colour = MARKS[finding.status], COLOURS[finding.status]
        # Text, not str: a student's code is no markup.
        table.add_row(Text(mark, colour), CHECKS[finding.check][done.language], Text(finding.sentence))
    return table
