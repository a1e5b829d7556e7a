"""Ledger: a plain file that remembers every run, one JSON line each; safe with several notebooks writing."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from labkit.training import Run, diagnose
from labkit.training.run import plain

PATIENCE = 30  # seconds to wait while another notebook writes its line
_BEGIN = b'{"time": "'  # of every line


class Ledger:
    """The runs of a lab, in a file that outlives the notebook.

    `train(..., ledger=ledger)` adds a row when a training ends. A row is a line of JSON, written whole or not
    at all; lines are only ever added, so what was measured once stays. A line that a crash has torn is
    passed over.

    Args:
        path: of the file; it begins with the first run.

    Raises:
        ValueError: the file is there and is no ledger.

    Example:
        >>> import tempfile
        >>> ledger = Ledger(Path(tempfile.mkdtemp()) / "runs.jsonl")
        >>> ledger.add(Run(name="first", history={"loss": [2.0, 1.0]}))
        >>> [run.name for run in ledger.runs()]
        ['first']
    """

    def __init__(self, path: str | Path = "experiments.jsonl") -> None:
        self.path = Path(path)
        if self.path.is_dir():
            raise ValueError(f"{path} is a folder: name a file in it, such as {self.path / 'runs.jsonl'}.")
        if self.path.is_file() and not (self.rows() or _is_a_beginning(self.path)):
            raise ValueError(f"{path} is no ledger of runs: choose another name, or move that file away.")

    def add(self, run: Run, *, experiment: str = "") -> None:
        """Append a run.

        Args:
            experiment: what a sweep knows it by, to find it again.

        Raises:
            OSError: the file cannot be written, or another program holds it for half a minute.
        """
        row = {
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "experiment": experiment,
            **asdict(run),
            "epochs_run": run.epochs_run,
            "seconds_per_epoch": run.seconds_per_epoch,
            "gap": run.gap,
            "diagnosis": diagnosis(run),
        }
        _append(self.path, json.dumps(row, default=plain))

    def ready(self) -> None:
        """Raise now what `add()` would raise after an hour of training.

        Raises:
            OSError: the file cannot be written.
        """
        with _alone(self.path), self.path.open("ab"):
            pass

    def runs(self, *, every: bool = False) -> list[Run]:
        """The runs in the order in which they first came.

        Args:
            every: also those that a later run of the same name on the same data has replaced.
        """
        runs = [run for run in map(Run.read, self.rows()) if run]
        if every:
            return runs
        latest = {}
        for run in runs:
            latest[run.name, run.data.get("name")] = run
        return list(latest.values())

    def finished(self) -> dict[str, Run]:
        """The runs of sweeps by their `experiment`, those that were interrupted left out."""
        found = {}
        for row in self.rows():
            if row.get("experiment") and row.get("stopped") != "interrupted":
                found[row["experiment"]] = Run.read(row)
        return found

    def rows(self) -> list[dict[str, Any]]:
        """Every line of the file that holds a run, as it was written."""
        try:
            lines = self.path.read_bytes().splitlines()
        except (FileNotFoundError, NotADirectoryError):
            return []
        return [row for row in map(_parsed, lines) if Run.read(row)]

    def __iter__(self) -> Iterator[Run]:
        return iter(self.runs())

    def __len__(self) -> int:
        return len(self.runs())

    def __repr__(self) -> str:
        return f"Ledger {self.path}: {len(self)} runs"


def diagnosis(run: Run) -> str:
    """The label of `diagnose()`, or why there is nothing to diagnose."""
    return run.stopped if run.stopped == "error" else diagnose(run, _classes(run)).label


def _classes(run: Run) -> int:
    return run.data.get("num_classes") or 2  # a run of one's own, made without a data set


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:  # torn by a crash, or not ours
        return None


def _is_a_beginning(path: Path) -> bool:
    """Whether the file is empty, or the first line of a ledger and torn."""
    with path.open("rb") as file:
        start = file.read(len(_BEGIN))
    return _BEGIN.startswith(start)


def _append(path: Path, line: str) -> None:
    """Add one whole line, on a line of its own even where a crash has left half of one."""
    with _alone(path), path.open("ab+") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            line = line if file.read(1) == b"\n" else f"\n{line}"
        file.write(f"{line}\n".encode())
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One writer at a time."""
    from filelock import FileLock, Timeout

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path.with_name(f".{path.name}.lock"))
        with lock.acquire(timeout=PATIENCE, poll_interval=0.01):
            yield
    except Timeout:
        raise OSError(
            f"another program has been writing to {path} for {PATIENCE} s: close it, then add the run again."
        ) from None
    except OSError as error:
        raise OSError(
            f"cannot write to {path} ({error.strerror or error}): choose a folder of yours."
        ) from error
