"""Honest hand-ins whose shapes come in an order of another type, as TensorFlow's do."""

from tests.grading.corpus.case import good


def _shape(name, why, source):
    return good(f"shape_{name}", why, {"shape": source})


CASES = [
    _shape(
        "of_tensorflow",
        "an object with items and a length, as TensorFlow's TensorShape is",
        """
class TensorShape:
    def __len__(self):
        return 3

    def __iter__(self):
        return iter((26, 26, 32))


shape = TensorShape()
""",
    ),
    _shape("deque", "a deque", "from collections import deque\n\nshape = deque((26, 26, 32))"),
    _shape("of_dictionary", "the values of a dictionary", "shape = dict(h=26, w=26, maps=32).values()"),
]
