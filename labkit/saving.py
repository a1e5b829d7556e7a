"""Saving: a trained network as one `.keras` file that needs nothing else, and a sidecar that people can read."""

import json
import uuid
import zipfile
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import keras

from labkit import __version__
from labkit.classifier import Classifier
from labkit.data.dataset import Dataset
from labkit.files import replacing, write_text
from labkit.models.weights import BadWeightsError, first_line, open_model

MEMBER = (
    "labkit.json"  # the sidecar's text inside the archive: a file that travels alone keeps its class names
)
HDF5 = (".h5", ".hdf5")


def save(
    model: keras.Model | Classifier,
    path: str | PathLike,
    dataset: Dataset | None = None,
    *,
    class_names: Sequence[str] | None = None,
    preprocessing: str | None = None,
    resize: str = "crop",
    optimizer: bool = False,
) -> Path:
    """Write a trained network to one `.keras` file that takes pixels from 0 to 255 (sheet S1.11).

    The preprocessing is inside, so that no script has to repeat it. The optimizer's slots are not: Adam's are
    twice the size of the trained weights, and nobody needs them to predict. Beside `net.keras` stands
    `net.keras.json` with the names of the classes, the image size and where the data came from; it may be
    edited, and where it is lost, the copy in the archive is used. Written whole or not at all.

    Args:
        model: as it was trained; it stays as it is. Or a `Classifier`.
        path: ends in `.keras`; its folder is made.
        dataset: what it was trained on; brings class names and preprocessing.
        class_names, preprocessing, resize: see `Classifier.of`.
        optimizer: keep the optimizer's state and the loss, to train on later.

    Returns:
        The path of the `.keras` file.

    Raises:
        ValueError: an argument is missing or does not fit the model; the message says which.
        OSError: the file cannot be written there; what stood there before is still whole.

    Example:
        >>> import tempfile
        >>> from labkit import models
        >>> net = models.cnn((4,), image_shape=(8, 8, 1), num_classes=2)
        >>> path = save(net, Path(tempfile.mkdtemp()) / "lamp.keras", class_names=["off", "on"], preprocessing="unit")
        >>> load(path)
        Classifier cnn: 8x8x1 pixels 0..255, 2 classes
    """
    path = Path(path).expanduser()
    if path.suffix != ".keras":
        raise ValueError(f"path must end in .keras, such as {path.with_suffix('.keras').name!r}, not {path}.")
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder: name a file.")
    if isinstance(model, Classifier):
        if dataset is not None or class_names is not None or preprocessing is not None:
            raise ValueError(
                "a Classifier brings its class names and preprocessing: leave these arguments out."
            )
        classifier = model
    else:
        classifier = Classifier.of(
            model, dataset, class_names=class_names, preprocessing=preprocessing, resize=resize
        )
    if optimizer:
        _take_over_optimizer(classifier.model, getattr(model, "model", model))
    text = json.dumps(_description(classifier), indent=1, ensure_ascii=False) + "\n"
    with replacing(path) as part:
        classifier.model.save(part)
        with zipfile.ZipFile(part, "a") as archive:
            archive.writestr(MEMBER, text)
    write_text(sidecar(path), text)
    return path


def load(
    path: str | PathLike,
    *,
    class_names: Sequence[str] | None = None,
    preprocessing: str | None = None,
    optimizer: bool = False,
) -> Classifier:
    """Read a network that `save` wrote, or one of elsewhere: `.keras`, or `.h5` as the sheet has it.

    Keras's safe mode is on: nothing in the file is run as code.

    Args:
        path: of the model's file.
        class_names: for a file that does not name its classes; else they replace its names.
        preprocessing: for a file of elsewhere: what was done to the pixels from 0 to 255 before the network
            saw them, see `Classifier.of`; the sheet's webcam script divides by 255, `"unit"`.
        optimizer: compile the model with the optimizer's state that was saved, to train on.

    Raises:
        FileNotFoundError: there is no such file.
        BadWeightsError: it is damaged, no model, or Keras refuses what is in it.
        ValueError: the file lacks something that an argument has to say, or its sidecar is not its own.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}: labkit.save(model, path, ...) writes one.")
    known = describe(path)
    if path.suffix in HDF5:
        check_hdf5(path)
    model = open_model(path, optimizer=optimizer)
    if optimizer and getattr(model, "optimizer", None) is None:
        raise ValueError(f"{path} holds no optimizer: save(..., optimizer=True) keeps it.")
    if not known:
        return Classifier.of(model, class_names=class_names, preprocessing=preprocessing)
    if preprocessing is not None:
        raise ValueError(f"{path} prepares its images itself: leave preprocessing out.")
    names = list(class_names or known["class_names"])
    if len(names) != model.outputs[0].shape[-1]:
        raise ValueError(
            f"{len(names)} class names for the {model.outputs[0].shape[-1]} outputs of {path}: name each."
        )
    return Classifier(model, names, known["resize"], known["data"])


def sidecar(path: str | PathLike) -> Path:
    """Where the sidecar of a model's file stands.

    Example:
        >>> sidecar("masks.keras").name
        'masks.keras.json'
    """
    return Path(f"{path}.json")


def describe(path: str | PathLike) -> dict[str, Any]:
    """What the sidecar of a model's file says, or the copy in its archive; empty for a file of elsewhere.

    Raises:
        ValueError: the sidecar is damaged, or belongs to another file.
    """
    path = Path(path)
    inside, beside = _inside(path), sidecar(path)
    if not beside.is_file():
        return inside
    try:
        said = json.loads(beside.read_text(encoding="utf-8"))
    except ValueError:
        said = None
    if not _is_description(said):
        raise ValueError(f"{beside} is damaged: delete it or save the model again.")
    if said["id"] != inside.get("id"):
        raise ValueError(f"{beside} belongs to another file than {path}: delete it or save the model again.")
    return said


def check_hdf5(path: Path) -> None:
    """Raise a one-line BadWeightsError where an HDF5 file holds no network, or code.

    Versions of Keras before 3.12 run the code of a Lambda layer in such a file in safe mode, too.
    """
    import h5py

    try:
        with h5py.File(path, "r") as file:
            config = file.attrs.get("model_config")
            classes = set(_classes(json.loads(config))) if config is not None else None
    except (OSError, KeyError, ValueError, RuntimeError) as error:
        raise BadWeightsError(
            f"{path} is damaged or no model ({first_line(error)}): copy it again."
        ) from None
    if classes is None:
        raise BadWeightsError(
            f"{path} holds weights without their network: build the network and call load_weights(path), "
            "or give the file to labkit.models.transfer(weights=path)."
        )
    if classes & {"Lambda", "__lambda__"}:
        raise BadWeightsError(
            f"{path} holds code (a Lambda layer), which is not run: build the network anew."
        )


def _classes(config: Any):
    if isinstance(config, dict):
        if isinstance(config.get("class_name"), str):
            yield config["class_name"]
        config = list(config.values())
    if isinstance(config, list):
        for part in config:
            yield from _classes(part)


def _description(classifier: Classifier) -> dict[str, Any]:
    return {
        "labkit": __version__,
        "keras": keras.__version__,
        "id": uuid.uuid4().hex,  # says which sidecar belongs to which file
        "model": classifier.model.name,
        "class_names": classifier.class_names,
        "image_shape": list(classifier.image_shape),
        "pixels": "0 to 255",
        "resize": classifier.resize,
        "data": classifier.data,
    }


def _is_description(said: Any) -> bool:
    kinds = {"id": str, "class_names": list, "resize": str, "data": dict}
    return isinstance(said, dict) and all(isinstance(said.get(key), kind) for key, kind in kinds.items())


def _inside(path: Path) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(path) as archive:
            said = json.loads(archive.read(MEMBER))
    except (
        OSError,
        ValueError,
        KeyError,
        zipfile.BadZipFile,
    ):  # not ours; whether it is damaged, Keras will say
        return {}
    return said if _is_description(said) else {}


def _take_over_optimizer(copy: keras.Model, model: keras.Model) -> None:
    """Give the copy that is saved the optimizer of the model, with its state."""
    if getattr(model, "optimizer", None) is None:
        raise ValueError(f"{model.name} has no optimizer: train it first, or leave optimizer=True out.")
    if copy is model:
        return
    copy.compile_from_config(model.get_compile_config())
    copy.optimizer.build(copy.trainable_variables)
    if len(copy.optimizer.variables) != len(model.optimizer.variables):
        raise ValueError(
            f"the optimizer of {model.name} is of another training: compile and train it, then save."
        )
    for mine, theirs in zip(copy.optimizer.variables, model.optimizer.variables, strict=True):
        mine.assign(theirs)
