"""Training a classifier: `train()` gives a `Run`, `diagnose()` says what became of it."""

from labkit.training.diagnosis import Diagnosis, diagnose
from labkit.training.fitting import measure, train
from labkit.training.run import Run

__all__ = ["Diagnosis", "Run", "diagnose", "measure", "train"]
