"""Evidence of arrays and figures: some rows, the images that are shown."""

import math

import numpy as np

from .values import LONGEST_LIST, as_array, is_a, items_of, packed, short

MOST_BYTES = 1 << 20  # of all rows
MOST_IMAGES, LARGEST_IMAGE = 64, 64
MOST_AXES, DEEPEST = 640, 4


def array_evidence(value, spec, names):
    """Shape, dtype and the rows that the grader chose; those of another variable besides, where it asks."""
    array = as_array(value)
    if array is None:
        return None
    evidence = {"type": "array", **_rows(array, spec)}
    if "beside" in spec:
        beside = as_array(names.get(spec["beside"]))
        evidence["beside"] = None if beside is None else _rows(beside, spec)
    return evidence


def _rows(array, spec):
    shape = [int(side) for side in array.shape]
    found = {"shape": shape, "dtype": short(str(array.dtype), 40), "rows": [], "data": ""}
    if array.ndim == 0 or array.size == 0 or array.dtype.kind not in "biuf" or array.dtype.itemsize > 8:
        return found
    rows = [int(place * shape[0]) for place in spec["places"]]
    size = math.prod(shape[1:]) * array.dtype.itemsize
    rows = rows[: MOST_BYTES // max(1, size)]
    if rows:
        found["rows"], found["data"] = rows, packed(array[np.array(rows)], array.dtype)
    return found


def figure_evidence(value, spec, names):
    """The images that are shown in the Axes or the Figure."""
    axes = _axes(value)
    if not axes:
        return None
    images = [image for ax in axes for image in ax.images]
    if len(images) != spec["images"]:  # one subplot was kept: the others stand in the same figure
        whole = [image for ax in getattr(axes[0].figure, "axes", []) for image in ax.images]
        images = whole if len(whole) == spec["images"] else images
    return {"type": "figure", "count": len(images), "images": [_image(i) for i in images[:MOST_IMAGES]]}


def _axes(value):
    """The Axes of a Figure, an Axes, or a list, a dict or an array of them, each once."""
    found = {}
    for item in _flat(value, 0):
        inner = getattr(item, "axes", None)
        for ax in inner if is_a(inner, list) else [inner]:
            if not hasattr(ax, "images") or not hasattr(ax, "figure") or len(found) > MOST_AXES:
                return []
            found[id(ax)] = ax
    return list(found.values())


def _flat(value, depth):
    if is_a(value, dict):
        value = list(dict.values(value))
    if is_a(value, np.ndarray) and value.dtype == object:
        value = value.ravel()[:LONGEST_LIST].tolist()
    if not is_a(value, (list, tuple)) or depth > DEEPEST:
        return [value]
    return [inner for item in items_of(value)[:MOST_AXES] for inner in _flat(item, depth + 1)]


def _image(image):
    array = np.asarray(image.get_array())
    if array.ndim not in (2, 3) or array.dtype.kind not in "biuf" or array.size == 0:
        return {"shape": [], "dtype": short(str(array.dtype), 40), "data": ""}
    kind = "float32" if array.dtype.kind == "f" else "uint8" if array.dtype == np.uint8 else "int32"
    steps = [max(1, -(-side // LARGEST_IMAGE)) for side in array.shape[:2]]
    array = array[:: steps[0], :: steps[1], ..., :4] if array.ndim == 3 else array[:: steps[0], :: steps[1]]
    return {"shape": [int(side) for side in array.shape], "dtype": kind, "data": packed(array, kind)}
