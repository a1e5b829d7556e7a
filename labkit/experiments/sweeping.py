"""Sweep: the same training for many hyperparameters, which goes on where it was stopped."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from inspect import signature
from typing import Any

from labkit import config
from labkit.data.dataset import Dataset
from labkit.experiments.ledger import Ledger
from labkit.experiments.points import grid, studied
from labkit.training import Run, measure, train
from labkit.training.fitting import seeded

_FOR_TRAIN = set(signature(train).parameters) - {"model", "dataset", "name", "ledger"}


def sweep(
    build: Callable[..., Any],
    dataset: Dataset,
    space: Mapping[str, Any],
    *,
    ledger: Ledger,
    name: str | None = None,
    trials: int | None = None,
    **fixed: Any,
) -> list[Run]:
    """Train a net for each combination of hyperparameters; finished ones are read from the ledger, not run again.

    A sweep that was killed, by Ctrl-C or by a power cut, loses the training it was in and nothing else: the
    same call goes on. A combination that fails (NaN, at chance, a net that cannot exist) is finished too: its
    row says so.

    Args:
        build: gives an untrained model, e.g. `labkit.models.lenet5`.
        space: hyperparameter -> values to try. Those that `train()` knows go to `train()`, others to `build`.
        ledger: where the runs are kept.
        name: what the runs' names begin with; the builder's name if not given.
        trials: None trains the full grid. A number lets Optuna choose as many points, by the validation
            accuracy so far (TPE, Bergstra et al. 2011); `space` may then hold Optuna distributions, such as
            `FloatDistribution(1e-4, 1e-1, log=True)`. Needs optuna.
        fixed: the same for every run, e.g. `epochs=3`.

    Returns:
        One run a combination, in the order of the grid or of the study.

    Raises:
        ValueError: the space is empty, or a hyperparameter is given twice.
        KeyboardInterrupt: Ctrl-C; what was finished is in the ledger.

    Example:
        >>> import tempfile
        >>> from labkit import data, models
        >>> digits = data.load("mnist", source="sample", validation=0.2).scaled().subset(64, n_val=32, n_test=32)
        >>> ledger = Ledger(f"{tempfile.mkdtemp()}/sweep.jsonl")
        >>> runs = sweep(models.first_cnn, digits, {"learning_rate": [0.01, 0.001]}, ledger=ledger, epochs=1)
        >>> [run.name for run in runs]
        ['first_cnn learning_rate=0.01', 'first_cnn learning_rate=0.001']
    """
    _check(space, fixed)
    name = name or build.__name__
    finished, runs = ledger.finished(), []
    chosen = grid(space) if trials is None else studied(space, trials, fixed.get("seed", config.seed()), runs)
    for point in _shown(chosen, trials or len(list(grid(space))), name):
        settings = {"seed": config.seed(), **fixed, **point}
        title = " ".join([name, *(f"{key}={_short(value)}" for key, value in point.items())])
        model, problem = _built(build, settings)
        key = _key(title, model, dataset, settings)
        if key not in finished:
            run = _run(model, problem, dataset, settings, title)
            ledger.add(run, experiment=key)
            if run.stopped == "interrupted":
                raise KeyboardInterrupt(f"the sweep was interrupted in {title}: call it again to go on.")
            finished[key] = run
        runs.append(finished[key])
    return runs


def _check(space: Mapping[str, Any], fixed: Mapping[str, Any]) -> None:
    if not space:
        raise ValueError('a sweep needs something to try, such as {"learning_rate": [0.01, 0.001]}.')
    twice = sorted(set(space) & set(fixed))
    if twice:
        raise ValueError(f"{twice[0]} is in the space and fixed: give it in one place.")
    if not {"epochs"} & (set(space) | set(fixed)):
        raise ValueError("a sweep needs epochs, fixed (epochs=3) or in the space.")


def _built(build: Callable[..., Any], settings: Mapping[str, Any]) -> tuple[Any, str]:
    """The model and nothing, or None and why there is none."""
    wanted = {key: value for key, value in settings.items() if key not in _FOR_TRAIN}
    with seeded(settings["seed"]):
        try:
            return build(**wanted), ""
        except ValueError as error:  # a net that cannot exist is a result
            return None, str(error)


def _run(model: Any, problem: str, dataset: Dataset, settings: Mapping[str, Any], title: str) -> Run:
    mine = {key: _plain(value) for key, value in settings.items() if key not in _FOR_TRAIN}
    if model is not None:
        try:
            run = train(model, dataset, name=title, **{k: v for k, v in settings.items() if k in _FOR_TRAIN})
            run.hyperparameters |= mine
            return measure(run, model, dataset)
        except (ValueError, MemoryError) as error:
            problem = str(error)
    facts = {"name": dataset.name, "source": dataset.source, "num_classes": dataset.num_classes}
    chosen = {key: _plain(value) for key, value in settings.items()}
    return Run(
        title, hyperparameters=chosen, data=facts, stopped="error", error=problem, profile=config.profile()
    )


def _key(title: str, model: Any, dataset: Dataset, settings: Mapping[str, Any]) -> str:
    """What makes two trainings the same: the net layer by layer, the data, every setting."""
    layers = [] if model is None else [_layer(layer) for layer in _flat(model)]
    counts = {split: len(x) for split, (x, _) in dataset.splits().items()}
    data = [
        dataset.name,
        dataset.source,
        counts,
        dataset.image_shape,
        str(dataset.x_train.dtype),
        dataset.seed,
    ]
    facts = [title, layers, data, {key: _plain(value) for key, value in sorted(settings.items())}]
    return hashlib.sha256(json.dumps(facts, default=str).encode()).hexdigest()[:16]


def _flat(model: Any) -> Iterator[Any]:
    for layer in model.layers:
        yield from _flat(layer) if hasattr(layer, "layers") else [layer]


def _layer(layer: Any) -> list[Any]:
    """A layer without its name, which Keras numbers anew in every session."""
    settings = {key: value for key, value in layer.get_config().items() if key != "name"}
    return [type(layer).__name__, settings, [list(weight.shape) for weight in layer.weights]]


def _plain(value: Any) -> Any:
    """A setting as text, if JSON does not know it: a layer or an optimizer by its class and configuration."""
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "get_config"):
        settings = {key: _plain(item) for key, item in value.get_config().items() if key != "name"}
        return f"{type(value).__name__}({settings})"
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "+".join(map(_short, value)) or "none"
    return type(value).__name__ if hasattr(value, "get_config") else str(value)


def _shown(points: Iterator[dict], total: int, name: str) -> Iterator[dict]:
    """The points with a progress bar, where bars may be drawn."""
    from tqdm import tqdm

    return tqdm(points, total=total, desc=f"sweep {name}", unit="run", disable=not config.shows_progress())
