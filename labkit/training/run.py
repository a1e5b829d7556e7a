"""Run: what one training was and what came of it; saves and loads itself as JSON."""

import json
import math
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from labkit import config
from labkit.config import one_of
from labkit.data.dataset import SPLITS, Dataset
from labkit.files import write_text
from labkit.machine import device, versions


@dataclass
class Run:
    """One training: how it was set up, what happened epoch by epoch, and on what.

    Attributes:
        hyperparameters: optimizer, learning_rate, batch_size, epochs (asked for), seed; `cached_features` where the
            features of frozen layers were computed once.
        loss: the loss function, with `from_logits`.
        history: one list a metric, one number an epoch: loss, accuracy, val_loss, val_accuracy.
        seconds: wall time of the training, in all its sittings.
        data: name, source, image counts of the splits, num_classes; `majority`, the share of the commonest
            training label, and `entropy` of the training labels in nats: what a constant answer can reach.
        stopped: "" (ran to its end), "nan", "interrupted", "early" (a callback's wish) or "error" (it never began).
        error: why it never began, one line.
        train, val, test: scores of the trained network with dropout off, e.g. `{"accuracy": 0.98, "loss": 0.06}`;
            empty until `record()` or a ledger has measured them.

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
    error: str = ""
    train: dict[str, float] = field(default_factory=dict)
    val: dict[str, float] = field(default_factory=dict)
    test: dict[str, float] = field(default_factory=dict)

    # The trained network where `config.keeps_networks()`. No field: never saved, shown or compared.
    network: ClassVar[Any] = None

    @classmethod
    def begin(cls, model: Any, dataset: Dataset, **more: Any) -> "Run":
        """A run that is about to start: everything that is known before the first step."""
        return cls(
            model=model.name,
            parameters=model.count_params(),
            trainable_parameters=sum(math.prod(w.shape) for w in model.trainable_weights),
            data=data_facts(dataset),
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

    @property
    def gap(self) -> float:
        """Training accuracy minus validation accuracy, NaN where either was not measured.

        Of the trained network where its scores were measured, else of the last epoch, whose training accuracy
        is an average over the epoch with dropout on.
        """
        if self.train and self.val:
            return self.train["accuracy"] - self.val["accuracy"]
        return self.last("accuracy") - self.last("val_accuracy")

    def last(self, metric: str) -> float:
        """The metric after the last epoch, NaN if it was not measured."""
        return (self.history.get(metric) or [math.nan])[-1]

    def best(self, metric: str) -> float:
        """The best value over the epochs: the smallest loss, the largest of anything else."""
        values = np.array(self.history.get(metric, []))
        values = values[np.isfinite(values)]
        if not len(values):
            return math.nan
        return float(values.min() if metric.endswith("loss") else values.max())

    def record(self, evaluation: Any) -> "Run":
        """Keep the scores of an evaluation with this run, under its split: train, val or test."""
        scores = {"accuracy": evaluation.accuracy, "loss": evaluation.loss}
        setattr(self, one_of("split", evaluation.split, SPLITS), scores)
        return self

    def __repr__(self) -> str:
        h = self.hyperparameters
        parts = [
            f"stopped: {self.stopped}" if self.stopped else "",
            f"{self.epochs_run} of {h.get('epochs', '?')} epochs, {self.seconds:.0f} s",
            f"{h.get('optimizer', '?')} at {h.get('learning_rate', '?')}, batch {h.get('batch_size', '?')}",
            "features of the frozen layers computed once" if h.get("cached_features") else "",
            self.loss,
            ", ".join(f"{key} {values[-1]:.4f}" for key, values in self.history.items() if values),
            f"{self.data.get('name', '?')} from {self.source or '?'}",
        ]
        return f"Run {self.name}: " + "; ".join(part for part in parts if part)

    def save(self, path: str | Path) -> Path:
        """Write the run to a JSON file, in one step; returns the path. NaN is kept as NaN.

        Raises:
            OSError: the file cannot be written there.
        """
        path = Path(path)
        if path.is_dir():
            raise IsADirectoryError(f"{path} is a folder: name a file in it, such as {path / 'run.json'}.")
        write_text(path, json.dumps(asdict(self), indent=1, default=plain) + "\n")
        return path

    @classmethod
    def load(cls, path: str | Path) -> "Run":
        """Read a run that `save()` wrote. What a later version of labkit has added is left out.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: the file is not one of ours, or is damaged.
        """
        path = Path(path)
        if not path.is_file():
            raise FileNotFoundError(f"{path} is not there: run.save({path.name!r}) writes such a file.")
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:  # broken JSON and broken UTF-8
            raise ValueError(
                f"{path} is not a saved run: it is no readable JSON ({error}). Save the run again."
            ) from None
        run = cls.read(stored)
        if run is None:
            raise ValueError(f"{path} is not a saved run: save one with run.save(path).")
        return run

    @classmethod
    def read(cls, stored: Any) -> "Run | None":
        """The run in a JSON value; None if it holds no run. What a later version of labkit has added is left out."""
        if not _is_run(stored):
            return None
        known = {f.name for f in fields(cls)}
        return cls(**{key: value for key, value in stored.items() if key in known})


def data_facts(dataset: Dataset) -> dict[str, Any]:
    """What a run keeps of its data, see `Run.data`."""
    return {
        "name": dataset.name,
        "source": dataset.source,
        "num_classes": dataset.num_classes,
        **{split: len(x) for split, (x, _) in dataset.splits().items()},
        **_constant_answer(dataset.labels("train")),
    }


def _constant_answer(labels: np.ndarray) -> dict[str, float]:
    shares = np.unique(labels, return_counts=True)[1] / max(1, len(labels))
    return {
        "majority": round(float(shares.max(initial=0)), 4),
        "entropy": round(float(-(shares * np.log(shares)).sum()), 4),
    }


def plain(value: Any) -> Any:
    """NumPy's numbers and arrays as JSON knows them."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    return str(value)


def _is_run(stored: Any) -> bool:
    """Whether a JSON value has the shape of a run: its marks, and each field of its kind."""
    if not isinstance(stored, dict) or not {"name", "history", "hyperparameters"} <= set(stored):
        return False
    empty = Run(name="")
    kinds = {f.name: type(getattr(empty, f.name)) for f in fields(Run)}
    kinds = {name: int | float if kind in (int, float) else kind for name, kind in kinds.items()}
    if not all(isinstance(stored[name], kind) for name, kind in kinds.items() if name in stored):
        return False
    return all(
        isinstance(values, list) and all(isinstance(v, int | float) for v in values)
        for values in stored["history"].values()
    )
