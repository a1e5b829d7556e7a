"""The nets of the course sheets: tables of layers (`nets`, `vgg`) and the one loop that reads them (`stack`).

Every builder returns an untrained, uncompiled `keras.Model` whose name is the builder's and whose layers are
named as Keras names those of VGG (`block1_conv1`, `block1_pool`, `flatten`, `fc1`, `predictions`), so a
summary reads the same in every process. A net that cannot exist is one sentence, before Keras is called.

`transfer` puts a new classifier on a base that is trained already; `freeze` and `unfreeze` say what learns.
"""

from labkit.models.mirroring import mirrored
from labkit.models.nets import (
    alexnet,
    cnn,
    deep_cnn,
    fashion_cnn,
    first_cnn,
    lenet5,
    mlp,
    small_cnn,
    softmax_regression,
)
from labkit.models.speed import begin_as_identity, speed_cnn
from labkit.models.stack import Table, build
from labkit.models.transfer import freeze, transfer, unfreeze
from labkit.models.vgg import vgg16, vgg19
from labkit.models.weights import BadWeightsError, WeightsNotFoundError
from labkit.models.whitening import whiten

__all__ = [
    "BadWeightsError",
    "Table",
    "WeightsNotFoundError",
    "alexnet",
    "begin_as_identity",
    "build",
    "cnn",
    "deep_cnn",
    "fashion_cnn",
    "first_cnn",
    "freeze",
    "lenet5",
    "mirrored",
    "mlp",
    "small_cnn",
    "softmax_regression",
    "speed_cnn",
    "transfer",
    "unfreeze",
    "vgg16",
    "vgg19",
    "whiten",
]
