"""The file of the store: who may open it, how it begins, and what is said when it cannot be used."""

import secrets
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from labkit.files import replacing

APPLICATION = 0x6C6B6772  # "lkgr": SQLite keeps it in the file's header, so that a foreign file is known
VERSION = 1
PATIENCE = 30  # seconds to wait for another program that looks into the file

_SCHEMA = f"""
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {VERSION};
BEGIN;
CREATE TABLE secret (value BLOB NOT NULL);
CREATE TABLE hand_ins (place INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, text TEXT NOT NULL);
CREATE TABLE executions (
    key TEXT PRIMARY KEY, level TEXT, device TEXT, seconds REAL, labkit TEXT, text TEXT NOT NULL, crc INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE marks (
    key TEXT, question TEXT, rule TEXT, text TEXT NOT NULL, crc INTEGER NOT NULL, PRIMARY KEY (key, question, rule)
) WITHOUT ROWID;
CREATE TABLE attempts (place INTEGER PRIMARY KEY, key TEXT NOT NULL, error TEXT NOT NULL, at TEXT NOT NULL);
CREATE INDEX attempts_of ON attempts (key);
"""
_MAGIC = b"SQLite format 3\0"
_HEADER = struct.Struct(
    ">60xI4xI28x"
)  # of the file: the user's version and the application, 100 bytes in all
_ADVICE = {
    "SQLITE_BUSY": "another program has it open: close that program, then grade again",
    "SQLITE_FULL": "the disk is full: make room, then grade again; what was saved is kept",
    "SQLITE_READONLY": "it cannot be written to: choose another output folder",
    "SQLITE_CANTOPEN": "it cannot be opened: choose another output folder",
}


class StoreError(OSError):
    """The store cannot be used; one line that names the file and what to do. The file is left as it is."""


def locked(path: Path) -> Any:
    """The lock beside the file, taken; the system frees it when the process ends, however it does.

    Raises:
        StoreError: another grader has it.
    """
    from filelock import FileLock, Timeout

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path.with_name(f".{path.name}.lock"))
        lock.acquire(timeout=0)
    except Timeout:
        raise StoreError(
            f"another labkit grade is at work in {path.parent}: wait until it ends, or choose another folder."
        ) from None
    except (OSError, NotImplementedError) as error:
        raise StoreError(
            f"cannot write to {path.parent} ({error}): choose a folder of yours, on a disk that knows locks."
        ) from error
    return lock


def opened(path: Path) -> sqlite3.Connection:
    """The database, made if it is not there, and looked through from end to end if it is.

    Raises:
        StoreError: the file is foreign, newer or damaged.
    """
    journal = path.with_name(f"{path.name}-journal")
    if path.exists():
        _check_header(path)
    elif journal.exists():  # SQLite would roll it back into whatever stands there next
        raise StoreError(f"{journal} is there without {path.name}: bring that back, or delete the journal.")
    else:
        _make(path)
    database = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
    try:
        with in_words(path):
            _set_up(database)
    except BaseException:
        database.close()
        raise
    return database


@contextmanager
def in_words(path: Path) -> Iterator[None]:
    """SQLite's errors in one line that names the file."""
    try:
        yield
    except sqlite3.Error as error:
        advice = _ADVICE.get(getattr(error, "sqlite_errorname", ""), _damaged(path))
        raise StoreError(f"{path}: {advice} (SQLite: {error}).") from error


def _make(path: Path) -> None:
    """A new database under its name only when it is whole: an empty file there is never ours."""
    with replacing(path) as part, in_words(path), closing(sqlite3.connect(part, isolation_level=None)) as new:
        new.executescript(_SCHEMA)
        new.execute("INSERT INTO secret VALUES (?)", (secrets.token_bytes(32),))
        new.execute("COMMIT")


def _set_up(database: sqlite3.Connection) -> None:
    # A write-ahead log needs shared memory, which network drives lack. EXTRA is FULL and also syncs the
    # folder after the journal went: without that, a power cut could bring it back and undo a saved row.
    database.execute("PRAGMA journal_mode = DELETE")
    database.execute("PRAGMA synchronous = EXTRA")
    found = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise sqlite3.DatabaseError(" ".join(found.split()))


def _check_header(path: Path) -> None:
    """Look before SQLite does: it would finish an open transaction, also that of a foreign file."""
    with path.open("rb") as file:
        head = file.read(_HEADER.size)
    if not head:
        raise StoreError(f"{path} is empty: {_damaged(path)}.")
    if len(head) < _HEADER.size or not head.startswith(_MAGIC):
        raise StoreError(
            f"{path} is no store of labkit grade: choose another folder, or move that file away."
        )
    version, application = _HEADER.unpack(head)
    if application != APPLICATION:
        raise StoreError(f"{path} belongs to another program: choose another folder, or move it away.")
    if version > VERSION:
        raise StoreError(
            f"{path} was made by a newer labkit (store {version}, this one knows {VERSION}): update labkit."
        )


def _damaged(path: Path) -> str:
    return f"it is damaged: restore {path.name} from a backup, or move it away and everything is graded anew"
