"""Small folders of photos: two colours, red and blue, which any net can tell apart."""

from pathlib import Path

import numpy as np
from PIL import Image

COLOURS = {"blue": (30, 40, 220), "red": (220, 40, 30)}


def photo(colour, seed, size=(24, 18)):
    """A noisy picture of one colour, no two alike; size is (width, height)."""
    rng = np.random.default_rng(seed)
    noise = rng.integers(-30, 31, (size[1], size[0], 3))
    return Image.fromarray((np.array(colour) + noise).clip(0, 255).astype(np.uint8))


def save(place, colour="red", seed=0, **options):
    place = Path(place)
    place.parent.mkdir(parents=True, exist_ok=True)
    photo(COLOURS[colour], seed).save(place, **options)
    return place


def two_classes(root, count=10, suffix="png"):
    """`blue/` and `red/` with `count` photos each."""
    for label, colour in enumerate(COLOURS):
        for i in range(count):
            save(root / colour / f"{i:02}.{suffix}", colour, seed=1000 * label + i)
    return root


def three_splits(root, counts=(6, 3, 4)):
    """`train/`, `validation/` and `test/` with two classes each."""
    for number, (split, count) in enumerate(zip(("train", "validation", "test"), counts, strict=True)):
        for label, colour in enumerate(COLOURS):
            for i in range(count):
                save(root / split / colour / f"{i}.png", colour, seed=10_000 * number + 1000 * label + i)
    return root
