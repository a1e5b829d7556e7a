"""What this process computes with: Keras and its backend, the device, the versions."""

import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from labkit import __version__


def import_keras() -> Any:
    """Keras with its backend, or one line that says what to install."""
    try:
        import keras
    except ModuleNotFoundError as error:
        if error.name == "keras":
            raise ModuleNotFoundError("Keras is not installed: pip install keras tensorflow.") from None
        raise ModuleNotFoundError(
            f"Keras needs a backend and {error.name} is not installed: pip install tensorflow "
            f"(or set KERAS_BACKEND to jax or torch if you have one of these)."
        ) from None
    return keras


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Throw away what C++ code writes to file descriptor 2 inside the block; Python's errors still come.

    TensorFlow greets with a dozen lines ("oneDNN custom operations are on", "failed call to cuInit") before
    any of its settings can stop it, and a notebook shows them in red.
    """
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def device() -> str:
    """What Keras computes on: the accelerator's name, or the processor's and its cores.

    Example:
        >>> isinstance(device(), str)
        True
    """
    accelerators = [kind for kind in _devices() if kind != "cpu"]
    if accelerators:
        name = _nvidia_name() if accelerators[0] in ("gpu", "cuda") else None
        return f"{len(accelerators)} x {name or accelerators[0]}"
    return f"{platform.machine()} CPU, {os.cpu_count()} cores"


def versions() -> dict[str, str]:
    """Versions of what a result depends on: Python, labkit, Keras, its backend."""
    keras = import_keras()
    backend = keras.backend.backend()
    found = {"python": platform.python_version(), "labkit": __version__, "keras": keras.__version__}
    try:
        found[backend] = version(backend)
    except PackageNotFoundError:  # tensorflow-cpu and the like: the module is there under another name
        found[backend] = "?"
    return found


def _devices() -> list[str]:
    """`"cpu"`, `"gpu"`, `"cuda"`, `"tpu"` ..., one a device."""
    keras = import_keras()
    try:
        names = keras.distribution.list_devices()
    except (AttributeError, NotImplementedError, RuntimeError):  # PyTorch: Keras has no list for it
        names = [str(getattr(keras.ops.zeros(1), "device", "cpu"))]
    return [name.split(":")[0].lower() for name in names]


def _nvidia_name() -> str | None:
    """What the first NVIDIA card calls itself; None where nobody can be asked."""
    command = shutil.which("nvidia-smi")
    if command is None:
        return None
    try:
        said = subprocess.run(
            [command, "--query-gpu=name", "--format=csv,noheader"], capture_output=True, text=True, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    names = said.stdout.strip().splitlines()
    return names[0].strip() if said.returncode == 0 and names else None
