"""Writing files so that a crash never leaves half of one: write beside the place, then rename."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """A path beside `path` to write to; it takes `path`'s place when the block ends well.

    When the block raises, the unfinished file is removed and what stood at `path` stays.

    Raises:
        OSError: the folder cannot be made or written to; the message says what to do.

    Example:
        >>> import tempfile
        >>> place = Path(tempfile.mkdtemp()) / "answer.txt"
        >>> with replacing(place) as part:
        ...     _ = part.write_text("42")
        >>> place.read_text()
        '42'
    """
    path = Path(path)
    part = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.touch()
    except OSError as error:
        raise OSError(
            f"cannot write to {path.parent} ({error.strerror}): choose a folder of yours."
        ) from error
    try:
        yield part
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def write_text(path: str | Path, text: str) -> None:
    """Write `text` (UTF-8, Unix line ends) to `path` in one step."""
    with replacing(path) as part:
        part.write_bytes(text.encode("utf-8"))
