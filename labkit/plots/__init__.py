"""Pictures of data and of what a network does with them. Each function draws on `ax` and returns it.

Works without Keras: arrays, tables, `Run`s and `Evaluation`s go in, matplotlib Axes come out, and
nothing global (rcParams, styles) is changed. A picture made from the offline sample says so in its corner.
"""

from labkit.plots.comparison import compare_explanations
from labkit.plots.curves import confusion_matrix, history, learning_curves
from labkit.plots.distances import distances
from labkit.plots.faithfulness import (
    faithfulness_curves,
    faithfulness_scores,
    randomisation,
    randomisation_strip,
)
from labkit.plots.images import errors, errors_per_class, feature_maps, filters, images
from labkit.plots.layers import dead_filters, probes, selectivity, shift_curves, similarity_curves
from labkit.plots.maps import plot_explanation
from labkit.plots.own import desk, steps
from labkit.plots.photos import augmentations, class_counts, examples, photo_sizes
from labkit.plots.pixels import signed
from labkit.plots.specialisation import favourites, selectivity_map, similarity
from labkit.plots.style import COLOURS, sign

__all__ = [
    "COLOURS",
    "augmentations",
    "class_counts",
    "compare_explanations",
    "confusion_matrix",
    "dead_filters",
    "desk",
    "distances",
    "errors",
    "errors_per_class",
    "examples",
    "faithfulness_curves",
    "faithfulness_scores",
    "favourites",
    "feature_maps",
    "filters",
    "history",
    "images",
    "learning_curves",
    "photo_sizes",
    "plot_explanation",
    "probes",
    "randomisation",
    "randomisation_strip",
    "selectivity",
    "selectivity_map",
    "shift_curves",
    "sign",
    "signed",
    "similarity",
    "similarity_curves",
    "steps",
]
