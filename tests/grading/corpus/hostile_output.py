"""Cells that say too much, or in a way that readers, pages and the grader's own parsers might choke on."""

from tests.grading.corpus import tiny
from tests.grading.corpus.case import Case, attack, file, full

OUTPUT = ("output", "cell time", "kernel died")  # whichever comes first: that depends on the machine


def _output(name, why, source, **more):
    return attack("output", f"output_{name}", why, source, **more)


# A message that the kernel signs as its own, with content that no kernel writes.
RAW = """
kernel = get_ipython().kernel
session = kernel.session


def send(kind, content):
    parent = kernel.get_parent()["header"]
    parts = [session.pack(session.msg_header(kind)), session.pack(parent), b"{}", content]
    kernel.iopub_socket.send_multipart([kind.encode(), b"<IDS|MSG>", session.sign(parts), *parts])


"""

CASES = [
    _output("endless", "an endless print", 'while True:\n    print("x" * 1000)', stops=OUTPUT),
    _output(
        "finite", "200 MB in 200 lines", 'for _ in range(200):\n    print("y" * 1_000_000)', stops=OUTPUT
    ),
    _output("one_message", "300 MB in one", 'print("z" * 300_000_000)', stops=OUTPUT),
    _output(
        "displays",
        "a million messages",
        "from IPython.display import display\n\nfor number in range(1_000_000):\n    display(number)",
        stops=OUTPUT,
    ),
    _output(
        "updates",
        "one display, updated for ever",
        """
from IPython.display import display

shown = display("", display_id=True)
while True:
    shown.update("x" * 100)
""",
        stops=OUTPUT,
    ),
    _output(
        "clears",
        "the output is cleared for ever",
        "from IPython.display import clear_output\n\nwhile True:\n    print(1)\n    clear_output()",
        stops=OUTPUT,
    ),
    _output(
        "stderr",
        "errors without an end, past Python",
        'import os\n\nfor _ in range(5000):\n    os.write(2, b"e" * 100_000)\nwhile True:\n    pass',
        stops=("output", "cell time"),
    ),
    _output("yes", "a child that says yes", "!yes", stops=("output", "cell time")),
    _output("huge_error", "an error message of 40 MB", 'raise ValueError("e" * 40_000_000)'),
    _output(
        "deep_traceback",
        "a chain of 3,000 errors",
        """
error = None
for number in range(3000):
    try:
        raise ValueError(number) from error
    except ValueError as caught:
        error = caught
raise error
""",
    ),
    _output(
        "control",
        "control characters, colours, another writing direction, a bell",
        """
print("\\x1b[2J\\x1b]0;owned\\x07\\x1b[31m\\x00\\x08\\r\\u202e\\u2028\\ufeff" * 20)
raise ValueError("\\x1b]8;;http://example.com\\x07click\\x1b]8;;\\x07 \\u202e\\x00\\x9b31m")
""",
    ),
    _output(
        "half_characters",
        "halves of characters, which no file can hold, as output, answer and error",
        'area = letter = "\\ud800"\ndisplay(area)\nraise ValueError("\\udfff")',
    ),
    _output(
        "html",
        "a script as answer, as output and as error",
        """
from IPython.display import HTML, Javascript, display

script = "<script>document.title = 'owned'</script><img src=x onerror=alert(1)>"
display(HTML(script), Javascript("document.title = 'owned'"))
area = script
raise ValueError(script + "{{ 7 * 7 }} {% raw %} ${7*7} =cmd|' /C calc'!A1")
""",
    ),
    _output(
        "evidence",
        "50 MB of evidence",
        """
from IPython.display import display

display({"application/vnd.labkit.evidence+json": "5" * 50_000_000}, raw=True)
""",
        stops=OUTPUT,
    ),
    _output(
        "deep_message",
        "a message of 100,000 brackets",
        RAW + 'send("stream", b"[" * 10**5 + b"]" * 10**5)\narea = 1',
    ),
    _output(
        "strange_messages",
        "messages without their fields, of unknown kinds, that are no JSON",
        RAW
        + """
for kind in ("stream", "error", "display_data", "execute_result", "status", "comm_open", "shutdown_reply", "x\\n"):
    for content in (b"{}", b"[]", b"null", b"5", b'"text"', b"\\xff\\xfe", b"", b'{"data": 5, "text": {}, "name": []}'):
        send(kind, content)
area = 1
""",
    ),
    _output(
        "false_idle",
        "the kernel is said to be idle, and to have died, before the cell is over",
        RAW
        + """
for state in (b"idle", b"dead", b"restarting"):
    send("status", b'{"execution_state": "' + state + b'"}')
area = 1
""",
    ),
    _output(
        "unsigned",
        "10,000 messages with a wrong signature, of too few parts",
        """
kernel = get_ipython().kernel
for number in range(10_000):
    kernel.iopub_socket.send_multipart([b"stream", b"<IDS|MSG>", b"0" * 64, b"{}", b"{}", b"{}", b"{}"][: number % 7 + 1])
area = 1
""",
    ),
    _output(
        "pictures",
        "400 pictures of 200 kB",
        """
from IPython.display import Image, display

for _ in range(400):
    display(Image(data=b"\\x89PNG\\r\\n\\x1a\\n" + b"\\x00" * 200_000, format="png"))
""",
        stops=OUTPUT,
    ),
    _output(
        "false_pictures",
        "pictures that are none: HTML, text, numbers",
        """
from IPython.display import display

for data in ("<script>alert(1)</script>", '"><script>alert(1)</script>', 5, None, ["x"], "====", "A" * 300_000):
    display({"image/png": data, "image/svg+xml": "<svg onload=alert(1)>"}, raw=True)
area = 1
""",
    ),
    Case(
        "output_html_in_words",
        "output",
        "a script in an answer that a person reads; all answers are right",
        file(
            tiny.hand_in(
                {"why": "<script>alert(1)</script> [x](javascript:alert(1)) <svg onload=alert(1)>\n\n=1+1"}
            )
        ),
        full(),
    ),
]
