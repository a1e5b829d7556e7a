"""FolderReport: what was found in a folder of photos, file by file and in numbers."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

SPLITS = ("train", "val", "test")
SHOWN = 5


def brief(value: Any) -> str:
    """A value as it is written in Python, in one line of at most 60 characters: for an error.

    Example:
        >>> brief("16"), len(brief(list(range(100))))
        ("'16'", 60)
    """
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else f"{text[:57]}..."


def amount(count: int, what: str) -> str:
    """A number of things in words.

    Example:
        >>> amount(1, "file"), amount(1200, "file")
        ('1 file', '1,200 files')
    """
    return f"{count:,} {what}{'' if count == 1 else 's'}"


@dataclass(frozen=True, eq=False)
class FolderReport:
    """What `from_folder` found.

    Attributes:
        folder: its name.
        files: one row a file: `file`, `status` (`"used"`, `"skipped"` or `"hidden"`), `reason` of what was skipped,
            `split`, `index` (its place in `x_train`, `x_val` or `x_test`), `class`, `width` and `height` of the
            photo as it is shown, `format`, `bytes`, `notes` (what had to be done to it).
        look_alikes: pairs of photos that are nearly the same by our own difference hash, the pairs across splits
            first: an image of the test split that looks like one of the training makes the test too easy. A hint
            to look at, no proof; copies that were cropped or mirrored are not found.
        warnings: what a person should know before training, one line each.
    """

    folder: str
    files: "pd.DataFrame" = field(repr=False)
    look_alikes: "pd.DataFrame" = field(repr=False)
    warnings: tuple[str, ...] = ()

    @property
    def used(self) -> "pd.DataFrame":
        return self.files[self.files["status"] == "used"]

    @property
    def skipped(self) -> "pd.DataFrame":
        """The files that could not be used, and why."""
        rows = self.files[self.files["status"] == "skipped"]
        return rows[["file", "reason"]].reset_index(drop=True)

    @property
    def counts(self) -> "pd.DataFrame":
        """Photos per class (rows) and split (columns), with their sums."""
        import pandas as pd

        table = pd.crosstab(self.used["class"], self.used["split"])
        classes = [name for name in self.files["class"].unique() if name]
        table = table.reindex(index=sorted(classes), columns=list(SPLITS), fill_value=0)
        table.index.name, table.columns.name = "class", "split"
        table["all"] = table.sum(axis=1)
        table.loc["all"] = table.sum(axis=0)
        return table

    @property
    def sizes(self) -> "pd.DataFrame":
        """Width, height, their ratio and kilobytes of the photos: smallest, median, largest."""
        import pandas as pd

        used = self.used
        columns = {
            "width": used["width"],
            "height": used["height"],
            "width / height": (used["width"] / used["height"].clip(lower=1)).round(2),
            "kilobytes": (used["bytes"] / 1000).round(1),
        }
        rows = {name: [values.min(), values.median(), values.max()] for name, values in columns.items()}
        return pd.DataFrame.from_dict(rows, orient="index", columns=["smallest", "median", "largest"])

    @property
    def notes(self) -> "pd.Series":
        """How many of the photos used had to be turned, laid on white, enlarged and so on."""
        notes = self.used["notes"].str.split("; ").explode()
        return notes[notes != ""].value_counts().rename("photos")

    def __repr__(self) -> str:
        counts = self.counts.loc["all"]
        splits = " / ".join(f"{counts[split]:,} {split}" for split in SPLITS)
        skipped, across = self.skipped, int(self.look_alikes["across"].sum())
        lines = [
            f"{self.folder}: {counts['all']:,} photos of {len(self.counts) - 1} classes ({splits}), "
            f"{amount(len(skipped), 'file')} skipped, {amount(len(self.look_alikes), 'pair')} of look-alikes, "
            f"{across:,} across splits",
            *(f"  {line}" for line in self.warnings),
            *(f"  skipped: {row.file} {row.reason}" for row in skipped.head(SHOWN).itertuples()),
        ]
        if len(skipped) > SHOWN:
            lines.append(f"  and {len(skipped) - SHOWN:,} more: see report.skipped")
        return "\n".join(lines)
