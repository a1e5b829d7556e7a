"""Explaining a classifier: where it looks, whether a map of that can be believed, and what its layers learnt.

    from labkit import explain

    found = explain.explain(model, images, method="gradcam++")
    found.layer, found.grid, found.maps.shape
    found.overlay(class_names=dataset.class_names)
    explain.measure_faithfulness(model, images, {"Grad-CAM++": found}).table()
    explain.sanity_check(model, images, "gradcam++").passed

The names are looked up when they are first used: this imports neither Keras nor TensorFlow.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

# name -> the file that it is in
_NAMES = {
    "ENGINES": "explaining",
    "Explanation": "explanation",
    "METHODS": "methods",
    "baseline_maps": "baselines",
    "centred_gaussian": "baselines",
    "class_selectivity": "selectivity",
    "compare_layers": "similarity",
    "compare_maps": "agreement",
    "dead_filters": "filters",
    "deleted": "perturbation",
    "deletion": "perturbation",
    "domain_shift": "shift",
    "energy_inside": "pointing",
    "explain": "explaining",
    "explainable": "target",
    "feature_distances": "shift",
    "first_filters": "filters",
    "insertion": "perturbation",
    "layer_gradients": "ingredients",
    "linear_cka": "similarity",
    "linear_probes": "probes",
    "maximise": "maximisation",
    "mean_interval": "intervals",
    "measure_faithfulness": "faithfulness",
    "pointing_game": "pointing",
    "random_maps": "baselines",
    "rank_correlation": "agreement",
    "receptive_field": "receptive",
    "responses": "feature_maps",
    "same_layers": "similarity",
    "sanity_check": "randomisation",
    "sobel": "baselines",
    "structural_similarity": "agreement",
    "top_patches": "feature_maps",
}

__all__ = list(_NAMES)

if TYPE_CHECKING:
    from labkit.explain.agreement import compare_maps, rank_correlation, structural_similarity
    from labkit.explain.baselines import baseline_maps, centred_gaussian, random_maps, sobel
    from labkit.explain.explaining import ENGINES, explain
    from labkit.explain.explanation import Explanation
    from labkit.explain.faithfulness import measure_faithfulness
    from labkit.explain.feature_maps import responses, top_patches
    from labkit.explain.filters import dead_filters, first_filters
    from labkit.explain.ingredients import layer_gradients
    from labkit.explain.intervals import mean_interval
    from labkit.explain.maximisation import maximise
    from labkit.explain.methods import METHODS
    from labkit.explain.perturbation import deleted, deletion, insertion
    from labkit.explain.pointing import energy_inside, pointing_game
    from labkit.explain.probes import linear_probes
    from labkit.explain.randomisation import sanity_check
    from labkit.explain.receptive import receptive_field
    from labkit.explain.selectivity import class_selectivity
    from labkit.explain.shift import domain_shift, feature_distances
    from labkit.explain.similarity import compare_layers, linear_cka, same_layers
    from labkit.explain.target import explainable


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        return getattr(import_module(f"labkit.explain.{_NAMES[name]}"), name)
    raise AttributeError(f"labkit.explain has no {name!r}; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted(__all__)
