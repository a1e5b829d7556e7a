"""What Keras does not see to when it downloads: a silent server is given up, and no bar is drawn unasked."""

import io
import socket
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, redirect_stdout

from labkit import config

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
