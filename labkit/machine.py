"""What this process computes with: Keras and its backend, the device, the versions."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any


def import_keras() -> Any:
    """Keras with its backend, or one line that says what to install."""
    try:
        import keras
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"Keras needs a backend and {error.name} is not installed: pip install tensorflow "
            f"(or set KERAS_BACKEND to jax or torch if you have one of these)."
        ) from None
    return keras


def device() -> str:
    """What Keras computes on: the accelerator's name, or the processor's and its cores.

    Example:
        >>> isinstance(device(), str)
        True
    """
    keras = import_keras()
    try:
        accelerators = [d for d in keras.distribution.list_devices() if not d.startswith("cpu")]
    except (NotImplementedError, RuntimeError):
        accelerators = []
    if accelerators:
        return f"{len(accelerators)} x {accelerators[0].split(':')[0]}"
    return f"{platform.machine()} CPU, {os.cpu_count()} cores"


def versions() -> dict[str, str]:
    """Versions of what a result depends on: Python, labkit, Keras, its backend."""
    keras = import_keras()

    backend = keras.backend.backend()
    wanted = {"labkit": "labkit", "keras": "keras", backend: backend}
    found = {"python": platform.python_version()}
    for name, package in wanted.items():
        try:
            found[name] = version(package)
        except PackageNotFoundError:
            found[name] = "?"
    return found
