"""The command line: run and build labs, begin new ones, hand them in, look after the data, see what a machine offers."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from labkit.cli_app import app as show_app
from labkit.cli_data import data_app
from labkit.cli_grade import grade
from labkit.cli_hand_in import hand_in
from labkit.cli_say import cell_bars, console, or_exit, say

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="labkit: the lab kit of a first course in convolutional networks.",
)
app.add_typer(data_app, name="data")
app.command()(grade)
app.command()(hand_in)
app.command("app")(show_app)
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

    repository = or_exit(Repository.find)
    with cell_bars() as bars:
        tasks: dict[str, int] = {}

        def on_cell(lab, done, total):
            if lab.name not in tasks:
                tasks[lab.name] = bars.add_task(lab.name, total=total)
            bars.update(tasks[lab.name], completed=done)

        def on_end(lab, result):
            if lab.name in tasks:
                bars.remove_task(tasks[lab.name])
            bars.console.print(_result_line(result))

        results = or_exit(
            lambda: run_labs(
                repository, labs or [], profile=profile.value, out=out, jobs=jobs, store=store,
                on_cell=on_cell, on_end=on_end,
            )
        )  # fmt: skip
    for result in results:
        for line in _problem_lines(result):
            say(line, style="red")
    say(f"Report: {out / 'index.html'}")
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

    repository = or_exit(Repository.find)
    remarks = or_exit(lambda: build_all(repository, check=check))
    for remark in remarks:
        say(remark)
    if not remarks:
        say("Everything is up to date.")
    raise typer.Exit(1 if check and remarks else 0)


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NN_SLUG", help="Such as 08_my_lab.", show_default=False)],
    title: Annotated[str | None, typer.Option(help="Of the lab; the slug's words if not given.")] = None,
) -> None:
    """Write a lab of your own from a template: a source in notebooks/src and a question file."""
    from labkit.notebooks import Repository
    from labkit.notebooks.template import new_lab, questions_remark

    repository = or_exit(Repository.find)
    for path in or_exit(lambda: new_lab(repository, name, title)):
        say(f"{path}: written")
    say(questions_remark(repository))
    say(f"Edit both, then: labkit build; labkit run {name[:2]}")


@app.command()
def doctor(
    grading: Annotated[
        bool, typer.Option("--grading", help="Which isolation hand-ins would be run in.")
    ] = False,
) -> None:
    """Say what this machine offers: versions, device, memory, data sets, and what is missing."""
    from rich.table import Table

    findings = _examined(grading)
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for finding in findings:
        mark = "[green]✓[/]" if finding.good else "[yellow]![/]"
        table.add_row(mark, finding.what, finding.state)
    console.print(table)
    for finding in findings:
        if finding.remedy:
            say(f"{finding.what}: {finding.remedy}", style="yellow")
    raise typer.Exit(0 if all(finding.good or finding.optional for finding in findings) else 1)


def _examined(grading: bool) -> list:
    if grading:
        from labkit.grading.levels import findings

        return or_exit(findings)
    from labkit.doctor import examine

    return examine()


@app.callback(invoke_without_command=True)
def main(
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    if version:
        from labkit import __version__

        console.print(__version__, highlight=False)
        raise typer.Exit


def _problem_lines(result) -> list[str]:
    """One line a problem, the last of its traceback; the whole texts stand in the report."""
    lines = [f"  {result.name}: {_gist(problem)}" for problem in result.problems[:SHOWN_PROBLEMS]]
    more = len(result.problems) - SHOWN_PROBLEMS
    return lines + [f"  {result.name}: {more} more in the report"] * (more > 0)


def _gist(problem: str) -> str:
    first, *rest = [line for line in problem.splitlines() if line.strip()]
    return f"{first} {rest[-1].strip()}" if rest else first


def _result_line(result) -> str:
    from labkit.notebooks.report import duration

    right = sum(check.passed for check in result.checks)
    colour = "green" if result.passed else "red"
    return (
        f"[{colour}]{result.status:7}[/] {result.name}  {right} of {len(result.checks)} questions, "
        f"{result.compared} cells compared, {duration(result.seconds)}"
    )
