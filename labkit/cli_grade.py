"""`labkit grade`: the progress, the table and the paths; the work is in labkit.grading."""

from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from labkit.cli_say import console, or_exit, say

Profile = StrEnum("Profile", ["smoke", "course", "full"])
Level = StrEnum("Level", ["best", "full", "partial", "none"])
Device = StrEnum("Device", ["cpu", "gpu"])

SHOWN_FLAGS = 2
COLOURS = {"done": "green", "rejected": "yellow", "error": "red"}

Folder = Annotated[Path, typer.Argument(help="Folder or zip of hand-ins.", show_default=False)]
LabName = Annotated[str, typer.Option("--lab", help="Number or name of the lab.", show_default=False)]
Out = Annotated[Path, typer.Option(help="Folder of the gradebook; the next call goes on there.")]
Questions = Annotated[
    Path | None, typer.Option(help="Your own question files, laid over labkit's (LABKIT_QUESTIONS).")
]
Regrade = Annotated[list[str] | None, typer.Option(help="Judge this question again (may be repeated).")]
CellSeconds = Annotated[
    float | None, typer.Option(min=1, help="Seconds a cell; five times the solution's if not given.")
]


def grade(
    folder: Folder,
    lab: LabName,
    out: Out = Path("grades"),
    profile: Annotated[
        Profile,
        typer.Option(help="smoke: on the offline samples, in seconds; course, full: on the real data."),
    ] = Profile.smoke,
    questions: Questions = None,
    level: Annotated[
        Level, typer.Option(help="Isolation; none only if you trust the hand-ins.")
    ] = Level.best,
    device: Annotated[Device, typer.Option(help="gpu: a fall-back to the CPU is an error.")] = Device.cpu,
    jobs: Annotated[int, typer.Option(min=1, help="Hand-ins at the same time.")] = 1,
    cell_seconds: CellSeconds = None,
    regrade: Regrade = None,
) -> None:
    """Re-execute a folder of hand-ins in a sandbox and write OUT/grades.csv, OUT/index.html and a page a student.

    Exit code 0 if every hand-in has its result, 1 if the grader failed at some, 2 if it could not begin.
    """
    from labkit.grading import Reference, Wishes
    from labkit.grading import grade as grade_all
    from labkit.notebooks import Repository

    wishes = Wishes(
        profile.value,
        level.value,
        device.value,
        jobs,
        cell_seconds,
        questions,
        tuple(regrade or ()),
    )
    with _progress() as (on_begin, on_end):
        graded = or_exit(
            lambda: grade_all(
                folder, Reference.of(Repository.find(), lab), out, wishes, on_begin=on_begin, on_end=on_end
            )
        )
    console.print(_table(graded))
    say(
        f"{len(graded)} hand-ins, isolation {', '.join(sorted({one.execution.level for one in graded} - {''}))}."
    )
    to_read = sum(len(one.open) for one in graded)
    if to_read:
        say(
            f"{to_read} answers wait for you: {out / 'queue.html'}, points into {out / 'to_read.csv'}, then grade again."
        )
    for name in ("index.html", "grades.csv", "moodle.csv"):
        say(f"{out / name}")
    raise typer.Exit(1 if any(one.execution.status == "error" for one in graded) else 0)


@contextmanager
def _progress():
    """A bar with the time left, in three words: what is done now (kit, reference, hand-ins)."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        task = bars.add_task("preparing", total=None)

        def on_begin(what: str, total: int | None) -> None:
            bars.reset(task, description=what, total=total)

        def on_end(name: str) -> None:
            bars.advance(task)

        yield on_begin, on_end


def _table(graded) -> Table:
    table = Table(
        "hand-in", "student", "points", "to read", "status", "flags", box=None, padding=(0, 2, 0, 0)
    )
    for one in graded:
        status, flags = one.execution.status, [flag.kind for flag in one.flags]
        more = [f"+{len(flags) - SHOWN_FLAGS}"] if len(flags) > SHOWN_FLAGS else []
        table.add_row(
            _plain(one.hand_in.name), _plain(one.hand_in.student), f"{one.points:g} of {one.most:g}",
            str(len(one.open) or ""), f"[{COLOURS[status]}]{status}[/]", ", ".join(flags[:SHOWN_FLAGS] + more),
        )  # fmt: skip
    return table


def _plain(text: str) -> str:
    """A student's text without markup or control characters for the terminal."""
    from rich.markup import escape

    return escape("".join(c if c.isprintable() else "?" for c in text)[:60])
