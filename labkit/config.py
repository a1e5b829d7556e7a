"""What the surroundings say: profile, language, seed, folders. The only reader of os.environ."""

import atexit
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

PROFILES = ("smoke", "course", "full")
LANGUAGES = ("en", "fr")

OFFLINE_SAMPLE = "offline sample"


@dataclass
class _Chosen:
    """What `labkit.setup()` was told; it wins over the environment."""

    profile: str | None = None
    language: str | None = None
    seed: int | None = None
    questions: Path | None = None


_chosen = _Chosen()
_for_now: ContextVar[_Chosen | None] = ContextVar("labkit_for_now", default=None)


def choose(profile: str | None = None, language: str | None = None, seed: int | None = None) -> None:
    """Set what this process uses from now on; `None` leaves a choice as it is.

    Raises:
        ValueError: the profile or the language is not one of those that labkit knows.

    Example:
        >>> choose(language="fr"); language()
        'fr'
        >>> choose(language="en")
    """
    if profile is not None:
        _chosen.profile = one_of("profile", profile, PROFILES)
    if language is not None:
        _chosen.language = one_of("language", language, LANGUAGES)
    if seed is not None:
        _chosen.seed = checked_seed(seed)


@contextmanager
def choosing(
    profile: str | None = None, language: str | None = None, questions: Path | None = None
) -> Iterator[None]:
    """Another profile, language or folder of questions inside the block, and in this thread only.

    It wins over `choose()` and over the environment; `None` leaves a choice as it is.

    Raises:
        ValueError: the profile or the language is not one of those that labkit knows.

    Example:
        >>> with choosing(language="fr"):
        ...     print(language())
        fr
    """
    outer = _now()
    inner = _Chosen(
        profile=outer.profile if profile is None else one_of("profile", profile, PROFILES),
        language=outer.language if language is None else one_of("language", language, LANGUAGES),
        questions=questions or outer.questions,
    )
    token = _for_now.set(inner)
    try:
        yield
    finally:
        _for_now.reset(token)


def _now() -> _Chosen:
    """What was chosen: in a block of `choosing()`, else by `choose()`."""
    return _for_now.get() or _chosen


def one_of(what: str, value: str, known: tuple[str, ...]) -> str:
    """`value`, or a ValueError that lists what there is."""
    if value not in known:
        raise ValueError(f"unknown {what} {value!r}: choose one of {', '.join(known)}.")
    return value


def profile() -> str:
    """The budget of this process: `"smoke"`, `"course"` (the default) or `"full"`; from LABKIT_PROFILE."""
    return _now().profile or one_of(
        "profile (LABKIT_PROFILE)", os.environ.get("LABKIT_PROFILE", "course"), PROFILES
    )


def checked_seed(value: object) -> int:
    """`value` if it can be a seed, 0 to 2**32 - 1, as NumPy and Keras take it; else a ValueError."""
    if isinstance(value, Integral) and not isinstance(value, bool) and 0 <= value < 2**32:
        return int(value)
    raise ValueError(f"seed must be a whole number from 0 to 2**32 - 1, not {value!r}.")


def by_profile(*, smoke: T, course: T, full: T) -> T:
    """The value that belongs to the profile: how a lab states its budgets in the open.

    Example:
        >>> EPOCHS = by_profile(smoke=1, course=8, full=40)
    """
    return {"smoke": smoke, "course": course, "full": full}[profile()]


def language() -> str:
    """Language of class names, hints and messages: `"en"` (the default) or `"fr"`; from LABKIT_LANGUAGE."""
    return _now().language or one_of(
        "language (LABKIT_LANGUAGE)", os.environ.get("LABKIT_LANGUAGE", "en"), LANGUAGES
    )


def seed() -> int:
    """The seed that everything random starts from when none is given; from LABKIT_SEED, else 0."""
    if _chosen.seed is not None:
        return _chosen.seed
    text = os.environ.get("LABKIT_SEED", "0")
    if not text.isdecimal():
        raise ValueError(f"LABKIT_SEED must be a whole number, not {text!r}.")
    return checked_seed(int(text))


def data_folder() -> Path:
    """Where `<name>.npz` files are looked for first; from LABKIT_DATA, else `~/.labkit/data`."""
    return Path(os.environ.get("LABKIT_DATA") or Path.home() / ".labkit" / "data").expanduser()


def keras_datasets_folder() -> Path:
    """Where `keras.datasets` keeps what it has downloaded; KERAS_HOME moves it."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras").expanduser() / "datasets"


def keras_backend() -> str:
    """The backend that Keras will take, without importing it; KERAS_BACKEND chooses, else `keras.json`."""
    if os.environ.get("KERAS_BACKEND"):
        return os.environ["KERAS_BACKEND"]
    try:
        settings = json.loads((keras_datasets_folder().parent / "keras.json").read_text(encoding="utf-8"))
        return settings.get("backend", "tensorflow")
    except (OSError, ValueError, AttributeError):
        return "tensorflow"


def questions_folder() -> Path | None:
    """An instructor's own folder of question files, laid over labkit's; from LABKIT_QUESTIONS."""
    folder = _now().questions or os.environ.get("LABKIT_QUESTIONS")
    return Path(folder).expanduser() if folder else None


def record_file() -> Path | None:
    """Where a re-execution wants to read what happened, see `labkit.record`; from LABKIT_RECORD."""
    name = os.environ.get("LABKIT_RECORD")
    return Path(name) if name else None


def keeps_networks() -> bool:
    """Whether `train()` puts the trained network on its Run: the grader wants to try it out; from LABKIT_KEEP_NETWORKS."""
    return os.environ.get("LABKIT_KEEP_NETWORKS") == "1"


def private_gradio_folder() -> Path:
    """Where Gradio puts what is uploaded: a folder of this process, deleted at its end; from GRADIO_TEMP_DIR.

    Gradio knows no other way to choose it. Its own choice is one folder that all users of a machine share: the
    second of them cannot write there, and each can look at the others' pictures.
    """
    if not os.environ.get("GRADIO_TEMP_DIR"):
        folder = tempfile.mkdtemp(prefix="labkit-app-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        os.environ["GRADIO_TEMP_DIR"] = folder
    return Path(os.environ["GRADIO_TEMP_DIR"])


def job_file() -> Path:
    """The settings of the grading job that this process works for; from LABKIT_JOB."""
    return Path(os.environ["LABKIT_JOB"])


def shows_progress() -> bool:
    """Whether progress bars may be drawn: not where outputs are compared (nbval runs under pytest)."""
    if "LABKIT_PROGRESS" in os.environ:
        return os.environ["LABKIT_PROGRESS"] != "0"
    return "PYTEST_CURRENT_TEST" not in os.environ
