"""Answers that lie about themselves, and functions that look for what is expected of them.

Every other answer of these notebooks is wrong: no mark can be earned but by forging.
"""

from tests.grading.corpus.hostile_forging import FORGED, forging

CASES = [
    forging(
        "always_equal",
        "an answer that is equal to everything",
        """
class Any:
    shape, dtype = (), "float64"
    __eq__ = __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __bool__ = lambda *_: True
    __ne__ = lambda *_: False
    __hash__ = __len__ = __int__ = __index__ = lambda *_: 0
    __float__ = lambda *_: 0.0
    __sub__ = __rsub__ = __abs__ = __call__ = __getitem__ = __round__ = lambda self, *_: self
    __iter__ = lambda self: iter([self] * 4)
    __array__ = lambda *_, **__: np.zeros((4, 4))


area = rows = letter = double = grid = Any()
""",
    ),
    forging(
        "lying_number",
        "numbers that say of themselves what suits",
        """
class Number(int):
    __eq__ = lambda *_: True
    __hash__ = int.__hash__
    __float__ = lambda self: float("inf")
    __sub__ = __rsub__ = __abs__ = lambda *_: Number(0)
    __repr__ = __str__ = lambda self: '1"}, "points": {"int": "99'


area = Number(1)
""",
    ),
    forging(
        "lying_class",
        "an object that says it is a number",
        """
class Area:
    __class__ = int
    real = imag = 0
    __eq__ = lambda *_: True
    __hash__ = None


area = Area()
""",
    ),
    forging(
        "lying_text",
        "a letter that is every letter",
        """
class Letter(str):
    __eq__ = __contains__ = lambda *_: True
    __hash__ = str.__hash__
    strip = casefold = lower = __getitem__ = lambda self, *_: self


letter = Letter("a")
""",
        at="letter",
    ),
    forging("all_letters", "all choices at once", 'letter = "a b c d"', at="letter"),
    forging(
        "lying_list",
        "a row whose items are equal to everything",
        """
class Item(float):
    __eq__ = lambda *_: True
    __hash__ = float.__hash__
    __repr__ = lambda self: "nan"


class Rows(list):
    __eq__ = lambda *_: True
    __len__ = lambda self: 4
    __iter__ = lambda self: iter([Item(0)] * 4)
    __getitem__ = lambda self, place: Rows([Item(0)] * 4)


rows = Rows([Item(1)] * 4)
""",
        at="rows",
    ),
    forging(
        "lying_array",
        "an array that says it has another shape and type",
        """
class Grid(np.ndarray):
    shape = property(lambda self: (4, 4))
    dtype = property(lambda self: np.dtype("float64"))
    __eq__ = lambda *_: True


grid = np.zeros(16, dtype="int8").view(Grid)
""",
        at="grid",
    ),
    forging(
        "strided_array",
        "one number seen sixteen times",
        """
grid = np.lib.stride_tricks.as_strided(np.ones(1), shape=(4, 4), strides=(0, 0))
""",
        at="grid",
    ),
    forging(
        "metaclass",
        "a class that answers for its objects",
        """
class Meta(type):
    __instancecheck__ = __subclasscheck__ = __eq__ = lambda *_: True
    __hash__ = type.__hash__
    __name__ = property(lambda self: 5 / 0)


class Area(metaclass=Meta):
    pass


area = Area()
""",
    ),
    *[
        forging(
            f"no_number_{number}",
            "no number, and not right for being none",
            f"area = {value}\nrows = [{value}] * 4",
        )
        for number, value in enumerate(
            [
                'float("nan")',
                'float("inf")',
                "True",
                "5408 + 1j",
                '"nan"',
                '"1e999"',
                "lambda: 5408",
                "[5408, 1]",
            ]
        )
    ],
    forging(
        "seeks_expected",
        "the function looks for what is expected of it, in its callers and in memory",
        """
def double(x):
    import gc
    import sys

    frame, places = sys._getframe(1), []
    while frame:
        places.append(frame.f_locals)
        frame = frame.f_back
    places += [found for found in gc.get_objects() if type(found) is dict]
    for place in places:
        for name in ("expect", "expected", "wanted", "accept", "solution", "right"):
            if isinstance(place.get(name), int | float | list):
                return place[name]
    return None
""",
        at="double",
    ),
    forging(
        "forgets_calls",
        "the function takes the other calls away",
        """
def double(x):
    import sys

    sys._getframe(1).f_locals["spec"]["calls"].clear()
    return 0
""",
        at="double",
        flags=FORGED,
    ),
    forging("learnt_examples", "the public examples by heart", "double = {2: 4, -3: -6}.get", at="double"),
    forging(
        "equal_results",
        "results that are equal to everything",
        """
class Any(float):
    __eq__ = lambda *_: True
    __hash__ = float.__hash__


double = lambda x: Any(0)
""",
        at="double",
    ),
    forging(
        "rewrites_arguments",
        "the function changes its arguments instead of giving a result",
        """
def double(x):
    import sys

    call = sys._getframe(1).f_locals
    for values in call["spec"]["calls"]:
        values[:] = [0]
    return 0
""",
        at="double",
    ),
]
