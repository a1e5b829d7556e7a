"""Grading: re-execute hand-ins that nobody trusts, judge the evidence outside, lose nothing."""

from labkit.grading.grader import Wishes, grade
from labkit.grading.records import Execution, Flag, Graded, HandIn, Mark
from labkit.grading.reference import Reference

__all__ = ["Execution", "Flag", "Graded", "HandIn", "Mark", "Reference", "Wishes", "grade"]
