"""Training a classifier: `train()` gives a `Run`, whatever happens on the way."""

import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from labkit import config
from labkit.data import feeding
from labkit.data.dataset import Dataset
from labkit.metrics import evaluate
from labkit.training import augmentation, features, optimizers, precision, recipes
from labkit.training import objective as objectives
from labkit.training.checkpoint import Checkpoint
from labkit.training.flip_and_shift import FlipAndShift, check_images
from labkit.training.flip_and_shift import epochs as epochs_of
from labkit.training.misfits import check_fit, check_hyperparameters, check_ledger
from labkit.training.recorder import recorder
from labkit.training.relay import relayed
from labkit.training.run import Run
from labkit.training.seeding import seeded
from labkit.training.stepping import check_steps, measured

SCORED = 10_000  # training images that `measure` looks at: enough for half a percent, and quick


def train(
    model: Any,
    dataset: Dataset,
    *,
    epochs: int,
    learning_rate: Any = None,
    batch_size: int = recipes.BATCH_SIZE,
    optimizer: Any = recipes.OPTIMIZER,
    recipe: str | None = None,
    weight_decay: float | None = None,
    weight_averaging: float | None = None,
    augment: Any = None,
    label_smoothing: float = recipes.LABEL_SMOOTHING,
    mixed_precision: str = recipes.PRECISION,
    steps_per_execution: int | str = recipes.STEPS,
    callbacks: Sequence[Any] = (),
    name: str | None = None,
    seed: int | None = None,
    ledger: Any = None,
    cache_features: bool | str = "auto",
    checkpoint: str | Path | None = None,
) -> Run:
    """Train a Keras classifier and return what happened as a `Run`.

    The loss follows from what is there, and `run.loss` says which it was: one-hot labels take
    CategoricalCrossentropy, integer labels SparseCategoricalCrossentropy; `from_logits` is true
    unless the model answers with probabilities (a softmax). A loss that becomes NaN, or Ctrl-C, ends the
    training and not the lab: the run is returned with the epochs it has, and `run.stopped` says why.

    Args:
        model: ends in one output a class, `(None, num_classes)`; compiled here.
        dataset: with a channel axis if the model wants one; uint8 images are fed as they are. Validation
            is used if there is any. Image files (`data.from_folder`) are read batch by batch.
        epochs, batch_size: whole numbers; kept in `run.hyperparameters` with the learning rate and seed.
        learning_rate: a number, or a schedule of `keras.optimizers.schedules`; 0.001 if not given.
        optimizer: one of adam, sgd, momentum (0.9), nesterov (0.9), rmsprop, adamw; or a
            `keras.optimizers.Optimizer` with a rate of its own. A copy of it is used: its state starts anew.
        recipe: None is plain training. `"fast"` sets everything here that you leave out so that little time gives
            much accuracy, see `training.recipes.fast`: for nets with BatchNormalization, best `models.speed_cnn()`,
            whose stem it whitens. A learning rate that you give it is the peak of its triangle. It mirrors: for
            digits and letters add `augment=FlipAndShift(flip=False)`.
        weight_decay: decoupled: every step takes learning_rate * weight_decay of each weight away.
        weight_averaging: momentum, such as 0.99, of a moving average of the weights that the model has in the end.
        augment: a Keras layer or several (`keras.layers.RandomFlip("horizontal")`) that change the images in
            training; `model` itself stays without them. Or a `training.FlipAndShift`, which changes all images of
            an epoch at once, sooner.
        label_smoothing: share of the right answer that is spread over all classes, 0 for none. Training and
            validation loss then never reach 0; accuracy and `evaluate()` are not touched by it.
        mixed_precision: `"mixed_bfloat16"` or `"mixed_float16"` multiply with short numbers in training; `"auto"`
            does what the device is quickest with. The weights, and the trained model, stay float32.
        steps_per_execution: batches between two looks at Python; `"auto"` measures a few and fills a tenth of a second.
        callbacks: further Keras callbacks.
        name: of the run in tables and curves; the model's name if not given.
        seed: for shuffling and dropout (the weights were drawn when the model was built). The same seed
            and the same weights give the same history. Python's and NumPy's global generators are
            put back afterwards.
        ledger: an `experiments.Ledger`: after the training the scores are measured (see `measure`) and the run
            is added to it.
        cache_features: whether what the frozen first layers make of the images is computed once and only the
            rest of the model run in every epoch: the same training, sooner. `"auto"` does so where nothing
            in the frozen layers is random, `augment` is not used, callbacks look at nothing but scores, and the
            features take at most 1 GB; then `run.hyperparameters["cached_features"]` is true. True insists,
            False never does.
        checkpoint: path of a file that keeps the state after each epoch. After a disconnect or Ctrl-C the same
            call goes on from there and ends as if nothing had happened: on one machine's CPU, bit for bit. When
            the training has come to its end the file is removed: called again, it trains anew. See `Checkpoint`.

    Raises:
        ValueError: model and data set do not fit together, or a hyperparameter makes no sense.
        MemoryError: a batch does not fit into the memory.
        OSError: the ledger or the checkpoint cannot be written, or an image file cannot be read any more.
        FileExistsError: the checkpoint belongs to another training.
        KeyboardInterrupt: Ctrl-C before the first epoch was finished.

    Example:
        >>> from labkit import data, models
        >>> digits = data.load("mnist", source="sample", validation=0.2).scaled()
        >>> run = train(models.first_cnn(), digits.subset(256), epochs=1, batch_size=64)
        >>> run.loss
        'SparseCategoricalCrossentropy(from_logits=True)'
    """
    seed = config.seed() if seed is None else seed
    asked = recipes.settings(
        recipe,
        model,
        recipes.Settings(
            batch_size, optimizer, learning_rate, weight_decay, weight_averaging, augment,
            label_smoothing, mixed_precision, steps_per_execution,
        ),
    )  # fmt: skip
    check_hyperparameters(epochs, asked.batch_size, seed)
    check_steps(asked.steps_per_execution)
    if ledger is not None:
        check_ledger(ledger)
    outputs = check_fit(model, dataset)
    loss, labelled = objectives.objective(outputs, dataset, asked.label_smoothing)
    varied = asked.augment if isinstance(asked.augment, FlipAndShift) else None
    if varied:
        check_images(dataset.x_train)
    layers = augmentation.as_layers(None if varied else asked.augment)
    whole = augmentation.augmented(model, layers, dataset) if layers else model
    parts = features.frozen(
        model, dataset, cache_features, epochs=epochs, augmented=bool(layers or varied), callbacks=callbacks
    )
    trained = parts.head if parts else whole
    steps = math.ceil(len(dataset.x_train) / asked.batch_size)
    optimizer = optimizers.make(
        asked.optimizer,
        asked.learning_rate,
        weight_decay=asked.weight_decay,
        weight_averaging=asked.weight_averaging,
        steps=epochs * steps,
    )
    policy = precision.policy(asked.mixed_precision)
    if recipe:
        _whiten(model, dataset)
    run = Run.begin(
        model,
        dataset,
        name=name or model.name,
        loss=objectives.described(loss),
        hyperparameters=optimizers.describe(optimizer)
        | _described(asked, varied or layers, epochs, seed)
        | ({"recipe": recipe} if recipe else {})
        | ({"mixed_precision": policy} if policy != precision.FLOAT32 else {})
        | ({"cached_features": True} if parts else {}),
    )
    with precision.computing_in(policy, model, trained):
        for compiled in {id(model): model, id(trained): trained}.values():
            compiled.compile(optimizer=optimizer, loss=loss, metrics=["accuracy"])
        kept = None
        if checkpoint is not None:
            kept = Checkpoint(checkpoint, run, whole, trained.optimizer, dataset, callbacks)
        seen = relayed(callbacks, model, whole) if trained is whole else callbacks
        with seeded(int(seed), whole):
            if kept:
                kept.restore()
            _fit(trained, labelled, run, seen, parts, kept, varied, asked.steps_per_execution)
    if asked.label_smoothing:  # the model's own evaluate() shall take the labels of the data set
        model.compile(optimizer, objectives.objective(outputs, dataset)[0], metrics=["accuracy"])
    if config.keeps_networks():
        run.network = model
    if ledger is not None:
        ledger.add(measure(run, model, dataset))
    if kept and run.stopped != "interrupted":
        kept.remove()
    return run


def measure(run: Run, model: Any, dataset: Dataset) -> Run:
    """Score the trained model on all splits (up to 10,000 training images), dropout and augmentation off.

    Returns:
        The run, with `run.train`, `run.val` and `run.test`; a run that ended in NaN has no scores.
    """
    if run.stopped == "nan":
        return run
    shown = dataset.subset(SCORED)
    for split, (x, _) in shown.splits().items():
        if len(x):
            run.record(evaluate(model, shown, split))
    return run


def _fit(
    model: Any,
    dataset: Dataset,
    run: Run,
    callbacks: Sequence[Any],
    parts: Any = None,
    kept: Any = None,
    varied: FlipAndShift | None = None,
    at_once: int | str = 1,
) -> None:
    asked = run.hyperparameters
    record = recorder(run, steps=math.ceil(len(dataset.x_train) / asked["batch_size"]))
    start = time.perf_counter() - run.seconds  # of earlier sittings
    try:
        if parts:
            dataset = parts.features(dataset, run)
            run.seconds = time.perf_counter() - start
        first = kept.epoch if kept else 0
        model.steps_per_execution = (
            measured(model, dataset, asked["batch_size"]) if at_once == "auto" else at_once
        )
        fed = feeding.fit_arguments(dataset, asked["batch_size"], asked["seed"], first)
        if varied:
            fed |= _changing(dataset, varied, asked, first)
        with feeding.plainly(fed["x"], fed["validation_data"]):
            model.fit(
                **fed,
                epochs=asked["epochs"],
                initial_epoch=first,
                verbose=0,
                callbacks=[record, *callbacks, *([kept.keeper()] if kept else [])],
            )
    except KeyboardInterrupt:
        if run.epochs_run == 0:
            raise
        run.stopped = "interrupted"
    except Exception as error:
        if not _is_out_of_memory(error):
            raise
        raise MemoryError(
            f"a batch of {asked['batch_size']} does not fit into the memory: take a smaller batch_size."
        ) from None
    finally:
        run.seconds = time.perf_counter() - start
        record.close()
    run.stopped = run.stopped or _why_stopped(run)


def _described(asked: recipes.Settings, augmented: Any, epochs: int, seed: int) -> dict[str, Any]:
    varied = isinstance(augmented, FlipAndShift)
    return {
        "batch_size": int(asked.batch_size),
        "epochs": int(epochs),
        "augmentation": str(augmented) if varied else augmentation.described(augmented),
        "label_smoothing": float(asked.label_smoothing),
        "seed": int(seed),
    }


def _whiten(model: Any, dataset: Dataset) -> None:
    """Set the stem of a `speed_cnn` that nobody has set yet."""
    from labkit.models.whitening import is_whitened, whiten

    if is_whitened(model) is False:
        whiten(model, dataset.x_train)


def _changing(dataset: Dataset, varied: FlipAndShift, asked: dict[str, Any], first: int) -> dict[str, Any]:
    """What `fit` takes where the images change from epoch to epoch."""
    fed = epochs_of(dataset.x_train, dataset.y_train, varied, asked["batch_size"], asked["seed"], first)
    return {"x": fed, "y": None, "batch_size": None, "shuffle": False}


def _why_stopped(run: Run) -> str:
    if any(values and not math.isfinite(values[-1]) for values in map(run.history.get, ("loss", "val_loss"))):
        return "nan"
    return "early" if run.epochs_run < run.hyperparameters["epochs"] else ""


def _is_out_of_memory(error: Exception) -> bool:
    text = f"{type(error).__name__} {error}".lower()
    return any(
        sign in text for sign in ("resourceexhausted", "resource_exhausted", "out of memory", "outofmemory")
    )
