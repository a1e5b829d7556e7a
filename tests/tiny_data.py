"""Data sets of a few random images, in the shapes of the real ones."""

import numpy as np

from labkit.data.catalog import CATALOG


def tiny(name, per_class=4):
    known = CATALOG[name]
    rng = np.random.default_rng(0)
    arrays = {}
    for split in ("train", "test"):
        labels = np.repeat(np.arange(known.num_classes), per_class).astype(np.uint8)
        images = rng.integers(0, 256, (len(labels), *known.image_shape)).astype(np.uint8)
        arrays |= {f"x_{split}": images, f"y_{split}": labels}
    return arrays
