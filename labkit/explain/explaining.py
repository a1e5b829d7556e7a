"""explain(): which part of an image speaks for which class, by any of the nine methods."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from labkit import config
from labkit.explain import cams
from labkit.explain.explanation import PIXELS, Explanation
from labkit.explain.inputs import check_counts
from labkit.explain.methods import CAMS, METHODS, TF_KERAS_VIS, Task, compute
from labkit.explain.query import query
from labkit.explain.target import find_layer

ENGINES = ("tf_keras_vis", "reference")


def explain(
    model: keras.Model,
    images: Any,
    classes: int | Sequence[int] | None = None,
    method: str = "gradcam++",
    layer: str | keras.Layer | None = None,
    engine: str | None = None,
    *,
    samples: int = 20,
    noise: float = 0.2,
    steps: int = 64,
    baseline: float | np.ndarray | None = None,
    cells: int = 8,
    batch_size: int = 32,
    seed: int | None = None,
) -> Explanation:
    """Where in each image a network finds its evidence for a class (sheet S3.6).

    Always about logits: a softmax or sigmoid at the end is left out, because near p = 1 its gradient is nothing.
    The model is looked at through a view that shares its weights: it stays as it is, to the bit.

    Args:
        model: a classifier with a graph: functional, or Sequential and built; models may be nested in it.
        images: one image or a batch, prepared as for `model.predict`; whole numbers 0..255 only if the model
            scales them itself.
        classes: which class each map is about, one number an image or one for all; the predicted ones if not given.
        method: one of `METHODS`. `"gradcam"`, `"gradcam++"`, `"layercam"`, `"hirescam"`, `"scorecam"` look at a
            layer's maps; `"saliency"`, `"smoothgrad"`, `"integrated_gradients"`, `"occlusion"` at the pixels.
        layer: of the first five, by its name; `explainable(model)` lists them. If not given, the last convolution
            with at least 4x4 cells, behind its activation.
        engine: `"tf_keras_vis"`, which has all but HiResCAM, integrated gradients and occlusion; or `"reference"`,
            labkit's own short and compiled version. If not given, the first where it can, else the second.
        samples, noise: SmoothGrad: copies an image, and their noise as a share of the image's range.
        steps: integrated gradients: points between baseline and image.
        baseline: a number or an image that carries no evidence: black (0) for integrated gradients and each
            image's mean colour for occlusion if not given.
        cells: occlusion: rows and columns of its grid.
        batch_size: images at once.
        seed: of SmoothGrad's noise; `labkit.config`'s if not given.

    Returns:
        An Explanation: `.maps` raw `(n, rows, columns)`, `.layer`, `.grid`, `.overlay()`. All numbers are finite.

    Raises:
        ValueError: the model, the images or an argument cannot be used; one line says why.

    Example:
        >>> from labkit import models
        >>> net = models.first_cnn()
        >>> explain(net, np.zeros((2, 28, 28, 1)), classes=3, method="gradcam").maps.shape
        (2, 26, 26)
    """
    config.one_of("method", method, METHODS)
    counts = {"samples": samples, "steps": steps, "cells": cells, "batch_size": batch_size}
    check_counts(counts)
    if layer is not None and method not in CAMS:
        raise ValueError(f"{method} looks at the pixels: leave layer out, or take one of {', '.join(CAMS)}.")
    engines = _engines(engine, method)
    asked = query(model, images, classes, batch_size)
    node = find_layer(asked.view, layer) if method in CAMS else None
    x, labels = asked.x, asked.classes
    task = Task(asked.view, x, labels, method, node, _baseline(baseline, method, x), batch_size)
    seed = config.seed() if seed is None else config.checked_seed(seed)
    maps, used = _first_finite(
        task, engines, samples=samples, noise=noise, steps=steps, cells=cells, seed=seed
    )
    return Explanation(
        maps=maps,
        layer=node.name if node else PIXELS,
        grid=maps.shape[1:],
        method=method,
        engine=used,
        classes=labels,
        scores=asked.logits[np.arange(len(x)), labels],
        images=x,
        baseline_scores=task.baseline_scores() if method == "integrated_gradients" else None,
    )


def _first_finite(task: Task, engines: tuple[str, ...], **options: Any) -> tuple[np.ndarray, str]:
    """The maps of the first engine that gives numbers everywhere, and which one it was."""
    for engine in engines:
        maps = compute(task, engine, **options).astype(np.float32)
        if np.isfinite(maps).all():
            return maps, engine
    where = f" at {task.node.name}" if task.node else ""
    raise ValueError(
        f"{task.method}{where} of {task.view.name} gives NaN or infinity: its gradients overflow; try another layer "
        'or method="occlusion".'
    )


def _engines(engine: str | None, method: str) -> tuple[str, ...]:
    """The engines to try, in this order."""
    if engine is None:
        return ENGINES if method in TF_KERAS_VIS and cams.is_installed() else ("reference",)
    config.one_of("engine", engine, ENGINES)
    if engine == "tf_keras_vis" and method not in TF_KERAS_VIS:
        raise ValueError(f'tf-keras-vis has no {method}: leave engine out, or take engine="reference".')
    if engine == "tf_keras_vis" and not cams.is_installed():
        raise ValueError(
            'tf-keras-vis cannot be used here: pip install "labkit[explain]" with the TensorFlow backend, or leave '
            "engine out for labkit's own version."
        )
    return (engine,)


def _baseline(given: float | np.ndarray | None, method: str, x: np.ndarray) -> np.ndarray:
    """What counts as no evidence, as images of the shape of `x`."""
    if given is None:
        given = x.mean(axis=(1, 2), keepdims=True) if method == "occlusion" else 0.0
    try:
        return np.broadcast_to(np.asarray(given, np.float32), x.shape)
    except (TypeError, ValueError):
        raise ValueError(
            f"baseline must be a number or images of the shape {x.shape[1:]}, not of {np.shape(given)}."
        ) from None
