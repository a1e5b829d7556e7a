"""The Keras callback of `train()`: writes each finished epoch into the run and moves the progress bar."""

import math
from typing import Any

from labkit import config
from labkit.training.run import Run

_SHOWN = ("loss", "accuracy", "val_loss", "val_accuracy")


def recorder(run: Run, steps: int) -> Any:
    """A callback that fills `run.history`, `steps` batches an epoch, and stops the training at a NaN."""
    import keras
    from tqdm import tqdm

    class Recorder(keras.callbacks.Callback):
        # Keras then reads the batch's numbers in a thread of its own and the next step need not wait.
        async_safe = True
        bar, taken = None, 0  # steps of this epoch that the bar has shown

        def on_train_begin(self, logs=None):
            self.bar = tqdm(
                total=self.params["epochs"] * steps,
                initial=run.epochs_run * steps,  # of an earlier sitting
                desc=run.name,
                unit="step",
                disable=not config.shows_progress(),
                mininterval=0.5,
            )

        def on_train_batch_end(self, batch, logs=None):
            # With steps_per_execution several at a time; the last ones are counted beyond the end.
            done = min(batch + 1, steps)
            self.bar.update(done - self.taken)
            self.taken = done
            if not math.isfinite((logs or {}).get("loss", 0.0)):
                self.model.stop_training = True

        def on_epoch_begin(self, epoch, logs=None):
            self.taken = 0

        def on_epoch_end(self, epoch, logs=None):
            for key, value in (logs or {}).items():
                run.history.setdefault(key, []).append(float(value))
            scores = [f"{key} {run.last(key):.3f}" for key in _SHOWN if key in run.history]
            self.bar.set_postfix_str(", ".join([f"epoch {epoch + 1}/{self.params['epochs']}", *scores]))

        def close(self):
            if self.bar is not None:
                self.bar.close()

    return Recorder()
