"""How large the file of a trained VGG-16 is: prints a Markdown table, from files that were written.

    python benchmarks/file_sizes.py                  # needs 6 GB of memory and 2 GB of disk for a moment
    python benchmarks/file_sizes.py --side 32        # the same heads on 32x32 images, quickly

Sheet S1.11 saves VGG-16 for 224x224 images with a head of Dense 4096, 4096 and 2, trained by Adam, and finds
1.4 GB. Each file is written into a temporary folder, measured and deleted. The weights are random: they do not
change the size.
"""

import argparse
import platform
import tempfile
import time
from pathlib import Path

import keras

import labkit as lk

CLASSES = ["with_mask", "without_mask"]


def sheets(side: int) -> keras.Model:
    """The sheet's network: the base frozen, Flatten, Dense 4096, 4096, 2."""
    return lk.models.transfer("vgg16", 2, (side, side, 3), weights=None, head=(4096, 4096))


def averaged(side: int) -> keras.Model:
    """One number a map, and Dense 2."""
    return lk.models.transfer("vgg16", 2, (side, side, 3), weights=None, head=(), pooling="avg")


def as_the_sheet(model: keras.Model, folder: Path) -> Path:
    """Keras's own `.h5`, the optimizer in it."""
    model.save(folder / "model.h5")
    return folder / "model.h5"


def with_optimizer(model: keras.Model, folder: Path) -> Path:
    return lk.save(model, folder / "model.keras", class_names=CLASSES, optimizer=True)


def without_optimizer(model: keras.Model, folder: Path) -> Path:
    return lk.save(model, folder / "model.keras", class_names=CLASSES)


ROWS = (
    ("4096, 4096, 2", "`model.save('model.h5')`, as the sheet", sheets, as_the_sheet),
    ("4096, 4096, 2", "`lk.save(..., optimizer=True)`", sheets, with_optimizer),
    ("4096, 4096, 2", "`lk.save(...)`", sheets, without_optimizer),
    ("average of each map, 2", "`lk.save(...)`", averaged, without_optimizer),
)


def row(head: str, call: str, build, write, side: int) -> str:
    """One line of the table."""
    model = build(side)
    model.compile("adam", "categorical_crossentropy")
    model.optimizer.build(model.trainable_variables)  # its slots, as after the first step
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        path = write(model, Path(folder))
        seconds, size = time.perf_counter() - began, path.stat().st_size
    trained = sum(w.numpy().size for w in model.trainable_weights)
    cells = [
        head,
        f"{model.count_params():,}",
        f"{trained:,}",
        call,
        f"{size / 1e6:,.0f} MB",
        f"{seconds:.0f} s",
    ]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--side", type=int, default=224, help="of the images (default 224)")
    side = parser.parse_args().side
    header = ["head", "parameters", "trained", "written by", "file", "time"]
    print(f"| {' | '.join(header)} |\n|{'---|' * len(header)}")
    for head, call, build, write in ROWS:
        print(row(head, call, build, write, side), flush=True)
        keras.utils.clear_session()
    print(f"\nKeras {keras.__version__} on {keras.backend.backend()}, Python {platform.python_version()}.")


if __name__ == "__main__":
    main()
