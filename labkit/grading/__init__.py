"""Grading: re-execute hand-ins that nobody trusts, judge the evidence outside, lose nothing.

    from labkit.grading import Reference, Wishes, grade

Names are looked up when they are first used: a worker, one a hand-in, shall start quickly.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

_NAMES = {
    "Execution": "records",
    "Flag": "records",
    "Graded": "records",
    "HandIn": "records",
    "Mark": "records",
    "Reference": "reference",
    "Wishes": "grader",
    "grade": "grader",
}

__all__ = [*_NAMES]

if TYPE_CHECKING:
    from labkit.grading.grader import Wishes, grade
    from labkit.grading.records import Execution, Flag, Graded, HandIn, Mark
    from labkit.grading.reference import Reference


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        return getattr(import_module(f"labkit.grading.{_NAMES[name]}"), name)
    raise AttributeError(f"labkit.grading has no {name!r}; it has {', '.join(__all__)}")
