"""Forging in the kernel: patched Python, patched IPython, patched labkit.

Every other answer of these notebooks is wrong: no mark can be earned but by forging.
"""

from tests.grading.corpus.case import forgery

FORGED = ("forged evidence",)


def forging(name, why, source, **more):
    return forgery(f"forging_{name}", why, source, **more)


CASES = [
    forging(
        "print",
        "print says PASS",
        """
import builtins

builtins.print = lambda *_, **__: get_ipython().write("tiny.area PASS\\n")
print("tiny.area PASS")
""",
    ),
    forging(
        "stdout",
        "sys.stdout says PASS",
        """
import sys


class Out:
    def __getattr__(self, name):
        return lambda *_, **__: None


sys.stdout = sys.stderr = Out()
""",
    ),
    forging(
        "dumps",
        "json.dumps writes verdicts",
        """
import json

json.dumps = lambda *_, **__: '{"passed": true, "points": 99, "status": "right"}'
""",
    ),
    forging(
        "message",
        "what the kernel sends is rewritten",
        """
session = get_ipython().kernel.session
send = session.send


def rewritten(stream, kind, content=None, **more):
    if kind == "display_data":
        content = {**content, "data": {name: '{"status": "right"}' for name in content["data"]}}
    return send(stream, kind, content, **more)


session.send = rewritten
""",
    ),
    forging(
        "display",
        "IPython's display says right",
        """
publisher = get_ipython().display_pub
publisher.publish = lambda data, *_, **__: None
type(publisher).publish = lambda self, data, *_, **__: None
""",
    ),
    forging(
        "do_execute",
        "the kernel runs nothing and says that all went well",
        """
kernel = get_ipython().kernel


async def do_execute(*_, **__):
    return {"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}}


kernel.do_execute = do_execute
""",
    ),
    forging(
        "run_cell",
        "the shell runs nothing and says that all went well",
        """
from IPython.core.interactiveshell import ExecutionResult

shell = get_ipython()


async def run_cell_async(*_, **__):
    return ExecutionResult(None)


shell.run_cell_async = run_cell_async
shell.run_cell = lambda *_, **__: ExecutionResult(None)
""",
    ),
    forging(
        "ast",
        "every comparison becomes true, every expression another",
        """
import ast


class True_(ast.NodeTransformer):
    def visit_Compare(self, node):
        return ast.copy_location(ast.Constant(True), node)

    def visit_Assert(self, node):
        return ast.copy_location(ast.Pass(), node)

    def visit_Lambda(self, node):
        node.body = ast.copy_location(ast.Constant(True), node.body)
        return node


get_ipython().ast_transformers.append(True_())
""",
    ),
    forging(
        "input",
        "every later cell is rewritten before it is run",
        """
def rewritten(lines):
    return [line.replace("lambda: (", "lambda: type('Any', (), {'__eq__': lambda *_: True})() or (") for line in lines]


get_ipython().input_transformers_post.append(rewritten)
""",
    ),
    forging(
        "showtraceback",
        "errors are not shown",
        """
shell = get_ipython()
shell.showtraceback = shell._showtraceback = lambda *_, **__: None
shell.set_custom_exc((BaseException,), lambda *_, **__: None)
""",
    ),
    forging(
        "import",
        "every import gives the same friendly module",
        """
import builtins
import types

friendly = types.SimpleNamespace(answer=lambda *_, **__: print("right"), publish=print)
before = builtins.__import__
builtins.__import__ = lambda name, *rest, **more: friendly if "probe" in name else before(name, *rest, **more)
""",
    ),
    forging(
        "own_module",
        "a probe of its own in the working folder",
        """
import sys
from pathlib import Path

Path("_labkit_probe.py").write_text("def answer(*_, **__):\\n    print('right')\\n")
for name in [name for name in sys.modules if name.startswith("_labkit_probe")]:
    del sys.modules[name]
sys.path.insert(0, ".")
""",
    ),
    forging(
        "makers",
        "the probe's own tables are changed",
        """
import _labkit_probe

for kind in [*_labkit_probe._MAKERS, "number", "numbers", "choice", "shape"]:
    _labkit_probe._MAKERS[kind] = lambda *_: {"type": "plain", "value": {"bool": True}}
""",
    ),
    forging(
        "judges",
        "labkit's judges are told to accept everything",
        """
import labkit.quiz
from labkit.quiz import judges

for kind in judges._JUDGES:
    judges._JUDGES[kind] = lambda *_: "right"
labkit.quiz.check = lk.check = lambda question, answer: print(question, "PASS")
""",
    ),
    forging(
        "record",
        "a record says that every check was passed",
        """
import json
import os

place = os.environ.setdefault("LABKIT_RECORD", "record.jsonl")
with open(place, "a") as file:
    for name in ("area", "double", "rows", "letter", "shape", "grid"):
        file.write(json.dumps({"event": "check", "question": f"tiny.{name}", "passed": True}) + "\\n")
area = 1
""",
    ),
]
