"""Diagnosis: what a training's curves say, in plain words. A failed run is a result, and gets a name."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from labkit import config
from labkit.training import verdicts

# How the verdicts are drawn; see `diagnose` for what each one means.
FAR = 2.0  # times ln(k): a constant answer with wandering biases stays below (1.1 times at Adam 1.0)
BARELY_BELOW = 0.97  # times the cost of a constant answer: ten noisy epochs of a dead network stay above
RISEN = 1.05  # times the smallest validation loss, two epochs in a row: a single bad epoch is noise
RUNAWAY = 1.5  # times the smallest training loss, two epochs in a row
GAP = 0.10  # of accuracy between training and validation: two standard deviations on 100 images
FALLING = 0.03  # share of the loss that the last fifth of the epochs took off
CREEPING = 0.002  # the same for a curve as steep at its end as on average: a small learning rate
GOOD_FIT = 0.80  # training accuracy above which a flat curve is no sign of too small a model
A_CURVE = 3  # epochs: with fewer there is no telling flat from turning


@dataclass(frozen=True)
class Diagnosis:
    """What happened in a run.

    Attributes:
        label: `"learning"`, `"at chance"`, `"diverged"`, `"over-fitted"` or `"under-fitted"`; always
            English, for code to compare.
        epoch: the epoch (from 1) that the label speaks of: where the loss broke or was smallest, or
            where over-fitting began; None where there is none.
        reason: one sentence or two for people, in the chosen language.
    """

    label: str
    reason: str
    epoch: int | None = None

    def __str__(self) -> str:
        return f"{verdicts.LABELS[self.label][config.language()]}: {self.reason}"

    __repr__ = __str__


def diagnose(run: Any, num_classes: int | None = None) -> Diagnosis:
    """Name what happened in a training, and why.

    - *diverged*: a loss is no number any more, or ended far above the cost of guessing, or training loss
      rose and stayed up;
    - *at chance*: the loss is no lower than a constant answer's, ln(num_classes) for equal classes, and
      accuracy is that of guessing;
    - *over-fitted*: validation loss stands 5 % above its minimum for two epochs while training loss fell, or
      it has stopped falling and validation accuracy is 0.1 below training accuracy;
    - *under-fitted*: training loss is flat, training accuracy is below 0.8, validation is close behind;
    - *learning*: none of these; the reason says whether more epochs would help. One or two epochs can be
      diverged or at chance, but are never called over- or under-fitted.

    Args:
        run: a `Run`, a Keras `History`, or a plain dict of lists (loss, accuracy, val_loss, ...).
        num_classes: needed where the run does not know it. A run also knows how unequal its classes
            are; for anything else they are taken as equal.

    Raises:
        ValueError: there is no loss in the history, or the number of classes is unknown.

    Example:
        >>> print(diagnose({"loss": [2.3, 2.31], "accuracy": [0.1, 0.1]}, num_classes=10).label)
        at chance
    """
    curves = _curves(run)
    facts = _facts(run, curves, _num_classes(run, num_classes))
    if not len(curves["loss"]):
        return _say("learning", "no epoch", facts, None)
    return (
        _broken(curves, facts)
        or _at_chance(curves, facts)
        or _runaway(curves, facts)
        or _over_fitted(curves, facts)
        or _rest(curves, facts)
    )


def _facts(run: Any, curves: dict, k: int) -> dict:
    data = getattr(run, "data", {})
    chance = data.get("entropy", math.log(k))
    unequal = chance < 0.98 * math.log(k)
    loss = _last(curves["loss"])
    return {
        "k": k,
        "chance": chance if unequal else math.log(k),
        "unequal": unequal,
        "guess": data.get("majority", 1 / k) if unequal else 1 / k,
        "images": min((data[s] for s in ("train", "val") if data.get(s)), default=0),
        "rate": _rate(run),
        "loss": loss,
        "val": _last(curves["val_loss"]),
        "ended": float(np.nanmin([loss, _last(curves["val_loss"])])) if math.isfinite(loss) else loss,
        "accuracy": _last(curves["accuracy"]),
        "val_accuracy": _last(curves["val_accuracy"]),
        "epoch": len(curves["loss"]),
    }


def _broken(curves: dict, facts: dict) -> Diagnosis | None:
    """A loss that is NaN or infinite; the first epoch in which one was."""
    first = {
        name: int(np.flatnonzero(~np.isfinite(curves[name]))[0])
        for name in ("loss", "val_loss")
        if not np.isfinite(curves[name]).all()
    }
    if not first:
        return None
    name = min(first, key=first.get)
    value = "NaN" if np.isnan(curves[name][first[name]]) else "∞"
    epoch = _aligned(first[name], curves[name], curves["loss"]) + 1
    return _say("diverged", "nan", {**facts, "curve": name, "value": value}, epoch)


def _at_chance(curves: dict, facts: dict) -> Diagnosis | None:
    """At chance or worse: accuracy is that of guessing, and the loss is no better than it either."""
    loss, bar = curves["loss"], _accuracy_bar(facts)
    scores = [s for s in (facts["accuracy"], facts["val_accuracy"]) if not math.isnan(s)]
    if scores:
        # With tiny steps the loss does not leave ln(k), whatever accuracy the first weights happen to have.
        stuck = len(loss) >= A_CURVE and facts["ended"] < facts["chance"] / BARELY_BELOW and not _falls(loss)
        knows_nothing = (max(scores) <= bar or stuck) and not _rises(curves, facts)
    else:
        knows_nothing = facts["ended"] <= 1.1 * facts["chance"] or not _falls(loss)
    if not knows_nothing or facts["ended"] < BARELY_BELOW * facts["chance"]:
        return None
    if facts["ended"] > FAR * math.log(facts["k"]):
        return _say("diverged", "worse than chance", facts, int(loss.argmax()) + 1)
    accuracy = curves["accuracy"]
    if loss.min() < BARELY_BELOW * facts["chance"] and accuracy.max(initial=0) > bar:
        peak = int(accuracy.argmax()) + 1
        return _say("at chance", "fell back", {**facts, "peak": accuracy.max(), "epoch": peak}, peak)
    if loss.max() > 1.2 * max(facts["chance"], facts["ended"]):
        return _say("at chance", "jumped", {**facts, "highest": loss.max(), "loss": facts["ended"]}, None)
    return _say("at chance", "at chance", facts, None)


def _accuracy_bar(facts: dict) -> float:
    """The accuracy above which a network knows something: half as good again as guessing, or clear of its noise."""
    guess = facts["guess"]
    noise = 2 * math.sqrt(guess * (1 - guess) / facts["images"]) if facts["images"] else 0.0
    return guess + max(noise, min(0.5 * guess, 0.1 * (1 - guess)))


def _rises(curves: dict, facts: dict) -> bool:
    """Four epochs of rising accuracy and falling loss: slow, but no accident."""
    loss, accuracy = curves["loss"][-4:], curves["accuracy"][-4:]
    steady = len(accuracy) == 4 and (np.diff(accuracy) > 0).all() and (np.diff(loss) < 0).all()
    return bool(steady and accuracy[-1] > 1.2 * facts["guess"])


def _runaway(curves: dict, facts: dict) -> Diagnosis | None:
    loss = curves["loss"]
    lowest = loss.min()
    limit = RUNAWAY * lowest + 0.1 * facts["chance"]  # thousandths may double: that is no divergence
    if len(loss) < A_CURVE or loss[-2:].min() <= limit:
        return None
    epoch = int(loss.argmin()) + 1
    return _say("diverged", "rising", {**facts, "lowest": lowest, "epoch": epoch}, epoch)


def _over_fitted(curves: dict, facts: dict) -> Diagnosis | None:
    loss, val = curves["loss"], curves["val_loss"]
    if len(val) < A_CURVE:
        return None
    best = int(val.argmin())
    epoch = _aligned(best, val, loss) + 1
    facts = {**facts, "best": val[best], "epoch": epoch}
    if val[-2:].min() > RISEN * val[best] and loss[-1] < loss[epoch - 1]:
        return _say("over-fitted", "over-fitted", facts, epoch)
    if facts["accuracy"] - facts["val_accuracy"] > GAP and not _falls(val) and best < len(val) - 1:
        return _say("over-fitted", "gap", facts, epoch)
    return None


def _rest(curves: dict, facts: dict) -> Diagnosis:
    watched = curves["val_loss"] if len(curves["val_loss"]) else curves["loss"]
    if len(curves["loss"]) < A_CURVE:
        return _say("learning", "few", facts, None)
    just_begun = facts["ended"] >= BARELY_BELOW * facts["chance"] and _rises(curves, facts)
    if _falls(watched) or just_begun:
        return _say("learning", "still", facts, None)
    close = not facts["accuracy"] - facts["val_accuracy"] > GAP
    if facts["accuracy"] < GOOD_FIT and close and not _falls(curves["loss"]):
        return _say("under-fitted", "under-fitted", facts, None)
    return _say("learning", "settled", facts, None)


def _falls(curve: np.ndarray) -> bool:
    """Whether a curve was still falling when it ended."""
    tail = max(1, len(curve) // 5)
    if len(curve) < 2:
        return False
    before, now = curve[:-tail].min(), curve[-tail:].min()
    fall, average = (before - now) / tail, (curve[0] - now) / (len(curve) - 1)
    creeps = before - now > CREEPING * before and fall > average / 2
    return bool(before - now > FALLING * before or creeps)


def _aligned(index: int, curve: np.ndarray, loss: np.ndarray) -> int:
    """The epoch of `curve[index]`, where validation was not run in every epoch."""
    return round((index + 1) * len(loss) / len(curve)) - 1


def _say(label: str, reason: str, facts: dict, epoch: int | None) -> Diagnosis:
    return Diagnosis(label, verdicts.reason(reason, facts), epoch)


def _curves(run: Any) -> dict[str, np.ndarray]:
    """loss, val_loss, accuracy and val_accuracy as arrays, empty where not measured."""
    history = run if isinstance(run, Mapping) else getattr(run, "history", None)
    if not isinstance(history, Mapping) or (history and "loss" not in history):
        raise ValueError("diagnose() needs a Run, a Keras History or a dict with a 'loss' list.")
    # Keras calls accuracy what compile() was told: "acc", "accuracy", "sparse_categorical_accuracy".
    measured = next(
        (key for key in history if key.endswith(("accuracy", "acc")) and key[:4] != "val_"), "accuracy"
    )
    keys = {"loss": "loss", "accuracy": measured}
    keys |= {f"val_{name}": f"val_{key}" for name, key in keys.items()}
    return {name: np.asarray(history.get(key, ()), dtype=float).reshape(-1) for name, key in keys.items()}


def _num_classes(run: Any, given: int | None) -> int:
    known = given or getattr(run, "data", {}).get("num_classes")
    if not known and hasattr(getattr(run, "model", None), "output_shape"):  # a Keras History
        known = max(2, run.model.output_shape[-1])  # one output is a yes or no
    if not known:
        raise ValueError("diagnose() must know the number of classes: diagnose(history, num_classes=10).")
    if known < 2:
        raise ValueError(
            f"num_classes must be 2 or more, not {known!r}: with one class there is nothing to learn."
        )
    return int(known)


def _rate(run: Any) -> str:
    """The learning rate in words; "nan" where the run does not know it."""
    rate = getattr(run, "hyperparameters", {}).get("learning_rate")
    optimizer = getattr(getattr(run, "model", None), "optimizer", None)  # a Keras History
    if rate is None and optimizer is not None:
        rate = float(np.asarray(optimizer.learning_rate))
    return "nan" if rate is None else rate if isinstance(rate, str) else f"{rate:.6g}"


def _last(curve: np.ndarray) -> float:
    return float(curve[-1]) if len(curve) else math.nan
