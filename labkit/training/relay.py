"""Relay: a student's callbacks see the student's model, also where another one that holds it is fitted."""

from collections.abc import Sequence
from typing import Any


def relayed(callbacks: Sequence[Any], model: Any, fitted: Any) -> list[Any]:
    """The callbacks for `fitted.fit`, which shall look at `model`.

    With augmentation the model that is fitted has the random layers in front. `ModelCheckpoint` would write that
    one, in a file that the student's model cannot read. What a callback asks for, such as to stop, is passed on.

    Example:
        >>> import keras
        >>> from labkit import models
        >>> net = models.first_cnn()
        >>> outer = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.RandomFlip(), net])
        >>> stop = keras.callbacks.EarlyStopping()
        >>> relay, *_ = relayed([stop], net, outer)
        >>> relay.on_train_begin()
        >>> stop.model is net
        True
    """
    import keras

    if model is fitted or not callbacks:
        return list(callbacks)

    class Relay(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            model.stop_training = False
            for callback in callbacks:
                callback.set_model(model)

        def on_train_batch_end(self, batch, logs=None):
            fitted.stop_training = fitted.stop_training or model.stop_training

        def on_epoch_end(self, epoch, logs=None):
            for callback in callbacks:  # whether more is better only the fitted model's metrics say
                if hasattr(callback, "_set_monitor_op") and callback.monitor_op is None:
                    callback.set_model(fitted)
                    callback._set_monitor_op()
                    callback.set_model(model)
            fitted.stop_training = fitted.stop_training or model.stop_training

    relay = Relay()
    return [relay, *callbacks, relay]  # first to say whom to look at, last to hear what they say
