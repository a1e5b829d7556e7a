"""Answers that want all memory, or more processes than a machine has. Every size and number is bounded."""

from tests.grading.corpus.case import attack


def _memory(name, why, source, **more):
    return attack("memory", f"memory_{name}", why, source, **more)


def _processes(name, why, source, **more):
    return attack("processes", f"processes_{name}", why, source, **more)


CASES = [
    _memory(
        "growth",
        "bytes in a list, 8 GB of them",
        "kept = []\nfor _ in range(160):\n    kept.append(b'\\xff' * 50_000_000)",
    ),
    _memory("numpy", "one array of 8 GB", "area = np.ones((40_000, 25_000)).sum()"),
    _memory("doubling", "a text that doubles", 'text = "ha"\nwhile len(text) < 2**32:\n    text += text'),
    _memory(
        "growth_catching",
        "MemoryError is caught and the growth goes on, 8 GB of it",
        """
kept = []
for _ in range(1600):
    try:
        kept.append(b"\\xff" * 5_000_000)
    except MemoryError:
        continue
while True:
    pass
""",
        stops=("cell time", "kernel died"),
    ),
    _memory(
        "forked",
        "three children fill 2.5 GB each",
        """
import os
import time

for _ in range(3):
    if os.fork() == 0:
        try:
            kept = [b"\\xff" * 50_000_000 for _ in range(50)]
            time.sleep(86413)
        finally:
            os._exit(0)
time.sleep(20)
""",
    ),
    _memory(
        "shared_map",
        "an anonymous shared map of 8 GB, which counts for no heap",
        """
import mmap

held = mmap.mmap(-1, 8 << 30)
for place in range(0, 8 << 30, 4096):
    held[place] = 1
""",
    ),
    _memory(
        "endless_iterator",
        "an answer without an end",
        "import itertools\n\nrows = itertools.count()",
        at="rows",
    ),
    _memory("huge_range", "a range that must not be written out", "rows = range(10**15)", at="rows"),
    _memory(
        "lying_length",
        "a row that gives items for ever and says it has four",
        """
class Rows(list):
    def __len__(self):
        return 4

    def __iter__(self):
        while True:
            yield 1

    def __getitem__(self, place):
        return 1


rows = Rows()
""",
        at="rows",
    ),
    _memory("huge_text", "an answer of 500 MB", 'area = "5" * 500_000_000'),
    _memory("huge_number", "a number of three million digits", "area = 10 ** 3_000_000"),
    _memory(
        "virtual_array",
        "an array that is 4 TB when it is written out",
        "grid = np.broadcast_to(np.float32(1), (10**6, 10**6))",
        at="grid",
    ),
    _memory(
        "cyclic_answer",
        "rows within rows within themselves",
        "rows = [3, 9, 27]\nrows.append(rows)",
        at="rows",
    ),
    _memory(
        "result_of_function",
        "the function gives 10 GB back for others than the public examples",
        """
def double(x):
    return 2 * x if x in (2, -3) else [[0] * 10**6] * 10**6
""",
        at="double",
    ),
    _processes(
        "threads",
        "5,000 threads",
        """
import threading
import time

for _ in range(5000):
    threading.Thread(target=time.sleep, args=(86413,), daemon=True).start()
time.sleep(86413)
""",
    ),
    _processes(
        "forks",
        "3,000 children that sleep",
        """
import os
import time

for _ in range(3000):
    if os.fork() == 0:
        time.sleep(86413)
        os._exit(0)
time.sleep(86413)
""",
    ),
    _processes(
        "exponential",
        "every child has children, 4,096 of them at most",
        """
import os
import time

for _ in range(12):
    try:
        os.fork()
    except OSError:
        break
time.sleep(86413)
os._exit(0)
""",
    ),
    _processes(
        "limits_raised",
        "the limits are raised first",
        """
import os
import resource
import time

for limit in (resource.RLIMIT_NPROC, resource.RLIMIT_DATA, resource.RLIMIT_AS, resource.RLIMIT_FSIZE):
    try:
        resource.setrlimit(limit, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    except (ValueError, OSError):
        continue
for _ in range(3000):
    if os.fork() == 0:
        time.sleep(86413)
        os._exit(0)
time.sleep(86413)
""",
    ),
    _processes(
        "daemon",
        "a process that leaves session and group behind; it must be gone afterwards",
        'import subprocess\n\nsubprocess.Popen(["sleep", "86413"], start_new_session=True)\narea = 1',
    ),
    _processes(
        "stubborn_daemon",
        "a twice forked one that ignores signals, with every file closed",
        """
import os
import signal
import time

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in (1, 2, 3, 15):
            signal.signal(number, signal.SIG_IGN)
        os.closerange(0, 1024)
        time.sleep(86413)
    os._exit(0)
area = 1
""",
    ),
    _processes(
        "late_writer",
        "a daemon that waits until grading is over and then writes to where hand-ins lie",
        """
import subprocess

late = 'sleep 8; for place in "{hand_ins}/neighbour/lab.ipynb" "{outside}/canary" "{outside}/late" ../late; '
late += 'do echo 86413 >> "$place"; done'
subprocess.Popen(["sh", "-c", late], start_new_session=True)
area = 1
""",
    ),
    _processes("clone", "a child that goes on as a second kernel", "import os\n\nos.fork()\narea = 1"),
    _processes(
        "kills_a_stranger",
        "a process of the machine is killed by its number",
        'import os\n\nos.kill(int("{victim}"), 9)\narea = 13 * 13 * MAPS',
    ),
    _processes(
        "nice", "more than its share of the machine", "import os\n\nos.nice(-20)\narea = 13 * 13 * MAPS"
    ),
]
