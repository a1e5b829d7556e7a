"""Stepping: how many steps Keras takes between two looks at Python, chosen by measuring a few."""

import time
from typing import Any

import numpy as np

from labkit.data.dataset import Dataset

_BUSY = 0.1  # seconds between two looks: Ctrl-C, the progress bar and the check for NaN still answer at once
_MOST = 32
_MEASURED = 4


def check_steps(asked: Any) -> None:
    """Raise a one-line ValueError unless `asked` is a number of steps or "auto"."""
    whole = isinstance(asked, int | np.integer) and not isinstance(asked, bool) and asked >= 1
    if not whole and asked != "auto":
        raise ValueError(
            f"steps_per_execution must be a whole number of 1 or more, or 'auto', not {asked!r}."
        )


def measured(model: Any, dataset: Dataset, batch_size: int) -> int:
    """How many steps fill a tenth of a second, at most 32 and at most an epoch; the model is as before afterwards.

    Python costs some two milliseconds a step: much for a small net, nothing for a large one.

    Args:
        model: compiled; a few steps are taken and taken back.
        dataset: labels in the form that the loss takes. Images on the disk take longer than Python: 1.
    """
    import keras

    if not isinstance(dataset.x_train, np.ndarray):
        return 1
    fed = dataset.x_train[:batch_size], dataset.y_train[:batch_size]
    model.optimizer.build(model.trainable_variables)
    variables = [*model.variables, *model.optimizer.variables]
    before = [keras.ops.convert_to_numpy(variable).copy() for variable in variables]
    seconds = []
    for _ in range(_MEASURED + 1):
        start = time.perf_counter()
        model.train_on_batch(*fed)
        seconds.append(time.perf_counter() - start)
    for variable, value in zip(variables, before, strict=True):
        variable.assign(value)
    model.reset_metrics()
    steps = max(1, len(dataset.x_train) // batch_size)
    return max(1, min(round(_BUSY / np.median(seconds[1:])), _MOST, steps))
