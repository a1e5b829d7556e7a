"""Cells that fill disks and use up inodes, or make folders that are hard to remove. Every size is bounded."""

from tests.grading.corpus.case import attack


def _disk(name, why, source, **more):
    return attack("disk", f"disk_{name}", why, source, **more)


FILL = """
import os
from pathlib import Path

folder = Path({folder})
for number in range(30):
    with open(folder / f"filler-{{number}}", "wb") as file:
        for _ in range(10):
            file.write(b"\\xff" * 10_000_000)
"""

CASES = [
    _disk(
        "big_file",
        "one file of 3 GB",
        """
with open("big", "wb") as file:
    for _ in range(300):
        file.write(b"\\xff" * 10_000_000)
""",
    ),
    _disk("many_files", "3 GB in thirty files", FILL.format(folder='"."')),
    _disk("home", "3 GB at home", FILL.format(folder="Path.home()")),
    _disk("tmp", "3 GB where temporary files go", FILL.format(folder='__import__("tempfile").gettempdir()')),
    _disk("shm", "3 GB of shared memory", FILL.format(folder='"/dev/shm"')),
    _disk("allocated", "3 GB in one call", 'import os\n\nos.posix_fallocate(os.open("big", 66), 0, 3 << 30)'),
    _disk(
        "sparse",
        "ten terabytes that are not there",
        'with open("big", "wb") as file:\n    file.truncate(10 << 40)',
    ),
    _disk(
        "inodes",
        "a million small files",
        """
for number in range(1_000_000):
    with open(f"small-{number}", "w") as file:
        file.write("x")
""",
    ),
    _disk(
        "deep",
        "folders within folders, deeper than a path can be long",
        """
import os

start = os.getcwd()
for _ in range(20_000):
    os.mkdir("d")
    os.chdir("d")
os.chdir(start)
area = 1
""",
    ),
    _disk(
        "hard_to_remove",
        "folders without rights, names that are no UTF-8, 255 characters, line breaks",
        """
import os

for name in (b"\\xff\\xfe", b"n" * 255, b"a\\nb", b"-rf", b"locked"):
    os.mkdir(name)
    open(os.path.join(name, b"file"), "w").close()
os.chmod("locked", 0)
os.chmod(".", 0o500)
area = 1
""",
    ),
    _disk(
        "notebooks_cut",
        "every notebook in reach is emptied",
        """
import glob

for place in (".", "..", "{hand_ins}/*", "{outside}"):
    for name in glob.glob(f"{place}/*.ipynb") + glob.glob(f"{place}/*.json*"):
        try:
            open(name, "w").close()
        except OSError:
            continue
area = 1
""",
    ),
    _disk(
        "run_folder",
        "3 GB in the folder of the kernel's sockets, which the grader shares",
        """
from pathlib import Path

from ipykernel.connect import get_connection_file

for number in range(60):
    with open(Path(get_connection_file()).with_name(f"filler-{number}"), "wb") as file:
        file.write(b"\\xff" * 50_000_000)
""",
    ),
]
