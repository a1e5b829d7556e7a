"""Points of a sweep: every combination of a grid, or what an Optuna study proposes."""

import itertools
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from labkit.experiments.table import score
from labkit.training import Run


def grid(space: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every combination, the last hyperparameter changing first.

    Raises:
        ValueError: a hyperparameter has no list of values.

    Example:
        >>> list(grid({"batch_size": [32, 128], "optimizer": ["sgd"]}))
        [{'batch_size': 32, 'optimizer': 'sgd'}, {'batch_size': 128, 'optimizer': 'sgd'}]
    """
    for name, values in space.items():
        if not isinstance(values, list | tuple) or not values:
            raise ValueError(f"{name} needs a list of values to try, such as [0.01, 0.001], not {values!r}.")
    for values in itertools.product(*space.values()):
        yield dict(zip(space, values, strict=True))


def studied(space: Mapping[str, Any], trials: int, seed: int, runs: list[Run]) -> Iterator[dict[str, Any]]:
    """Points that Optuna's TPE proposes, one after the other; `runs` holds the results so far.

    The study lives in memory only and is filled from the runs, so the ledger is all that must survive. The
    sampler is seeded by the number of finished runs: a study that goes on proposes what it would have.
    """
    optuna = _optuna()
    distributions = {name: _distribution(optuna, values) for name, values in space.items()}
    proposed: list[dict[str, Any]] = []
    for number in range(trials):
        with _quiet(optuna):
            sampler = optuna.samplers.TPESampler(seed=seed + number, n_startup_trials=5)
            study = optuna.create_study(direction="maximize", sampler=sampler)
            for params, run in zip(proposed, runs, strict=True):
                value = score(run, "val")
                trial = optuna.trial.create_trial(
                    params=params, distributions=distributions, value=0.0 if math.isnan(value) else value
                )
                study.add_trial(trial)
            proposed.append(study.ask(distributions).params)
        yield {name: _value(space[name], chosen) for name, chosen in proposed[-1].items()}


def _distribution(optuna: Any, values: Any) -> Any:
    if isinstance(values, optuna.distributions.BaseDistribution):
        return values
    if isinstance(values, list | tuple) and values:
        # The places in the list, not what stands there: Optuna knows no layers and no lists.
        return optuna.distributions.CategoricalDistribution(range(len(values)))
    raise ValueError(f"a list of values or an Optuna distribution is expected, not {values!r}.")


def _value(values: Any, chosen: Any) -> Any:
    return values[chosen] if isinstance(values, list | tuple) else chosen


def _optuna() -> Any:
    try:
        import optuna
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "sweep(trials=...) needs Optuna: pip install optuna, or leave trials out."
        ) from None
    return optuna


@contextmanager
def _quiet(optuna: Any) -> Iterator[None]:
    """Optuna without its log inside the block."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)
