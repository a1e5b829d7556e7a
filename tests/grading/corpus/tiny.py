"""The tiny lab: seven questions, no Keras, so that a hand-in is run in a second. Ten points are automatic."""

from collections.abc import Mapping
from typing import Any

from labkit.grading.reference import Reference
from tests.grading.corpus.lab import Lab, answer, check, code, prose, setup, words

POINTS = {
    "tiny.area": 2,
    "tiny.double": 3,
    "tiny.rows": 2,
    "tiny.letter": 1,
    "tiny.shape": 1,
    "tiny.grid": 1,
    "tiny.why": None,  # 2 points, by a person
}
WRONG = {  # wrong everywhere, by enough to earn no part of a point either
    "area": "area = 1",
    "double": "def double(x):\n    return x + 1",
    "rows": "rows = [1, 1, 1, 1]",
    "letter": 'letter = "a"',
    "shape": "shape = (1, 2, 3)",
    "grid": "grid = np.zeros((2, 2))",
}

LAB = Lab(
    "tiny",
    (
        setup('import labkit as lk\n\nlk.config.choose(language="{language}")\n\nimport numpy as np'),
        prose("## Counting\n\nA map is `SIDE` wide.", "## Compter\n\nUne carte a une largeur de `SIDE`."),
        code("SIDE, MAPS = 26, 32"),
        prose(
            "How many values do `MAPS` maps have after a pooling by 2?",
            "Combien de valeurs ont `MAPS` cartes après un pooling par 2 ?",
        ),
        answer("area", "area = 13 * 13 * MAPS"),
        check(area="area"),
        prose("Write a function that doubles a number.", "Écrivez une fonction qui double un nombre."),
        answer("double", "def double(x):\n    return 2 * x", head="def double(x):"),
        check(double="double"),
        prose("The first four powers of 3:", "Les quatre premières puissances de 3 :"),
        answer("rows", "rows = [3, 9, 27, 81]"),
        check(rows="rows"),
        prose("## Shapes\n\na, b, c or d?", "## Formes\n\na, b, c ou d ?"),
        answer("letter", 'letter = "b"'),
        prose("And the shape?", "Et la forme ?"),
        answer("shape", "shape = (26, 26, 32)"),
        check(letter="letter", shape="shape"),
        prose("The identity, 4×4:", "L'identité, 4×4 :"),
        answer("grid", "grid = np.eye(4)"),
        check(grid="grid"),
        prose("Why are windows small?", "Pourquoi les fenêtres sont-elles petites ?"),
        words("why", "A window looks at few pixels, and the same few weights serve everywhere."),
    ),
)


def reference() -> Reference:
    """The lab as grading sees it; its questions stand in `questions/`, which LABKIT_QUESTIONS must name."""
    return LAB.reference()


def hand_in(answers: Mapping[str, str | None] | None = None, **changes: Any) -> dict[str, Any]:
    """A student's notebook, right everywhere but for `answers`; see `Lab.hand_in`.

    Example:
        >>> notebook = hand_in({"area": "area = 1"}, language="fr")
        >>> next(cell["source"] for cell in notebook["cells"] if cell["id"] == "tiny-area")
        ['area = 1']
    """
    return LAB.hand_in(answers, **changes)


def cell(notebook: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The cell of that id, e.g. `"tiny-area"` or `"check-tiny-area"`."""
    return next(found for found in notebook["cells"] if found.get("id") == name)
