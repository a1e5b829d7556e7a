"""How long an explanation takes: labkit against tf-keras-vis as a student writes it, on one CPU or GPU.

    python benchmarks/explain.py --out explain              # lab 3's net and VGG-16, batches of 1 and 32
    python benchmarks/explain.py --out explain --quick      # lab 3's net alone, fewer repeats

Writes explain.csv (one row a net, batch and contestant: seconds of the first call, and milliseconds an image
afterwards as median, smallest and largest, and the median of processor time, which other programs on the machine
disturb less) and explain.png, and prints the table. Networks are untrained: what an explanation costs does not depend
on the weights. All contestants look at the same layer.
"""

import argparse
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path

import keras
import numpy as np
import pandas as pd
from tf_keras_vis.gradcam import Gradcam
from tf_keras_vis.gradcam_plus_plus import GradcamPlusPlus
from tf_keras_vis.layercam import Layercam
from tf_keras_vis.utils.model_modifiers import ReplaceToLinear
from tf_keras_vis.utils.scores import CategoricalScore

from labkit import explain, machine, models

NETS = {  # how it is built, and the layer that labkit chooses for it
    "lab 3's net": (lambda: models.deep_cnn(blocks=3, padding="same", batch_norm=True), "block3_conv2"),
    "VGG-16": (lambda: models.vgg16(100, (32, 32, 3)), "block4_conv3"),
}
THEIRS = {"gradcam": Gradcam, "gradcam++": GradcamPlusPlus, "layercam": Layercam}


def one_by_one(model: keras.Model, x: np.ndarray, classes: list[int], method: str, layer: str) -> np.ndarray:
    """What the page of tf-keras-vis shows, in a loop over the images: one object, one call an image."""
    cam = THEIRS[method](model, model_modifier=ReplaceToLinear(), clone=True)
    return np.concatenate(
        [
            cam(CategoricalScore(label), image[np.newaxis], penultimate_layer=layer)
            for image, label in zip(x, classes, strict=True)
        ]
    )


def one_batch(model: keras.Model, x: np.ndarray, classes: list[int], method: str, layer: str) -> np.ndarray:
    """The same with all images in one call."""
    cam = THEIRS[method](model, model_modifier=ReplaceToLinear(), clone=True)
    return cam(CategoricalScore(classes), x, penultimate_layer=layer)


def ours(
    engine: str, model: keras.Model, x: np.ndarray, classes: list[int], method: str, layer: str
) -> np.ndarray:
    return explain.explain(model, x, classes, method, layer, engine).maps


CONTESTANTS = {
    "tf-keras-vis, image by image": one_by_one,
    "tf-keras-vis, one batch": one_batch,
    "labkit, tf-keras-vis inside": partial(ours, "tf_keras_vis"),
    "labkit, reference": partial(ours, "reference"),
}


def timed(run: Callable[[], np.ndarray], n: int, repeats: int) -> dict[str, float]:
    """Seconds of the first call; milliseconds an image of the later ones, on the clock and of processor time."""
    start = time.perf_counter()
    run()
    first = time.perf_counter() - start
    clock, work = [], []
    for _ in range(repeats):
        start, start_work = time.perf_counter(), time.process_time()
        run()
        clock.append(1000 * (time.perf_counter() - start) / n)
        work.append(1000 * (time.process_time() - start_work) / n)
    return {
        "first_s": first,
        "ms": float(np.median(clock)),
        "ms_min": min(clock),
        "ms_max": max(clock),
        "cpu_ms": float(np.median(work)),
    }


def measure(names: list[str], batches: list[int], method: str, repeats: int, seed: int) -> pd.DataFrame:
    """One row a net, batch and contestant; every net is made anew, so that no contestant finds it prepared."""
    rows = []
    x = np.random.default_rng(seed).random((max(batches), 32, 32, 3), np.float32)
    for name in names:
        for batch in batches:
            for who, run in CONTESTANTS.items():
                build, layer = NETS[name]
                keras.utils.set_random_seed(seed)
                model, classes = build(), [i % 10 for i in range(batch)]
                found = timed(partial(run, model, x[:batch], classes, method, layer), batch, repeats)
                rows.append({"net": name, "batch": batch, "who": who, "layer": layer, **found})
    return pd.DataFrame(rows)


def conditions(method: str, repeats: int, seed: int) -> dict[str, object]:
    """What the figures depend on."""
    versions = machine.versions() | {"tf-keras-vis": version("tf-keras-vis"), "numpy": np.__version__}
    said = ", ".join(f"{name} {number}" for name, number in versions.items())
    return {"method": method, "repeats": repeats, "seed": seed, "device": machine.device(), "versions": said}


def draw(table: pd.DataFrame, path: Path) -> None:
    """Bars of milliseconds an image, one panel a net and batch."""
    import matplotlib.pyplot as plt

    from labkit.plots import COLOURS

    cases = table.groupby(["net", "batch"], sort=False)
    figure, axes = plt.subplots(
        1, len(cases), figsize=(4.2 * len(cases), 2.6), layout="constrained", squeeze=False
    )
    for i, (ax, ((net, batch), rows)) in enumerate(zip(axes[0], cases, strict=True)):
        rows = rows.iloc[::-1]
        bars = ax.barh(
            rows["who"], rows["ms"], color=[COLOURS[who.startswith("labkit")] for who in rows["who"]]
        )
        ax.bar_label(
            bars, [f"{ms:,.0f}" if ms >= 100 else f"{ms:.3g}" for ms in rows["ms"]], padding=2, fontsize=8
        )
        ax.set(title=f"{net}, batch of {batch}", xlabel="ms an image", xlim=(0, rows["ms"].max() * 1.3))
        ax.tick_params(labelleft=i == 0)
    said = table.iloc[0]
    figure.suptitle(
        f"{said['method']}; {said['device']}; {said['versions']}; {said['repeats']} runs, seed {said['seed']}",
        fontsize=7,
    )
    figure.savefig(path, dpi=110)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--out", type=Path, default=Path("explain"), help="folder for explain.csv and explain.png"
    )
    parser.add_argument("--method", choices=THEIRS, default="gradcam++")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true", help="lab 3's net alone")
    given = parser.parse_args()
    names = list(NETS)[:1] if given.quick else list(NETS)
    table = measure(names, [1, 32], given.method, given.repeats, given.seed)
    table = table.assign(**conditions(given.method, given.repeats, given.seed))
    given.out.mkdir(parents=True, exist_ok=True)
    table.to_csv(given.out / "explain.csv", index=False)
    draw(table, given.out / "explain.png")
    print(
        table[["net", "batch", "who", "first_s", "ms", "ms_min", "ms_max", "cpu_ms"]]
        .round(2)
        .to_string(index=False)
    )


if __name__ == "__main__":
    main()
