"""Runs in the student's kernel, as `_labkit_probe`: turns the value of an answer into evidence and publishes it.

Nothing here decides anything: what leaves the kernel is data, and whether it is right is found outside. The kernel is
the student's, so whatever an answer does (raise, lie, never end) becomes evidence of type "error", or ends with the
cell's time. Only the standard library and NumPy are needed; everything else is known by its attributes.

`kit.py` copies this folder into the kit under its other name, hence the relative imports.
"""

import json

from .networks import evaluation_evidence, metric_evidence, model_evidence
from .pictures import array_evidence, figure_evidence
from .values import calls_evidence, class_name, is_a, plain_evidence, short

MIME = "application/vnd.labkit.evidence+json"
LONGEST_ERROR = 500
_MAKERS = {
    "array": array_evidence,
    "figure": figure_evidence,
    "function": calls_evidence,
    "indices": evaluation_evidence,
    "metric": metric_evidence,
    "model": model_evidence,
    "names": evaluation_evidence,
    "per_class": evaluation_evidence,
}


def answer(nonce, question, expression, spec):
    """Publish the evidence of one question; never raises.

    Args:
        expression: a function without arguments; its value is the answer, its globals are the notebook's.
        spec: JSON, see `labkit.grading.probes.spec`.
    """
    try:
        text = _text(nonce, question, _evidence(expression, json.loads(spec)))
    except BaseException as error:  # an answer may be any object and raise anything, SystemExit among it
        text = _text(nonce, question, {"type": "error", "name": class_name(error), "text": _said(error)})
    try:
        publish(text)
    except BaseException:  # nothing is published then, and the question is not answered
        return


def publish(text):
    """Send the text as one message of our type, past whatever the notebook made of the display functions."""
    from IPython import get_ipython

    try:
        kernel = get_ipython().kernel
        content = {"data": {MIME: text}, "metadata": {}, "transient": {}}
        parent = kernel.get_parent("shell")
        kernel.session.send(
            kernel.iopub_socket, "display_data", content, parent=parent, ident=b"display_data"
        )
    except BaseException:  # another kind of kernel
        from IPython.display import display

        display({MIME: text}, raw=True)


def _text(nonce, question, evidence):
    return json.dumps({"nonce": nonce, "question": question, "evidence": evidence}, allow_nan=False)


def _evidence(expression, spec):
    value = expression()
    if value is None or value is Ellipsis or (is_a(value, str) and not str.strip(value)):
        return {"type": "unanswered"}
    make = _MAKERS.get(spec["kind"], plain_evidence)
    return make(value, spec, expression.__globals__) or plain_evidence(value, spec, None)


def _said(error):
    try:
        return short(str(error), LONGEST_ERROR)
    except BaseException:
        return ""
