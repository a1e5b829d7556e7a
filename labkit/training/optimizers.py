"""Optimizers by name: what `train()` makes of "adam" or "momentum", and how a run records it."""

import math
from numbers import Real
from typing import Any

from labkit.config import one_of

_ADAMW_DECAY = 0.004  # Keras's own default, which the name "AdamW" says
LEARNING_RATE = 1e-3  # Adam's own default; used where no rate is given

# The class in keras.optimizers and what it is made with, beside the learning rate.
OPTIMIZERS = {
    "adam": ("Adam", {}),
    "adamw": ("AdamW", {}),
    "sgd": ("SGD", {}),
    "momentum": ("SGD", {"momentum": 0.9}),
    "nesterov": ("SGD", {"momentum": 0.9, "nesterov": True}),
    "rmsprop": ("RMSprop", {}),
}


def make(
    optimizer: Any,
    learning_rate: Any = None,
    *,
    weight_decay: float | None = None,
    weight_averaging: float | None = None,
    steps: int | None = None,
) -> Any:
    """A new optimizer whose state starts from nothing.

    Args:
        optimizer: a name in `OPTIMIZERS`, or a `keras.optimizers.Optimizer`, of which a copy is returned:
            an optimizer belongs to the weights it has trained, and yours may be given to many models.
        learning_rate: a number above 0 or a `keras.optimizers.schedules` object; 0.001 if not given.
        weight_decay: decoupled (Loshchilov & Hutter 2019): each step takes learning_rate * weight_decay of every weight.
        weight_averaging: momentum of a moving average of the weights, which the model has in the end (Polyak &
            Juditsky 1992).
        steps: of the whole training, for a `Triangular` that does not know them.

    Raises:
        ValueError: an unknown name, a number that makes no sense, or one beside an optimizer that has its own.

    Example:
        >>> describe(make("momentum", 0.1))
        {'optimizer': 'SGD (momentum 0.9)', 'learning_rate': 0.1}
    """
    import keras

    if isinstance(optimizer, keras.optimizers.Optimizer):
        if learning_rate is not None:
            name = type(optimizer).__name__
            raise ValueError(
                f"two learning rates: leave learning_rate={learning_rate!r} out, keras.optimizers.{name} has its own."
            )
        if weight_decay is not None or weight_averaging is not None:
            raise ValueError(
                "weight_decay and weight_averaging go with an optimizer's name: give them to your optimizer itself "
                "(weight_decay=..., use_ema=True, ema_momentum=...)."
            )
        return _copy(optimizer)
    if not isinstance(optimizer, str):
        raise ValueError(
            f"optimizer must be a name ({', '.join(OPTIMIZERS)}) or an object such as "
            f"keras.optimizers.Adam(0.001), not {optimizer!r}."
        )
    kind, settings = OPTIMIZERS[one_of("optimizer", optimizer.lower(), tuple(OPTIMIZERS))]
    rate = LEARNING_RATE if learning_rate is None else learning_rate
    if not isinstance(rate, keras.optimizers.schedules.LearningRateSchedule):
        rate = _checked(rate)
    if steps and hasattr(rate, "over"):
        rate = rate.over(steps)
    return getattr(keras.optimizers, kind)(rate, **settings, **_regularised(weight_decay, weight_averaging))


def describe(optimizer: Any) -> dict[str, Any]:
    """The optimizer as a run records it: its name with its momentum, its rate or its schedule's name and settings."""
    inner = getattr(optimizer, "inner_optimizer", optimizer)  # mixed precision wraps the real one
    name = type(inner).__name__
    try:
        config = inner.get_config()
    except NotImplementedError:  # a schedule of one's own that does not say what it is
        return {"optimizer": name, "learning_rate": "schedule"}
    settings = []
    if config.get("momentum"):
        kind = "Nesterov" if config.get("nesterov") else "momentum"
        settings.append(f"{kind} {config['momentum']:g}")
    if config.get("weight_decay") not in (None, _ADAMW_DECAY if name == "AdamW" else 0):
        settings.append(f"weight decay {config['weight_decay']:g}")
    if config.get("use_ema"):
        settings.append(f"weight averaging {config['ema_momentum']:g}")
    name = f"{name} ({', '.join(settings)})" if settings else name
    rate = config.get("learning_rate")
    if isinstance(rate, dict):
        rate = rate.get("class_name", "schedule")
        return {
            "optimizer": name,
            "learning_rate": rate,
            "schedule": config["learning_rate"].get("config", {}),
        }
    if isinstance(rate, Real):
        rate = float(f"{rate:.6g}")  # Keras keeps it in float32: 0.1 comes back as 0.10000000149
    return {"optimizer": name, "learning_rate": rate}


def _regularised(weight_decay: Any, weight_averaging: Any) -> dict[str, Any]:
    for what, value in (("weight_decay", weight_decay), ("weight_averaging", weight_averaging)):
        if value is not None and (
            isinstance(value, bool) or not isinstance(value, Real) or not 0 <= value < 1
        ):
            raise ValueError(f"{what} must be a number from 0 to below 1, or None, not {value!r}.")
    average = {} if weight_averaging is None else {"use_ema": True, "ema_momentum": float(weight_averaging)}
    return average | ({} if weight_decay is None else {"weight_decay": float(weight_decay)})


def _copy(optimizer: Any) -> Any:
    try:
        return type(optimizer).from_config(optimizer.get_config())
    except Exception:  # Keras cannot write down a schedule of one's own; the instance itself must do
        if optimizer.built:
            raise ValueError(
                "this optimizer has already trained a model and cannot be copied: make a new one."
            ) from None
        return optimizer


def _checked(rate: Any) -> float:
    if isinstance(rate, bool) or not isinstance(rate, Real) or not 0 < rate < math.inf:
        raise ValueError(f"learning_rate must be a number above 0, such as 0.001, not {rate!r}.")
    return float(rate)
