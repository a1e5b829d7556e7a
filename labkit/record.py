"""What a notebook did, for the re-execution that started it: a file of JSON lines, where one is asked for."""

import json
from pathlib import Path
from typing import Any

from labkit import config


def note(what: str, **facts: Any) -> None:
    """Append one line `{"what": ..., **facts}` to the file that LABKIT_RECORD names; nothing without it."""
    path = config.record_file()
    if path is None:
        return
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"what": what, **facts}) + "\n")


def read(path: Path) -> list[dict[str, Any]]:
    """The lines of such a file; none if it is not there. A torn last line is left out."""
    if not path.is_file():
        return []
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found
