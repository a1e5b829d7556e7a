"""How well the offline samples can be learnt: prints the Markdown table of data/README.md.

    python benchmarks/samples.py                       # all four, three seeds: ten minutes on two cores
    python benchmarks/samples.py cifar10 --seeds 1     # one of them, quickly

Every accuracy is on the test images, as mean ± standard deviation over the seeds: of a softmax regression
on the pixels, of a network of one convolution after 1, 2, 3 and 5 epochs, and of a network of two.
"""

import argparse
import platform
import time

import keras
import numpy as np
from keras import layers

from labkit.data.catalog import CATALOG
from labkit.data.sample import sample

LINEAR_EPOCHS, DEEPER_EPOCHS = 30, 15  # far enough that more changes little
SHOWN_EPOCHS = (1, 2, 3, 5)


def linear(num_classes: int) -> list:
    """Softmax regression on the pixels: what can be had without looking at shapes."""
    return [layers.Flatten(), layers.Dense(num_classes, activation="softmax")]


def small(num_classes: int) -> list:
    """One convolution, as in the course's first network."""
    return [*_block(32), *_head(num_classes)]


def deeper(num_classes: int) -> list:
    """Two convolutions."""
    return [*_block(32), *_block(64), *_head(num_classes)]


def _block(filters: int) -> list:
    return [layers.Conv2D(filters, 3, activation="relu"), layers.MaxPooling2D()]


def _head(num_classes: int) -> list:
    return [
        layers.Flatten(),
        layers.Dense(64, activation="relu"),
        layers.Dense(num_classes, activation="softmax"),
    ]


def accuracies_by_epoch(build, arrays: dict[str, np.ndarray], epochs: int, seed: int) -> list[float]:
    """Test accuracy after each epoch of Adam, batches of 32."""
    keras.utils.set_random_seed(seed)
    x_train, x_test = (_with_channels(arrays[f"x_{split}"]) / np.float32(255) for split in ("train", "test"))
    model = keras.Sequential([keras.Input(x_train.shape[1:]), *build(int(arrays["y_train"].max()) + 1)])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    fitted = model.fit(
        x_train,
        arrays["y_train"],
        batch_size=32,
        epochs=epochs,
        validation_data=(x_test, arrays["y_test"]),
        verbose=0,
    )
    return fitted.history["val_accuracy"]


def _with_channels(images: np.ndarray) -> np.ndarray:
    return images if images.ndim == 4 else images[..., np.newaxis]


def row(name: str, seeds: int) -> list[str]:
    """The table's cells for one data set."""
    arrays = sample(name)
    seconds = min(_seconds_to_make(name) for _ in range(3))
    curves = {
        build: np.array([accuracies_by_epoch(build, arrays, epochs, seed) for seed in range(seeds)])
        for build, epochs in ((linear, LINEAR_EPOCHS), (small, max(SHOWN_EPOCHS)), (deeper, DEEPER_EPOCHS))
    }
    by_epoch = [_spread(curves[small][:, epoch - 1]) for epoch in SHOWN_EPOCHS]
    counts = f"{len(arrays['x_train']):,} / {len(arrays['x_test']):,}"
    return [
        name,
        counts,
        f"{seconds:.1f} s",
        _spread(curves[linear][:, -1]),
        *by_epoch,
        _spread(curves[deeper][:, -1]),
    ]


def _seconds_to_make(name: str) -> float:
    started = time.perf_counter()
    sample(name)
    return time.perf_counter() - started


def _spread(accuracies: np.ndarray) -> str:
    return f"{accuracies.mean():.2f} ± {accuracies.std():.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=list(CATALOG), help="data sets, all if none is named")
    parser.add_argument("--seeds", type=int, default=3, help="runs with seeds 0, 1, ... (default 3)")
    options = parser.parse_args()
    epochs = [f"small, {epoch}" for epoch in SHOWN_EPOCHS]
    header = [
        "sample",
        "train / test",
        "made in",
        f"linear, {LINEAR_EPOCHS} epochs",
        *epochs,
        f"deeper, {DEEPER_EPOCHS}",
    ]
    print(f"| {' | '.join(header)} |\n|{'---|' * len(header)}")
    for name in options.names:
        print(f"| {' | '.join(row(name, options.seeds))} |", flush=True)
    versions = f"Keras {keras.__version__} on {keras.backend.backend()}, NumPy {np.__version__}"
    print(f"\n{versions}, Python {platform.python_version()}; seeds 0 to {options.seeds - 1}.")


if __name__ == "__main__":
    main()
