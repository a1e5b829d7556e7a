"""Weights by the names of their layers: read from a file of any of Keras's kinds, compared with a net, put into it."""

import re
import zipfile
from pathlib import Path

import keras
import numpy as np

Weights = dict[str, list[np.ndarray]]  # the arrays of each layer that has any

BLOCK = re.compile(r"(block_?\d+[a-z]?|conv\d+)_")  # block5_conv1; block_16_expand; conv5_block3_out


class WeightsNotFoundError(OSError):
    """A weights file is not on this machine and cannot be had; the message says which file to put where."""


class BadWeightsError(ValueError):
    """A weights file that is damaged or belongs to another net; the message says what is wrong."""


def read_weights(path: str | Path) -> Weights:
    """The arrays of each layer in an HDF5 file: as keras.applications has them, `.weights.h5`, or a `.h5` model.

    Raises:
        WeightsNotFoundError: there is no such file.
        BadWeightsError: the file is damaged, or is no weights file.

    Example:
        >>> import tempfile
        >>> from labkit import models
        >>> path = Path(tempfile.mkdtemp()) / "digits.weights.h5"
        >>> models.first_cnn().save_weights(path)
        >>> [array.shape for array in read_weights(path)["block1_conv1"]]
        [(3, 3, 1, 32), (32,)]
    """
    import h5py

    path = existing(path)
    try:
        with h5py.File(path, "r") as file:
            arrays = _by_attribute(file.get("model_weights", file)) or _by_container(file)
    except (OSError, KeyError, ValueError, RuntimeError, AttributeError) as error:
        raise BadWeightsError(
            f"{path} is damaged or no weights file ({first_line(error)}): copy or download it again."
        ) from None
    if not arrays:
        raise BadWeightsError(f"{path} names no layer with weights: write it with model.save_weights(path).")
    return arrays


def open_model(path: str | Path, *, optimizer: bool = False) -> keras.Model:
    """A whole model from a `.keras` or `.h5` file, in Keras's safe mode: nothing in the file is run as code.

    Args:
        optimizer: restore it and the loss, where the file has them.

    Raises:
        WeightsNotFoundError: there is no such file.
        BadWeightsError: the file is damaged, or Keras refuses what is in it.
    """
    path = existing(path)
    if path.suffix == ".keras" and not zipfile.is_zipfile(path):  # Keras would say that there is no file
        raise BadWeightsError(f"{path} is no .keras file, or not all of one: copy or save it again.")
    try:
        return keras.saving.load_model(path, compile=optimizer, safe_mode=True)
    except MemoryError:
        raise
    except Exception as error:  # a damaged archive, a layer that Keras does not know, a Lambda...
        raise BadWeightsError(
            f"{path} cannot be opened as a Keras model ({first_line(error)}): copy or save it again."
        ) from None


def existing(path: str | Path) -> Path:
    """`path` if it is a file, else a WeightsNotFoundError."""
    path = Path(path).expanduser()
    if not path.is_file():
        raise WeightsNotFoundError(
            f"there is no weights file {path}: give a .h5, .weights.h5 or .keras file, or weights='imagenet'."
        )
    return path


def weights_of(model: keras.Model) -> Weights:
    """The arrays of each layer of a model that has any."""
    return {layer.name: layer.get_weights() for layer in model.layers if layer.weights}


def put(arrays: Weights, model: keras.Model) -> None:
    """Give each layer of a model its arrays."""
    for layer in model.layers:
        if layer.weights:
            layer.set_weights(arrays[layer.name])


def check_weights(arrays: Weights, base: keras.Model, path: Path) -> None:
    """Raise a one-line BadWeightsError unless the arrays of a file are those of this convolutional base.

    What the file has behind the base, its Dense layers, is not looked at.
    """
    wanted = weights_of(base)
    for name, weights in wanted.items():
        if name not in arrays:
            raise BadWeightsError(
                f"{path} has no layer {name}, which {base.name} needs: it is of another net."
            )
        found, needed = ([array.shape for array in part] for part in (arrays[name], weights))
        if found != needed:
            raise BadWeightsError(
                f"{path} has {_shapes(found)} in {name}, but {base.name} needs {_shapes(needed)}: "
                f"it is of another net, or of one of another width."
            )
        if not all(np.isfinite(array).all() for array in arrays[name]):
            raise BadWeightsError(
                f"{path} has NaN or infinity in {name}: the training it comes from diverged."
            )
    blocks = {block_of(name) for name in wanted} - {None}
    for name in arrays.keys() - wanted.keys():
        if block_of(name) in blocks or any(array.ndim == 4 for array in arrays[name]):
            raise BadWeightsError(
                f"{path} has a layer {name}, which {base.name} lacks: it is of another net."
            )


def block_of(name: str) -> str | None:
    """The block that a layer belongs to by its name, as VGG, ResNet and MobileNet number them.

    Example:
        >>> block_of("block5_conv3"), block_of("block_16_expand"), block_of("fc1")
        ('block5', 'block_16', None)
    """
    found = BLOCK.match(name)
    return found[1] if found else None


def first_line(error: Exception) -> str:
    """What went wrong, short enough to stand in a line with other words."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:160]


def _by_attribute(file) -> Weights:
    """The older layout, that of keras.applications: a group a layer, which lists its arrays in an attribute."""
    found = {}
    for name, group in file.items():
        parts = group.attrs.get("weight_names", ())
        if len(parts):
            found[name] = [group[part.decode() if isinstance(part, bytes) else part][()] for part in parts]
    return found


def _by_container(file) -> Weights:
    """The layout of Keras 3: groups are named by kind and number, the layer's own name is an attribute."""
    found = {}

    def visit(place, group):
        kind, _, last = place.rpartition("/")
        if last == "vars" and kind != "optimizer" and len(group) and "name" in group.attrs:
            found[group.attrs["name"]] = [group[str(i)][()] for i in range(len(group))]

    file.visititems(visit)
    return found


def _shapes(shapes: list[tuple[int, ...]]) -> str:
    return " and ".join("x".join(map(str, shape)) for shape in shapes)
