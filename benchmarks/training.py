"""Images a second in training: what a student writes against `labkit.train`, and the machine's limit.

    python benchmarks/training.py --out training                 # three rounds, a quarter of an hour on two cores
    python benchmarks/training.py --out training --nets "lab 1's net" --rounds 1

Images are random, of the real shapes: what a step costs does not depend on them. Each measurement is a process of its
own, which trains a little to warm up, and then one epoch; contestants take turns. `limit` is the best matrix product
(2048 x 2048) of the same process, in float32 and in bfloat16. The share of it that a training reaches counts the
multiplications of convolutions and Dense layers only, forward once and backward twice.

Writes training.csv (medians: images a second and a processor second, the share of the limit, peak memory) and training.png,
and prints the table.
"""

import argparse
import json
import math
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from conditions import bars, conditions

# net: image shape, batch size, images an epoch; how much memory a data set takes is seen with the larger ones
NETS = {
    "lab 1's net": ((28, 28, 1), 64, 40_000),
    "lab 3's deep net": ((32, 32, 3), 128, 10_000),
    "VGG-16": ((32, 32, 3), 64, 512),
}
PLAIN, FLOAT32, OURS, SHORT, FAST = (
    "fit, as a student writes it",
    "fit, float32, silent",
    "labkit, plain train()",
    "labkit, steps at once",
    "labkit, steps at once, short numbers",
)
SETTINGS = {
    OURS: {},
    SHORT: {"steps_per_execution": "auto"},
    FAST: {"steps_per_execution": "auto", "mixed_precision": "auto"},
}
WARM_UP = 4  # batches


def make_net(name: str) -> Any:
    from labkit import models

    if name == "VGG-16":
        return models.vgg16(100, (32, 32, 3), batch_norm=True)
    if name == "lab 1's net":
        return models.first_cnn()
    return models.deep_cnn(blocks=3, padding="same", batch_norm=True, pool_dropout=0.25)


def trainer(net: str, who: str) -> tuple[Callable[[], Any], int]:
    """A call that trains one epoch after some warming up, and the number of its images."""
    import keras
    import numpy as np

    shape, batch, n = NETS[net]
    keras.utils.set_random_seed(0)
    model = make_net(net)
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (n, *shape), np.uint8)
    y = rng.integers(0, model.output_shape[-1], n).astype(np.uint8)
    if who in SETTINGS:
        return labkits(model, x, y, batch, SETTINGS[who]), n
    x = x / 255.0 if who == PLAIN else x.astype("float32") / 255
    from_logits = model.layers[-1].activation is not keras.activations.softmax
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=from_logits)
    model.compile("adam", loss, metrics=["accuracy"])
    model.fit(x[: WARM_UP * batch], y[: WARM_UP * batch], batch_size=batch, verbose=0)
    return lambda: model.fit(x, y, batch_size=batch, verbose=1 if who == PLAIN else 0), n


def labkits(model: Any, x: Any, y: Any, batch: int, settings: dict[str, Any]) -> Callable[[], Any]:
    """The last of two epochs: the first one warms up, a callback holds the clock."""
    from labkit import train
    from labkit.data.dataset import Dataset

    names = [str(i) for i in range(model.output_shape[-1])]
    dataset = Dataset("random", x, y, x[:0], y[:0], x[:0], y[:0], names, "made here").scaled()
    return lambda watch: train(
        model, dataset, epochs=2, batch_size=batch, cache_features=False, callbacks=[watch], **settings
    )


def stop_watch() -> Any:
    """A Keras callback that measures the second epoch."""
    import keras

    class Watch(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.began = time.perf_counter(), time.process_time()

        def on_epoch_end(self, epoch, logs=None):
            self.wall, self.cpu = time.perf_counter() - self.began[0], time.process_time() - self.began[1]

    return Watch()


def operations(model: Any) -> int:
    """Floating-point operations of one training image: convolutions and Dense layers, forward and two backward products."""
    forward = 0
    for layer in model.layers:
        if hasattr(layer, "kernel"):
            positions = math.prod(layer.output.shape[1:-1])
            forward += 2 * positions * math.prod(layer.kernel.shape)
    return 3 * forward


def limit(dtype: str) -> float:
    """Operations a second of the best of ten matrix products of 2048 x 2048."""
    import keras
    import numpy as np

    class Product(keras.Layer):
        def call(self, x):
            return keras.ops.sum(keras.ops.matmul(x, x), axis=1)

    x = keras.Input((2048,), dtype=dtype)
    model = keras.Model(x, Product(dtype=dtype)(x))
    a = keras.ops.cast(np.random.default_rng(0).random((2048, 2048), np.float32), dtype)
    best = math.inf
    for _ in range(10):
        start = time.perf_counter()
        model.predict_on_batch(a)
        best = min(best, time.perf_counter() - start)
    return 2 * 2048**3 / best


def one(net: str, who: str) -> dict[str, float]:
    """One measurement, in this process."""
    call, n = trainer(net, who)
    if who in SETTINGS:
        watch = stop_watch()
        call(watch)
        wall, cpu = watch.wall, watch.cpu
    else:
        start = time.perf_counter(), time.process_time()
        call()
        wall, cpu = time.perf_counter() - start[0], time.process_time() - start[1]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    best = limit("bfloat16" if who == FAST else "float32")
    return {
        "images_s": n / wall,
        "images_cpu_s": n / cpu,
        "limit_gflops": best / 1e9,
        "share": operations(make_net(net)) * n / wall / best,
        "peak_mb": peak,
    }


def measure(nets: list[str], rounds: int) -> pd.DataFrame:
    """Medians over the rounds, one row a net and contestant."""
    rows = []
    for number in range(rounds):
        for net in nets:
            for who in (PLAIN, FLOAT32, *SETTINGS):
                command = [sys.executable, __file__, "--one", net, who]
                done = subprocess.run(command, capture_output=True, text=True)
                if done.returncode:
                    raise SystemExit(f"{net}, {who}: {done.stderr[-2000:]}")
                rows.append(
                    {"net": net, "who": who, "round": number, **json.loads(done.stdout.splitlines()[-1])}
                )
                print(net, who, rows[-1], file=sys.stderr, flush=True)
    table = (
        pd.DataFrame(rows).drop(columns="round").groupby(["net", "who"], sort=False).median().reset_index()
    )
    first = table[table["who"] == PLAIN].set_index("net")["images_cpu_s"]
    return table.assign(ratio=table["images_cpu_s"] / table["net"].map(first))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--out", type=Path, default=Path("training"), help="folder for the CSV and the figure"
    )
    parser.add_argument("--nets", nargs="+", choices=NETS, default=list(NETS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(one(*given.one)))
        return
    table = measure(given.nets, given.rounds).assign(**conditions(rounds=given.rounds, seed=0))
    given.out.mkdir(parents=True, exist_ok=True)
    table.to_csv(given.out / "training.csv", index=False)
    bars(table, "net", "images_cpu_s", "images a processor second", given.out / "training.png")
    print(table.iloc[:, :8].round(3).to_string(index=False))


if __name__ == "__main__":
    main()
