"""Handing in: what a teacher will check is checked by the student first, and one clean notebook is written.

from labkit.hand_in import prepare
"""

from labkit.hand_in.preparing import prepare
from labkit.hand_in.records import Finding, HandIn

__all__ = ["Finding", "HandIn", "prepare"]
