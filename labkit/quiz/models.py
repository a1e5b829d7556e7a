"""Judging a model: the kinds of its layers, its parameters, its activations."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from labkit.quiz.messages import WrongAnswerError
from labkit.quiz.questions import Question
from labkit.quiz.reading import described, either, in_words, shape_in_words

# Activations that are layers of their own count as the activation of the weights before them.
_ACTIVATION_LAYERS = {"ReLU": "relu", "Softmax": "softmax", "LeakyReLU": "leaky_relu", "Activation": ""}
_WEIGHTED = ("Conv2D", "Dense")


@dataclass
class _Step:
    """One layer of the stack as the check sees it."""

    kind: str
    activation: str


def is_model(answer: Any) -> bool:
    """Whether this is a Keras model (an object, not the class)."""
    return not isinstance(answer, type) and hasattr(answer, "count_params") and hasattr(answer, "layers")


def parameters_of(model: Any) -> int:
    """Number of parameters, 0 while the model is not built."""
    return model.count_params() if getattr(model, "built", False) else 0


def judge_model(asked: Question, answer: Any) -> int:
    """The number of parameters of a right model; says what is first different about another one."""
    if not is_model(answer):
        raise WrongAnswerError("not a model", got=described(answer))
    wants, steps = asked.wants, _steps(answer)
    if not steps:
        raise WrongAnswerError("no layers")
    if "layers" in wants:
        _compare([step.kind for step in steps], wants["layers"])
    if not getattr(answer, "built", False):
        raise WrongAnswerError("not built")
    parameters = parameters_of(answer)
    if parameters not in asked.accept:
        raise WrongAnswerError("parameters", got=in_words(parameters))
    if "output" in wants and tuple(answer.output_shape[1:]) != tuple(wants["output"]):
        raise WrongAnswerError(
            "output", wanted=shape_in_words(wants["output"]), got=shape_in_words(answer.output_shape[1:])
        )
    _check_activations(steps, wants)
    _check_dropout(answer, wants)
    return parameters


def layers_of(model: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """`(name, layer)` of every layer, those of nested models one by one, inputs left out."""
    for layer in model.layers:
        if is_model(layer):
            yield from layers_of(layer, f"{prefix}{layer.name}/")
        elif type(layer).__name__ != "InputLayer":
            yield prefix + layer.name, layer


def _steps(model: Any) -> list[_Step]:
    steps: list[_Step] = []
    for _, layer in layers_of(model):
        kind = type(layer).__name__
        weighted = [step for step in steps if step.kind in _WEIGHTED]
        if kind in _ACTIVATION_LAYERS and weighted:
            weighted[-1].activation = _ACTIVATION_LAYERS[kind] or _activation(layer)
        else:
            steps.append(_Step(kind, _activation(layer)))
    return steps


def _activation(layer: Any) -> str:
    function = getattr(layer, "activation", None)
    return "linear" if function is None else getattr(function, "__name__", type(function).__name__)


def _compare(kinds: Sequence[str], wanted: Sequence[str]) -> None:
    """Raise at the first layer that is of another kind, is missing or is too many."""
    for place, (kind, want) in enumerate(zip(kinds, wanted, strict=False), start=1):
        if kind != want:
            raise WrongAnswerError("layer differs", place=place, wanted=want, got=kind)
    if len(kinds) < len(wanted):
        raise WrongAnswerError("layer missing", place=len(kinds) + 1, wanted=wanted[len(kinds)])
    if len(kinds) > len(wanted):
        raise WrongAnswerError("layer too many", place=len(wanted), got=kinds[len(wanted)])


def _check_dropout(model: Any, wants: Any) -> None:
    rates = [layer.rate for _, layer in layers_of(model) if type(layer).__name__ == "Dropout"]
    other = [rate for rate in rates if "dropout" in wants and abs(rate - wants["dropout"]) > 1e-6]
    if other:
        raise WrongAnswerError("dropout rate", wanted=in_words(wants["dropout"]), got=in_words(other[0]))


def _check_activations(steps: list[_Step], wants: Any) -> None:
    weighted = [(place, step) for place, step in enumerate(steps, start=1) if step.kind in _WEIGHTED]
    hidden = weighted[:-1] if "activation" in wants else weighted
    for place, step in hidden if "hidden" in wants else ():
        if step.activation not in wants["hidden"]:
            raise WrongAnswerError(
                "hidden activation",
                place=place, kind=step.kind, wanted=either(wants["hidden"]), got=step.activation,
            )  # fmt: skip
    if "activation" in wants and (last := weighted[-1][1].activation) not in wants["activation"]:
        raise WrongAnswerError("activation", wanted=either(wants["activation"]), got=last)
