"""Randomisation: a map that stays the same when the network forgets what it learnt explains no network."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import pandas as pd

from labkit import config
from labkit.explain.agreement import rank_correlation, structural_similarity
from labkit.explain.explaining import explain
from labkit.explain.grids import checked_maps
from labkit.explain.intervals import mean_interval
from labkit.explain.methods import METHODS
from labkit.explain.prepare import graph_of
from labkit.explain.query import query

MapsOf = Callable[[Any, np.ndarray, np.ndarray], Any]
LINE = 0.5  # labkit's own: a mean rank correlation above it after all weights are gone is a failure


@dataclass(frozen=True, eq=False)
class Randomisation:
    """Maps before and while the network is randomised from its output down.

    Attributes:
        layers: that were randomised, in this order; each step keeps what the steps before it did.
        maps: `(1 + len(layers), n, height, width)`: of the trained network, then after each step.
        scores: a row a step and image: `layer`, `image`, `rank correlation` and `ssim` with the map of the
            trained network. NaN where that map was constant.
    """

    layers: tuple[str, ...]
    maps: np.ndarray = field(repr=False)
    scores: pd.DataFrame = field(repr=False)

    def table(self, *, level: float = 0.95) -> pd.DataFrame:
        """One row a step: means over the images with bootstrap intervals, columns `(score, mean | low | high)`."""
        rows = {}
        for layer in self.layers:
            found = self.scores[self.scores["layer"] == layer]
            rows[layer] = {
                (score, end): number
                for score in ("rank correlation", "ssim")
                for end, number in zip(
                    ("mean", "low", "high"), mean_interval(found[score], level=level), strict=True
                )
            }
        return pd.DataFrame(rows).T.rename_axis("randomised down to")

    @property
    def passed(self) -> bool:
        """Whether the maps depend on the network: once nothing trained is left, mean |rank correlation| < 0.5.

        Not where every map of the trained network is constant: then there is nothing to compare.

        The number 0.5 is labkit's; the paper shows the curves and leaves the judgement to the reader.
        """
        last = self.scores.loc[self.scores["layer"] == self.layers[-1], "rank correlation"]
        return bool(last.abs().mean() < LINE)


def sanity_check(
    model: keras.Model, images: np.ndarray, maps_of: str | MapsOf, classes: Any = None, *, seed: int = 0
) -> Randomisation:
    """Randomise the layers one after the other from the output down, and compare the maps with the first ones.

    Adebayo, Gilmer, Muelly, Goodfellow, Hardt & Kim, Sanity checks for saliency maps, NeurIPS 2018: cascading
    randomisation, Spearman's rank correlation and SSIM. Every layer with weights is initialised anew, as it
    was before training but with other random numbers, those inside nested models too. Only copies are
    changed; `model` is not.

    Args:
        model: a trained classifier, Sequential or functional.
        images: `(n, height, width, channels)`; 16 to 64 are enough.
        maps_of: a method of `explain`, such as `"gradcam++"`, or a function `maps_of(model, images, classes)`
            that gives an Explanation or maps `(n, h, w)`. It is called with copies of the model, whose layers
            have the same names, as in `lambda *of: explain(*of, method="gradcam", layer="conv2")`.
        classes: one an image, the same in every step; what the trained model predicts if not given.
        seed: of the new weights.

    Raises:
        ValueError: the model cannot be copied, there is no such method, or the maps do not fit the images.

    Example:
        >>> from labkit import models
        >>> from labkit.explain import sobel
        >>> x = np.random.default_rng(0).random((2, 8, 8, 1), np.float32)
        >>> check = sanity_check(models.mlp((8, 8, 1)), x, lambda model, images, classes: sobel(images))
        >>> check.layers, check.passed
        (('predictions', 'fc1'), False)
    """
    maps_of, asked = _function(maps_of), query(model, images, classes)
    images, classes = asked.x, asked.classes
    copy, fresh = _copies(model, np.random.default_rng(seed))
    maps, scores = [checked_maps(maps_of(copy, images, classes), images)], []
    steps = _weighted(copy, images.shape[1:])
    anew = _weighted(fresh, images.shape[1:])
    for name, layer in steps.items():
        layer.set_weights(anew[name].get_weights())
        found = maps_of(copy, images, classes)
        maps.append(checked_maps(found, images, f"the maps after {name} was randomised"))
        scores.append(_compared(maps[0], maps[-1], name))
    return Randomisation(tuple(steps), np.stack(maps), pd.concat(scores, ignore_index=True))


def _function(maps_of: str | MapsOf) -> MapsOf:
    if callable(maps_of):
        return maps_of
    config.one_of("method", maps_of, METHODS)
    return lambda model, images, classes: explain(model, images, classes, method=maps_of)


def _weighted(model: keras.Model, image_shape: tuple[int, ...]) -> dict[str, keras.Layer]:
    """The layers that were trained, by their names, from the output down; each layer once."""
    found = {}
    for node in graph_of(model, image_shape).nodes:
        layer = node.operation
        # What a Normalization has measured is about the data, not learnt.
        is_new = not any(layer is other for other in found.values())
        if is_new and getattr(layer, "weights", ()) and not isinstance(layer, keras.layers.Normalization):
            found[node.name] = layer
    return dict(reversed(found.items()))


def _compared(first: np.ndarray, now: np.ndarray, layer: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "layer": layer,
            "image": range(len(first)),
            "rank correlation": rank_correlation(first, now),
            "ssim": structural_similarity(first, now),
        }
    )


def _copies(model: keras.Model, rng: np.random.Generator) -> tuple[keras.Model, keras.Model]:
    """A copy with the model's weights, and one with new weights."""
    try:
        copy = keras.models.clone_model(model)
        fresh = keras.models.clone_model(model, clone_function=lambda layer: _anew(layer, rng))
        copy.set_weights(model.get_weights())
    except (ValueError, TypeError, NotImplementedError, AttributeError) as error:
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ValueError(
            f"the model cannot be copied ({first:.120}): give a Sequential or functional Keras model."
        ) from None
    return copy, fresh


def _anew(layer: keras.Layer, rng: np.random.Generator) -> keras.Layer:
    """The same layer with initialisers that draw from `rng`: the seed of Keras itself is not touched."""
    return type(layer).from_config(_reseeded(layer.get_config(), rng))


def _reseeded(config: Any, rng: np.random.Generator) -> Any:
    if isinstance(config, dict):
        return {
            key: int(rng.integers(2**31)) if key == "seed" else _reseeded(value, rng)
            for key, value in config.items()
        }
    if isinstance(config, list | tuple):
        return type(config)(_reseeded(value, rng) for value in config)
    return config
