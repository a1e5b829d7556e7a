"""Running probe cells as a kernel would, in a namespace and without a kernel."""

import sys
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np

from labkit.data.catalog import CATALOG
from labkit.data.photos import PHOTOS
from labkit.grading import inside
from labkit.grading.held_out import HeldOut
from labkit.grading.judging import Context, judge_all
from labkit.grading.probes import probe_cells, specs
from labkit.grading.records import Execution
from labkit.quiz import question

NONCE = "0123456789abcdef"
SECRET = b"a secret of 32 bytes............"


@contextmanager
def published():
    """The list that gets what probe cells publish."""
    texts, before = [], inside.publish
    inside.publish, sys.modules["_labkit_probe"] = texts.append, inside
    try:
        yield texts
    finally:
        inside.publish = before
        del sys.modules["_labkit_probe"]


@cache
def held_out():
    """The hidden images of all data sets of the labs, in the smoke profile; written once."""
    return HeldOut(Path(mkdtemp()), (*CATALOG, *PHOTOS), "smoke", SECRET)


def arrays(name):
    """What the notebook loads."""
    return held_out().of(name).arrays


@cache
def hidden_images(name):
    return np.load(held_out().files()[name])


def evidence(question_id, expression, namespace, asked=None, seed="seed"):
    """What the probe of a question publishes: the texts, and the specs."""
    asked = asked or question(question_id)
    wanted = specs([asked], seed, held_out().files())
    return probed(question_id, expression, wanted, namespace), wanted


def probed(question_id, expression, wanted, namespace):
    """What the probe cell of these specs publishes."""
    (cell,) = probe_cells(f"lk.check({question_id!r}, {expression})", wanted, NONCE)
    with published() as texts:
        exec(cell.source, namespace)
    return texts


def graded(question_id, expression="answer", asked=None, language="en", seed="seed", **namespace):
    """The mark of an answer, through the whole road: probe cell, evidence, judge."""
    asked = asked or question(question_id)
    texts, wanted = evidence(question_id, expression, namespace, asked, seed)
    return judged(asked, texts, wanted, language)[0]


def judged(asked, texts, wanted, language="en", **execution):
    """`(mark, flags)` of published texts."""
    context = Context(wanted, held_out(), "smoke", NONCE)
    execution = Execution(status="done", language=language, **execution)
    return judge_all([asked], {asked.id: texts}, execution, context)[asked.id], context.flags
