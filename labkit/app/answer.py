"""An answer of the application: what the network says of one picture, what it saw, where it looked, how long it took."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from labkit.photo import fitted

if TYPE_CHECKING:
    from labkit.classifier import Classifier

LONG_SIDE = 336  # pixels of a shown picture
STRENGTH = 0.65  # of the heatmap's colours where it is highest


@dataclass(frozen=True)
class Answer:
    """What came of one picture.

    Attributes:
        probabilities: by the name of the class, the most probable first.
        seen: the picture as the network saw it, its own pixels.
        overlay: the picture under the heatmap of the most probable class; None where there is no heatmap.
        milliseconds: to prepare the picture and to compute the probabilities.
        heatmap_milliseconds: to compute the heatmap.
    """

    probabilities: dict[str, float]
    seen: Image.Image
    overlay: Image.Image | None
    milliseconds: float
    heatmap_milliseconds: float


def answer(classifier: "Classifier", picture: Image.Image) -> Answer:
    """Show a picture to a network.

    Raises:
        ValueError: the network answers with NaN.
    """
    began = time.perf_counter()
    images = classifier.prepare(picture)
    probabilities = classifier.probabilities(images)
    predicted = time.perf_counter()
    heat = heatmap(classifier.model, images, int(probabilities[0].argmax()))
    explained = time.perf_counter()
    return Answer(
        classifier.named(probabilities),
        Image.fromarray(images[0, ..., 0] if images.shape[-1] == 1 else images[0]),
        None if heat is None else overlaid(_shown(classifier, picture), heat),
        1000 * (predicted - began),
        1000 * (explained - predicted),
    )


def heatmap(model, images: np.ndarray, class_index: int) -> np.ndarray | None:
    """Grad-CAM++ of one image, `(height, width)` from 0 to 1; None where the model cannot be explained."""
    try:
        from labkit.explain import explain

        maps = explain(model, images.astype(np.float32), classes=[class_index], method="gradcam++").maps
    except (
        Exception
    ):  # of the model's making or of a library's: the answer is worth showing without a heatmap
        return None
    heat = np.asarray(maps, dtype=np.float32)[0]
    if heat.ndim != 2 or not np.isfinite(heat).all():
        return None
    return np.clip(heat, 0, None) / max(float(heat.max()), 1e-9)


def overlaid(picture: Image.Image, heat: np.ndarray) -> Image.Image:
    """A picture under a heatmap `(height, width)` from 0 to 1 of any size: no colour where it is 0.

    Example:
        >>> overlaid(Image.new("RGB", (4, 4), "white"), np.zeros((2, 2))).getpixel((0, 0))
        (255, 255, 255)
    """
    import matplotlib

    smooth = Image.fromarray(heat.astype(np.float32)).resize(picture.size, Image.Resampling.BILINEAR)
    strength = np.asarray(smooth)[..., np.newaxis].clip(0, 1)
    colours = 255 * matplotlib.colormaps["turbo"](strength[..., 0])[..., :3]
    alpha = STRENGTH * np.sqrt(strength)  # the root lets the fainter parts be seen
    mixed = (1 - alpha) * np.asarray(picture.convert("RGB")) + alpha * colours
    return Image.fromarray(mixed.round().astype(np.uint8))


def _shown(classifier: "Classifier", picture: Image.Image) -> Image.Image:
    """The part of the picture that the network sees, in the network's proportions, but sharp."""
    height, width, channels = classifier.image_shape
    factor = LONG_SIDE / max(height, width)
    shown = fitted(picture, round(height * factor), round(width * factor), classifier.resize)
    return shown.convert("L") if channels == 1 else shown
