"""Triangular: a learning rate that rises to a peak and falls to nearly nothing over one training."""

import math
from numbers import Real
from typing import Any

import keras


class Triangular(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that rises in a straight line to `peak`, then falls in one: one cycle.

    The large rate in the middle is more than the net could bear at the start or make use of at the end. After
    Smith, Super-convergence (2018), and Page, How to train your ResNet (2018).

    Args:
        peak: the largest rate.
        steps: batches of the whole training; left out, `train()` fills it in.
        rise: share of the steps that go up.
        start, end: the first and the last rate, as shares of the peak.

    Raises:
        ValueError: a number makes no sense, or the schedule is asked for a rate and does not know its steps.

    Example:
        >>> schedule = Triangular(1.0, steps=10, rise=0.5, start=0.0, end=0.0)
        >>> [round(float(schedule(step)), 1) for step in (0, 2, 5, 10)]
        [0.0, 0.4, 1.0, 0.0]
    """

    def __init__(
        self, peak: float, steps: int | None = None, rise: float = 0.2, start: float = 0.2, end: float = 0.02
    ) -> None:
        if isinstance(peak, bool) or not isinstance(peak, Real) or not 0 < peak < math.inf:
            raise ValueError(f"peak must be a number above 0, such as 0.5, not {peak!r}.")
        if not 0 < rise < 1:
            raise ValueError(f"rise must be a share between 0 and 1, such as 0.2, not {rise!r}.")
        if steps is not None and steps < 1:
            raise ValueError(f"steps must be a whole number of 1 or more, not {steps!r}.")
        self.peak, self.steps, self.rise, self.start, self.end = peak, steps, rise, start, end

    def __call__(self, step: Any) -> Any:
        if self.steps is None:
            raise ValueError(
                "this schedule does not know its steps: Triangular(peak, steps=epochs * batches)."
            )
        done = keras.ops.cast(step, "float32") / self.steps
        up = self.start + (1 - self.start) * done / self.rise
        down = 1 - (1 - self.end) * (done - self.rise) / (1 - self.rise)
        return self.peak * keras.ops.maximum(keras.ops.minimum(up, down), min(self.start, self.end))

    def over(self, steps: int) -> "Triangular":
        """The same triangle over so many steps; one that knows its steps keeps them."""
        return self if self.steps else Triangular(**self.get_config() | {"steps": steps})

    def get_config(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("peak", "steps", "rise", "start", "end")}
