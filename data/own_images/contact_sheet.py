"""The contact sheet: every original, the image made of it, its recipe and the answer of a trained network, in one picture.

    python data/own_images/contact_sheet.py cifar10.keras fashion_mnist.keras

The networks are files that `labkit.save` wrote, or any that `labkit.load` reads with classes in the data sets' order.
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt

import labkit as lk

HERE = Path(__file__).resolve().parent


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("cifar10", type=Path, help="a network for CIFAR-10")
    options.add_argument("fashion_mnist", type=Path, help="a network for Fashion-MNIST")
    options.add_argument("--to", type=Path, default=HERE / "contact_sheet.jpg")
    chosen = options.parse_args()
    figure, parts = plt.subplots(2, 1, figsize=(13.5, 28.4), height_ratios=(10, 2), layout="constrained")
    for ax, name in zip(parts, ("cifar10", "fashion_mnist"), strict=True):
        own = lk.data.own_images(HERE / name)
        lk.plots.desk(own, lk.load(getattr(chosen, name)), ax=ax)
    figure.savefig(chosen.to, dpi=70, pil_kwargs={"quality": 82})


if __name__ == "__main__":
    main()
