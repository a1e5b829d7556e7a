"""The grader: hand-ins in, marks out; every result is on the disk before the next one begins."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from labkit import config
from labkit.grading import copies, gradebook, manual, run_folder
from labkit.grading.execution import GraderError, execute
from labkit.grading.hand_ins import gather
from labkit.grading.judging import evidence_of, judge_all
from labkit.grading.kit import make as make_kit
from labkit.grading.pages import LabText, write_pages
from labkit.grading.records import Execution, Flag, Graded, HandIn, Mark
from labkit.grading.reference import Reference
from labkit.grading.session import Session, begin, solution_hand_in
from labkit.grading.store import Store, rule_key

WORK = ".work"  # below the output folder: what the next call finds again
TRIES = 2  # at a hand-in in one call, where the fault was the grader's

OnBegin = Callable[[str, int], None]
OnEnd = Callable[[str], None]


@dataclass(frozen=True)
class Wishes:
    """How a folder of hand-ins is to be graded.

    Attributes:
        profile: smoke needs no data; course and full want the real ones.
        level: `"best"`, `"full"`, `"partial"` or, for hand-ins that are trusted, `"none"`.
        device: `"gpu"` makes a fall-back to the CPU an error.
        jobs: hand-ins that run at the same time.
        cell_seconds: for each cell; if None, five times what the solution's cell took, at least 20.
        questions_folder: an instructor's own question files, laid over labkit's.
        regrade: questions that are judged again, whatever the store has.
    """

    profile: str = "smoke"
    level: str = "best"
    device: str = "cpu"
    jobs: int = 1
    cell_seconds: float | None = None
    questions_folder: Path | None = None
    regrade: tuple[str, ...] = ()


def grade(
    place: Path,
    reference: Reference,
    out: Path,
    wishes: Wishes = Wishes(),
    *,
    on_begin: OnBegin | None = None,
    on_end: OnEnd | None = None,
) -> list[Graded]:
    """Grade a folder or zip of hand-ins; called again, it goes on where it was stopped and repeats nothing.

    The solution goes first, through the same sandbox and judge: unless it earns every point, nobody is graded.

    Args:
        out: folder of the gradebook, the pages, and the store.
        on_begin: called with what begins and how many hand-ins it is about.
        on_end: called with the name of each hand-in that has its result.

    Returns:
        One a hand-in, by name.

    Raises:
        ValueError: the folder, a question file, `to_read.csv` or the solution is faulty; no such isolation here.
        OSError: another grader is at work in `out`, or it cannot be written to.
    """
    tell = _Teller(on_begin or (lambda what, total: None), on_end or (lambda name: None))
    place, out = place.absolute(), out.absolute()  # workers have folders of their own
    out.mkdir(parents=True, exist_ok=True)
    manual.read(out)  # a typing error in it shows now and not when everything has been run
    run_folder.sweep()
    with config.choosing(profile=wishes.profile, questions=wishes.questions_folder), Store(out) as store:
        with run_folder.scratch_folder() as scratch:
            hand_ins = gather(place, scratch, out)
            store.save_hand_ins(hand_ins)
            session = _begin(reference, out, wishes, store, scratch, tell)
            for question in wishes.regrade:
                _known(question, session)
                store.forget(question=question)
            tell.begin("hand-ins", len(hand_ins))
            graded = _grade_all(hand_ins, session, store, wishes.jobs, tell)
        return _report(graded, session, out)


@dataclass(frozen=True)
class _Teller:
    begin: OnBegin
    end: OnEnd


def _known(question: str, session: Session) -> None:
    if question not in session.questions:
        raise ValueError(f"this lab has no question {question!r}: it has {', '.join(session.questions)}.")


def _begin(
    reference: Reference, out: Path, wishes: Wishes, store: Store, scratch: Path, tell: _Teller
) -> Session:
    """The session, with the seconds a cell may take measured on the solution, which must be right."""
    folder = out / WORK
    folder.mkdir(exist_ok=True)
    kit = make_kit(scratch / "kit", wishes.questions_folder)
    session = begin(
        reference, folder, kit=kit, profile=wishes.profile, level=wishes.level, device=wishes.device,
        cell_seconds=wishes.cell_seconds, secret=store.secret,
    )  # fmt: skip
    if wishes.cell_seconds is not None:
        return session
    tell.begin("the solution first", 1)
    solution = solution_hand_in(reference, folder)
    execution = _executed(solution, session, store)
    _demand_right(_graded(solution, execution, session, store))
    tell.end(solution.name)
    return session.limited({cell.id.partition("--")[0]: cell.seconds for cell in execution.cells})


def _demand_right(graded: Graded) -> None:
    """Every point for the solution, or nobody is graded: the fault would be ours or the author's."""
    if graded.execution.status != "done":
        raise ValueError(f"the solution itself cannot be graded: {graded.execution.reason}")
    for mark in graded.marks.values():
        if mark.points != mark.most and mark.status != "to read":
            raise ValueError(
                f"the solution itself earns {mark.points} of {mark.most:g} points for {mark.question} ({mark.status}: "
                f"{mark.message}): mend the question or the lab, or give --cell-seconds to grade nevertheless."
            )


def _grade_all(
    hand_ins: list[HandIn], session: Session, store: Store, jobs: int, tell: _Teller
) -> list[Graded]:
    """Each hand-in executed, or found in the store, and judged; those with the same bytes run once."""
    found: dict[str, Graded] = {}
    waiting: dict[str, list[HandIn]] = {}
    for hand_in in hand_ins:
        if hand_in.rejected:
            found[hand_in.name] = _graded(hand_in, Execution("rejected", hand_in.rejected), session, store)
            tell.end(hand_in.name)
        else:
            waiting.setdefault(session.key(hand_in), []).append(hand_in)
    with _pool(jobs, session) as pool:
        running = {pool.submit(_executed, same[0], session, store): same for same in waiting.values()}
        for future in as_completed(running):
            execution = future.result()
            for hand_in in running.pop(future):
                found[hand_in.name] = _graded(hand_in, execution, session, store)
                tell.end(hand_in.name)
            for cell in execution.cells:  # judged, and stored: a class of it would fill the memory
                cell.evidence.clear()
    return [found[hand_in.name] for hand_in in hand_ins]


@contextmanager
def _pool(jobs: int, session: Session) -> Iterator[ThreadPoolExecutor]:
    """Threads that wait for workers; an interrupt ends these instead of waiting for the whole class."""
    pool = ThreadPoolExecutor(max_workers=jobs)
    try:
        yield pool
    except BaseException:
        session.setting.stop.set()
        pool.shutdown(cancel_futures=True)
        raise
    pool.shutdown()


def _executed(hand_in: HandIn, session: Session, store: Store) -> Execution:
    """From the store, else run now and stored; after the grader's own errors an Execution that says so."""
    key = session.key(hand_in)
    known = store.execution(key)
    if known is not None:
        return known
    error = ""
    for _ in range(TRIES):
        try:
            execution = execute(hand_in, session.setting, session.specs(hand_in.sha))
        except (GraderError, OSError) as problem:
            error = f"{type(problem).__name__}: {problem}"
            if session.setting.stop.is_set():
                break
            store.note_attempt(key, error)
            continue
        store.save_execution(key, execution)
        return execution
    return Execution("error", error, level=session.setting.level)


def _graded(hand_in: HandIn, execution: Execution, session: Session, store: Store) -> Graded:
    """Marks from the store where question and evidence are as they were, else judged now and stored."""
    marks: dict[str, Mark] = {}
    if execution.status == "done":
        key, context = session.key(hand_in), session.context(hand_in, execution)
        rules = {name: rule_key(asked) for name, asked in session.questions.items()}
        known = {name: store.mark(key, name, rule) for name, rule in rules.items()}
        missing = [asked for name, asked in session.questions.items() if known[name] is None]
        judged = judge_all(missing, evidence_of(missing, execution), execution, context)
        forged = {flag.question: flag.detail for flag in context.flags}
        judged = {name: replace(mark, forged=forged.get(name, "")) for name, mark in judged.items()}
        sound = {name: mark for name, mark in judged.items() if mark.status != "error"}
        store.save_marks(key, {name: rules[name] for name in sound}, sound)
        marks = {name: judged.get(name) or known[name] for name in session.questions}
    flags = [*hand_in.flags, *execution.flags, *_stops(execution)]
    flags += [Flag("forged evidence", mark.forged, name) for name, mark in marks.items() if mark.forged]
    return Graded(hand_in, execution, marks, flags)


def _stops(execution: Execution) -> Iterable[Flag]:
    """What had to be stopped, one flag a cell."""
    for cell in execution.cells:
        if cell.stop and cell.stop != "not reached":
            yield Flag("stopped", f"{cell.id}: {cell.stop}")


def _report(graded: list[Graded], session: Session, out: Path) -> list[Graded]:
    """Tables and pages, with the points that a person gave."""
    reference = session.reference
    prose = {name for name, asked in session.questions.items() if asked.kind == "text"}
    answers = {one.hand_in.name: one.execution.answers for one in graded if one.execution.status == "done"}
    found = copies.find(answers, prose=prose, known=reference.known_answers())
    for name, flags in copies.flags(found).items():
        next(one for one in graded if one.hand_in.name == name).flags.extend(flags)
    manual.apply(graded, manual.read_manual(out, graded))
    gradebook.write(graded, out, list(session.questions))
    text = LabText(
        title=reference.title,
        questions=session.questions,
        headings={language: reference.headings(language) for language in reference.editions},
        asked=reference.asked(),
        solutions=reference.model_answers(),
        profile=session.profile,
    )
    write_pages(graded, out, text, found)
    return graded
