"""Ten epochs of a new head on a frozen VGG-16: features computed in every epoch, only once, and once with short numbers.

    python benchmarks/transfer.py --out transfer                 # 5,000 images, one seed: some minutes on two cores
    python benchmarks/transfer.py --out transfer --images 50000 --seeds 3      # as the README has it: hours

CIFAR-10 from LABKIT_DATA like everybody's. Without `--weights` the base is random (He's initialisation, which keeps the
signal alive through 13 layers): what a step costs does not depend on the weights, and its features are good for far more
than chance, so that the three accuracies can be compared. Contestants take turns seed by seed.

Writes transfer.csv (one row a contestant and seed) and transfer.png, and prints medians and ratios.
"""

import argparse
import time
from pathlib import Path
from typing import Any

import keras
import pandas as pd
from conditions import bars, conditions

from labkit import data, evaluate, models, train
from labkit.data.dataset import Dataset

CONTESTANTS = {
    "features in every epoch": {"cache_features": False},
    "labkit: features once": {"cache_features": True},
    "labkit: once, short numbers": {"cache_features": True, "mixed_precision": "auto"},
}


def network(weights: str | None, seed: int) -> keras.Model:
    """VGG-16 up to its last pooling, frozen, Dense 256 and 10 on it."""
    keras.utils.set_random_seed(seed)
    net = models.transfer(
        "vgg16", 10, (32, 32, 3), weights=weights, head=(256,), preprocessing=None if weights else "torch"
    )
    if weights is None:
        for layer in net.layers:
            if isinstance(layer, keras.layers.Conv2D):
                layer.kernel.assign(keras.initializers.HeNormal(seed)(layer.kernel.shape))
    return net


def once(
    dataset: Dataset, settings: dict[str, Any], epochs: int, weights: str | None, seed: int
) -> dict[str, float]:
    """One training: seconds on the clock and of the processors, test accuracy."""
    net = network(weights, seed)
    start = time.perf_counter(), time.process_time()
    train(net, dataset, epochs=epochs, batch_size=64, seed=seed, **settings)
    spent = time.perf_counter() - start[0], time.process_time() - start[1]
    return {"wall_s": spent[0], "cpu_s": spent[1], "accuracy": evaluate(net, dataset).accuracy}


def measure(dataset: Dataset, epochs: int, weights: str | None, seeds: int) -> pd.DataFrame:
    return pd.DataFrame(
        {"who": who, "seed": seed, **once(dataset, settings, epochs, weights, seed)}
        for seed in range(seeds)
        for who, settings in CONTESTANTS.items()
    )


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Medians over the seeds, and how many times sooner than with features in every epoch."""
    medians = table.groupby("who", sort=False)[["wall_s", "cpu_s", "accuracy"]].median()
    for unit in ("wall", "cpu"):
        medians[f"{unit}_ratio"] = medians[f"{unit}_s"].iloc[0] / medians[f"{unit}_s"]
    return medians.reset_index()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--out", type=Path, default=Path("transfer"), help="folder for the CSV and the figure"
    )
    parser.add_argument("--images", type=int, default=5_000)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--weights", help="'imagenet' or a file; random if left out")
    given = parser.parse_args()
    dataset = data.load("cifar10").with_channels()
    if given.images < len(dataset.x_train):
        dataset = dataset.subset(given.images, n_test=2_000)
    facts = conditions(
        rounds=given.seeds,
        images=len(dataset.x_train),
        epochs=given.epochs,
        weights=given.weights or "random",
    )
    table = measure(dataset, given.epochs, given.weights, given.seeds).assign(**facts)
    given.out.mkdir(parents=True, exist_ok=True)
    table.to_csv(given.out / "transfer.csv", index=False)
    title = f"{facts['images']:,} images, {given.epochs} epochs"
    shown = summary(table)
    bars(shown.assign(what=title, **facts), "what", "cpu_s", "processor seconds", given.out / "transfer.png")
    print(shown.round(3).to_string(index=False))


if __name__ == "__main__":
    main()
