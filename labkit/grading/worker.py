"""One hand-in, one process: read it, merge it with the reference, run it under pytest and nbval.

Started by `execution.py` as `python -P -m labkit.grading.worker`, with LABKIT_JOB naming the job's file. Nothing that
a student wrote is imported, unpickled or run in this process: it is read as text here, and run in the sandbox's kernel.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

# jsonschema, which nbformat brings along, would compile a grammar of web addresses with it: a second each hand-in.
sys.modules.setdefault("rfc3987_syntax", None)

import nbformat  # noqa: E402
from nbformat import NotebookNode, v4  # noqa: E402

from labkit import config  # noqa: E402
from labkit.files import write_text  # noqa: E402
from labkit.grading import merging, probes, reading  # noqa: E402
from labkit.grading.clean import shortened  # noqa: E402
from labkit.grading.records import Execution, Rejected  # noqa: E402

SETUP = "lk.setup("
MOST_MEMORY = 3 << 30  # bytes that reading a notebook may take
LONGEST_ANSWER, LONGEST_LEFTOVER, MOST_LEFTOVER = 100_000, 20_000, 100  # written down; all of it is run
_ASK_DEVICE = f'lk.check("{probes.DEVICE}", __import__("labkit.machine", fromlist=["device"]).device())'
STOPPED_BEFORE = "this cell was stopped when it ran first: {stop}"


def main() -> int:
    """Run the job; what came of it stands in `result.json` beside the job's file."""
    path = config.job_file()
    job = json.loads(path.read_text(encoding="utf-8"))
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    execution = Execution(level=job["level"], nonce=job["nonce"])
    try:
        notebook = _merged(job, execution)
    except Rejected as rejected:
        execution.status, execution.reason = "rejected", str(rejected)
    else:
        write_text(path.with_name("merged.json"), json.dumps(execution.to_dict()))
        _run(path.parent, notebook)
        execution.status = "done"
    write_text(path.with_name("result.json"), json.dumps(execution.to_dict()))
    return 0


def _merged(job: dict, execution: Execution) -> NotebookNode:
    """The notebook to run, and in `execution` what the hand-in answered."""
    with _limited_memory():
        try:
            hand_in, flags = reading.read(Path(job["submission"]))
            references = {
                language: nbformat.read(path, as_version=4) for language, path in job["references"].items()
            }
            execution.language = merging.choose(references, hand_in)
            merged = merging.merge(references[execution.language], hand_in, flags)
        except MemoryError:
            raise Rejected("it is too large to be read.") from None
    execution.answers = {
        name: text and shortened(text, LONGEST_ANSWER) for name, text in merged.answers.items()
    }
    execution.leftover = [shortened(text, LONGEST_LEFTOVER) for text in merged.leftover[:MOST_LEFTOVER]]
    execution.unanswered, execution.lost = merged.unanswered, merged.lost
    execution.flags = list(merged.flags)
    return _notebook(job, merged)


def _notebook(job: dict, merged: merging.Merged) -> NotebookNode:
    """The merged cells with check cells turned into probes, each with its budget; outputs are never compared."""
    cells = []
    for cell, role in merged.cells:
        seconds = job["budgets"].get(cell.id.partition("--")[0], job["cell_seconds"])
        if role == "check":
            made = probes.probe_cells(cell.source, job["specs"], job["nonce"])
            cells += [_cell(probe, role, job["cell_seconds"], job["blanked"]) for probe in made]
        else:
            cells.append(_cell(cell, role, seconds, job["blanked"]))
        if role == "locked" and SETUP in cell.source:
            (asked,) = probes.probe_cells(_ASK_DEVICE, {probes.DEVICE: {"kind": "choice"}}, job["nonce"])
            cells.append(_cell(asked, "check", job["cell_seconds"], {}))
    return v4.new_notebook(cells=cells)


def _cell(cell: NotebookNode, role: str, seconds: float, blanked: Mapping[str, str]) -> NotebookNode:
    """The cell as it is run; one that killed the kernel before is not run again."""
    stop = blanked.get(cell.id)
    source = f"raise RuntimeError({STOPPED_BEFORE.format(stop=stop)!r})" if stop else cell.source
    metadata = {"tags": ["nbval-ignore-output"], "labkit": {"role": role, "seconds": seconds}}
    return v4.new_code_cell(source, id=cell.id, metadata=metadata)


def _run(folder: Path, notebook: NotebookNode) -> None:
    """pytest in this process; its report goes to a file, the verdicts are written by the plugin."""
    import pytest

    place = folder / "lab.ipynb"
    write_text(place, nbformat.writes(notebook, version=4))
    options = ["-p", "nbval.plugin", "-p", "labkit.grading.guard", "--nbval-lax"]
    options += ["--noconftest", "-c", os.devnull, "--rootdir", str(folder), "-p", "no:cacheprovider"]
    options += ["-q", "--color=no", "--tb=line", "-W", "ignore", "--capture=no", str(place)]
    pytest.main(options)


class _limited_memory:  # noqa: N801 - used as a function is
    """A notebook that is small on disk may be large in memory: more than that is a MemoryError, no dead machine."""

    def __enter__(self):
        try:
            import resource

            self.limit = resource.getrlimit(resource.RLIMIT_DATA)
            resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, self.limit[1]))
        except (ImportError, ValueError, OSError):  # Windows; or a stricter limit is in force
            self.limit = None

    def __exit__(self, *_):
        if self.limit:
            import resource

            resource.setrlimit(resource.RLIMIT_DATA, self.limit)


def _end_with_parent(parent: int) -> None:
    """When the grader was killed nobody reads the result: end, and the kernel ends with this process."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
