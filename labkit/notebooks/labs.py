"""Running labs: several re-executions, their report, and the solution editions that keep the results."""

import datetime
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from nbformat import NotebookNode

from labkit.files import write_text
from labkit.notebooks.build import with_outputs
from labkit.notebooks.editions import SOLUTION, fingerprint, make, text_of
from labkit.notebooks.pictures import shrink
from labkit.notebooks.report import write_report
from labkit.notebooks.repository import Repository
from labkit.notebooks.rerun import Rerun, rerun
from labkit.notebooks.source import Lab, read

OnCell = Callable[[Lab, int, int], None]
OnEnd = Callable[[Lab, Rerun], None]


def run_labs(
    repository: Repository,
    names: list[str],
    *,
    profile: str,
    out: Path,
    jobs: int = 1,
    store: bool = False,
    on_cell: OnCell | None = None,
    on_end: OnEnd | None = None,
) -> list[Rerun]:
    """Re-execute labs and write `out/index.html`; the results in the order of the labs.

    Args:
        names: of the labs, by number or name; none for all.
        jobs: labs that run at the same time.
        store: keep the outputs of labs that passed in their solution editions.
        on_cell: called with the lab, its finished cells and all its cells.
        on_end: called with the lab and its result.
    """
    labs = [read(path) for path in repository.select(names)]

    def run(lab: Lab) -> Rerun:
        try:
            result = run_lab(repository, lab, profile=profile, out=out, on_cell=on_cell)
        except Exception as error:  # one lab that cannot even start must not take the others' report away
            problem = f"could not be run: {type(error).__name__}: {error}"
            result = Rerun(
                lab.name, "failed", 0.0, problems=[problem], notebook=make(lab, SOLUTION, repository)
            )
        if store and result.passed:
            store_solution(repository, lab, result)
        if on_end:
            on_end(lab, result)
        return result

    with ThreadPoolExecutor(max_workers=max(1, jobs)) as pool:
        results = list(pool.map(run, labs))
    write_report(labs, results, out, profile)
    return results


def run_lab(
    repository: Repository, lab: Lab, *, profile: str, out: Path, on_cell: OnCell | None = None
) -> Rerun:
    """Re-execute one lab's solution, compared with its stored outputs where these are of the same code."""
    reference = with_outputs(make(lab, SOLUTION, repository), SOLUTION.path(repository, lab))
    total = sum(cell.cell_type == "code" for cell in reference.cells)
    report = (lambda done: on_cell(lab, done, total)) if on_cell else None
    return rerun(lab.name, reference, _emptied(out / lab.name), profile=profile, on_cell=report)


def _emptied(folder: Path) -> Path:
    """The lab's folder without what an earlier run left in it: a ledger there would pass for this run's."""
    if (folder / f"{folder.name}.ipynb").is_file():  # nobody else's folder
        shutil.rmtree(folder)
    return folder


def store_solution(repository: Repository, lab: Lab, result: Rerun) -> Path:
    """Write a passed run into the lab's solution edition, pictures made small, with where it was run."""
    notebook: NotebookNode = make(lab, SOLUTION, repository)
    executed = {cell.id: cell for cell in result.notebook.cells if cell.cell_type == "code"}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [shrink(output) for output in executed[cell.id].outputs]
            cell.execution_count = executed[cell.id].execution_count
    notebook.metadata["labkit"]["run"] = {
        "code": fingerprint(notebook),
        "date": datetime.date.today().isoformat(),
        "seconds": round(result.seconds),
        **result.facts,
    }
    path = SOLUTION.path(repository, lab)
    write_text(path, text_of(notebook))
    return path
