"""The command line: run labs, build their editions, look after the data, see what a machine offers."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from labkit.cli_data import data_app

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="labkit: the lab kit of a first course in convolutional networks.",
)
app.add_typer(data_app, name="data")
console = Console()
SHOWN_PROBLEMS = 5


class Profile(StrEnum):
    """The budgets, see `labkit.config`."""

    smoke = "smoke"
    course = "course"
    full = "full"


Labs = Annotated[list[str] | None, typer.Argument(metavar="[LAB]...", help="By number or name; all if none.")]


@app.command()
def run(
    labs: Labs = None,
    profile: Annotated[
        Profile, typer.Option(help="smoke needs no data; course and full take the real ones.")
    ] = (Profile.smoke),
    out: Annotated[Path, typer.Option(help="Folder of the report.")] = Path("out"),
    jobs: Annotated[int, typer.Option(min=1, help="Labs that run at the same time.")] = 1,
    store: Annotated[bool, typer.Option(help="Keep the outputs in the solution editions.")] = False,
) -> None:
    """Re-execute labs under nbval and write OUT/index.html. Exit code 0 only if every lab passed."""
    from labkit.notebooks import Repository, run_labs

    repository = _or_exit(Repository.find)
    with _bars() as bars:
        tasks: dict[str, int] = {}

        def on_cell(lab, done, total):
            if lab.name not in tasks:
                tasks[lab.name] = bars.add_task(lab.name, total=total)
            bars.update(tasks[lab.name], completed=done)

        def on_end(lab, result):
            if lab.name in tasks:
                bars.remove_task(tasks[lab.name])
            bars.console.print(_result_line(result))

        results = _or_exit(
            lambda: run_labs(
                repository, labs or [], profile=profile.value, out=out, jobs=jobs, store=store,
                on_cell=on_cell, on_end=on_end,
            )
        )  # fmt: skip
    for result in results:
        for line in _problem_lines(result):
            _say(line, style="red")
    _say(f"Report: {out / 'index.html'}")
    raise typer.Exit(0 if all(result.passed for result in results) else 1)


@app.command()
def build(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail if anything is out of date.")
    ] = False,
) -> None:
    """Write every edition of every lab, and the README's table, from notebooks/src."""
    from labkit.notebooks import Repository
    from labkit.notebooks.build import build as build_all

    repository = _or_exit(Repository.find)
    remarks = _or_exit(lambda: build_all(repository, check=check))
    for remark in remarks:
        _say(remark)
    if not remarks:
        _say("Everything is up to date.")
    raise typer.Exit(1 if check and remarks else 0)


@app.command()
def doctor() -> None:
    """Say what this machine offers: versions, device, memory, data sets, and what is missing."""
    from rich.table import Table

    from labkit.doctor import examine

    findings = examine()
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for finding in findings:
        mark = "[green]✓[/]" if finding.good else "[yellow]![/]"
        table.add_row(mark, finding.what, finding.state)
    console.print(table)
    for finding in findings:
        if finding.remedy:
            _say(f"{finding.what}: {finding.remedy}", style="yellow")
    raise typer.Exit(0 if all(finding.good or finding.optional for finding in findings) else 1)


@app.callback(invoke_without_command=True)
def main(
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    if version:
        from labkit import __version__

        console.print(__version__, highlight=False)
        raise typer.Exit


def _or_exit(action):
    """What `action()` gives, or exit code 2 with the one line of its error."""
    try:
        return action()
    except (ValueError, OSError, ModuleNotFoundError) as error:
        missing = getattr(error, "name", None) if isinstance(error, ModuleNotFoundError) else None
        advice = f": pip install {missing}" if missing else ""
        _say(f"labkit: {error}{advice}", style="red", to=Console(stderr=True))
        raise typer.Exit(2) from None


def _say(line: str, *, style: str = "", to: Console | None = None) -> None:
    """Print a line as it is: not folded, so that it can be copied and searched; no markup."""
    (to or console).print(line, style=style, markup=False, highlight=False, soft_wrap=True)


def _problem_lines(result) -> list[str]:
    """One line a problem, the last of its traceback; the whole texts stand in the report."""
    lines = [f"  {result.name}: {_gist(problem)}" for problem in result.problems[:SHOWN_PROBLEMS]]
    more = len(result.problems) - SHOWN_PROBLEMS
    return lines + [f"  {result.name}: {more} more in the report"] * (more > 0)


def _gist(problem: str) -> str:
    first, *rest = [line for line in problem.splitlines() if line.strip()]
    return f"{first} {rest[-1].strip()}" if rest else first


def _bars():
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("cells"))
    return Progress(*columns, TimeElapsedColumn(), console=console, transient=True)


def _result_line(result) -> str:
    from labkit.notebooks.report import duration

    right = sum(check.passed for check in result.checks)
    colour = "green" if result.passed else "red"
    return (
        f"[{colour}]{result.status:7}[/] {result.name}  {right} of {len(result.checks)} questions, "
        f"{result.compared} cells compared, {duration(result.seconds)}"
    )
