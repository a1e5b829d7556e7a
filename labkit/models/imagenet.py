"""The weights that keras.applications offers, trained on ImageNet: where their files are looked for and put."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import keras

from labkit import config
from labkit.downloads import download, reason
from labkit.models.weights import BadWeightsError, WeightsNotFoundError, first_line

SERVER = "https://storage.googleapis.com/tensorflow/keras-applications"


@dataclass(frozen=True)
class Official:
    """A weights file of keras.applications, without the classifier.

    Attributes:
        address: under `SERVER`; its last part is the file's name in the folder of Keras, too.
        md5: the checksum that Keras knows; `None` where it knows none.
        preprocessing: how the images were prepared when it was trained: a name in `preprocessing.STEPS`.
    """

    address: str
    md5: str | None
    preprocessing: str

    @property
    def file(self) -> str:
        """The file's name."""
        return self.address.rpartition("/")[2]


OFFICIAL = {
    "vgg16": Official(
        "vgg16/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5", "6d6bbae143d832006294945121d1f1fc", "caffe"
    ),
    "vgg19": Official(
        "vgg19/vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5", "253f8cb515780f3b799900260a226db6", "caffe"
    ),
    # The weights of 224x224 images: Keras takes them for every size that has no file of its own.
    "mobilenetv2": Official(
        "mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5", None, "tf"
    ),
}


def load_imagenet(model: keras.Model, name: str) -> None:
    """Give a base its ImageNet weights, from the data folder, the folder of Keras or its server.

    Args:
        model: the untrained base, with the layers of keras.applications in their order.
        name: which of `OFFICIAL` it is.

    Raises:
        WeightsNotFoundError: no copy and no network; the message says which file to put where.
        BadWeightsError: there is a file of that name, but it is not the one that Keras offers.
    """
    path = _file(name)
    try:
        model.load_weights(path)
    except (OSError, ValueError, KeyError) as error:
        raise BadWeightsError(
            f"{path} is damaged or not that of {name} ({first_line(error)}): delete it and try again."
        ) from None


def _file(name: str) -> Path:
    official = OFFICIAL[name]
    cached = config.keras_datasets_folder().parent / "models" / official.file
    found = [path for path in (config.data_folder() / official.file, cached) if path.exists()]
    path = found[0] if found else _downloaded(name, cached)
    if official.md5 is not None and _md5(path) != official.md5:
        raise BadWeightsError(
            f"{path} is not the file that Keras offers (its checksum differs, perhaps it is half a download): "
            f"delete it and try again, or put a whole copy there."
        )
    return path


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _downloaded(name: str, path: Path) -> Path:
    official = OFFICIAL[name]
    try:
        download(f"{SERVER}/{official.address}", path, official.md5)
    except Exception as error:  # Keras raises plain Exception for a failed download
        raise WeightsNotFoundError(
            f"the ImageNet weights of {name} are not on this machine and could not be downloaded ({reason(error)}): "
            f"put {path.name} into {path.parent} or {config.data_folder()}, "
            f"or use weights=None for an untrained base."
        ) from None
    return path
