"""Seeding: a training whose chance follows from one number, and which leaves other people's chance alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np


@contextmanager
def seeded(seed: int, model: Any = None) -> Iterator[None]:
    """Keras (and the model's dropout) seeded inside the block; Python's and NumPy's generators as before after it."""
    import random

    import keras

    python_state, numpy_state = random.getstate(), np.random.get_state()
    keras.utils.set_random_seed(seed)
    if model is not None:
        _seed_layers(model, seed)
    try:
        yield
    finally:
        random.setstate(python_state)
        np.random.set_state(numpy_state)


def _seed_layers(model: Any, seed: int) -> None:
    """Dropout and the like draw from generators of their own, whose states travel as variables: start them anew."""
    states = [v for v in model.non_trainable_variables if v.path.endswith("seed_generator_state")]
    for number, state in enumerate(states):
        state.assign(np.array([(seed + number) % 2**32, 0], dtype="uint32").astype(state.dtype))
