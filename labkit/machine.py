"""What this process computes with: Keras and its backend, the device, the versions."""

import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
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
        name = _nvidia("name") if accelerators[0] in ("gpu", "cuda") else None
        return f"{len(accelerators)} x {name or accelerators[0]}"
    return f"{platform.machine()} CPU, {os.cpu_count()} cores"


def mixed_precision() -> str:
    """The Keras dtype policy that trains fastest here without losing accuracy: mixed_bfloat16, mixed_float16 or float32.

    bfloat16 on TPUs, on NVIDIA cards from Ampere on, and on processors with instructions for it (AVX512_BF16, AMX);
    float16 on older cards with tensor cores (a T4); float32 elsewhere, where short numbers would be emulated.

    Example:
        >>> mixed_precision() in ("mixed_bfloat16", "mixed_float16", "float32")
        True
    """
    kinds = set(_devices())
    if "tpu" in kinds:
        return "mixed_bfloat16"
    if kinds & {"gpu", "cuda"}:
        capability = float(_nvidia("compute_cap") or 0)
        return "mixed_bfloat16" if capability >= 8 else "mixed_float16" if capability >= 7 else "float32"
    return "mixed_bfloat16" if _processor_flags() & {"avx512_bf16", "amx_bf16"} else "float32"


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


def _processor_flags() -> set[str]:
    """What the processor can do, as Linux lists it; empty elsewhere."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return set()
    return set(next((line for line in lines if line.startswith("flags")), "").split())


def _nvidia(what: str) -> str | None:
    """What the first NVIDIA card says of itself (name, compute_cap); None where nobody can be asked."""
    command = shutil.which("nvidia-smi")
    if command is None:
        return None
    try:
        said = subprocess.run(
            [command, f"--query-gpu={what}", "--format=csv,noheader"],
            capture_output=True,
            text=True,
            timeout=20,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = said.stdout.strip().splitlines()
    return lines[0].strip() if said.returncode == 0 and lines else None
