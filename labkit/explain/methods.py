"""The nine methods and who computes them: tf-keras-vis, or labkit's own reference."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from labkit.explain import cams, gradients, reference
from labkit.explain.flat_graph import Node
from labkit.explain.occlusion import occlusion
from labkit.explain.prepare import View

FORMULAS = {
    "gradcam": reference.gradcam,
    "gradcam++": reference.gradcam_plus_plus,
    "layercam": reference.layercam,
    "hirescam": reference.hirescam,
}
CAMS = (*FORMULAS, "scorecam")
METHODS = (*CAMS, "saliency", "smoothgrad", "integrated_gradients", "occlusion")
TF_KERAS_VIS = ("gradcam", "gradcam++", "layercam", "scorecam", "saliency", "smoothgrad")


@dataclass(frozen=True, eq=False)
class Task:
    """What is to be explained: images `x`, a class for each, and by which method.

    Attributes:
        node: the layer, for class activation maps.
        baseline: images of the shape of `x` without evidence.
    """

    view: View
    x: np.ndarray
    classes: np.ndarray
    method: str
    node: Node | None
    baseline: np.ndarray
    batch_size: int

    def logits_of(self, images: np.ndarray) -> np.ndarray:
        return in_batches(self.view.logits, self.batch_size, images)

    def baseline_scores(self) -> np.ndarray:
        return self.logits_of(self.baseline)[np.arange(len(self.x)), self.classes]


def compute(
    task: Task, engine: str, *, samples: int, noise: float, steps: int, cells: int, seed: int
) -> np.ndarray:
    """The maps of a task, `(n, rows, columns)`; the options are those of `explain`."""
    x, classes = task.x, task.classes
    if task.method in CAMS:
        return _layer_maps(task, engine)
    if task.method == "occlusion":
        return occlusion(task.logits_of, x, classes, baseline=task.baseline, cells=cells)
    slopes = _pixel_gradients(task, engine)
    if task.method == "saliency":
        return gradients.saliency(slopes, x, classes)
    if task.method == "smoothgrad":
        return gradients.smoothgrad(slopes, x, classes, samples=samples, noise=noise, seed=seed)
    return gradients.integrated_gradients(slopes, x, classes, baseline=task.baseline, steps=steps)


def in_batches(function: Callable, batch_size: int, *arrays: np.ndarray) -> np.ndarray:
    """What a function gives for long arrays, called on a part of them at a time.

    Example:
        >>> in_batches(lambda x: x + len(x), 2, np.zeros(3)).tolist()
        [2.0, 2.0, 1.0]
    """
    starts = range(0, len(arrays[0]), batch_size)
    return np.concatenate([function(*(a[start : start + batch_size] for a in arrays)) for start in starts])


def _layer_maps(task: Task, engine: str) -> np.ndarray:
    view, node, method = task.view, task.node, task.method
    if engine == "tf_keras_vis":
        cam = cams.maps_function(view, node, method)
    elif method == "scorecam":

        def cam(x, classes):
            return reference.scorecam(x, view.layer_maps(node)(x), classes, task.logits_of)

    else:

        def cam(x, classes):
            return FORMULAS[method](*view.layer_gradients(node)(x, classes))

    return in_batches(cam, task.batch_size, task.x, task.classes)


def _pixel_gradients(task: Task, engine: str) -> gradients.Gradients:
    slopes = cams.gradients_function(task.view) if engine == "tf_keras_vis" else task.view.image_gradients
    return lambda x, classes: in_batches(slopes, task.batch_size, x, classes)
