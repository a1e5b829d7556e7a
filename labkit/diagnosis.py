"""Diagnosis: what a training's curves say, in plain words. A failed run is a result, and gets a name."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from labkit import config

# How the verdicts are drawn; see `diagnose` for what each one means.
NEAR_CHANCE = 1.5  # times the accuracy of guessing
RISEN = 1.05  # times the smallest validation loss
STILL_FALLING = 0.02  # share of the loss that the last fifth of the epochs took off
GOOD_FIT = 0.80  # training accuracy under which a flat curve means too small a model

_WORDS = {
    "learning": {"en": "learning", "fr": "apprend"},
    "at chance": {"en": "at chance", "fr": "au hasard"},
    "diverged": {"en": "diverged", "fr": "a divergé"},
    "over-fitted": {"en": "over-fitted", "fr": "sur-appris"},
    "under-fitted": {"en": "under-fitted", "fr": "sous-appris"},
}

_REASONS = {
    "no epoch": {
        "en": "no epoch was finished, so there is nothing to judge.",
        "fr": "aucune époque n'a été achevée : il n'y a rien à juger.",
    },
    "nan": {
        "en": "the loss became {loss} in epoch {epoch}: the steps were too large. Lower the learning rate "
        "(it was {rate}), or put the images in 0..1.",
        "fr": "la perte est devenue {loss} à l'époque {epoch} : les pas étaient trop grands. Diminuez le taux "
        "d'apprentissage ({rate} ici), ou ramenez les images entre 0 et 1.",
    },
    "worse than chance": {
        "en": "the loss ended at {loss:.3f}, far above ln({k}) = {chance:.3f}, which is what guessing costs: the "
        "steps were too large. Lower the learning rate (it was {rate}).",
        "fr": "la perte finit à {loss:.3f}, bien au-dessus de ln({k}) = {chance:.3f}, ce que coûte le hasard : les "
        "pas étaient trop grands. Diminuez le taux d'apprentissage ({rate} ici).",
    },
    "at chance": {
        "en": "the loss stays at {loss:.3f} and guessing among {k} classes costs ln({k}) = {chance:.3f}; accuracy "
        "{accuracy:.3f} against {guess:.3f}. The network gives every image the same answer: the learning rate "
        "({rate}) is so large that it killed the ReLUs, or so small that nothing moves, or the steps were too few "
        "to get away from there.",
        "fr": "la perte reste à {loss:.3f} et deviner parmi {k} classes coûte ln({k}) = {chance:.3f} ; exactitude "
        "{accuracy:.3f} contre {guess:.3f}. Le réseau répond la même chose à toute image : le taux d'apprentissage "
        "({rate}) est si grand qu'il a tué les ReLU, ou si petit que rien ne bouge, ou il y a eu trop peu de pas "
        "pour s'en éloigner.",
    },
    "over-fitted": {
        "en": "validation loss was smallest in epoch {epoch} ({best:.3f}) and ended at {val:.3f}, while training "
        "loss went on falling to {loss:.3f}: from epoch {epoch} on it learns its images by heart. Stop there, "
        "or add dropout, augmentation or data.",
        "fr": "la perte de validation était minimale à l'époque {epoch} ({best:.3f}) et finit à {val:.3f}, alors que "
        "la perte d'apprentissage descend jusqu'à {loss:.3f} : à partir de l'époque {epoch} le réseau apprend ses "
        "images par cœur. Arrêtez là, ou ajoutez du dropout, de l'augmentation ou des données.",
    },
    "under-fitted": {
        "en": "training accuracy has stopped at {accuracy:.3f} and validation is close to it: the model is too "
        "small for the task, or too strongly regularised. Give it more filters or layers, or less dropout.",
        "fr": "l'exactitude d'apprentissage s'est arrêtée à {accuracy:.3f} et la validation en est proche : le modèle "
        "est trop petit pour la tâche, ou trop régularisé. Donnez-lui plus de filtres ou de couches, ou moins "
        "de dropout.",
    },
    "still": {
        "en": "the loss was still falling when it ended ({loss:.3f} after {epoch} epochs): more epochs would help.",
        "fr": "la perte descendait encore à la fin ({loss:.3f} après {epoch} époques) : plus d'époques aideraient.",
    },
    "settled": {
        "en": "the loss has settled at {loss:.3f} (accuracy {accuracy:.3f}) without over-fitting.",
        "fr": "la perte s'est stabilisée à {loss:.3f} (exactitude {accuracy:.3f}) sans sur-apprentissage.",
    },
}


@dataclass(frozen=True)
class Diagnosis:
    """What happened in a run.

    Attributes:
        label: `"learning"`, `"at chance"`, `"diverged"`, `"over-fitted"` or `"under-fitted"`; always
            English, for code to compare.
        epoch: the epoch (from 1) that the label speaks of: where the loss broke, or where
            over-fitting began; None where there is none.
        reason: one sentence or two for people, in the chosen language.
    """

    label: str
    reason: str
    epoch: int | None = None

    def __str__(self) -> str:
        return f"{_WORDS[self.label][config.language()]}: {self.reason}"

    __repr__ = __str__


def diagnose(run: Any, num_classes: int | None = None) -> Diagnosis:
    """Name what happened in a training, and why.

    - *diverged*: the loss is no number any more, or ended at more than twice the cost of guessing;
    - *at chance*: the loss never left ln(num_classes) and accuracy stays near 1 / num_classes;
    - *over-fitted*: validation loss has risen by 5 % above its minimum while training loss fell on;
    - *under-fitted*: training accuracy is flat below 0.8 with validation close behind;
    - *learning*: none of these; the reason says whether more epochs would help.

    Args:
        run: a `Run`, a Keras `History`, or a plain dict of lists (loss, accuracy, val_loss, ...).
        num_classes: needed where the run does not know it.

    Raises:
        ValueError: there is no loss in the history, or the number of classes is unknown.

    Example:
        >>> print(diagnose({"loss": [2.3, 2.31], "accuracy": [0.1, 0.1]}, num_classes=10).label)
        at chance
    """
    history = _history(run)
    k = _num_classes(run, num_classes)
    loss = np.asarray(history["loss"], dtype=float)
    facts = {
        "k": k,
        "chance": math.log(k),
        "guess": 1 / k,
        "rate": getattr(run, "hyperparameters", {}).get("learning_rate", "?"),
        "loss": loss[-1] if len(loss) else math.nan,
        "accuracy": _last(history, "accuracy"),
        "val": _last(history, "val_loss"),
        "epoch": len(loss),
    }
    if not len(loss):
        return _say("learning", "no epoch", facts)
    return _failure(loss, facts) or _over_fitting(history, facts) or _fit(history, facts)


def _failure(loss: np.ndarray, facts: dict) -> Diagnosis | None:
    if not np.isfinite(loss).all():
        epoch = int(np.flatnonzero(~np.isfinite(loss))[0]) + 1
        return _say("diverged", "nan", {**facts, "epoch": epoch}, epoch)
    if loss[-1] > 2 * facts["chance"]:
        return _say("diverged", "worse than chance", facts, int(loss.argmax()) + 1)
    near_chance = not facts["accuracy"] > NEAR_CHANCE * facts["guess"]
    if near_chance and loss[-1] > 0.97 * facts["chance"]:
        return _say("at chance", "at chance", facts)
    return None


def _over_fitting(history: Mapping, facts: dict) -> Diagnosis | None:
    val = np.asarray(history.get("val_loss", []), dtype=float)
    if len(val) < 2 or not np.isfinite(val).all():
        return None
    best = int(val.argmin())
    loss_then = history["loss"][best]
    if val[-1] > RISEN * val[best] and facts["loss"] < loss_then:
        return _say("over-fitted", "over-fitted", {**facts, "best": val[best], "epoch": best + 1}, best + 1)
    return None


def _fit(history: Mapping, facts: dict) -> Diagnosis:
    watched = np.asarray(history.get("val_loss") or history["loss"], dtype=float)
    fifth = max(1, len(watched) // 5)
    fall = 1 - watched[-fifth:].min() / watched[:-fifth].min() if len(watched) > fifth else 1.0
    if fall > STILL_FALLING:
        return _say("learning", "still", facts)
    if facts["accuracy"] < GOOD_FIT and not _last(history, "val_accuracy") < facts["accuracy"] - 0.05:
        return _say("under-fitted", "under-fitted", facts)
    return _say("learning", "settled", facts)


def _say(label: str, reason: str, facts: dict, epoch: int | None = None) -> Diagnosis:
    return Diagnosis(label, _REASONS[reason][config.language()].format(**facts), epoch)


def _history(run: Any) -> Mapping:
    history = run if isinstance(run, Mapping) else getattr(run, "history", None)
    if not isinstance(history, Mapping) or (history and "loss" not in history):
        raise ValueError("diagnose() needs a Run, a Keras History or a dict with a 'loss' list.")
    return history or {"loss": []}


def _num_classes(run: Any, given: int | None) -> int:
    known = given or getattr(run, "data", {}).get("num_classes")
    if not known and hasattr(run, "model") and hasattr(run.model, "output_shape"):  # a Keras History
        known = run.model.output_shape[-1]
    if not known:
        raise ValueError("diagnose() must know the number of classes: diagnose(history, num_classes=10).")
    return int(known)


def _last(history: Mapping, metric: str) -> float:
    return float(history[metric][-1]) if history.get(metric) else math.nan
