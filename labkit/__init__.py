"""labkit: the lab kit of a first course in convolutional networks.

    import labkit as lk

    lk.setup()
    dataset = lk.data.load("mnist", validation=0.2).scaled()
    model = lk.models.first_cnn()
    run = lk.train(model, dataset, epochs=3, batch_size=64)
    print(lk.diagnose(run))

Names are looked up when they are first used, so that `import labkit` imports neither Keras
nor TensorFlow and takes a few milliseconds.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_MODULES = (
    "app",
    "config",
    "data",
    "experiments",
    "explain",
    "metrics",
    "models",
    "notebooks",
    "plots",
    "quiz",
    "training",
)
_NAMES = {
    "by_profile": "config",
    "check": "quiz",
    "compare": "experiments",
    "count_parameters": "quiz",
    "diagnose": "training",
    "evaluate": "metrics",
    "guess": "quiz",
    "load": "saving",
    "release_gpu": "runtime",
    "save": "saving",
    "setup": "runtime",
    "train": "training",
}

__all__ = ["__version__", *_MODULES, *_NAMES]

if TYPE_CHECKING:
    from labkit import (
        app,
        config,
        data,
        experiments,
        explain,
        metrics,
        models,
        notebooks,
        plots,
        quiz,
        training,
    )
    from labkit.config import by_profile
    from labkit.experiments import compare
    from labkit.metrics import evaluate
    from labkit.quiz import check, count_parameters, guess
    from labkit.runtime import release_gpu, setup
    from labkit.saving import load, save
    from labkit.training import diagnose, train


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"labkit.{name}")
    if name in _NAMES:
        return getattr(import_module(f"labkit.{_NAMES[name]}"), name)
    raise AttributeError(f"labkit has no {name!r}; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted(__all__)
