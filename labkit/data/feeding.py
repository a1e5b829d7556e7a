"""Feeding: images to Keras, arrays as they are and image files batch by batch."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from labkit.data.dataset import Dataset
from labkit.data.image_files import ImageFiles


def fit_arguments(dataset: Dataset, batch_size: int, seed: int = 0, epoch: int = 0) -> dict[str, Any]:
    """What `model.fit` takes for a data set: images and labels, validation, batch size, shuffling.

    Args:
        seed, epoch: the order of image files in an epoch follows from these two alone; `epoch` is the first one.

    Example:
        >>> from labkit import data
        >>> arguments = fit_arguments(data.load("mnist", source="sample", validation=0.2), 32)
        >>> arguments["x"].shape, arguments["batch_size"]
        ((1152, 28, 28), 32)
    """
    validation = (dataset.x_val, dataset.y_val) if len(dataset.x_val) else None
    if isinstance(dataset.x_val, ImageFiles) and validation:
        validation = batches(*validation, batch_size)
    if isinstance(dataset.x_train, ImageFiles):
        fed = batches(dataset.x_train, dataset.y_train, batch_size, seed, epoch)
        return {"x": fed, "validation_data": validation, "shuffle": False}  # they shuffle themselves
    return {
        "x": dataset.x_train,
        "y": dataset.y_train,
        "validation_data": validation,
        "batch_size": batch_size,
    }


def predict(model: Any, x: Any, batch_size: int, **more: Any) -> np.ndarray:
    """`model.predict` for arrays and image files.

    Raises:
        OSError: an image file is gone or damaged.
    """
    if not isinstance(x, ImageFiles):
        return model.predict(x, batch_size=batch_size, verbose=0, **more)
    fed = batches(x, None, batch_size)
    with plainly(fed):
        return model.predict(fed, verbose=0, **more)


@contextmanager
def plainly(*fed: Any) -> Iterator[None]:
    """A file that could not be read is said in one line; TensorFlow would wrap it into a page of its own."""
    try:
        yield
    except Exception:
        for each in fed:
            if getattr(each, "fault", None):
                raise each.fault from None
        raise


def batches(
    x: ImageFiles, y: np.ndarray | None, batch_size: int, seed: int | None = None, epoch: int = 0
) -> Any:
    """A `keras.utils.PyDataset` that reads image files batch by batch, shuffled anew in every epoch if seeded."""
    import keras

    class Batches(keras.utils.PyDataset):
        def __init__(self):
            super().__init__()
            self.epoch, self.fault = epoch, None
            self.order = self._order()

        def __len__(self):
            return math.ceil(len(x) / batch_size)

        def __getitem__(self, number):
            some = self.order[number * batch_size : (number + 1) * batch_size]
            try:
                images = x[some]
            except OSError as error:
                self.fault = error
                raise
            return (images,) if y is None else (images, y[some])

        def on_epoch_end(self):
            self.epoch += 1
            self.order = self._order()

        def _order(self):
            if seed is None:
                return np.arange(len(x))
            return np.random.default_rng([seed, self.epoch]).permutation(len(x))

    return Batches()
