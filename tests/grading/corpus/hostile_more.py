"""Hand-ins against what stands around the kernel: the worker's sockets and memory, the grader's own reading."""

from tests.grading.corpus import tiny
from tests.grading.corpus.case import Case, attack, file, full

TOO_MUCH = ("output", "cell time", "kernel died")  # whichever comes first: that depends on the machine
# Sent without a copy, so that the kernel needs 30 MB for what is gigabytes to the one who receives it.
BIG = """
kernel = get_ipython().kernel
client = kernel.get_parent()["header"]["session"].encode()
big = b"x" * 30_000_000
"""
HELD = "\nimport time\n\ntime.sleep(3)"


def _flood(name, why, source, **more):
    return attack("output", f"output_{name}", why, BIG + source + HELD, **more)


def _added(cells):
    notebook = tiny.hand_in()
    notebook["cells"][1:1] = [
        {"cell_type": "code", "execution_count": None, "id": f"own-{i}", "metadata": {}, "outputs": [], "source": source}
        for i, source in enumerate(cells)
    ]  # fmt: skip
    return file(notebook)


def _many(category, name, why, source, count):
    return Case(name, category, why, _added([source] * count), full(), flags=("cell added",))


PICTURES = """
from IPython.display import display

for _ in range(4):
    display({"image/png": "A" * 299_000}, raw=True)
"""

CASES = [
    _flood(
        "frames",
        "one message of 3 GB, in frames that are not counted before it is whole",
        "kernel.iopub_socket.io_thread.socket.send_multipart([b'display', *[big] * 100], copy=False)",
        stops=TOO_MUCH,
    ),
    _flood(
        "replies",
        "3 GB where replies are expected",
        """
socket = getattr(kernel, "shell_socket", None) or kernel.shell_stream.socket
for _ in range(100):
    socket.send_multipart([client, big], copy=False)
""",
        stops=TOO_MUCH,
    ),
    _flood(
        "questions",
        "3 GB where questions to the user are expected, which nobody reads",
        "for _ in range(100):\n    kernel.stdin_socket.send_multipart([client, big], copy=False)",
    ),
    attack(
        "disk",
        "disk_sockets",
        "2 GB where the sockets lie: no size is given to that folder",
        """
from pathlib import Path

from ipykernel.connect import get_connection_file

for number in range(40):
    with open(Path(get_connection_file()).parent / "sockets" / f"filler-{number}", "wb") as file:
        file.write(b"x" * 50_000_000)
""",
        stops=("disk", "cell time"),
    ),
    _many("output", "output_pictures_everywhere", "pictures in 300 cells of its own", PICTURES, 300),
    _many("memory", "memory_outputs_kept", "7 MB put out by each of 60 cells", "print('x' * 7_000_000)", 60),
    _many("memory", "memory_errors_kept", "an error of 4 MB in each of 60 cells", "raise Exception('x' * 3_900_000)", 60),
    Case(
        "time_accents",
        "time",
        "words with half a million accents on one letter, which take Unicode's normal form hours; all answers are right",
        file(tiny.hand_in({"why": "A window " + "a\u0300\u0323" + "\u0300\u0323" * 240_000})),
        full(),
    ),
    Case(
        "memory_ligatures",
        "memory",
        "words of 900,000 letters that become eighteen each; all answers are right",
        file(tiny.hand_in({"why": "\ufdfa" * 900_000})),
        full(),
    ),
]  # fmt: skip
