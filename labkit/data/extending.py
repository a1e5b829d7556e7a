"""extend(): some of one's own images into the training part of a data set, the others kept apart for evaluation."""

from collections.abc import Sequence
from dataclasses import replace
from numbers import Real

import numpy as np

from labkit.data.dataset import Dataset
from labkit.data.image_files import ImageFiles
from labkit.data.own import OwnImages
from labkit.data.reports import amount
from labkit.data.splitting import share_of

FEW = 64  # pixels that are compared first


def extend(
    dataset: Dataset,
    own: OwnImages,
    *,
    train: float | Sequence[str] = 0.5,
    repeat: int = 1,
    seed: int | None = None,
) -> tuple[Dataset, OwnImages]:
    """Put some of one's own images into the training part; the others are kept apart for evaluation.

    An image goes either to the one or to the other. The data set's own validation and test parts stay as they
    are, so that their figures remain comparable; what the network makes of own images it has never seen
    `evaluate(model, kept.dataset)` says.

    Args:
        dataset: of the classes that `own` was read for; its images may be scaled, its labels one-hot.
        train: the share of each class that goes into training (of two images or more at least one goes
            and one stays; a single one stays), or the files that do, such as `["cat/tom.jpg"]`.
        repeat: how many times each of them goes in: twenty images among 40,000 are hardly ever seen.
        seed: of the choice; the data set's if not given.

    Returns:
        The data set with these images at the end of `x_train` and `y_train`, in its shape and type; and the own
        images that are not in it, in its form.

    Raises:
        ValueError: other classes; a share, a file or a number of times that makes no sense; or own images that are
            in already.

    Example:
        >>> from labkit.data import load, own_images
        >>> dataset = load("cifar10", source="sample").scaled()
        >>> extended, kept = extend(dataset, own_images("cifar10", like=dataset))
        >>> len(extended.x_train) - len(dataset.x_train), len(kept), extended.x_train.dtype
        (20, 20, dtype('float32'))
    """
    _check_fits(dataset, own)
    if isinstance(repeat, bool) or not isinstance(repeat, int | np.integer) or repeat < 1:
        raise ValueError(
            f"repeat says how many times each own image goes in, a whole number from 1, not {repeat!r}."
        )
    own = own.in_form(dataset.image_shape, dataset.x_train.dtype.kind == "f")
    _check_new(dataset, own)
    chosen = _chosen(own, train, dataset.seed if seed is None else seed)
    added, kept = own.take(chosen), own.take(sorted({*range(len(own))} - {*chosen}))
    images, labels = np.tile(added.x, (repeat, *[1] * (added.x.ndim - 1))), np.tile(added.y, repeat)
    if dataset.y_train.ndim == 2:
        labels = np.eye(dataset.num_classes)[labels]
    extended = replace(
        dataset,
        x_train=np.concatenate([dataset.x_train, images.astype(dataset.x_train.dtype)]),
        y_train=np.concatenate([dataset.y_train, labels.astype(dataset.y_train.dtype)]),
    )
    return extended, kept


def _check_fits(dataset: Dataset, own: OwnImages) -> None:
    if isinstance(dataset.x_train, ImageFiles):
        raise ValueError(
            f"{dataset.name} is read from the disk batch by batch: load it with in_memory=True to extend it."
        )
    if (own.like, len(own.class_names)) != (dataset.name, dataset.num_classes):
        raise ValueError(
            f"these own images were made for {own.like} ({len(own.class_names)} classes), not for {dataset.name} "
            f"({dataset.num_classes}): read them with own_images(folder, like=dataset)."
        )
    if np.prod(own.shape) != np.prod(dataset.image_shape):
        raise ValueError(
            f"own images of shape {own.shape} do not fit those of {dataset.name}, {dataset.image_shape}: read them "
            "with own_images(folder, like=dataset)."
        )
    x = dataset.x_train
    if x.dtype.kind == "f" and len(x) and not (x.min() >= 0 and x.max() <= 1):
        raise ValueError(
            f"the images of {dataset.name} go from {x.min():g} to {x.max():g}, which is neither 0 to 255 (uint8) nor "
            "0 to 1: extend the data set first, and prepare its pixels afterwards."
        )


def _check_new(dataset: Dataset, own: OwnImages) -> None:
    """No own image is in the training part already: a second call would choose others, and train on both halves."""
    labels, size = dataset.labels("train"), int(np.prod(own.shape))
    there = []
    for image, pixels, label in zip(own.images, own.x.reshape(len(own), size), own.y, strict=True):
        same_class = dataset.x_train[labels == label]
        rows = same_class.reshape(len(same_class), size)
        rows = rows[np.isclose(rows[:, :FEW], pixels[:FEW], atol=1e-3).all(axis=1)]  # nearly always none
        if np.isclose(rows, pixels, atol=1e-3).all(axis=1).any():
            there.append(image.file)
    if there:
        raise ValueError(
            f"{amount(len(there), 'own image')} ({there[0]}, ...) are in the training part already: extend the data "
            "set as it was loaded, once."
        )


def _chosen(own: OwnImages, train: float | Sequence[str], seed: int) -> list[int]:
    """Positions of the images for training."""
    if isinstance(train, Real) and not isinstance(train, bool):
        if 0 < train < 1:
            return share_of([image.class_name for image in own.images], float(train), seed)
    elif isinstance(train, Sequence) and not isinstance(train, str):
        files = [image.file for image in own.images]
        unknown = [name for name in train if name not in files]
        if unknown:
            raise ValueError(f"there is no own image {unknown[0]!r}: own.table() lists the files.")
        return sorted(files.index(name) for name in set(train))
    raise ValueError(
        f'train must be a share between 0 and 1 such as 0.5, or a list of files such as ["cat/tom.jpg"], not {train!r}.'
    )
