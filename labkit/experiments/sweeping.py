"""Sweep: the same training for many hyperparameters, which goes on where it was stopped."""

import re
from collections.abc import Callable, Iterator, Mapping
from inspect import Parameter, signature
from typing import Any

from labkit import config
from labkit.data.dataset import Dataset
from labkit.experiments import identity
from labkit.experiments.ledger import Ledger
from labkit.experiments.points import grid, studied
from labkit.training import Run, augmentation, measure, optimizers, train
from labkit.training.run import data_facts
from labkit.training.seeding import seeded

_DEFAULTS = {
    name: parameter.default
    for name, parameter in signature(train).parameters.items()
    if name not in ("model", "dataset", "name", "ledger")
}


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
        ValueError: the space is empty, a hyperparameter is given twice, or nobody knows it.
        OSError: the ledger cannot be written.
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
    _check(build, space, fixed, trials)
    ledger.ready()
    name = name or _called(build)
    finished, runs = ledger.finished(), []
    chosen = grid(space) if trials is None else studied(space, trials, fixed.get("seed", config.seed()), runs)
    for point in _shown(chosen, trials or len(list(grid(space))), name):
        settings = {"seed": config.seed(), **fixed, **point}
        title = " ".join([name, *(f"{key}={identity.short(value)}" for key, value in point.items())])
        model, problem = _built(build, settings)
        key = identity.experiment(title, model, dataset, settings)
        if key not in finished:
            run = _run(model, problem, dataset, settings, title)
            run.model = _called(build)  # Keras numbers a net without a name: sequential_7 is no choice
            ledger.add(run, experiment=key)
            if run.stopped == "interrupted":
                raise KeyboardInterrupt(f"the sweep was interrupted in {title}: call it again to go on.")
            finished[key] = run
        runs.append(finished[key])
    return runs


def _check(build: Any, space: Mapping[str, Any], fixed: Mapping[str, Any], trials: Any) -> None:
    if not space:
        raise ValueError('a sweep needs something to try, such as {"learning_rate": [0.01, 0.001]}.')
    twice = sorted(set(space) & set(fixed))
    if twice:
        raise ValueError(f"{twice[0]} is in the space and fixed: give it in one place.")
    if "epochs" not in {*space, *fixed}:
        raise ValueError("a sweep needs epochs, fixed (epochs=3) or in the space.")
    if trials is not None and (not isinstance(trials, int) or isinstance(trials, bool) or trials < 1):
        raise ValueError(f"trials must be a whole number of 1 or more, not {trials!r}.")
    known = signature(build).parameters
    unknown = sorted({*space, *fixed} - set(_DEFAULTS) - set(known))
    if unknown and Parameter.VAR_KEYWORD not in {parameter.kind for parameter in known.values()}:
        raise ValueError(
            f"neither train() nor {_called(build)}() knows {unknown[0]!r}: the builder takes "
            f"{', '.join(known) or 'nothing'}, and train() {', '.join(_DEFAULTS)}."
        )


def _called(build: Any) -> str:
    """The builder's name; that of the function in a partial one; "net" for a lambda."""
    name = getattr(getattr(build, "func", build), "__name__", type(build).__name__)
    return "net" if name == "<lambda>" else name


def _built(build: Callable[..., Any], settings: Mapping[str, Any]) -> tuple[Any, str]:
    """The model and nothing, or None and why there is none."""
    with seeded(settings["seed"]):
        try:
            return build(**_for_builder(settings)), ""
        except ValueError as error:  # a net that cannot exist is a result
            return None, _one_line(error)


def _run(model: Any, problem: str, dataset: Dataset, settings: Mapping[str, Any], title: str) -> Run:
    mine = {key: identity.plain(value) for key, value in _for_builder(settings).items()}
    if model is not None:
        try:
            run = train(model, dataset, name=title, **{k: v for k, v in settings.items() if k in _DEFAULTS})
            run.hyperparameters |= mine
            return measure(run, model, dataset)
        except (ValueError, MemoryError) as error:
            problem = _one_line(error)
    return Run(
        name=title,
        hyperparameters=_asked(settings) | mine,
        data=data_facts(dataset),
        stopped="error",
        error=problem,
        profile=config.profile(),
    )


def _for_builder(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in settings.items() if key not in _DEFAULTS}


def _asked(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The hyperparameters of a training that never began, as `train()` would have recorded them."""
    asked = _DEFAULTS | dict(settings)
    chosen = {key: identity.plain(asked[key]) for key in ("batch_size", "epochs", "label_smoothing", "seed")}
    try:
        optimizer = optimizers.describe(optimizers.make(asked["optimizer"], asked["learning_rate"]))
        augment = augmentation.described(augmentation.as_layers(asked["augment"]))
    except ValueError:  # perhaps it is one of these that made no sense
        optimizer = {key: identity.plain(asked[key]) for key in ("optimizer", "learning_rate")}
        augment = identity.short(asked["augment"])
    return {**optimizer, **chosen, "augmentation": augment}


def _one_line(error: Exception) -> str:
    """An error's text without colours and line breaks, and not longer than one reads."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error) or type(error).__name__)
    return " ".join(text.split())[:200]


def _shown(points: Iterator[dict], total: int, name: str) -> Iterator[dict]:
    """The points with a progress bar, where bars may be drawn."""
    from tqdm import tqdm

    return tqdm(points, total=total, desc=f"sweep {name}", unit="run", disable=not config.shows_progress())
