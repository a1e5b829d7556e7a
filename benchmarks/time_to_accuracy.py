"""How long to a given accuracy: the sheet's code against `train(recipe="fast")`, on CIFAR-10 or Fashion-MNIST.

    python benchmarks/time_to_accuracy.py cifar10 --out time_to_accuracy          # three seeds, an hour on two cores
    python benchmarks/time_to_accuracy.py cifar10 --epochs 2 --seeds 1            # quick

The data set is the real one, from LABKIT_DATA like everybody's. Contestants take turns seed by seed. The clock stands
while the test set is judged; building the net, whitening and the first tracing count. What the sheet's code spends on its
validation split counts, as it does for a student. Ours trains on all training images, by schedules of several lengths:
each is a training of its own, of which only the end counts.

Writes DATASET.csv (one row an epoch or a finished schedule, added as it is measured: a run that was stopped goes on) and
DATASET.png, and prints medians and ratios.
"""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import pandas as pd

from labkit import data, evaluate, machine, models, train
from labkit.data.dataset import Dataset
from labkit.training import FlipAndShift

SHEET = "the sheet's code"
SCHEDULES = {  # (width, epochs) of speed_cnn
    "cifar10": ((0.25, 2), (0.375, 2), (0.5, 3), (1.0, 10)),
    "fashion_mnist": ((0.375, 4), (0.5, 4)),
}
# Clothes are centred already: moved by up to two pixels a short training ends a point lower, see the README here.
AUGMENT = {"cifar10": FlipAndShift(), "fashion_mnist": FlipAndShift(shift=0)}


class Clock:
    """Seconds on the wall and of the processors, only inside its `with` blocks."""

    def __init__(self) -> None:
        self.wall = self.cpu = 0.0

    def __enter__(self) -> None:
        self._began = time.perf_counter(), time.process_time()

    def __exit__(self, *_: object) -> None:
        self.wall += time.perf_counter() - self._began[0]
        self.cpu += time.process_time() - self._began[1]


def sheets_net(name: str) -> keras.Model:
    """S4.5.5's net for CIFAR-10, S4.2.2's for Fashion-MNIST."""
    if name == "cifar10":
        return models.deep_cnn(blocks=3, padding="same", batch_norm=True, pool_dropout=0.25)
    return models.fashion_cnn()


def sheet(dataset: Dataset, epochs: int, seed: int) -> Iterator[dict[str, Any]]:
    """What a student writes: float64 pixels, Adam, batches of 128, a fifth for validation; a row an epoch."""
    keras.utils.set_random_seed(seed)
    clock = Clock()
    with clock:
        x, x_test = dataset.x_train / 255.0, dataset.x_test / 255.0
        model = sheets_net(dataset.name)
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        n = len(x) * 4 // 5
    for epoch in range(1, epochs + 1):
        with clock:
            held = x[n:], dataset.y_train[n:]
            model.fit(x[:n], dataset.y_train[:n], batch_size=128, validation_data=held, verbose=0)
        right = model.predict(x_test, batch_size=500, verbose=0).argmax(1) == dataset.y_test
        yield {"epoch": epoch, "wall_s": clock.wall, "cpu_s": clock.cpu, "accuracy": right.mean()}


def ours(dataset: Dataset, width: float, epochs: int, seed: int) -> dict[str, Any]:
    """One schedule from beginning to end."""
    keras.utils.set_random_seed(seed)
    clock = Clock()
    with clock:
        net = models.speed_cnn(dataset.image_shape, dataset.num_classes, width=width)
        train(net, dataset, epochs=epochs, recipe="fast", augment=AUGMENT[dataset.name], seed=seed)
    accuracy = evaluate(models.mirrored(net), dataset).accuracy
    return {"epoch": epochs, "wall_s": clock.wall, "cpu_s": clock.cpu, "accuracy": accuracy}


def measure(
    dataset: Dataset, schedules: list[tuple[float, int]], epochs: int, seeds: int, path: Path
) -> pd.DataFrame:
    """All contestants in turn, seed by seed; rows that the file has already are not measured again."""
    for seed in range(seeds):
        for width, length in schedules:
            who = f"labkit, width {width:g}, {length} epochs"
            if not _has(path, who, seed, length):
                _add(path, dataset, who, seed, ours(dataset, width, length, seed))
        if not _has(path, SHEET, seed, epochs):
            for row in sheet(dataset, epochs, seed):
                _add(path, dataset, SHEET, seed, row)
    return pd.read_csv(path)


def _has(path: Path, who: str, seed: int, epoch: int) -> bool:
    if not path.exists():
        return False
    rows = pd.read_csv(path)
    return bool(((rows["who"] == who) & (rows["seed"] == seed) & (rows["epoch"] == epoch)).any())


def _add(path: Path, dataset: Dataset, who: str, seed: int, row: dict[str, Any]) -> None:
    said = ", ".join(f"{name} {number}" for name, number in machine.versions().items())
    facts = {"data": dataset.source, "device": machine.device(), "versions": said}
    row = {"who": who, "seed": seed, **row, **facts}
    pd.DataFrame([row]).round(4).to_csv(path, mode="a", header=not path.exists(), index=False)


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Medians over the seeds at the end of each training, and how many times sooner than the sheet's code."""
    table = table.drop_duplicates(["who", "seed", "epoch"], keep="last")
    ends = table.sort_values("epoch").groupby(["who", "seed"]).tail(1)
    medians = ends.groupby("who")[["epoch", "accuracy", "wall_s", "cpu_s"]].median()
    medians.insert(1, "seeds", ends.groupby("who")["seed"].nunique())
    if SHEET in medians.index:
        for unit in ("wall", "cpu"):
            medians[f"{unit}_ratio"] = medians.loc[SHEET, f"{unit}_s"] / medians[f"{unit}_s"]
    return medians.sort_values("wall_s")


def draw(table: pd.DataFrame, path: Path) -> None:
    """Test accuracy against processor seconds: the sheet's curves, and one point a schedule and seed."""
    import matplotlib.pyplot as plt

    from labkit.plots import COLOURS

    figure, ax = plt.subplots(figsize=(7, 3.8), layout="constrained")
    table = table.drop_duplicates(["who", "seed", "epoch"], keep="last")
    for seed, rows in table[table["who"] == SHEET].groupby("seed"):
        ax.plot(rows["cpu_s"], rows["accuracy"], color=COLOURS[0], label=None if seed else SHEET)
    for who, rows in table[table["who"] != SHEET].groupby("who"):
        ax.plot(rows["cpu_s"], rows["accuracy"], "o", color=COLOURS[1])
        at = rows["cpu_s"].max(), rows["accuracy"].median()
        ax.annotate(who, at, xytext=(7, -3), textcoords="offset points", fontsize=8)
    ax.set(xscale="log", xlabel="processor seconds of training", ylabel="test accuracy")
    ax.xaxis.set_major_formatter("{x:.0f}")
    ax.xaxis.set_minor_formatter("")
    ax.legend(loc="lower right")
    said, seeds = table.iloc[-1], ", ".join(map(str, sorted(set(table["seed"]))))
    ax.set_title(
        f"{path.stem} ({said['data']}), seeds {seeds}; {said['device']}\n{said['versions']}", fontsize=7
    )
    figure.savefig(path, dpi=110)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("dataset", choices=SCHEDULES)
    parser.add_argument(
        "--out", type=Path, default=Path("time_to_accuracy"), help="folder for the CSV and the figure"
    )
    parser.add_argument("--epochs", type=int, default=20, help="of the sheet's code")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--schedules", type=int, help="only so many of ours, the shortest first")
    given = parser.parse_args()
    dataset = data.load(given.dataset).with_channels()
    given.out.mkdir(parents=True, exist_ok=True)
    schedules = list(SCHEDULES[given.dataset])[: given.schedules]
    table = measure(dataset, schedules, given.epochs, given.seeds, given.out / f"{given.dataset}.csv")
    draw(table, given.out / f"{given.dataset}.png")
    print(summary(table).round(4).to_string())


if __name__ == "__main__":
    main()
