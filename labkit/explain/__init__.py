"""Where a network looks: maps of the evidence for a class, by nine methods, safe on every Keras classifier.

    from labkit import explain

    found = explain.explain(model, images, method="gradcam++")
    found.layer, found.grid, found.maps.shape
    found.overlay(class_names=dataset.class_names)

The names are looked up when they are first used: this imports neither Keras nor TensorFlow.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

_NAMES = {
    "ENGINES": "explaining",
    "METHODS": "methods",
    "Explanation": "explanation",
    "explain": "explaining",
    "explainable": "target",
}

__all__ = list(_NAMES)

if TYPE_CHECKING:
    from labkit.explain.explaining import ENGINES, explain
    from labkit.explain.explanation import Explanation
    from labkit.explain.methods import METHODS
    from labkit.explain.target import explainable


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        return getattr(import_module(f"labkit.explain.{_NAMES[name]}"), name)
    raise AttributeError(f"labkit.explain has no {name!r}; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted(__all__)
