"""Recipes: settings of `train()` that go together, and what the settings are where nobody has said anything."""

from dataclasses import dataclass, fields, replace
from numbers import Real
from typing import Any


# The defaults of train(), told apart by identity from the same value given by the caller.
class _Int(int): ...


class _Float(float): ...


class _Str(str): ...


BATCH_SIZE = _Int(32)
OPTIMIZER = _Str("adam")
LABEL_SMOOTHING = _Float(0.0)
PRECISION = _Str("float32")
STEPS = _Int(1)
DEFAULTS = (None, BATCH_SIZE, OPTIMIZER, LABEL_SMOOTHING, PRECISION, STEPS)


@dataclass(frozen=True)
class Settings:
    """What a recipe decides, by the names of `train()`."""

    batch_size: Any = BATCH_SIZE
    optimizer: Any = OPTIMIZER
    learning_rate: Any = None
    weight_decay: Any = None
    weight_averaging: Any = None
    augment: Any = None
    label_smoothing: Any = LABEL_SMOOTHING
    mixed_precision: Any = PRECISION
    steps_per_execution: Any = STEPS


_OF_THE_OPTIMIZER = ("learning_rate", "weight_decay", "weight_averaging")


def settings(recipe: Any, model: Any, given: Settings) -> Settings:
    """The settings of a training: what was given, and for the rest the recipe's.

    Whoever brings an optimizer of their own brings its rate, too: the recipe's belong to the recipe's optimizer.

    Raises:
        ValueError: there is no such recipe.

    Example:
        >>> from labkit.models import speed_cnn
        >>> chosen = settings("fast", speed_cnn(), Settings(batch_size=128))
        >>> chosen.batch_size, chosen.optimizer, chosen.label_smoothing
        (128, 'nesterov', 0.1)
    """
    if recipe is None:
        return given
    chosen = RECIPES[_named(recipe)](model)
    own = {
        f.name: getattr(given, f.name) for f in fields(Settings) if not _is_default(getattr(given, f.name))
    }
    if "optimizer" in own:
        own = dict.fromkeys(_OF_THE_OPTIMIZER) | own
    elif isinstance(own.get("learning_rate"), Real):
        own["learning_rate"] = type(chosen.learning_rate)(own["learning_rate"])  # the peak of the triangle
    return replace(chosen, **own)


def fast(model: Any) -> Settings:
    """Much accuracy in little time, for nets with BatchNormalization: after Page (2018) and Jordan (2024).

    Nesterov's momentum with decoupled weight decay under one triangle of learning rates, label smoothing, images
    mirrored in every other epoch and moved by two pixels, short numbers where the device is quicker with them, and
    as many steps at a time as fill a tenth of a second.
    """
    from labkit.training.flip_and_shift import FlipAndShift
    from labkit.training.triangular import Triangular

    return Settings(
        batch_size=256,
        optimizer="nesterov",
        learning_rate=Triangular(PEAKS.get(model.name, PEAK)),
        weight_decay=WEIGHT_DECAY,
        augment=FlipAndShift(),
        label_smoothing=0.1,
        mixed_precision="auto",
        steps_per_execution="auto",
    )


PEAK, PEAKS = 0.1, {"speed_cnn": 2.0}  # its logits are divided by 9
WEIGHT_DECAY = 3e-3  # times the learning rate, a step
RECIPES = {"fast": fast}


def _named(recipe: Any) -> str:
    if not isinstance(recipe, str) or recipe not in RECIPES:
        names = ", ".join(map(repr, RECIPES))
        raise ValueError(
            f"there is no recipe {recipe!r}: take {names}, or leave recipe=None for plain training."
        )
    return recipe


def _is_default(value: Any) -> bool:
    return any(value is default for default in DEFAULTS)
