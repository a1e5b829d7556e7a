"""Networks by what they are made of: parameters counted from their weights, and weights that fit their layers."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from labkit.grading import evidence as read
from labkit.grading.evidence import BadEvidence
from labkit.grading.likeness import Finding
from labkit.grading.stand_ins import Layer, Model, layer
from labkit.grading.words import tell
from labkit.quiz import Question
from labkit.quiz.judges import verdict_on

MOST_LAYERS = 500
BATCH = 3  # images of the trial batch
# Number of axes of each weight of a layer; all others of these names have none.
_WEIGHTS = {"Dense": (2, 1), "Conv2D": (4, 1), "BatchNormalization": (1, 1, 1, 1)}
_WEIGHTLESS = {
    "Activation", "AveragePooling2D", "Dropout", "Flatten", "GlobalAveragePooling2D", "GlobalMaxPooling2D", "LeakyReLU",
    "MaxPooling2D", "ReLU", "Rescaling", "Softmax",
}  # fmt: skip


def judge_model(asked: Question, found: dict, spec: Mapping[str, Any], held_out: Any) -> Finding:
    """A network as the public judge sees it, made of Keras's layers, that answers."""
    read.fields(found, type=str, layers=list, built=bool, output=list | None, answers=dict | None)
    if len(found["layers"]) > MOST_LAYERS:
        raise BadEvidence("evidence with too many layers")
    layers = [_layer(part) for part in found["layers"]]
    model = Model(layers, found["built"], tuple(_shape(found["output"]) or ()))
    verdict = verdict_on(asked, model)
    if not verdict.passed:
        return Finding(0.0, verdict.message)
    for place, (part, said) in enumerate(zip(layers, found["layers"], strict=True), start=1):
        if not said["module"].startswith("keras."):
            return Finding(0.0, tell("not keras", place=place, got=f"{said['module']}.{said['kind']}"[:60]))
        if not _fits(part):
            return Finding(0.0, tell("other weights", place=place, kind=said["kind"]))
    if not _answers(found["answers"], model):
        return Finding(0.0, tell("no answers"))
    return Finding(1.0, verdict.message)


def _layer(found: Any) -> Layer:
    read.fields(
        found, kind=str, module=str, activation=str | None, rate=str | None, weights=list, output=list | None
    )
    if not read.name(found["kind"]).isidentifier():
        raise BadEvidence("evidence with a layer of no kind")
    read.name(found["module"])
    return layer(
        found["kind"],
        None if found["activation"] is None else read.name(found["activation"]),
        rate=None if found["rate"] is None else read.value({"float": found["rate"]}),
        weights=[read.sides(shape) for shape in found["weights"][:10]],
        output=_shape(found["output"]),
    )


def _shape(found: list | None) -> list[int | None] | None:
    """A shape whose first side, the batch, may be None."""
    if found is None:
        return None
    read.sides([0 if side is None else side for side in found])
    return found


def _fits(part: Layer) -> bool:
    """Whether the weights are those of such a layer, and give what it gives."""
    kind, weights = type(part).__name__, part.weights
    if kind in _WEIGHTLESS:
        return not weights
    if kind not in _WEIGHTS:
        return True
    axes = [len(shape) for shape in weights]
    if not axes or axes != list(_WEIGHTS[kind][: len(axes)]):
        return False
    last = {shape[-1] for shape in weights}
    return len(last) == 1 and (not part.output or part.output[-1] in last)


def _answers(found: dict | None, model: Model) -> bool:
    if found is None:
        return False
    read.fields(found, shape=list, data=str)
    outputs = read.array({**found, "dtype": "float32"})
    fits = outputs.shape[:1] == (BATCH,) and outputs.shape[1:] == model.output_shape[1:]
    return fits and bool(np.isfinite(outputs).all())
