"""Copies: hand-ins whose answers say the same. What is found is shown to the instructor; it changes no mark."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

from labkit.grading import alike
from labkit.grading.records import Flag

SHORTEST = 40  # characters of one's own, normalised: below it, honest students often write the same
LONG = 120  # a single equal answer in code of that length is reported, a shorter one needs a second
COMMON = (
    4,
    0.25,
)  # code that more hand-ins than this, and a larger share of them, have: the obvious way to do it
_LISTED = 6

Answers = Mapping[str, str | None]  # of one hand-in: question -> source or text, None if it is lost


class Form(NamedTuple):
    """An answer in its normal form, and how many characters of it stand in no known answer."""

    text: str
    own: int


@dataclass(frozen=True)
class Pair:
    """Two hand-ins with equal answers.

    Attributes:
        names: of the two.
        questions: whose answers are equal.
        prose: those of them that were answered in words: equal sentences hardly happen by chance.
        share: the equal ones among all answers of some length that both gave, 0 to 1.
    """

    names: tuple[str, str]
    questions: tuple[str, ...]
    prose: tuple[str, ...]
    share: float


@dataclass(frozen=True)
class Copy:
    """Hand-ins that hang together by equal answers: each is in one pair at least."""

    names: tuple[str, ...]
    pairs: tuple[Pair, ...]


def find(
    answers: Mapping[str, Answers],
    *,
    prose: Collection[str] = (),
    known: Mapping[str, Iterable[str]] | None = None,
) -> list[Copy]:
    """Groups of hand-ins with equal answers, those with most in common first.

    Answers are compared after `alike.code` or `alike.prose`. Short ones, known ones and code that a good part
    of the class has written are left out. Two hand-ins are a pair if a text is equal, or two answers in code,
    or a long one.

    Args:
        answers: by the hand-in's name, then by question.
        prose: questions that are answered in words.
        known: by question, answers whose lines mean nothing: the stub's and the reference solution's.

    Example:
        >>> text = "A convolution has far fewer weights and sees the same pattern anywhere."
        >>> found = find({"a": {"q": text}, "b": {"q": text.upper()}, "c": {"q": "No idea"}}, prose={"q"})
        >>> [(copy.names, copy.pairs[0].share) for copy in found]
        [(('a', 'b'), 1.0)]
    """
    forms = {name: _forms(given, prose, known or {}) for name, given in answers.items()}
    equal: dict[tuple[str, str], list[str]] = defaultdict(list)
    for (question, _), names in _buckets(forms).items():
        if question in prose or not _is_common(len(names), len(answers)):
            for pair in combinations(names, 2):
                equal[pair].append(question)
    pairs = [_pair(names, questions, forms, prose) for names, questions in equal.items()]
    return _groups([pair for pair in pairs if _counts(pair, forms)])


def flags(copies: Iterable[Copy]) -> dict[str, list[Flag]]:
    """For each hand-in that was found: with whom it shares what."""
    found: dict[str, list[Flag]] = defaultdict(list)
    for pair in (pair for copy in copies for pair in copy.pairs):
        listed = ", ".join(pair.questions[:_LISTED]) + (", ..." if len(pair.questions) > _LISTED else "")
        many = "1 answer" if len(pair.questions) == 1 else f"{len(pair.questions)} answers"
        for own, other in (pair.names, pair.names[::-1]):
            detail = f"{many} ({pair.share:.0%} of those that can be compared) as in {other}: {listed}"
            found[own].append(Flag("same answers", detail))
    return dict(found)


def _forms(given: Answers, prose: Collection[str], known: Mapping[str, Iterable[str]]) -> dict[str, Form]:
    """The normal forms of the answers that count, by question."""
    found = {}
    for question, text in given.items():
        normal = alike.prose if question in prose else alike.code
        given_lines = {line for other in known.get(question, ()) for line in normal(other).splitlines()}
        form = normal(text) if text else ""
        own = sum(len(line) for line in form.splitlines() if line not in given_lines)
        if own >= SHORTEST:
            found[question] = Form(form, own)
    return found


def _buckets(forms: Mapping[str, Mapping[str, Form]]) -> dict[tuple[str, str], list[str]]:
    """Names by question and form, in a fixed order."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name in sorted(forms):
        for question, form in forms[name].items():
            found[question, form.text].append(name)
    return found


def _is_common(count: int, of: int) -> bool:
    return count > max(COMMON[0], COMMON[1] * of)


def _pair(names: tuple[str, str], questions: list[str], forms: Mapping, prose: Collection[str]) -> Pair:
    comparable = forms[names[0]].keys() & forms[names[1]].keys()
    words = tuple(sorted(q for q in questions if q in prose))
    return Pair(names, tuple(sorted(questions)), words, round(len(questions) / len(comparable), 3))


def _counts(pair: Pair, forms: Mapping[str, Mapping[str, Form]]) -> bool:
    longest = max(forms[pair.names[0]][question].own for question in pair.questions)
    return bool(pair.prose) or len(pair.questions) > 1 or longest >= LONG


def _groups(pairs: list[Pair]) -> list[Copy]:
    """Pairs joined by the hand-ins that they share."""
    group: dict[str, set[str]] = {}
    for pair in pairs:
        joined = group.get(pair.names[0], {pair.names[0]}) | group.get(pair.names[1], {pair.names[1]})
        group.update(dict.fromkeys(joined, joined))
    pairs.sort(key=lambda pair: (-len(pair.prose), -len(pair.questions), pair.names))
    found: dict[tuple[str, ...], list[Pair]] = defaultdict(list)
    for pair in pairs:
        found[tuple(sorted(group[pair.names[0]]))].append(pair)
    return [Copy(names, tuple(members)) for names, members in found.items()]
