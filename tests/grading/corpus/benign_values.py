"""Honest hand-ins whose answers come in awkward types, words, or not at all."""

from tests.grading.corpus import tiny
from tests.grading.corpus.case import Case, file, full, good, nothing, without


def _area(name, why, value):
    return good(f"area_{name}", why, {"area": f"area = {value}"})


def _double(name, why, source, points=3):
    return good(
        f"double_{name}", why, {"double": source.strip("\n")}, marks={**full(), "tiny.double": points}
    )


def _rows(name, why, value, points=2):
    return good(f"rows_{name}", why, {"rows": f"rows = {value}"}, marks={**full(), "tiny.rows": points})


def _shape(name, why, value):
    return good(f"shape_{name}", why, {"shape": f"shape = {value}"})


def _grid(name, why, value, points=1):
    return good(f"grid_{name}", why, {"grid": f"grid = {value}"}, marks={**full(), "tiny.grid": points})


def _why(name, why, text):
    return good(f"why_{name}", why, {"why": text})


def _unanswered():
    return dict.fromkeys(("area", "double", "rows", "letter", "shape", "grid", "why"))


def _deleted(*names):
    notebook = tiny.hand_in()
    notebook["cells"] = [
        cell for cell in notebook["cells"] if cell["id"] not in {f"tiny-{name}" for name in names}
    ]
    return file(notebook)


def _saved_outputs(folder):
    """50 MB of pictures in the file."""
    notebook = tiny.hand_in()
    data = {"image/png": "A" * 10_000_000, "text/plain": "<Figure>"}
    output = {"output_type": "display_data", "data": data, "metadata": {}}
    for name in ("area", "double", "rows", "letter", "shape"):
        tiny.cell(notebook, f"tiny-{name}")["outputs"] = [output]
    file(notebook)(folder)


def _without_kernelspec():
    notebook = tiny.hand_in()
    del notebook["metadata"]["kernelspec"], notebook["metadata"]["language_info"]
    return file(notebook)


CASES = [
    _area("numpy_int", "a NumPy integer", "np.int64(5408)"),
    _area("float", "a float", "13.0**2 * MAPS"),
    _area("numpy_float32", "a NumPy float", "np.float32(5408)"),
    _area("array_of_one", "an array of one number", "np.array([[5408]])"),
    _area("array_of_none", "an array without axes", "np.prod([13, 13, 32]).reshape(())"),
    _area("fraction", "a fraction", '__import__("fractions").Fraction(10816, 2)'),
    _area("decimal", "a Decimal", '__import__("decimal").Decimal("5408.00")'),
    _area("text", "a text with a space", '"5 408"'),
    _area("text_comma", "a text with a comma for thousands", '"5,408"'),
    good(
        "area_french",
        "a French decimal comma, no-break space",
        {"area": 'area = "5\u202f408,0"'},
        language="fr",
    ),
    _area("nearly", "a float that is not quite whole", "round(5408.0000001)"),
    _double("lambda", "a lambda", "double = lambda x: x + x"),
    _double(
        "object",
        "an object that can be called",
        """
class Doubler:
    def __call__(self, x):
        return x * 2


double = Doubler()
""",
    ),
    _double(
        "class",
        "a class, whose objects are numbers",
        """
class double(int):
    def __new__(cls, x):
        return super().__new__(cls, 2 * x)
""",
    ),
    _double(
        "partial",
        "functools.partial",
        "import functools\nimport operator\n\ndouble = functools.partial(operator.mul, 2)",
    ),
    _double("method", "a method of a number", "double = (2).__mul__"),
    _double(
        "defaults",
        "default arguments",
        "def double(x, factor=2, *rest, power=1, **more):\n    return x * factor**power",
    ),
    _double(
        "cached",
        "lru_cache",
        "from functools import lru_cache\n\n\n@lru_cache\ndef double(x):\n    return 2 * x",
    ),
    _double("numpy", "NumPy's numbers", "def double(x):\n    return np.multiply(x, 2)"),
    _double("float", "floats", "def double(x):\n    return 2.0 * x"),
    _double("vectorised", "np.vectorize", "double = np.vectorize(lambda x: 2 * x)"),
    _double(
        "prints",
        "it prints and counts",
        """
calls = 0


def double(x):
    global calls
    calls += 1
    print("doubling", x)
    return 2 * x
""",
    ),
    _double(
        "typed",
        "annotations and a docstring",
        '''
from __future__ import annotations


def double(x: Number | None) -> "Number":
    """Twice x."""
    return 2 * x
''',
    ),
    _double(
        "recursive",
        "a helper within, recursion",
        """
def double(x):
    def add(n, times):
        return 0 if times == 0 else n + add(n, times - 1)

    return add(x, 2)
""",
    ),
    _double("generator", "it returns a generator: no number", "def double(x):\n    yield 2 * x", points=0),
    _double(
        "returns_text", "it returns a text: no number", "def double(x):\n    return str(2 * x)", points=0
    ),
    _double(
        "prints_only",
        "it prints its result and returns nothing",
        "def double(x):\n    print(2 * x)",
        points=0,
    ),
    _double(
        "called",
        "the result of a call instead of the function",
        "def double(x):\n    return 2 * x\n\n\ndouble = double(2)",
        points=0,
    ),
    _rows("array", "an array", "np.array([3, 9, 27, 81])"),
    _rows("floats", "an array of floats", "3.0 ** np.arange(1, 5)"),
    _rows("tuple", "a tuple of NumPy's numbers", "tuple(np.array([3, 9, 27, 81]))"),
    _rows("dictionary", "a dictionary", '{"one": 3, "two": 9, "three": 27, "four": 81}'),
    _rows("generated", "a list from a generator", "list(3**n for n in [1, 2, 3, 4])"),
    _rows("with_zeros", "zeros in between are left out", "[0, 3, 9, 0, 27, 81]"),
    _rows("texts", "numbers as texts", '["3", "9", "27", "81"]'),
    _rows("half", "two of four", "[3, 9, 28, 82]", points=1),
    _rows("most", "three of four", "[3, 9, 27, 82]", points=1.5),
    _rows("too_many", "one too many", "[1, 3, 9, 27, 81]", points=0),
    good("letter_brackets", "a letter in brackets, large", {"letter": 'letter = " (B). "'}),
    good("letter_numpy", "a letter from an array", {"letter": 'letter = np.array(["a", "b"])[1]'}),
    _shape("list", "a list", "[26, 26, 32]"),
    _shape("array", "an array", "np.array([26, 26, 32])"),
    _shape("batch", "with the batch", "(None, 26, 26, 32)"),
    _shape("text", "a text", '"26×26×32"'),
    _shape("of_array", "the shape of an array", "np.zeros((26, 26, 32)).shape"),
    _shape("numpy_ints", "NumPy's numbers", "tuple(np.array([26, 26, 32]))"),
    _grid("float32", "float32", "np.eye(4, dtype=np.float32)"),
    _grid("fortran", "columns first", "np.asfortranarray(np.eye(4))"),
    _grid("view", "a view with strides", "np.eye(8)[::2, ::2]"),
    _grid("rows_exchanged", "another order of the rows: as good", "np.eye(4)[[2, 0, 3, 1]]"),
    _grid("integers", "integers: another type than asked for", "np.eye(4, dtype=int)", points=0),
    _grid("list", "a list: no array", "np.eye(4).tolist()", points=0),
    _why(
        "markdown",
        "lists, tables, code",
        "- *few* **weights**\n- `shared`\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```python\nx = 1\n```",
    ),
    _why(
        "maths",
        "formulas and HTML",
        "$$\\sum_i w_i x_i$$ and $3 \\times 3$, <b>bold</b> &amp; <br> a < b > c",
    ),
    _why("long", "20,000 characters", "A window looks at few pixels. " * 670),
    _why("emoji", "another script, emoji", "因为窗口小 👩🏽‍🔬 — parce que… « peu de poids »"),
    good(
        "french", "the French edition", {"why": "Parce qu'une fenêtre regarde peu de pixels."}, language="fr"
    ),
    good("unanswered", "nothing was answered", _unanswered(), marks={**nothing(), "tiny.why": 0}),
    good(
        "unanswered_french",
        "nothing was answered, in French",
        _unanswered(),
        language="fr",
        marks={**nothing(), "tiny.why": 0},
    ),
    good(
        "half_answered",
        "some answers are open",
        {"area": None, "grid": None, "why": None},
        marks={**without("area", "grid"), "tiny.why": 0},
    ),
    good(
        "dots",
        "dots, pass and None in place of answers",
        {"area": "...", "rows": "pass", "letter": "letter = None", "shape": 'shape = ""'},
        marks=without("area", "rows", "letter", "shape"),
    ),
    good("all_wrong", "everything was answered, nothing is right", tiny.WRONG, marks=nothing()),
    Case(
        "deleted_answers",
        "benign",
        "two answer cells are gone",
        _deleted("area", "rows"),
        without("area", "rows"),
    ),
    Case("saved_outputs", "benign", "50 MB of saved pictures", _saved_outputs, full()),
    Case("no_kernelspec", "benign", "no kernel is named", _without_kernelspec(), full()),
]
