"""State: plain values and arrays in one file, which is whole or known to be torn."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from labkit.files import replacing

_SIGN = "labkit_checkpoint"  # the first array of the archive, and so among its first bytes


def write(path: Path, state: dict[str, Any]) -> None:
    """Write what JSON knows, with arrays anywhere in it, in one step. It can be read without trusting its writer.

    Raises:
        OSError: the file cannot be written, or the disk is full; what stood there before stays.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "toy.state"
        >>> write(path, {"epoch": 3, "weights": [np.ones(2)]})
        >>> read(path)
        {'epoch': 3, 'weights': [array([1., 1.])]}
    """
    arrays: list[np.ndarray] = []

    def set_aside(value: Any) -> dict[str, int]:
        arrays.append(np.asarray(value))
        return {"array": len(arrays) - 1}

    text = json.dumps(state, default=set_aside)
    named = {_SIGN: np.frombuffer(text.encode(), np.uint8)}
    with replacing(path) as part, part.open("wb") as file:
        np.savez(file, **named, **{f"array_{number}": array for number, array in enumerate(arrays)})
        file.flush()
        os.fsync(file.fileno())  # on the disk before it takes the old one's place


def read(path: Path) -> dict[str, Any] | None:
    """What `write()` wrote; None if it is not there or torn.

    Raises:
        FileExistsError: there is a file that `write()` has not written.
    """
    if not path.exists():
        return None
    with path.open("rb") as file:
        start = file.read(100)
    if not _is_ours(start):
        raise FileExistsError(
            f"{path} is there and is no checkpoint: choose another name, or move that file away."
        )
    try:
        with np.load(path) as arrays:

            def put_back(value: dict) -> Any:
                return arrays[f"array_{value['array']}"][()] if set(value) == {"array"} else value

            return json.loads(arrays[_SIGN].tobytes().decode(), object_hook=put_back)
    except OSError:
        raise
    except Exception:  # what is torn can fail in any way
        return None


def _is_ours(start: bytes) -> bool:
    """By its first bytes: ours, or so torn that only the mark of an archive is left, or nothing."""
    torn = len(start) < 100 and b"PK\3\4".startswith(start[:4])
    return torn or _SIGN.encode() in start
