"""A short run of `kills.py`: the grader is killed, the store torn, and every hand-in has its one right result."""

import sys

import pytest

from labkit.grading import levels
from tests.grading import kills


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="sandboxes are Linux's")
def test_a_killed_grader_goes_on_and_repeats_nothing(tmp_path):
    if levels.best() == "none":
        pytest.skip("this machine offers no isolation")
    result = kills.run(tmp_path, hand_ins=12, kills=4, jobs=2, longest=9.0)
    assert result["faults"] == []
    assert result["left"] == []
    assert result["kills"] > 0
