"""tf-keras-vis made safe: the same six methods, on our view of the model and never on the caller's.

What it is given avoids what goes wrong in its version 0.8.7: the view has a graph where a Sequential has none, its
softmax is cut already, the exact layer is handed over (left to itself it takes the convolution before the activation),
maps are float32 in mixed precision, and the score is shifted to 0, because Grad-CAM++ multiplies by e^score.
"""

import warnings
from collections.abc import Callable
from contextlib import contextmanager

import keras
import numpy as np

from labkit.explain.flat_graph import Node
from labkit.explain.prepare import View

MASKED_PIXELS = 16_000_000  # Score-CAM makes one masked image a channel: so many numbers at once


def is_installed() -> bool:
    """Whether tf-keras-vis can be used: it is installed, works with this SciPy, and Keras computes with TensorFlow."""
    if keras.backend.backend() != "tensorflow":
        return False
    try:
        _classes()
    except ImportError:  # not installed; or SciPy 2, where a name that it needs is gone
        return False
    return True


def maps_function(view: View, node: Node, method: str) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """`images, classes -> raw maps` of a layer, `(n, rows, columns)`, as tf-keras-vis computes them.

    Args:
        method: `"gradcam"`, `"gradcam++"`, `"layercam"` or `"scorecam"`.
    """
    cam = _classes()[method](view.model)
    options = {"penultimate_layer": node.shared, "seek_penultimate_conv_layer": False}
    options |= {"normalize_cam": False, "expand_cam": False}
    if method == "scorecam":
        return lambda x, classes: _scorecam(cam, x, classes, options, node)

    def maps(x: np.ndarray, classes: np.ndarray) -> np.ndarray:
        return np.asarray(cam(_shifted(classes), x, unconnected_gradients="zero", **options))

    return maps


def gradients_function(view: View) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """`images, classes -> gradients` by the pixels, without their signs, as `Saliency` computes them."""
    saliency = _classes()["saliency"](view.model)

    def gradients(x: np.ndarray, classes: np.ndarray) -> np.ndarray:
        return np.asarray(saliency(_shifted(classes), x, keepdims=True, normalize_map=False))

    return gradients


def _classes() -> dict[str, type]:
    with warnings.catch_warnings():  # it takes `zoom` from a module that SciPy 2 will not have
        warnings.simplefilter("ignore", DeprecationWarning)
        from tf_keras_vis.gradcam import Gradcam
        from tf_keras_vis.gradcam_plus_plus import GradcamPlusPlus
        from tf_keras_vis.layercam import Layercam
        from tf_keras_vis.saliency import Saliency
        from tf_keras_vis.scorecam import Scorecam
    return {
        "gradcam": Gradcam,
        "gradcam++": GradcamPlusPlus,
        "layercam": Layercam,
        "saliency": Saliency,
        "scorecam": Scorecam,
    }


def _shifted(classes: np.ndarray) -> Callable:
    """The logit of each image's class, less its own value: 0, with the gradient unchanged."""

    def score(logits):
        picked = keras.ops.take_along_axis(logits, classes[:, np.newaxis], axis=1)[:, 0]
        return picked - keras.ops.stop_gradient(picked)

    return score


def _scorecam(
    scorecam: Callable, x: np.ndarray, classes: np.ndarray, options: dict, node: Node
) -> np.ndarray:
    """A few images at a time, without the progress bars of `predict`."""
    step = max(1, MASKED_PIXELS // (x[0].size * node.output.shape[-1]))
    found = []
    with _no_progress_bars():
        for start in range(0, len(x), step):
            labels = classes[start : start + step]

            def probability(p, labels=labels):  # it has taken the softmax itself
                return p.numpy()[np.arange(len(labels)), labels]

            found.append(np.asarray(scorecam(probability, x[start : start + step], **options)))
    return np.concatenate(found)


@contextmanager
def _no_progress_bars():
    shown = keras.utils.is_interactive_logging_enabled()
    keras.utils.disable_interactive_logging()
    try:
        yield
    finally:
        if shown:
            keras.utils.enable_interactive_logging()
