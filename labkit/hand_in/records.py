"""What a check of a hand-in comes to: findings, each one sentence for the student, and the files that were written."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from labkit.hand_in.words import CHECKS, say_of

if TYPE_CHECKING:
    import pandas as pd

OK, MENDED, WARNING, MISSING, LEFT_OUT = "ok", "mended", "warning", "missing", "left out"
MARKS = {OK: "✓", MENDED: "✓", WARNING: "!", MISSING: "✗", LEFT_OUT: "-"}


@dataclass(frozen=True)
class Finding:
    """What one check found.

    Attributes:
        check: `"file"`, `"lab"`, `"order"`, `"errors"`, `"questions"`, `"checks"`, `"fresh run"`, `"widgets"`,
            `"pictures"`, `"size"`, `"paths"` or `"versions"`.
        status: `"ok"`; `"mended"` (put right in the copy); `"warning"`; `"missing"` (not fit to be handed in);
            `"left out"` (not looked at).
        sentence: for the student, in the language that was chosen.
        items: what it is about, such as the questions without an answer.
    """

    check: str
    status: str
    sentence: str
    items: tuple[str, ...] = ()


@dataclass(frozen=True)
class HandIn:
    """What was found, and the two files that were written."""

    findings: tuple[Finding, ...]
    notebook: Path
    environment: Path
    language: str

    @property
    def passed(self) -> bool:
        """Whether nothing is missing; warnings do not count."""
        return all(finding.status != MISSING for finding in self.findings)

    def __getitem__(self, check: str) -> Finding:
        """The finding of a check.

        Example:
            >>> found = HandIn((Finding("order", OK, "in order"),), Path("a.ipynb"), Path("a.txt"), "en")
            >>> found["order"].sentence, found.passed
            ('in order', True)
        """
        for finding in self.findings:
            if finding.check == check:
                return finding
        raise KeyError(f"no check {check!r}: there are {', '.join(f.check for f in self.findings)}.")

    def table(self) -> "pd.DataFrame":
        """One row a check: its mark as `labkit hand-in` prints it, and the sentence.

        Example:
            >>> found = HandIn((Finding("order", "missing", "Not run."),), Path("a.ipynb"), Path("a.txt"), "en")
            >>> found.table().loc["run in order"].to_list()
            ['✗', 'Not run.']
        """
        import pandas as pd

        rows = {CHECKS[f.check][self.language]: (MARKS[f.status], f.sentence) for f in self.findings}
        return pd.DataFrame.from_dict(rows, orient="index", columns=["", say_of(self.language, "found")])
