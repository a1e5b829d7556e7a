"""Checkpoint: the state of a training after its last finished epoch, so that one that was killed goes on there."""

import glob
import json
import os
import time
import zlib
from collections.abc import Sequence
from contextlib import suppress
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np

from labkit.data.dataset import Dataset
from labkit.files import replacing
from labkit.training import state
from labkit.training.features import leaves
from labkit.training.run import Run, plain

_LOOKED_AT = 100  # images that tell one data set from another


class Checkpoint:
    """A file with everything that the next epoch depends on; written whole after each epoch, or not at all.

    It holds the weights, the optimizer's state, the generators of Dropout and augmentation, what the callbacks
    have remembered (EarlyStopping's best weights and its patience), the history and the seconds. Keras's own
    `BackupAndRestore` forgets the generators, the callbacks and the history, and can be torn.

    Of a callback, numbers, texts and arrays are kept that are no arguments of its constructor; an open file or a
    model of its own is not: give `CSVLogger` append=True.

    Args:
        path: of the file; its folder is made.
        run: which the restored history and seconds are written to.
        model: as it is trained, with its augmentation layers.
        optimizer: the model's, as `compile()` left it.
        callbacks: those whose memory is kept.

    Raises:
        ValueError: the path is none, or that of a folder.

    Example:
        >>> import tempfile
        >>> from labkit import data, models, train
        >>> digits = data.load("mnist", source="sample", validation=0.2).scaled().subset(64)
        >>> path = Path(tempfile.mkdtemp()) / "first.checkpoint"
        >>> run = train(models.first_cnn(), digits, epochs=1, checkpoint=path)  # killed, it would go on if called again
        >>> path.exists()  # it came to its end
        False
    """

    def __init__(
        self,
        path: str | Path,
        run: Run,
        model: Any,
        optimizer: Any,
        dataset: Dataset,
        callbacks: Sequence[Any] = (),
    ) -> None:
        if not isinstance(path, str | os.PathLike) or not str(path):
            raise ValueError(
                f"checkpoint must be the path of a file, such as 'training.checkpoint', not {path!r}."
            )
        self.path = Path(path)
        if self.path.is_dir():
            raise ValueError(
                f"{path} is a folder: name a file in it, such as {self.path / 'training.checkpoint'}."
            )
        optimizer.build(model.trainable_variables)  # else it would have no state yet to restore
        self.run, self.callbacks = run, callbacks
        self.variables = [
            *model.trainable_variables,
            *model.non_trainable_variables,  # the generators are among these
            *optimizer.variables,
        ]
        self.facts = _facts(self.variables, run, model, optimizer, dataset, callbacks)
        self.memories: list[dict] = []
        self.stopped = False

    @property
    def epoch(self) -> int:
        """How many epochs need not be run any more."""
        return self.run.hyperparameters["epochs"] if self.stopped else self.run.epochs_run

    def restore(self) -> None:
        """Back to the end of the last finished epoch; nothing happens where there is no checkpoint, or a torn one.

        Raises:
            FileExistsError: the file belongs to another training, or is something else.
            OSError: the place cannot be written to.
        """
        self._clear_up()
        saved = state.read(self.path)
        with suppress(_OnlyTryingError), replacing(self.path):
            raise _OnlyTryingError  # better now than after the first epoch
        if saved is None:
            return
        if saved["facts"] != self.facts:
            raise FileExistsError(
                f"{self.path} is the checkpoint of another training ({_difference(saved['facts'], self.facts)}): "
                "delete it, or give each training a checkpoint of its own."
            )
        for variable, value in zip(self.variables, saved["variables"], strict=True):
            variable.assign(value)
        self.run.history, self.run.seconds = saved["history"], saved["seconds"]
        self.memories, self.stopped = saved["memories"], saved["stopped"]

    def save(self, seconds: float, stopped: bool) -> None:
        """Write down the state at the end of an epoch.

        Raises:
            OSError: it cannot be written; the state of the epoch before is still there.
        """
        import keras

        everything = {
            "facts": self.facts,
            "history": self.run.history,
            "seconds": seconds,
            "stopped": stopped,
            "memories": [_memory(callback) for callback in self.callbacks],
            "variables": [keras.ops.convert_to_numpy(variable) for variable in self.variables],
        }
        state.write(self.path, everything)

    def remove(self) -> None:
        """The training has come to its end: the same call shall train anew."""
        self.path.unlink(missing_ok=True)

    def keeper(self) -> Any:
        """The Keras callback that saves after each epoch. It must come last, when the others have had their say."""
        import keras

        checkpoint = self

        class Keeper(keras.callbacks.Callback):
            def on_train_begin(self, logs=None):
                self.began = time.perf_counter() - checkpoint.run.seconds
                # Only now: at the beginning of a training Keras's callbacks forget what they knew.
                for callback, memory in zip(checkpoint.callbacks, checkpoint.memories, strict=False):
                    vars(callback).update(memory)
                self._seed(checkpoint.epoch)

            def on_epoch_end(self, epoch, logs=None):
                checkpoint.save(time.perf_counter() - self.began, bool(self.model.stop_training))
                self._seed(epoch + 1)

            def _seed(self, epoch):
                """What is drawn outside the model, such as an order of the images, follows from the epoch alone."""
                keras.utils.set_random_seed((checkpoint.run.hyperparameters["seed"] + epoch) % 2**32)

        return Keeper()

    def _clear_up(self) -> None:
        """Remove what a process left that was killed while it wrote."""
        stem, suffix = glob.escape(self.path.stem), glob.escape(self.path.suffix)
        for part in self.path.parent.glob(f".{stem}.[0-9]*{suffix}"):
            part.unlink(missing_ok=True)


class _OnlyTryingError(Exception):
    pass


def _memory(callback: Any) -> dict[str, Any]:
    """What a callback has come to know. What it was made with the next call says again, as a person would."""
    made_with = signature(type(callback).__init__).parameters
    return {
        name: value for name, value in vars(callback).items() if name not in made_with and _can_be_kept(value)
    }


def _can_be_kept(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(_can_be_kept, value))
    return value is None or isinstance(value, bool | int | float | str | np.generic | np.ndarray)


def _facts(
    variables: list[Any], run: Run, model: Any, optimizer: Any, dataset: Dataset, callbacks: Sequence[Any]
) -> dict[str, Any]:
    """What must be the same for a training to go on. Lists are compared, and not shown."""
    shapes = [list(variable.shape) for variable in variables]
    layers = [[type(layer).__name__, layer.trainable, _settings(layer)] for layer in leaves(model)]
    arrays = [x[:: max(1, len(x) // _LOOKED_AT)] for x, _ in dataset.splits().values()]
    arrays += [dataset.labels(split) for split in dataset.splits()]
    facts = {
        **run.hyperparameters,
        "loss": run.loss,
        "data set": [
            dataset.name,
            run.data,
            [[str(a.dtype), a.shape, zlib.crc32(a.tobytes())] for a in arrays],
        ],
        "model": [zlib.crc32(json.dumps([layers, shapes], default=str).encode())],
        "setting of the optimizer": [_settings(optimizer)],
        "list of callbacks": [type(callback).__name__ for callback in callbacks],
    }
    return json.loads(json.dumps(facts, default=plain))


def _settings(thing: Any) -> dict[str, Any]:
    """What a layer or an optimizer was made with, as far as it is numbers and words.

    Keras's names and seeds are others in every session, and do not count.
    """
    try:
        settings = thing.get_config()
    except NotImplementedError:
        return {}
    kinds = int | float | str | list | tuple
    return {
        key: value
        for key, value in settings.items()
        if key not in ("name", "seed") and isinstance(value, kinds)
    }


def _difference(there: dict, here: dict) -> str:
    name = next(name for name in [*here, *there] if there.get(name) != here.get(name))
    was, now = there.get(name), here.get(name)
    return f"another {name}" if isinstance(now, list | dict) else f"{name} {was!r} there, {now!r} here"
