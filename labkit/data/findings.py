"""Findings: from the files looked at to the tables and warnings of a FolderReport."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from labkit.data import lookalikes
from labkit.data.reports import SPLITS, FolderReport, amount

if TYPE_CHECKING:
    import pandas as pd

    from labkit.data.folders import Found

_LOOK_ALIKE = ["first", "second", "split of first", "split of second", "class of first", "class of second"]


def report_on(
    name: str, found: "Sequence[Found]", folders: Sequence[str], class_names: Mapping[str, str]
) -> FolderReport:
    """The report on the files of a folder.

    Args:
        folders: the class folders, also the empty ones.
        class_names: what to call the classes, by their folders.
    """
    import pandas as pd

    called = {folder: class_names.get(folder, folder) for folder in folders}
    rows = [_row(one, called) for one in found]
    files = pd.DataFrame(rows, columns=list(_row(None, called)))
    used = [one for one in found if one.picture]
    alike = _look_alikes(used, called)
    return FolderReport(name, files, alike, tuple(_warnings(used, called, alike)))


def _row(one: "Found | None", called: Mapping[str, str]) -> dict[str, Any]:
    if one is None:  # the names of the columns, where there is no file
        return dict.fromkeys(
            (
                "file",
                "status",
                "reason",
                "split",
                "index",
                "class",
                "width",
                "height",
                "format",
                "bytes",
                "notes",
            )
        )
    picture, hidden = one.picture, one.placed.member.hidden
    return {
        "file": str(one.placed.member),
        "status": "used" if picture else "hidden" if hidden else "skipped",
        "reason": one.reason,
        "split": one.split if picture else "",
        "index": one.index,
        "class": called.get(one.placed.class_name, ""),
        "width": picture.width if picture else 0,
        "height": picture.height if picture else 0,
        "format": picture.format if picture else "",
        "bytes": one.size,
        "notes": "; ".join(picture.notes) if picture else "",
    }


def _look_alikes(used: "Sequence[Found]", called: Mapping[str, str]) -> "pd.DataFrame":
    import pandas as pd

    signatures = np.array([one.picture.signature for one in used], dtype=np.uint64).reshape(-1, 4)
    rows = []
    for first, second, bits in lookalikes.pairs(signatures):
        pair = used[first], used[second]
        rows.append(
            [
                *(str(one.placed.member) for one in pair),
                *(one.split for one in pair),
                *(called[one.placed.class_name] for one in pair),
                bits,
                pair[0].split != pair[1].split,
            ]
        )
    table = pd.DataFrame(rows, columns=[*_LOOK_ALIKE, "bits that differ", "across"]).astype({"across": bool})
    return table.sort_values("across", ascending=False, kind="stable", ignore_index=True)


def _warnings(used: "Sequence[Found]", called: Mapping[str, str], alike: "pd.DataFrame") -> "list[str]":
    lines = []
    for folder, name in called.items():
        counts = {s: sum(f.placed.class_name == folder and f.split == s for f in used) for s in SPLITS}
        total = sum(counts.values())
        if total == 0:
            lines.append(f"class {name} has no usable photo and is left out")
        elif total == 1:
            lines.append(
                f"class {name} has one photo, in {next(s for s in SPLITS if counts[s])}: too few to learn"
            )
        elif counts["train"] == 0:
            lines.append(f"class {name} has no training photo: it cannot be learnt")
    across, labels = (
        int(alike["across"].sum()),
        int((alike["class of first"] != alike["class of second"]).sum()),
    )
    if across:
        lines.append(f"look-alikes across splits: {amount(across, 'pair')}, see report.look_alikes")
    if labels:
        lines.append(f"look-alikes in two classes: {amount(labels, 'pair')}, one of the labels may be wrong")
    return lines
