"""Run: what one training was and what came of it; saves and loads itself as JSON."""

import json
import math
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from labkit import config
from labkit.data.dataset import Dataset
from labkit.files import write_text
from labkit.machine import device, versions


@dataclass
class Run:
    """One training: how it was set up, what happened epoch by epoch, and on what.

    Attributes:
        hyperparameters: optimizer, learning_rate, batch_size, epochs (asked for), seed.
        loss: the loss function, with `from_logits`.
        history: one list a metric, one number an epoch: loss, accuracy, val_loss, val_accuracy.
        seconds: wall time of the training.
        data: name, source, image counts of the splits, num_classes.
        stopped: "" (ran to its end), "nan", "interrupted" or "early" (a callback's wish).
        test: what `record()` was given, e.g. `{"accuracy": 0.98, "loss": 0.06}`.

    Example:
        >>> import tempfile
        >>> run = Run(name="toy", history={"loss": [1.0, 0.5]})
        >>> Run.load(run.save(Path(tempfile.mkdtemp()) / "toy.json")) == run
        True
    """

    name: str
    model: str = ""
    parameters: int = 0
    trainable_parameters: int = 0
    loss: str = ""
    hyperparameters: dict[str, Any] = field(default_factory=dict)
    history: dict[str, list[float]] = field(default_factory=dict)
    seconds: float = 0.0
    data: dict[str, Any] = field(default_factory=dict)
    profile: str = ""
    device: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    stopped: str = ""
    test: dict[str, float] = field(default_factory=dict)

    @classmethod
    def begin(cls, model: Any, dataset: Dataset, **more: Any) -> "Run":
        """A run that is about to start: everything that is known before the first step."""
        counts = {split: len(x) for split, (x, _) in dataset.splits().items()}
        return cls(
            model=model.name,
            parameters=model.count_params(),
            trainable_parameters=sum(math.prod(w.shape) for w in model.trainable_weights),
            data={
                "name": dataset.name,
                "source": dataset.source,
                "num_classes": dataset.num_classes,
                **counts,
            },
            profile=config.profile(),
            device=device(),
            versions=versions(),
            **more,
        )

    @property
    def epochs_run(self) -> int:
        """Epochs that were finished."""
        return len(self.history.get("loss", []))

    @property
    def seconds_per_epoch(self) -> float:
        return self.seconds / max(1, self.epochs_run)

    @property
    def source(self) -> str:
        """Where the data came from, see `Dataset.source`."""
        return self.data.get("source", "")

    def last(self, metric: str) -> float:
        """The metric after the last epoch, NaN if it was not measured."""
        return self.history.get(metric, [math.nan])[-1]

    def best(self, metric: str) -> float:
        """The best value over the epochs: the smallest loss, the largest of anything else."""
        values = np.array(self.history.get(metric, []))
        values = values[np.isfinite(values)]
        if not len(values):
            return math.nan
        return float(values.min() if metric.endswith("loss") else values.max())

    def record(self, evaluation: Any) -> "Run":
        """Keep the scores of an evaluation on the test split with this run."""
        self.test = {"accuracy": evaluation.accuracy, "loss": evaluation.loss}
        return self

    def __repr__(self) -> str:
        h = self.hyperparameters
        parts = [
            f"{self.epochs_run} of {h.get('epochs', '?')} epochs, {self.seconds:.0f} s",
            f"{h.get('optimizer', '?')} at {h.get('learning_rate', '?')}, batch {h.get('batch_size', '?')}",
            self.loss,
            ", ".join(f"{key} {values[-1]:.4f}" for key, values in self.history.items() if values),
            f"{self.data.get('name', '?')} from {self.source or '?'}",
        ]
        return f"Run {self.name}: " + "; ".join(part for part in parts if part)

    def save(self, path: str | Path) -> Path:
        """Write the run to a JSON file, in one step; returns the path. NaN is kept as NaN."""
        write_text(path, json.dumps(asdict(self), indent=1) + "\n")
        return Path(path)

    @classmethod
    def load(cls, path: str | Path) -> "Run":
        """Read a run that `save()` wrote.

        Raises:
            ValueError: the file is not one of ours, or is damaged.
        """
        try:
            stored = json.loads(Path(path).read_text(encoding="utf-8"))
        except (ValueError, UnicodeDecodeError) as error:
            raise ValueError(f"{path} is not a saved run: it is no readable JSON ({error}).") from None
        known = {f.name for f in fields(cls)}
        if not isinstance(stored, dict) or "name" not in stored or not set(stored) <= known:
            raise ValueError(f"{path} is not a saved run: save one with run.save(path).")
        return cls(**stored)
