"""The store: one SQLite file that remembers what was executed and judged, safe against a kill at any moment."""

import hashlib
import json
import sqlite3
import threading
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from labkit import __version__
from labkit.grading.database import StoreError, in_words, locked, opened
from labkit.grading.records import Execution, Flag, HandIn, Mark
from labkit.quiz import Question

__all__ = ["NAME", "Store", "StoreError", "execution_key", "rule_key"]

NAME = "grades.sqlite"


class Store:
    """What was found so far, in one file of the output folder.

    What a `save_...` or `note_...` method was given is on the disk when it returns. One grader at a time: the
    lock beside the file goes with the process, however that ends.

    Args:
        path: of the file, or of its folder; it begins with the first use.

    Raises:
        StoreError: another grader is at work there, or the file is foreign, newer or damaged.

    Example:
        >>> import tempfile
        >>> with Store(Path(tempfile.mkdtemp())) as store:
        ...     store.save_execution("k", Execution(status="done", level="full"))
        ...     store.execution("k").level
        'full'
    """

    def __init__(self, path: str | Path) -> None:
        path = Path(path)
        self.path = path / NAME if path.is_dir() or not path.suffix else path
        self._threads = threading.Lock()  # the grader may save from several

    def __enter__(self) -> Self:
        self._lock = locked(self.path)
        try:
            self._database = opened(self.path)
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()
        self._lock.release()

    @property
    def secret(self) -> bytes:
        """32 random bytes, made once with the file: what seeds are derived from."""
        return self._rows("SELECT value FROM secret")[0][0]

    def save_hand_ins(self, hand_ins: list[HandIn]) -> None:
        """Remember the hand-ins in this order; those that were there before and are not now go."""
        rows = [(place, _json(h.name), _json(asdict(h))) for place, h in enumerate(hand_ins)]
        with self._transaction() as run:
            run.execute("DELETE FROM hand_ins")
            run.executemany("INSERT INTO hand_ins VALUES (?, ?, ?)", rows)

    def hand_ins(self) -> list[HandIn]:
        """The hand-ins in their order."""
        found = [json.loads(text) for (text,) in self._rows("SELECT text FROM hand_ins ORDER BY place")]
        return [HandIn(**{**h, "flags": tuple(Flag(**flag) for flag in h["flags"])}) for h in found]

    def execution(self, key: str) -> Execution | None:
        """The execution saved under that key, or None: it is still to be done."""
        found = self._read("SELECT text, crc FROM executions WHERE key = ?", key)
        return None if found is None else Execution.from_dict(found)

    def save_execution(self, key: str, execution: Execution) -> None:
        """Save what came of a hand-in.

        Raises:
            ValueError: it is an error of the grader's own; `note_attempt` takes those, they are tried again.
        """
        if execution.status == "error":
            raise ValueError("an execution that failed is no result: note it with note_attempt().")
        row = (key, execution.level, _storable(execution.device), execution.seconds, __version__)
        with self._transaction() as run:
            run.execute(
                "REPLACE INTO executions VALUES (?, ?, ?, ?, ?, ?, ?)", row + _sealed(execution.to_dict())
            )

    def mark(self, key: str, question: str, rule: str) -> Mark | None:
        """The mark of a question by that rule (see `rule_key`), or None: it is still to be judged."""
        query = "SELECT text, crc FROM marks WHERE key = ? AND question = ? AND rule = ?"
        found = self._read(query, key, question, rule)
        return None if found is None else Mark(**found)

    def save_marks(self, key: str, rules: Mapping[str, str], marks: Mapping[str, Mark]) -> None:
        """Save marks by question, each with the rule it was made by."""
        rows = [(key, name, rules[name], *_sealed(mark.to_dict())) for name, mark in marks.items()]
        with self._transaction() as run:
            run.executemany("REPLACE INTO marks VALUES (?, ?, ?, ?, ?)", rows)

    def attempts(self, key: str) -> list[tuple[str, str]]:
        """The grader's own errors with a hand-in: `(error, when)`, the oldest first."""
        return self._rows("SELECT error, at FROM attempts WHERE key = ? ORDER BY place", key)

    def note_attempt(self, key: str, error: str) -> None:
        """Remember an error of the grader's own."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with self._transaction() as run:
            run.execute(
                "INSERT INTO attempts (key, error, at) VALUES (?, ?, ?)", (key, _storable(error), now)
            )

    def forget(self, *, question: str | None = None, key: str | None = None) -> int:
        """Forget marks of a question (it is judged again) or all of an execution (it is run again).

        Returns:
            how many marks and executions went.
        """
        if question is None and key is None:
            raise ValueError("say what to forget: question=..., key=... or both.")
        with self._transaction() as run:
            gone = run.execute(
                "DELETE FROM marks WHERE question = ifnull(?, question) AND key = ifnull(?, key)",
                (question, key),
            ).rowcount
            if question is None:
                gone += run.execute("DELETE FROM executions WHERE key = ?", (key,)).rowcount
                run.execute("DELETE FROM attempts WHERE key = ?", (key,))
        return gone

    def _rows(self, query: str, *values: str) -> list[tuple]:
        with self._threads, in_words(self.path):
            return self._database.execute(query, values).fetchall()

    def _read(self, query: str, *values: str) -> dict[str, Any] | None:
        """A saved text, or None where there is none or where the disk has changed it: then it is made again."""
        rows = self._rows(query, *values)
        return json.loads(rows[0][0]) if rows and _crc(rows[0][0]) == rows[0][1] else None

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._threads, in_words(self.path), self._database:
            self._database.execute("BEGIN IMMEDIATE")
            yield self._database


def execution_key(
    sha: str, *, reference: str, specs: Mapping[str, Any], profile: str, level: str, device: str, **more: Any
) -> str:
    """What an execution is known by: it is repeated when any of this changes.

    Args:
        sha: of the hand-in's bytes.
        reference: a hash of the reference notebook.
        specs: the probes' specifications by question.
        more: whatever else counts, such as `version` or `limits`.

    Example:
        >>> same = dict(reference="r", specs={}, profile="smoke", level="full", device="cpu")
        >>> execution_key("a", **same) == execution_key("a", **same), execution_key("b", **same)[:8]
        (True, 'c5bac951')
    """
    parts = {"sha": sha, "reference": reference, "specs": specs, "profile": profile, "level": level}
    return _hash({**parts, "device": device, "more": more})


def rule_key(question: Question, version: str = __version__) -> str:
    """A hash of everything that a mark of this question depends on, its hints and labkit's version included."""
    return _hash({"question": asdict(question), "version": version})


def _hash(value: Any) -> str:
    return hashlib.sha256(_json(value).encode()).hexdigest()


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _sealed(value: dict[str, Any]) -> tuple[str, int]:
    text = _json(value)
    return text, _crc(text)


def _crc(text: str) -> int:
    """SQLite checks its pages' order, not their content."""
    return zlib.crc32(text.encode())


def _storable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
