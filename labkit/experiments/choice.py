"""The best of several runs, and why it is the best."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from labkit import config
from labkit.config import one_of
from labkit.experiments.table import SCORES, score
from labkit.training import Run
from labkit.training.fitting import SCORED

_REASONS = {
    "highest": {
        "en": "{name} has the highest {split} accuracy of {count}: {value:.4f}",
        "fr": "{name} a la plus haute exactitude ({split}) des {count} : {value:.4f}",
    },
    "quickest": {
        "en": "{name} is the quickest of the {close} runs within {within:g} of the highest {split} accuracy ({top:.4f}, "
        "{best}): {value:.4f} in {minutes:.1f} min instead of {longer:.1f}",
        "fr": "{name} est le plus rapide des {close} entraînements à {within:g} au plus de la meilleure exactitude "
        "({split} : {top:.4f}, {best}) : {value:.4f} en {minutes:.1f} min au lieu de {longer:.1f}",
    },
    "second": {
        "en": "; the next is {second} with {next:.4f}",
        "fr": " ; vient ensuite {second} avec {next:.4f}",
    },
    "noise": {
        "en": ", a difference that may be chance on {images:,} images",
        "fr": ", une différence qui peut tenir au hasard sur {images:,} images",
    },
    "gap": {
        "en": ". Gap between training and validation {gap:+.3f}",
        "fr": ". Écart entre apprentissage et validation {gap:+.3f}",
    },
    "facts": {
        "en": ". {parameters:,} parameters, {epochs} epoch{plural}, {minutes:.1f} min.",
        "fr": ". {parameters:,} paramètres, {epochs} époque{plural}, {minutes:.1f} min.",
    },
}


@dataclass(frozen=True)
class Best:
    """A run that was chosen, and the sentence that says why, in the chosen language."""

    run: Run
    reason: str

    def __str__(self) -> str:
        return self.reason

    __repr__ = __str__


def best(runs: Iterable[Run], *, by: str = "val", within: float = 0.0) -> Best:
    """The run with the highest accuracy, or the quickest of those that are nearly as good.

    Choose by `"val"`: a score that has been used for choosing is too good to be true, and the test score
    is kept for the last word. Sheet S4.5.7 asks which model is best by test score and time.

    Args:
        runs: a `Ledger`, or any runs; those without that score (NaN) do not count.
        by: `"val"`, `"test"` or `"train"`.
        within: accuracy that may be given away for a shorter training, e.g. 0.01.

    Raises:
        ValueError: no run has that score.

    Example:
        >>> runs = [Run(name=n, val={"accuracy": a}, train={"accuracy": 0.8}, seconds=s, data={"val": 100})
        ...         for n, a, s in (("A", 0.70, 60), ("B", 0.71, 600))]
        >>> best(runs, within=0.02).run.name
        'A'
    """
    one_of("by", by, SCORES)
    scored = [run for run in runs if not math.isnan(score(run, by))]
    if not scored:
        raise ValueError(f"no run has a {by} score: train(..., ledger=ledger) measures it.")
    ranked = sorted(scored, key=lambda run: -score(run, by))
    close = [run for run in ranked if score(run, by) >= score(ranked[0], by) - within]
    winner = min(close, key=lambda run: run.seconds) if within else ranked[0]
    return Best(winner, _reason(winner, ranked, close, by, within))


def _reason(winner: Run, ranked: list[Run], close: list[Run], by: str, within: float) -> str:
    facts = _facts(winner, ranked, close, by, within)
    pieces = ["highest" if winner is ranked[0] else "quickest"]
    if winner is ranked[0] and len(ranked) > 1:
        pieces.append("second")
        if facts["top"] - facts["next"] < facts["error"]:
            pieces.append("noise")
    if not math.isnan(winner.gap):
        pieces.append("gap")
    return "".join(_REASONS[piece][config.language()].format(**facts) for piece in [*pieces, "facts"])


def _facts(winner: Run, ranked: list[Run], close: list[Run], by: str, within: float) -> dict[str, Any]:
    first, second = ranked[0], ranked[min(1, len(ranked) - 1)]
    images = min(first.data.get(by, 0), SCORED) if by == "train" else first.data.get(by, 0)
    top = score(first, by)
    return {
        "name": winner.name,
        "best": first.name,
        "second": second.name,
        "value": score(winner, by),
        "top": top,
        "next": score(second, by),
        "count": len(ranked),
        "close": len(close),
        "within": within,
        "split": by,
        "images": images,
        # Two standard errors of the difference of two shares of as many images.
        "error": 2 * math.sqrt(2 * top * (1 - top) / images) if images else 0.0,
        "gap": winner.gap,
        "parameters": winner.parameters,
        "epochs": winner.epochs_run,
        "plural": "s" if winner.epochs_run > 1 else "",
        "minutes": winner.seconds / 60,
        "longer": first.seconds / 60,
    }
