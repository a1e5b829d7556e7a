"""Evidence of networks: what they are made of, what they answer to images that nobody has labels for in here."""

import math

import numpy as np

from .values import LONGEST_LIST, LONGEST_NAME, Encoder, as_array, class_name, is_a, packed, short

MOST_LABELS = 60_000
MOST_LAYERS, DEEPEST_MODEL = 500, 10
MOST_OUTPUTS = 1_000_000  # numbers that a network answers
MOST_BATCH, MOST_PIXELS = 256, 2**20  # images and their pixels in one batch: the sandbox has little memory
MOST_EPOCHS = 10_000
MOST_SIDES = 10


def model_evidence(value, spec, names):
    """Its layers with the shapes of their weights, and what it answers to a random batch."""
    if is_a(value, type) or not hasattr(value, "count_params") or not hasattr(value, "layers"):
        return None
    built = getattr(value, "built", False) is True
    return {
        "type": "model",
        "layers": [_layer(layer) for layer in _layers(value, 0)[:MOST_LAYERS]],
        "built": built,
        "output": _shape(getattr(value, "output_shape", None)) if built else None,
        "answers": _tried(value, spec) if built else None,
    }


def _layers(model, depth):
    """Every layer, those of nested models one by one, inputs left out."""
    found = []
    for layer in list(model.layers)[:MOST_LAYERS]:
        if hasattr(layer, "layers") and hasattr(layer, "count_params") and depth < DEEPEST_MODEL:
            found += _layers(layer, depth + 1)
        elif type(layer).__name__ != "InputLayer":
            found.append(layer)
    return found


def _layer(layer):
    function, rate = getattr(layer, "activation", None), getattr(layer, "rate", None)
    name = None if function is None else getattr(function, "__name__", None) or class_name(function)
    try:
        output = _shape(layer.output.shape)
    except Exception:  # a layer that was never called, or more than once
        output = None
    return {
        "kind": class_name(layer),
        "module": short(type(layer).__module__, 100),
        "activation": None if name is None else short(name, LONGEST_NAME),
        "rate": repr(float(rate)) if is_a(rate, (int, float)) and math.isfinite(rate) else None,
        "weights": [_shape(weight.shape) for weight in list(layer.weights)[:10]],
        "output": output,
    }


def _shape(shape):
    """A list of whole numbers, None for the batch; None if it is no shape."""
    if shape is None or len(shape) > MOST_SIDES:  # TensorFlow has a class of its own for shapes
        return None
    return [None if side is None else int(side) for side in list(shape)]


def _tried(model, spec):
    """What the network answers to a random batch of three; None if it cannot."""
    try:
        shape = [1 if side is None else int(side) for side in model.input_shape[1:]]
        batch = np.random.default_rng(spec["seed"]).random((3, *shape), dtype="float32")
        found = _outputs(model, batch)
    except Exception:
        return None
    return found if "data" in found else None


def _outputs(model, images):
    batch = max(1, min(MOST_BATCH, MOST_PIXELS // max(1, math.prod(images.shape[1:3]))))
    try:
        outputs = np.asarray(model.predict(images, batch_size=batch, verbose=0), dtype="float32")
    except Exception as error:
        return {"error": class_name(error)}
    if outputs.size > MOST_OUTPUTS:
        return {"error": "too many outputs"}
    return {"shape": [int(side) for side in outputs.shape], "data": packed(outputs, "float32")}


def _predictions(value, spec, names):
    """The answers of the named networks to the hidden images; `""` names that of the Run or History itself."""
    if "inputs" not in spec:
        return []
    images = np.load(spec["inputs"], allow_pickle=False)
    images = images[..., np.newaxis] if images.ndim == 3 else images
    images = images if spec["scale"] == 1 else np.divide(images, spec["scale"], dtype="float32")
    found = []
    for name in spec["models"]:
        model = names.get(name) if name else _network(value)
        if hasattr(model, "predict"):
            found.append({"model": name, **_outputs(model, images)})
    return found


def _network(value):
    for name in ("network", "model"):
        if hasattr(getattr(value, name, None), "predict"):
            return getattr(value, name)
    return None


def metric_evidence(value, spec, names):
    """The score that is claimed, and what the networks behind it answer."""
    form, score = _score(value)
    array = None if is_a(score, (int, float, str)) else as_array(score)
    score = array.ravel()[0] if array is not None and array.size == 1 else score
    claim = {"type": "metric", "form": form, "value": Encoder().encode(score)}
    return {**claim, "predictions": _predictions(value, spec, names)}


def _score(value):
    """What the answer is, and the accuracy that it claims."""
    if is_a(value, dict):
        return "value", dict.get(value, "accuracy")
    if type(value).__name__ == "History":
        scores = value.history.get("val_accuracy") or value.history.get("val_acc")
        numbers = [float(score) for score in list(scores or [])[:MOST_EPOCHS]]
        return "history", max(numbers) if numbers else None
    if is_a(value, (int, float, str)) or hasattr(value, "shape"):
        return "value", value
    scores = getattr(value, "test", None)
    if is_a(scores, dict):
        return "run", dict.get(scores, "accuracy")
    return "value", getattr(value, "accuracy", value)


def evaluation_evidence(value, spec, names):
    """True and predicted labels, what was found in them, and what the networks behind them answer."""
    if not is_a(value, (list, tuple)) or len(value) != (3 if spec["kind"] == "indices" else 2):
        return None
    evidence = {"type": "evaluation", "indices": None, "names": [], "answer": {"none": True}}
    if spec["kind"] == "indices":
        given, labels, predicted = value
        evidence["indices"] = _whole(given, len(labels))
    else:
        given, result = value
        if not hasattr(result, "y_true") or not hasattr(result, "y_pred"):
            return None
        labels, predicted = result.y_true, result.y_pred
        evidence["names"] = [short(name, LONGEST_NAME) for name in list(result.class_names)[:1000]]
        evidence["answer"] = Encoder().encode(_ranked(given, spec))
    evidence |= {"labels": _whole(labels), "predicted": _whole(predicted)}
    return {**evidence, "predictions": _predictions(value, spec, names)}


def _ranked(given, spec):
    """Rows of `most_confused()` as pairs, other tables as the names of their rows."""
    if hasattr(given, "columns"):
        given = given[["true", "predicted"]].to_numpy() if spec.get("pairs") else given.index
    array = None if is_a(given, str) else as_array(given)
    if array is not None:
        return array.tolist() if array.size <= LONGEST_LIST else None
    return given


def _whole(given, mask=0):
    """Whole numbers as a list; of a mask of that length, where it is true; None if they are none."""
    array = np.asarray(given)
    if mask and array.dtype == bool and array.shape == (mask,):
        array = np.flatnonzero(array)
    if array.size == 0:
        return []
    array = array.ravel() if mask else array
    if array.dtype.kind not in "iu" or array.ndim != 1 or array.size > MOST_LABELS:
        return None
    return [int(number) for number in array.tolist()]
