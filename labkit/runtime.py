"""Where a notebook runs: `setup()` for its first cell, the device report, giving the GPU back."""

import logging
import sys
import time

from labkit import config, record
from labkit.machine import device, import_keras, quiet_stderr, versions


def setup(language: str | None = None, *, seed: int | None = None, profile: str | None = None) -> None:
    """First cell of a notebook: choose language and seed, and print where it runs.

    Names the versions, the device, the data that will be used, and, on Colab without a GPU, the menu
    that gives one. Seeds Keras, NumPy and Python, and keeps TensorFlow's log to errors.

    Args:
        language: `"en"` or `"fr"`; what LABKIT_LANGUAGE says if not given.
        seed: what LABKIT_SEED says if not given, else 0.
        profile: `"smoke"`, `"course"` or `"full"`; what LABKIT_PROFILE says if not given, else course.

    Raises:
        ValueError: an unknown language or profile.
        ModuleNotFoundError: Keras has no backend; the message says what to install.
    """
    config.choose(profile=profile, language=language, seed=seed)
    with quiet_stderr():
        import_keras().utils.set_random_seed(config.seed())
        _note()
    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # its retracing warnings alarm and do not help
    for line in report():
        print(line)


def _note() -> None:
    facts = {"profile": config.profile(), "seed": config.seed(), "device": device(), "versions": versions()}
    record.note("setup", **facts)


def report() -> list[str]:
    """What `setup()` prints: versions, device, profile and data, advice."""
    french = config.language() == "fr"
    where = device()
    lines = [
        ", ".join(f"{name} {number}" for name, number in versions().items()),
        f"{'Calcul sur' if french else 'Computing on'} {where}.",
        _data_line(french),
    ]
    if on_colab() and "CPU" in where:
        lines.append(
            "Pas de GPU. S'il en faut un : menu Exécution > Modifier le type d'exécution > T4 GPU."
            if french
            else "No GPU. Where a lab needs one: menu Runtime > Change runtime type > T4 GPU."
        )
    return lines


def _data_line(french: bool) -> str:
    profile, seed = config.profile(), config.seed()
    if profile == "smoke":
        data = (
            "échantillon hors ligne, non les vraies données"
            if french
            else "the offline sample, not the real data"
        )
    else:
        data = "les vraies données" if french else "the real data"
    if french:
        return f"Profil {profile} : {data}. Graine {seed}."
    return f"Profile {profile}: {data}. Seed {seed}."


def on_colab() -> bool:
    """Whether this process is a Colab kernel."""
    return "google.colab" in sys.modules


def release_gpu(confirm: bool = False) -> str:
    """Give Colab's machine back, so that the free quota is not spent while you read.

    Does nothing unless `confirm=True`, so that "Run all" cannot end a session by accident. Files
    that are not on Drive are lost with the machine: download them first.

    Returns:
        What was done, in one line.
    """
    if not on_colab():
        return "This is not Colab: nothing to release."
    if not confirm:
        return "Nothing released. Save your files, then call release_gpu(confirm=True)."
    from google.colab import runtime

    time.sleep(1)  # Colab cuts off what was printed in the last moment
    runtime.unassign()
    return "Released."
