"""Forged messages: texts that are no evidence, too many of them, from elsewhere or for later.

Every other answer of these notebooks is wrong: no mark can be earned but by forging.
"""

from tests.grading.corpus.case import forgery
from tests.grading.corpus.hostile_evidence import FORGED, PUBLISH


def _text(name, why, lines, flags=FORGED, **more):
    """The probe is replaced by one that publishes texts of its own; `lines` have `nonce` and `question`."""
    body = "\n".join(f"    {line}" if line else "" for line in lines.strip("\n").splitlines())
    source = f"def answer(nonce, question, *rest):\n{body}\n\n\n_labkit_probe.answer = answer"
    return forgery(f"evidence_{name}", why, PUBLISH + source, flags=flags, **more)


def _own(name, why, source, flags=(), **more):
    return forgery(f"evidence_{name}", why, PUBLISH + source.strip("\n"), flags=flags, **more)


CASES = [
    _text("no_json", "evidence that is no JSON", 'publish("PASS")'),
    _text(
        "no_text",
        "evidence that is no text",
        'publish({"nonce": nonce, "question": question, "points": 2})',
        flags=(),
    ),
    _text("none", "no evidence at all", "return None", flags=()),
    _text("list", "a list of evidence", 'publish(json.dumps([{"nonce": nonce, "question": question}] * 2))'),
    _text(
        "spray",
        "every number there is, one message each: the right one is among them",
        """
for number in range(5400, 5420):
    value = {"type": "plain", "value": {"int": str(number)}}
    publish(json.dumps({"nonce": nonce, "question": question, "evidence": value}))
""",
    ),
    _text(
        "twice_in_one",
        "the same key twice: a wrong value, then the right one",
        """
first = '{"type": "plain", "value": {"int": "1"}}'
text = '{"nonce": "%s", "question": "%s", "evidence": %s, "evidence": %s}'
publish(text % (nonce, question, first, first.replace("1", "5408")))
""",
    ),
    _text(
        "deep",
        "100,000 brackets",
        """
text = '{"nonce": "%s", "question": "%s", "evidence": ' % (nonce, question)
publish(text + "[" * 100_000 + "]" * 100_000 + "}")
""",
    ),
    _text(
        "not_finite",
        "NaN and Infinity, which JSON does not know",
        """
value = '{"type": "plain", "value": {"list": [NaN, Infinity, -Infinity, 1e999]}}'
publish('{"nonce": "%s", "question": "%s", "evidence": %s}' % (nonce, question, value))
""",
    ),
    _text(
        "raw_number",
        "a JSON number of a million digits",
        """
value = '{"type": "plain", "value": {"int": %s}}' % ("9" * 1_000_000)
publish('{"nonce": "%s", "question": "%s", "evidence": %s}' % (nonce, question, value))
""",
    ),
    _text(
        "other_nonce",
        "the right answers with a nonce of its own",
        """
for value in ({"int": "5408"},):
    evidence = {"type": "plain", "value": value}
    publish(json.dumps({"nonce": "0" * len(nonce), "question": question, "evidence": evidence}))
""",
    ),
    _text(
        "other_question",
        "the answer to one question as that to all",
        """
evidence = {"type": "plain", "value": {"text": "b"}}
publish(json.dumps({"nonce": nonce, "question": "tiny.letter", "evidence": evidence}))
""",
        # Who knows the letter has its point by right.
        marks={"tiny.area": 0, "tiny.double": 0, "tiny.rows": 0, "tiny.shape": 0, "tiny.grid": 0},
    ),
    _text("too_long", "9 MB of it", 'publish("9" * 9_000_000)', flags=()),
    _own(
        "from_answer_cell",
        "the right answers, published where no probe is, with a nonce that is guessed",
        """
answers = {"tiny.area": {"int": "5408"}, "tiny.letter": {"text": "b"}}
for question, value in answers.items():
    for nonce in ("", "0" * 32, None):
        evidence = {"type": "plain", "value": value}
        publish(json.dumps({"nonce": nonce, "question": question, "evidence": evidence}))
""",
    ),
    _own(
        "before_the_probe",
        "a hook reads the nonce off the probe and publishes first: then there are two",
        """
import re


def first(info):
    found = re.search(r"answer\\('(\\w+)', '([\\w.]+)'", info.raw_cell)
    if found:
        evidence = {"type": "plain", "value": {"int": "5408"}}
        publish(json.dumps({"nonce": found[1], "question": found[2], "evidence": evidence}))


get_ipython().events.register("pre_run_cell", first)
""",
        flags=FORGED,
    ),
    _own(
        "as_later_cell",
        "messages that say they belong to the cells to come",
        """
kernel = get_ipython().kernel
parent = json.loads(json.dumps(kernel.get_parent("shell"), default=str))
session, process, number = parent["header"]["msg_id"].rsplit("_", 2)
for later in range(1, 40):
    header = {**parent["header"], "msg_id": f"{session}_{process}_{int(number) + later}"}
    evidence = {"type": "plain", "value": {"int": "5408"}}
    text = json.dumps({"nonce": "0" * 32, "question": "tiny.area", "evidence": evidence})
    content = {"data": {"application/vnd.labkit.evidence+json": text}, "metadata": {}, "transient": {}}
    kernel.session.send(kernel.iopub_socket, "display_data", content, parent={"header": header})
    kernel.session.send(kernel.iopub_socket, "status", {"execution_state": "idle"}, parent={"header": header})
area = 1
""",
    ),
    _own(
        "while_probed",
        "a thread that waits for the nonce",
        """
import re
import threading
import time


def wait():
    kernel, seen = get_ipython().kernel, set()
    for _ in range(5000):
        code = kernel.get_parent("shell")["content"].get("code", "")
        found = re.search(r"answer\\('(\\w+)', '([\\w.]+)'", code)
        if found and code not in seen:
            seen.add(code)
            evidence = {"type": "plain", "value": {"int": "1"}, "points": 99}
            publish(json.dumps({"nonce": found[1], "question": found[2], "evidence": evidence}))
        time.sleep(0.001)


threading.Thread(target=wait, daemon=True).start()
area = 1
""",
    ),
]
