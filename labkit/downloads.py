"""Downloads by Keras with what it does not see to: a silent server is given up, no bar is drawn unasked, no half file."""

import io
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, redirect_stdout
from pathlib import Path

from labkit import config
from labkit.files import replacing
from labkit.machine import import_keras

# A server that says nothing for so long is given up. Without it, a network that swallows packets
# (a school's firewall) or a stalled download would keep a student waiting for ever.
SILENCE = 60  # seconds


@contextmanager
def polite() -> Iterator[None]:
    """Inside, connections have a time limit, and the progress bar that Keras draws on stdout is hidden where
    nothing may be drawn. Both are as before afterwards.

    Example:
        >>> before = socket.getdefaulttimeout()
        >>> with polite():
        ...     limit = socket.getdefaulttimeout()
        >>> limit, socket.getdefaulttimeout() == before
        (60.0, True)
    """
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(SILENCE if before is None else before)
    try:
        with nullcontext() if config.shows_progress() else redirect_stdout(io.StringIO()):
            yield
    finally:
        socket.setdefaulttimeout(before)


def download(url: str, path: Path, md5: str | None = None) -> None:
    """Fetch a file unless it is there; one process at a time, beside the place and renamed.

    Killed, Keras would leave half a file under the final name.

    Args:
        md5: the checksum, where it is known.

    Raises:
        Exception: Keras raises no other kind for a failed download; its first words are the address.
    """
    from filelock import FileLock

    lock = FileLock(Path(tempfile.gettempdir()) / f"labkit-{path.name}.lock", mode=0o666)
    with lock, polite():  # nobody reads what another is still writing
        if path.exists():
            return
        with replacing(path) as part:
            part.unlink()
            import_keras().utils.get_file(
                part.name, url, cache_dir=part.parent, cache_subdir=".", file_hash=md5
            )


def reason(error: Exception) -> str:
    """Why a download failed, without the address that Keras puts before it."""
    return str(error).split(" -- ")[-1][:160]
