"""Training a classifier: `train()` gives a `Run`, `diagnose()` says what became of it.

`FlipAndShift` and `Triangular` are parts of `train(recipe="fast")` that can be used alone.
"""

from typing import TYPE_CHECKING, Any

from labkit.training.diagnosis import Diagnosis, diagnose
from labkit.training.fitting import measure, train
from labkit.training.flip_and_shift import FlipAndShift
from labkit.training.run import Run

if TYPE_CHECKING:
    from labkit.training.triangular import Triangular

__all__ = ["Diagnosis", "FlipAndShift", "Run", "Triangular", "diagnose", "measure", "train"]


def __getattr__(name: str) -> Any:
    if name == "Triangular":  # a Keras class: Keras is imported when it is first needed
        from labkit.training.triangular import Triangular

        return Triangular
    raise AttributeError(f"labkit.training has no {name!r}; it has {', '.join(__all__)}")
