"""Likeness: whether arrays and figures really show the data set that is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from labkit.grading import evidence as read
from labkit.grading.evidence import BadEvidence
from labkit.grading.held_out import HeldOut, Known
from labkit.grading.stand_ins import Axes
from labkit.grading.words import tell
from labkit.quiz import Question
from labkit.quiz.judges import verdict_on
from labkit.quiz.messages import say
from labkit.quiz.reading import shape_in_words

ENOUGH = 0.8  # of a figure's images must be known ones
SCALES = (255, 256)  # what pixels are divided by


@dataclass(frozen=True)
class Finding:
    """How much of an answer is right, 0 to 1, and what the student is told; None where a person has to look."""

    share: float | None
    message: str


def judge_array(asked: Question, found: dict, spec: Mapping[str, Any], held_out: HeldOut | None) -> Finding:
    """An array by its shape, its type and the rows that were sent."""
    about = {"beside": dict | None} if "beside" in spec else {}
    read.fields(found, type=str, shape=list, dtype=str, rows=list, data=str, **about)
    rows = _rows(found, spec)
    wants = dict(asked.wants)
    if "shape" in wants and found["shape"] and wants["shape"][0] not in (-1, found["shape"][0]):
        got = shape_in_words(found["shape"])
        return Finding(0, say("shape", wanted=shape_in_words(wants["shape"]), got=got))
    if "shape" in wants:
        wants["shape"] = [-1, *wants["shape"][1:]]
    verdict = verdict_on(replace(asked, wants=wants), rows)
    if not verdict.passed or "like" not in asked.probe:
        return Finding(float(verdict.passed), verdict.message)
    name, column = asked.probe["like"].split(".")
    known = held_out.of(name).of(column[2:])
    if "beside" in spec:
        return _labels(rows, found, spec, known, verdict.message)
    right = sum(known_label(row, known) is not None for row in rows)
    message = verdict.message if right == len(rows) else tell("other images", right=right, n=len(rows))
    return Finding(float(right == len(rows)), message)


def _rows(found: dict, spec: Mapping[str, Any]) -> np.ndarray:
    """The rows that the grader asked for, as an array."""
    shape, rows = read.sides(found["shape"], most=40), found["rows"]
    if not rows:  # no axes, nothing in it, or nothing that has numbers
        if found["data"]:
            raise BadEvidence("evidence with rows that were not asked for")
        known = found["dtype"] if read.is_kind(found["dtype"]) else object
        return np.zeros([0, *shape[1:]] if shape and len(shape) < 10 else (), known)
    if not shape or rows != [int(place * shape[0]) for place in spec["places"]][: len(rows)]:
        raise BadEvidence("evidence with rows that were not asked for")
    return read.array(found, [len(rows), *shape[1:]])


def _labels(rows: np.ndarray, found: dict, spec: Mapping[str, Any], known: Known, passed: str) -> Finding:
    """Whether labels (or one-hot rows) are those of the images in another variable."""
    beside, right = found["beside"], 0
    if beside is not None:
        read.fields(beside, shape=list, dtype=str, rows=list, data=str)
        if beside["shape"][:1] == found["shape"][:1] and beside["rows"] == found["rows"]:
            images = _rows(beside, spec)
            said = rows.argmax(axis=1) if rows.ndim == 2 else rows
            truth = [known_label(image, known) for image in images]
            right = sum(t is not None and t == s for t, s in zip(truth, said, strict=True))
    if right == len(rows):
        return Finding(1.0, passed)
    return Finding(0.0, tell("other labels", right=right, n=len(rows), beside=spec["beside"]))


def judge_figure(asked: Question, found: dict, spec: Mapping[str, Any], held_out: HeldOut | None) -> Finding:
    """A figure by the number of its images, and by what they show."""
    read.fields(found, type=str, count=int, images=list)
    if not 0 <= found["count"] <= 10**6 or len(found["images"]) != min(64, found["count"]):
        raise BadEvidence("evidence with another number of images")
    images = [_image(image) for image in found["images"]]
    verdict = verdict_on(asked, Axes(range(found["count"])))
    if not verdict.passed or "like" not in asked.probe:
        return Finding(float(verdict.passed), verdict.message)
    name, column = asked.probe["like"].split(".")
    known = held_out.of(name).of(column[2:])
    pixels = [shown for image in images if (shown := known_pixels(image, known)) is not None]
    right = len(set(pixels))
    if right >= ENOUGH * found["count"]:
        return Finding(1.0, verdict.message)
    return Finding(0.0, tell("other images", right=right, n=found["count"]))


def _image(found: Any) -> np.ndarray:
    read.fields(found, shape=list, dtype=str, data=str)
    shape = read.sides(found["shape"])
    if shape == []:
        return np.zeros(0)
    if not 2 <= len(shape) <= 3 or max(shape) > 64:
        raise BadEvidence("evidence with an image of another size")
    return read.array(found)


def known_label(image: np.ndarray, known: Known) -> int | None:
    """The label of an image of a data set, whatever its scale; None if it is none of these."""
    labels = (known.label(pixels) for pixels in _readings(image))
    return next((label for label in labels if label is not None), None)


def known_pixels(image: np.ndarray, known: Known) -> bytes | None:
    """The pixels of an image of a data set; None if it is none of these."""
    found = (pixels for pixels in _readings(image) if known.label(pixels) is not None)
    return next((pixels.tobytes() for pixels in found), None)


def _readings(image: np.ndarray) -> list[np.ndarray]:
    """An image as uint8 0..255, as each scale would have it."""
    image = np.asarray(image, dtype=np.float64)
    if not image.size or not np.isfinite(image).all() or image.min() < 0 or image.max() > 255:
        return []
    scales = SCALES if image.max() <= 1 else (1,)
    return [(image * scale).round().clip(0, 255).astype(np.uint8) for scale in scales]
