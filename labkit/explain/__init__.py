"""Explaining a classifier: where it looks, whether a map of that can be believed, and what its layers learnt.

Names are looked up when they are first used.
"""

from importlib import import_module
from typing import Any

# name -> the file that it is in
_NAMES = {
    "baseline_maps": "baselines",
    "centred_gaussian": "baselines",
    "class_selectivity": "selectivity",
    "compare_layers": "similarity",
    "compare_maps": "agreement",
    "dead_filters": "filters",
    "deleted": "faithfulness",
    "deletion": "faithfulness",
    "energy_inside": "pointing",
    "first_filters": "filters",
    "insertion": "faithfulness",
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


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        return getattr(import_module(f"labkit.explain.{_NAMES[name]}"), name)
    raise AttributeError(f"labkit.explain has no {name!r}; it has {', '.join(sorted(_NAMES))}")


def __dir__() -> list[str]:
    return sorted(__all__)
