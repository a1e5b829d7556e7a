"""Explanation: the maps of some images, and everything that must be known to read them."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from labkit.explain.resize import bilinear

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PIXELS = "pixels"


@dataclass(frozen=True, eq=False)
class Explanation:
    """Where a network looks: one map an image, raw, at the grid at which it was computed.

    Attributes:
        maps: float32 `(n, rows, columns)`, neither stretched to 0..1 nor enlarged. What is positive speaks for the
            class; integrated gradients and occlusion also have negative cells, which speak against it.
        layer: whose maps were looked at; `"pixels"` for methods that look at the image itself.
        grid: rows and columns of each map.
        method: one of `METHODS`.
        engine: who computed it: `"tf_keras_vis"` or `"reference"`.
        classes: `(n,)`, the class that each map is about.
        scores: `(n,)`, the logit of that class.
        images: `(n, height, width, channels)` float32, what the network was fed.
        baseline_scores: `(n,)`, the logit at the baseline, for integrated gradients: there `maps.sum(axis=(1, 2))`
            is `scores - baseline_scores`, as nearly as the steps are many.
    """

    maps: np.ndarray = field(repr=False)
    layer: str
    grid: tuple[int, int]
    method: str
    engine: str
    classes: np.ndarray = field(repr=False)
    scores: np.ndarray = field(repr=False)
    images: np.ndarray = field(repr=False)
    baseline_scores: np.ndarray | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.maps)

    def __repr__(self) -> str:
        rows, columns = self.grid
        empty = f", {self.empty.sum()} without positive evidence" if self.empty.any() else ""
        return f"Explanation: {len(self)} x {self.method} at {self.layer}, {rows}x{columns} cells, by {self.engine}{empty}"

    @property
    def empty(self) -> np.ndarray:
        """`(n,)` of bool: whether a map has no positive cell. That is a result: no positive evidence."""
        return self.maps.max(axis=(1, 2)) <= 0

    @property
    def signed(self) -> bool:
        """Whether maps of this method may be negative."""
        return self.method in ("integrated_gradients", "occlusion")

    def upsampled(self) -> np.ndarray:
        """The maps at the size of the images, `(n, height, width)`: bilinear, each cell over its own area.

        Example:
            >>> one = Explanation(np.eye(2, dtype="f4")[None], "conv1", (2, 2), "gradcam", "reference", *[np.zeros(1)] * 2,
            ...                   images=np.zeros((1, 8, 8, 3)))
            >>> one, one.upsampled().shape
            (Explanation: 1 x gradcam at conv1, 2x2 cells, by reference, (1, 8, 8))
        """
        return bilinear(self.maps, self.images.shape[1:3])

    def overlay(self, **options: Any) -> "Axes":
        """Draw the images with the maps upon them; the options are those of `labkit.plots.plot_explanation`."""
        from labkit.plots import plot_explanation

        return plot_explanation(self, **options)
