"""A grading session: everything that all hand-ins of a lab are run and judged with, made once."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import labkit
from labkit import __version__
from labkit.files import write_text
from labkit.grading import levels, probes, store
from labkit.grading.execution import Setting
from labkit.grading.held_out import HeldOut
from labkit.grading.interpreter import folders, within
from labkit.grading.judging import Context
from labkit.grading.records import Execution, HandIn
from labkit.grading.reference import Reference
from labkit.notebooks.editions import text_of
from labkit.notebooks.rerun import CELL_TIMEOUT
from labkit.quiz import Question

SLOWER = 5  # times what the solution's cell takes: so long may a student's take
LEAST_SECONDS = 20.0  # a cell: an honest answer may be slower than ours
STARTING = 120.0  # seconds a notebook besides its cells


@dataclass(frozen=True)
class Session:
    """What grading a lab needs.

    Attributes:
        setting: how every hand-in is run.
        held_out: hidden images and their labels; None if no question asks for any.
        secret: of the store; every hand-in's random inputs come from it and the hand-in's bytes.
    """

    reference: Reference
    questions: Mapping[str, Question]
    setting: Setting
    held_out: HeldOut | None
    profile: str
    secret: bytes

    def specs(self, sha: str) -> dict[str, dict[str, Any]]:
        """What the probes ask of one hand-in: the same at every call, and nothing a student could know."""
        inputs = self.held_out.files() if self.held_out else {}
        return probes.specs(self.questions.values(), _seed(self.secret, sha), inputs)

    def key(self, hand_in: HandIn) -> str:
        """What the execution of a hand-in is known by in the store."""
        return store.execution_key(
            hand_in.sha, reference=self.reference.sha(), specs=self.specs(hand_in.sha), profile=self.profile,
            level=self.setting.level, device=self.setting.device, version=__version__,
        )  # fmt: skip

    def context(self, hand_in: HandIn, execution: Execution) -> Context:
        """What the judge needs besides the evidence."""
        return Context(self.specs(hand_in.sha), self.held_out, self.profile, execution.nonce or None)

    def limited(self, budgets: Mapping[str, float]) -> "Session":
        """The same session with the seconds that the solution's cells took as a measure."""
        allowed = {cell: max(LEAST_SECONDS, SLOWER * seconds) for cell, seconds in budgets.items()}
        whole = STARTING + SLOWER * sum(budgets.values())
        setting = replace(
            self.setting, budgets=allowed, cell_seconds=LEAST_SECONDS * 3, notebook_seconds=whole
        )
        return replace(self, setting=setting)


def begin(
    reference: Reference,
    folder: Path,
    *,
    kit: Path,
    profile: str,
    level: str,
    device: str,
    cell_seconds: float | None,
    secret: bytes,
) -> Session:
    """Make a session.

    Args:
        folder: where references and hidden images are written; it stays for the next call.
        kit: the labkit of the sandbox.
        level: `"best"` for the best that this machine offers.
        cell_seconds: for every cell; if not given, as long as a lab's own re-execution allows.

    Raises:
        ValueError: there is no isolation of that level here; the message says what would give it.
        DataNotFoundError: the profile wants real data that are not on this machine.
    """
    questions = reference.questions()
    names = sorted({asked.probe["data"] for asked in questions.values() if "data" in asked.probe})
    named = sorted(
        {
            *names,
            *(asked.probe["like"].split(".")[0] for asked in questions.values() if "like" in asked.probe),
        }
    )
    held_out = HeldOut(folder / "held_out", named, profile, secret) if named else None
    seconds = cell_seconds or CELL_TIMEOUT[profile]
    setting = Setting(
        references=reference.write(folder),
        kit=str(kit),
        level=_level(level),
        device=device,
        readable=_readable(held_out),
        hidden=_hidden(),
        environment=_environment(profile, held_out),
        cell_seconds=seconds,
        notebook_seconds=max(20 * seconds, 600.0),
    )
    return Session(reference, questions, setting, held_out, profile, secret)


def _level(wanted: str) -> str:
    """The level to use; none is taken only if it is asked for by name."""
    level = levels.best() if wanted == "best" else wanted
    if wanted == "best" and level == "none":
        why = "; ".join(f"{offer.level}: {offer.why_not}" for offer in levels.examine() if offer.why_not)
        raise ValueError(
            f"this machine offers no isolation ({why}): see labkit doctor --grading, or trust the hand-ins with --level none."
        )
    offer = levels.offer(level)
    if not offer.available:
        raise ValueError(
            f"there is no isolation of level {level} here: {offer.why_not}. {offer.remedy}".strip()
        )
    return level


def _readable(held_out: HeldOut | None) -> tuple[str, ...]:
    if held_out is None:
        return ()
    return tuple(str(folder) for folder in (held_out.inputs, held_out.sandbox_folder) if folder)


def _hidden() -> tuple[str, ...]:
    """The labkit that is installed here, answers and all, where the sandbox would see it beside the kit."""
    package = str(Path(labkit.__file__).resolve().parent)
    return (package,) if any(within(package, folder) for folder in (*folders(), "/usr")) else ()


def _seed(secret: bytes, sha: str) -> str:
    return hmac.new(secret, sha.encode(), hashlib.sha256).hexdigest()


def _environment(profile: str, held_out: HeldOut | None) -> dict[str, str]:
    data = {"LABKIT_DATA": str(held_out.sandbox_folder)} if held_out and held_out.sandbox_folder else {}
    return {"LABKIT_PROFILE": profile, "LABKIT_PROGRESS": "0", "LABKIT_KEEP_NETWORKS": "1", **data}


def solution_hand_in(reference: Reference, folder: Path) -> HandIn:
    """The solution as if somebody had handed it in."""
    path = folder / "solution.ipynb"
    write_text(path, text_of(reference.solution))
    return HandIn("the solution", str(path), "the solution", sha=reference.sha())
