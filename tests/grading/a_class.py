"""A small class that was never there: every state that a hand-in can be in, every status of a mark."""

import base64
import io
from functools import cache

from labkit.grading import copies
from labkit.grading.pages import LabText
from labkit.grading.records import CellRun, Execution, Flag, Graded, HandIn, Mark
from labkit.quiz import Question

WORDS = "A kernel is the same everywhere, so it needs few weights and finds its pattern wherever that stands."
NET = """features = keras.Sequential([
    keras.Input((28, 28, 1)),
    keras.layers.Conv2D(32, 3, activation="relu"),
    keras.layers.MaxPooling2D(2),  # halves each side
])"""


@cache
def png(width=320, height=200):
    """A picture of a curve, as base64."""
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots(figsize=(width / 100, height / 100), dpi=100)
    ax.plot([0.7, 0.85, 0.9, 0.93, 0.95])
    ax.set_xlabel("epoch")
    data = io.BytesIO()
    figure.savefig(data, format="png")
    plt.close(figure)
    return base64.b64encode(data.getvalue()).decode()


QUESTIONS = {
    name: Question(name, tasks, kind, points)
    for name, tasks, kind, points in [
        ("mnist.flatten_size", ("S2.6",), "number", 1),
        ("mnist.features", ("S2.4",), "model", 2),
        ("mnist.show_test", ("S2.3",), "figure", 1),
        ("mnist.accuracy", ("S2.9", "S2.10"), "metric", 3),
        ("mnist.why_convolution", ("S2.5",), "text", 2),
    ]
}
HEADINGS = dict(
    zip(
        QUESTIONS,
        ["The part that decides", "The part that sees", "1. The data", "4. Training", "What one neuron sees"],
        strict=True,
    )
)


def lab(profile="course"):
    return LabText(
        title={"en": "A first convolutional network: MNIST", "fr": "Un premier réseau convolutif : MNIST"},
        questions=QUESTIONS,
        headings={"en": HEADINGS, "fr": HEADINGS},
        asked={
            "mnist.why_convolution": "**Question (in your own words).** A `Dense` layer could compute anything that a "
            "convolution computes. Why is a convolution the better choice for images? ![a](data:image/png;base64,AAA)",
            "mnist.features": "**Question.** Build `features`: a `keras.Sequential` with an `Input` of shape `(28, 28, 1)`.",
        },
        solutions={
            "mnist.why_convolution": "Few weights; the same kernel everywhere; neighbours belong together."
        },
        profile=profile,
    )


MESSAGES = {
    "right": "5,408 values",
    "wrong": "10816: the pooling halves both sides, not one.",
    "partly": "0.92 is near; 0.95 is asked.",
    "unanswered": "no answer yet.",
    "not reached": "",
    "to read": "",
    "error": "OSError: the held-out images are not there",
}


def mark(question, status):
    most = QUESTIONS[question].points
    points = {"right": most, "partly": most / 2, "to read": None, "error": None}.get(status, 0)
    return Mark(question, points, most, status, MESSAGES[status])


def graded(number, statuses="right right right right read", *, student="", **changes):
    """A hand-in with a status for each question."""
    full = {"read": "to read", "not": "not reached"}
    marks = {
        q: mark(q, full.get(status, status)) for q, status in zip(QUESTIONS, statuses.split(), strict=True)
    }
    student = student or f"Student {number:02}"
    name = f"{student}_{1000 + number}_assignsubmission_file/lab.ipynb"
    answers = {
        "mnist.flatten_size": f"flatten_size = {number} * 13 * 32",
        "mnist.features": NET,
        "mnist.show_test": "ax = lk.plots.images(x_test, y_test, dataset.class_names)",
        "mnist.accuracy": f"run = lk.train(model, dataset, epochs={number})",
        "mnist.why_convolution": f"{WORDS} And besides, reason number {number} is that a picture has neighbours.",
    }
    execution = Execution(
        status="done", level="full", device="cpu", seconds=number, language="en", answers=answers,
        cells=[CellRun("mnist-show_test", "passed", pictures=[png()] if number < 3 else [])],
    )  # fmt: skip
    one = Graded(HandIn(name, f"/x/{name}", student, str(1000 + number), f"{number:064}"), execution, marks)
    for key, value in changes.items():
        setattr(execution, key, value)
    return one


def rejected(number, reason):
    name = f"Student {number:02}_{1000 + number}_assignsubmission_file/lab.ipynb"
    hand_in = HandIn(name, "", f"Student {number:02}", str(1000 + number), rejected=reason)
    return Graded(hand_in, Execution(status="rejected", reason=reason))


def everybody():
    """The class, and its copies."""
    found = [
        graded(1),
        graded(2, "wrong right right partly read", language="fr"),
        graded(3, "wrong right wrong not read"),
        graded(4, "right right right right right"),
        graded(5, "wrong partly right wrong unanswered"),
        graded(6, "right read right partly read"),
        graded(7, "right right unanswered right read"),
        graded(8, "error right right right read"),
        graded(9, "unanswered unanswered unanswered unanswered unanswered"),
        rejected(10, "not a notebook: the file is cut off after 4096 bytes."),
        graded(11, "right right right partly read", student="Rose Épine"),
    ]
    found[2].execution.cells += [CellRun("mnist-accuracy", "stopped", 600, stop="cell time")]
    found[2].execution.cells += [
        CellRun("mnist-show_test--2", "failed", error="NameError: name 'x_test' is not defined")
    ]
    found[2].flags = [
        Flag("locked cell changed", "check-mnist-data"),
        Flag("several answers", "2 cells", "mnist.show_test"),
    ]
    lost = found[5].execution
    lost.answers["mnist.features"] = None
    lost.lost = ["mnist.features"]
    lost.leftover = [NET, "# my trials\nprint(13 * 13 * 32)"]
    found[6].execution.answers["mnist.why_convolution"] = found[0].execution.answers["mnist.why_convolution"]
    found[3].marks["mnist.why_convolution"] = Mark(
        "mnist.why_convolution", 2, 2, "right", "Well put.", "instructor"
    )
    same = copies.find(
        {one.hand_in.name: one.execution.answers for one in found},
        prose={"mnist.why_convolution"},
        known={"mnist.features": [NET]},
    )
    for name, flags in copies.flags(same).items():
        next(one for one in found if one.hand_in.name == name).flags += flags
    return found, same
